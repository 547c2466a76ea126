"""Claude Code: its files, how they are read and written, and what makes it load them. Pure."""

from __future__ import annotations

from reconciler.convert.spoke import Spoke
from reconciler.model.migration import Cli

SPOKE = Spoke(
    cli=Cli.CLAUDE,
    package=__name__,
    marks=("CLAUDE.md", "CLAUDE.local.md", ".mcp.json", ".claude/", ".claude.json"),
    trust=(
        "Claude Code applies permissions.allow of a trusted folder only: start claude there once and accept,",
        "or set hasTrustDialogAccepted for the folder under projects in ~/.claude.json",
    ),
)
