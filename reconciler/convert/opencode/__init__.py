"""OpenCode: its files, how they are read and written, and what makes it load them. Pure."""

from __future__ import annotations

from reconciler.convert.opencode.reader import read
from reconciler.convert.opencode.writer import write
from reconciler.convert.spoke import Spoke
from reconciler.model.migration import Cli

SPOKE = Spoke(
    cli=Cli.OPENCODE,
    marks=("opencode.json", "opencode.jsonc", ".opencode/", ".config/opencode/"),
    read=read,
    write=write,
    trust=(
        "OpenCode loads the project's files without asking; check them with: opencode debug config",
        "start it in the root of the git repository: paths in its rules count from there",
        "the project's rules come behind your own and win: see with opencode debug agent build what comes last",
    ),
)
