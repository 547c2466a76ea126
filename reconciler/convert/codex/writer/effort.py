"""Gives Codex's words for how hard a model thinks. Pure."""

from __future__ import annotations

EFFORTS = {"low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "xhigh"}
"""Not every model of Codex knows ``max``; a word it does not know is taken without an error."""
