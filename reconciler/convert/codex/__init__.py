"""Codex: its files, how they are read and written, and what makes it load them. Pure."""

from __future__ import annotations

from reconciler.convert.codex.reader import read
from reconciler.convert.codex.writer import SIZE_LIMIT, write
from reconciler.convert.spoke import Spoke
from reconciler.model.migration import Cli

__all__ = ["SIZE_LIMIT", "SPOKE"]

SPOKE = Spoke(
    cli=Cli.CODEX,
    marks=("AGENTS.override.md", ".codex/", "AGENTS.md"),
    read=read,
    write=write,
    trust=(
        "Codex reads .codex/ of a trusted project only. In the user's config.toml:",
        '  [projects."<absolute path>"]',
        '  trust_level = "trusted"',
        "and it runs a hook once it is trusted: /hooks lists them, codex exec takes --dangerously-bypass-hook-trust",
    ),
)
