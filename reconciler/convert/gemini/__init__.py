"""Gemini CLI: its files, how they are read and written, and what makes it load them. Pure."""

from __future__ import annotations

from reconciler.convert.gemini.reader import read
from reconciler.convert.gemini.writer import write
from reconciler.convert.spoke import Spoke
from reconciler.model.migration import Cli

SPOKE = Spoke(
    cli=Cli.GEMINI,
    marks=("GEMINI.md", ".gemini/"),
    read=read,
    write=write,
    trust=(
        "Gemini CLI starts in a trusted folder only: accept its question once, or set GEMINI_CLI_TRUST_WORKSPACE=true",
        "and reads one .env file only: where the project has .gemini/.env, export the keys of ~/.gemini/.env",
    ),
)
