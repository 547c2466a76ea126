"""The policy rules that stand for Claude Code's mode ``dontAsk``. Pure."""

from __future__ import annotations

from reconciler.convert.gemini.policy.rules import Table

DONT_ASK = "mode dontAsk"
"""Their name."""


def dont_ask() -> list[Table]:
    """Deny commands, edits and the web where no rule allows them."""
    # Without a pattern the tools would be hidden from the model, those of allow rules too.
    denied = {"argsPattern": "^", "decision": "deny", "priority": 1}
    return [
        {"name": DONT_ASK, "toolName": list(_ASKING), **denied},
        {"name": DONT_ASK, "toolName": "*", "mcpName": "*", **denied},
    ]


_ASKING = ("run_shell_command", "replace", "write_file", "web_fetch", "google_web_search")
