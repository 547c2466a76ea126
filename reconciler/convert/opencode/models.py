"""Names of models: OpenCode puts the provider before the name that other CLIs use. Pure."""

from __future__ import annotations

import re


def with_provider(model: str) -> str:
    """Give OpenCode's name of a model; empty when it cannot be told whose it is.

    >>> with_provider("claude-opus-4-1"), with_provider("opus"), with_provider("local/qwen")
    ('anthropic/claude-opus-4-1', '', 'local/qwen')
    """
    if re.fullmatch(r"[\w.-]+/[\w./:-]+", model):
        return model
    return next((f"{name}/{model}" for name, pattern in _PROVIDERS if re.fullmatch(pattern, model)), "")


def without_provider(model: str) -> str:
    """Give the name that the provider's own CLI uses.

    >>> without_provider("anthropic/claude-opus-4-1"), without_provider("local/qwen")
    ('claude-opus-4-1', 'local/qwen')
    """
    bare = model.partition("/")[2]
    return bare if bare and with_provider(bare) == model else model


_PROVIDERS = (
    ("anthropic", r"claude-[\w.-]*\d[\w.-]*"),
    ("openai", r"(?:gpt-|o\d)[\w.-]+"),
    ("google", r"gemini-[\w.-]+"),
)
