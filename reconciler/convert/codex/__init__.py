"""Codex: its files, how they are read and written, and what makes it load them. Pure."""

from __future__ import annotations

from reconciler.convert.spoke import Spoke
from reconciler.model.migration import Cli

SPOKE = Spoke(
    cli=Cli.CODEX,
    package=__name__,
    marks=("AGENTS.override.md", ".codex/", "AGENTS.md"),
    trust=(
        "Codex reads .codex/ of a trusted project only. In the user's config.toml:",
        '  [projects."<absolute path>"]',
        '  trust_level = "trusted"',
        "and it runs a hook once it is trusted: /hooks lists them, codex exec takes --dangerously-bypass-hook-trust",
    ),
)
