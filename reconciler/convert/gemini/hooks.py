"""Names the events of hooks in Claude Code's words and in Gemini CLI's. Pure."""

from __future__ import annotations

import re

TO_GEMINI = {
    "PreToolUse": "BeforeTool",
    "PostToolUse": "AfterTool",
    "UserPromptSubmit": "BeforeAgent",
    "Stop": "AfterAgent",
    "PreCompact": "PreCompress",
    "SessionStart": "SessionStart",
    "SessionEnd": "SessionEnd",
    "Notification": "Notification",
    **{name: name for name in ("BeforeModel", "AfterModel", "BeforeToolSelection")},
}
TO_CLAUDE = {gemini: claude for claude, gemini in TO_GEMINI.items()}
OF_TOOLS = frozenset({"PreToolUse", "PostToolUse"})
TRIGGERS = {
    "SessionStart": frozenset({"startup", "resume", "clear"}),
    "SessionEnd": frozenset({"exit", "clear", "logout", "prompt_input_exit", "other"}),
    "PreCompact": frozenset({"manual", "auto"}),
}
"""What a matcher of these events may say in Gemini CLI, which compares it as it is."""


def command_to_gemini(command: str) -> str:
    """Say project folder in Gemini CLI's way: in braces, for it would put a bare name in quotes of its own.

    >>> command_to_gemini('"$CLAUDE_PROJECT_DIR"/guard.sh')
    '"${GEMINI_PROJECT_DIR}"/guard.sh'
    """
    return re.sub(r"\$CLAUDE_PROJECT_DIR\b", "${GEMINI_PROJECT_DIR}", command)


def command_to_claude(command: str) -> str:
    """Say project folder in Claude Code's way."""
    return re.sub(r"\$\{GEMINI_(?:PROJECT_DIR|CWD)\}|\$GEMINI_(?:PROJECT_DIR|CWD)\b", "$CLAUDE_PROJECT_DIR", command)
