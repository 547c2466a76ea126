"""Gemini CLI: its files, how they are read and written, and what makes it load them. Pure."""

from __future__ import annotations

from reconciler.convert.spoke import Spoke
from reconciler.model.migration import Cli

SPOKE = Spoke(
    cli=Cli.GEMINI,
    package=__name__,
    marks=("GEMINI.md", ".gemini/"),
    trust=(
        "Gemini CLI starts in a trusted folder only: accept its question once, or set GEMINI_CLI_TRUST_WORKSPACE=true",
        "it asks once before it takes the subagents of a project: start `gemini` in the folder and acknowledge them",
        "and reads one .env file only: where the project has .gemini/.env, export the keys of ~/.gemini/.env",
    ),
)
