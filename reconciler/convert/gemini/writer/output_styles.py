"""Lists the output styles, which Gemini CLI has none of: the one in force is written into the memory. Pure."""

from __future__ import annotations

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig, Role
from reconciler.convert.gemini.layout import memory_layout
from reconciler.model.conversion import Item


def style_items(config: AgentConfig) -> list[Item]:
    """List the setting that chooses a style, the styles that are not in force, and the keys of all."""
    items = []
    chosen = next((style for style in config.output_styles if style.is_chosen), None)
    for setting in (one for one in config.settings if one.role is Role.OUTPUT_STYLE):
        name = f"setting:{setting.name}"
        if chosen and setting is config.last(Role.OUTPUT_STYLE):
            target = memory_layout(config.scope).root
            items.append(ledger.degraded(name, setting.origin, target, "its text is part of the memory, for good"))
        else:
            items.append(ledger.dropped(name, setting.origin, f"no output style {setting.value} in these files"))
    for style in config.output_styles:
        name = f"output-style:{style.name}"
        if not style.is_chosen:
            items.append(ledger.dropped(name, style.origin, "not in force, and Gemini CLI has none to choose from"))
        lines = {**style.lines, **{key: field.origin.line for key, field in style.others.items()}}
        items += ledger.keyed(
            name, lines, style.origin, "", {}, dict.fromkeys(lines, "Gemini CLI has no output styles")
        )
    return items
