"""OpenCode: its files, how they are read and written, and what makes it load them. Pure."""

from __future__ import annotations

from reconciler.convert.spoke import Spoke
from reconciler.model.migration import Cli

SPOKE = Spoke(
    cli=Cli.OPENCODE,
    package=__name__,
    marks=("opencode.json", "opencode.jsonc", ".opencode/", ".config/opencode/"),
    trust=(
        "OpenCode loads the project's files without asking; check them with: opencode debug config",
        "start it in the root of the git repository: paths in its rules count from there",
        "the project's rules come behind your own and win: see with opencode debug agent build what comes last",
    ),
)
