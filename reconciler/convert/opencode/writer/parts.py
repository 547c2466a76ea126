"""Writes commands, subagents, skills and the output style as files that OpenCode reads. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig
from reconciler.convert.documents import Origin
from reconciler.convert.opencode.layout import Layout, is_file_name
from reconciler.convert.opencode.models import with_provider
from reconciler.convert.opencode.tools import BUILT_IN
from reconciler.convert.opencode.writer.markdown import with_front_matter
from reconciler.convert.opencode.writer.standing import names_in
from reconciler.convert.opencode.writer.subagents import denials, tools_difference
from reconciler.convert.parts import Command, OutputStyle, Subagent
from reconciler.convert.skills import write_skills
from reconciler.model.conversion import Item


@dataclass(slots=True)
class Parts:
    """The files, a line for each part and each of its keys, and what the configuration has to name."""

    files: dict[str, bytes] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)


def write_parts(config: AgentConfig, files: Mapping[str, bytes], layout: Layout) -> Parts:
    """Write every part beside what stands there; a file with other content stays, and its part is dropped."""
    parts = Parts()
    there = _elsewhere("command", files, layout)
    for command in config.commands:
        _write_command(parts, command, files, layout, there)
    there = _elsewhere("agent", files, layout)
    for subagent in config.subagents:
        _write_subagent(parts, subagent, config, files, layout, there)
    skills, items = write_skills(config.skills, files, title="OpenCode", acted_on=_SKILL_KEYS)
    parts.files.update(skills)
    parts.items += items
    for style in config.output_styles:
        _write_style(parts, style, files, layout)
    return parts


def _elsewhere(kind: str, files: Mapping[str, bytes], layout: Layout) -> dict[str, str]:
    """Give the parts that stand where we do not write: the path by the part's name."""
    mine = f"{layout.folder}/{kind}/"
    written = {name: path for name, path in layout.parts(kind, files).items() if not path.startswith(mine)}
    return written | names_in(kind, files, layout)


def _write_command(
    parts: Parts, command: Command, files: Mapping[str, bytes], layout: Layout, there: Mapping[str, str]
) -> None:
    name = f"command:{command.name}"
    called = command.name.replace(":", "/")
    model = with_provider(command.model)
    text = with_front_matter({"description": command.description, "model": model}, command.body)
    path = f"{layout.folder}/command/{called}.md"
    lost = {
        "argument-hint": "OpenCode shows no hint of a command's arguments",
        "allowed-tools": "OpenCode has no rules for one command: the agent's own decide, as always",
    }
    lost |= {} if model else {"model": _no_model(command.model)}
    lost |= dict.fromkeys(command.others, "OpenCode has no such key for a command")
    differences = [f"it is called /{called} in OpenCode"] if called != command.name else []
    if re.search(rb"\$[1-9]", command.body):
        differences.append("in OpenCode the highest of the numbered arguments takes all that follow as well")
    lines = {**command.lines, **{key: one.origin.line for key, one in command.others.items()}}
    if not is_file_name(called):
        _drop(parts, name, command.origin, lines, "no file can have this name")
        return
    if path in parts.files or _taken(path, text, files) or called in there:
        _drop(parts, name, command.origin, lines, f"{there.get(called, path)} has one of this name, with other content")
        return
    parts.files[path] = text
    parts.items.append(ledger.settled(name, command.origin, path, differences))
    parts.items += ledger.keyed(name, lines, command.origin, path, {}, lost)


def _write_subagent(
    parts: Parts,
    subagent: Subagent,
    config: AgentConfig,
    files: Mapping[str, bytes],
    layout: Layout,
    there: Mapping[str, str],
) -> None:
    name = f"subagent:{subagent.name}"
    called = f"{subagent.name}-subagent" if subagent.name in BUILT_IN else subagent.name
    file_name = _file_name(called)
    path = f"{layout.folder}/agent/{file_name}.md"
    model = with_provider(subagent.model)
    keys: dict[str, str | Mapping[str, str]] = {
        "name": called if file_name != called else "",
        "description": subagent.description,
        "mode": "subagent",
        "model": model,
        "variant": subagent.effort,
        "permission": denials(subagent, config),
    }
    differences = {
        "tools": tools_difference(subagent),
        "effort": f"used where the model has a variant {subagent.effort}",
        "permissionMode": "OpenCode has no modes: nothing is edited, commands ask as always",
    }
    lost = {} if model or subagent.model in {"", "inherit"} else {"model": _no_model(subagent.model)}
    if subagent.mode != "plan":
        lost["permissionMode"] = "OpenCode has no modes for a subagent: the agent's own rules decide"
    if subagent.tools is None:
        del differences["tools"]
    lost |= dict.fromkeys(subagent.others, "OpenCode has no such key for an agent")
    lines = {**subagent.lines, **{key: one.origin.line for key, one in subagent.others.items()}}
    text = with_front_matter(keys, subagent.body)
    if path in parts.files or _taken(path, text, files) or called in there:
        _drop(
            parts, name, subagent.origin, lines, f"{there.get(called, path)} has one of this name, with other content"
        )
        return
    parts.files[path] = text
    changes = []
    if called != subagent.name:
        changes = [f"OpenCode has an agent {subagent.name} of its own: this one is called {called}"]
        differences["name"] = changes[0]
    parts.items.append(ledger.settled(name, subagent.origin, path, changes))
    parts.items += ledger.keyed(name, lines, subagent.origin, path, differences, lost)


def _write_style(parts: Parts, style: OutputStyle, files: Mapping[str, bytes], layout: Layout) -> None:
    name = f"output-style:{style.name}"
    lines = {**style.lines, **{key: field.origin.line for key, field in style.others.items()}}
    path = f"{layout.folder}/instructions/{_file_name(style.name)}.md"
    if not style.is_chosen:
        _drop(parts, name, style.origin, lines, "not in force, and OpenCode has no styles to choose from")
    elif _taken(path, style.body, files):
        _drop(parts, name, style.origin, lines, f"{path} is there already, with other content")
    else:
        parts.files[path] = style.body
        parts.instructions.append(f"{layout.home}{path}")
        reason = "OpenCode has no styles: the text is one of the instructions that it always reads"
        parts.items.append(ledger.degraded(name, style.origin, path, reason))
        lost = dict.fromkeys(lines, "OpenCode has no styles")
        parts.items += ledger.keyed(name, lines, style.origin, path, {}, lost)


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "unnamed"


def _taken(path: str, data: bytes, files: Mapping[str, bytes]) -> bool:
    return path in files and files[path] != data


def _drop(parts: Parts, name: str, origin: Origin, lines: Mapping[str, int], reason: str) -> None:
    parts.items.append(ledger.dropped(name, origin, reason))
    parts.items += ledger.keyed(name, lines, origin, "", {}, dict.fromkeys(lines, reason))


def _no_model(model: str) -> str:
    return f"OpenCode knows no model {model}: it uses the agent's own; write provider/model"


_SKILL_KEYS = frozenset({"name", "description", "license", "compatibility", "metadata"})
