"""The models that each CLI names, with what they can hold and how hard they can think: a small dated table. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.migration import Cli

AS_OF = "2026-11"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model.

    Attributes:
        context_tokens: What it can hold; 0 when it is not known.
        efforts: The words for how hard it thinks; empty when it has none.
    """

    context_tokens: int
    efforts: tuple[str, ...] = ()


Catalogue = Mapping[Cli, Mapping[str, ModelEntry]]


def read_codex_catalogue(data: bytes) -> dict[str, ModelEntry]:
    """Read what ``codex debug models --bundled`` prints.

    Returns:
        The models by name; empty when it is not what was expected.
    """
    try:
        models = json.loads(data)["models"]
        return {
            str(model["slug"]): ModelEntry(
                int(model.get("context_window") or 0),
                tuple(str(level["effort"]) for level in model.get("supported_reasoning_levels", ())),
            )
            for model in models
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


_FIVE = ("low", "medium", "high", "xhigh")
_MAX = (*_FIVE, "max")
_ULTRA = (*_MAX, "ultra")
_CLAUDE = ModelEntry(200_000, _MAX)
_GEMINI = ModelEntry(1_048_576)

CATALOGUE: Catalogue = {
    # Claude Code's own names and aliases; its --effort takes these words (claude --help, 2.1.197).
    Cli.CLAUDE: dict.fromkeys(("opus", "sonnet", "haiku", "fable", "default", "opusplan"), _CLAUDE),
    # codex debug models --bundled, 0.169.0
    Cli.CODEX: {
        "gpt-6-astra": ModelEntry(272_000, _ULTRA),
        "gpt-6.1-sol": ModelEntry(272_000, _ULTRA),
        "gpt-6.1-terra": ModelEntry(500_000, _ULTRA),
        "gpt-6-sol": ModelEntry(272_000, _ULTRA),
        "gpt-6-luna": ModelEntry(272_000, _MAX),
        "gpt-5.6-sol": ModelEntry(272_000, _ULTRA),
        "gpt-5.6-terra": ModelEntry(272_000, _ULTRA),
        "gpt-5.6-luna": ModelEntry(272_000, _MAX),
        "gpt-5.5": ModelEntry(272_000, _FIVE),
    },
    # The documents that Gemini CLI 0.61.0 ships.
    Cli.GEMINI: dict.fromkeys(
        (
            "auto",
            "gemini-2.5-pro",
            "gemini-2.5-flash",
            "gemini-2.5-flash-lite",
            "gemini-3-pro-preview",
            "gemini-3-flash-preview",
            "gemini-3.1-pro-preview",
            "gemini-3.5-flash",
            "gemini-3.5-flash-lite",
            "gemini-3.8-flash",
        ),
        _GEMINI,
    ),
    # OpenCode takes any provider's models as provider/model.
    Cli.OPENCODE: {},
}
