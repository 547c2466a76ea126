"""Writes commands, subagents, skills and output styles as Claude Code's files. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.convert import ledger
from reconciler.convert.agent import AgentConfig
from reconciler.convert.claude.layout import NO_TOOLS
from reconciler.convert.claude.writer.markdown import scalar, with_keys
from reconciler.convert.claude.writer.words import EFFORTS, MODES, claude_model
from reconciler.convert.documents import Origin
from reconciler.convert.parts import Command, Field, OutputStyle, Skill, Subagent
from reconciler.model.conversion import Item
from reconciler.model.migration import Cli


def write_parts(config: AgentConfig, files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Item]]:
    """Write each part; what stands there already with other content stays.

    Returns:
        The files by path, and a line for each part and each key of its front matter.
    """
    drafts = [
        *(_command(command) for command in config.commands),
        *(_subagent(subagent) for subagent in config.subagents),
        *(_output_style(style, adds=config.cli is not Cli.CLAUDE) for style in config.output_styles),
        *(_skill(skill, files) for skill in config.skills),
    ]
    written: dict[str, bytes] = {}
    items: list[Item] = []
    for draft in drafts:
        there = {**files_at(files, draft.files), **files_at(written, draft.files)}
        taken = [path for path, data in draft.files.items() if there.get(path, data) != data]
        if not taken:
            written |= draft.files
        items += draft.items(f"{taken[0]} is there already, with other content" if taken else "")
    return written, items


def files_at(files: Mapping[str, bytes], paths: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give those of the files that stand at these paths."""
    return {path: files[path] for path in paths if path in files}


@dataclass(slots=True)
class _Draft:
    """A part as it is going to be written, and what the ledger says of it; ``lost`` and ``changed`` go by key."""

    name: str
    origin: Origin
    target: str
    files: dict[str, bytes]
    lines: Mapping[str, int]
    others: Mapping[str, Field] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)

    def without(self, meaning: str, reason: str) -> None:
        """Say that nothing stands for what the source's key of this meaning says."""
        keys = [key for key in self.lines if key in _KEYS_FOR[meaning]]
        self.lost |= dict.fromkeys(keys, reason)
        if not keys:
            self.differences.append(reason)

    def items(self, why_not: str) -> list[Item]:
        others = {key: one.origin.line for key, one in self.others.items()}
        lost = self.lost | dict.fromkeys(others, "no counterpart in Claude Code")
        lines = {**self.lines, **others}
        if why_not:
            part = ledger.dropped(self.name, self.origin, why_not)
            lost = dict.fromkeys(lines, why_not)
        else:
            part = ledger.settled(self.name, self.origin, self.target, self.differences)
        return [part, *ledger.keyed(self.name, lines, self.origin, self.target, {}, lost)]


def _command(command: Command) -> _Draft:
    model = claude_model(command.model)
    keys = {
        "description": scalar(command.description),
        "argument-hint": scalar(command.argument_hint),
        "allowed-tools": scalar(", ".join(command.allowed_tools)),
        "model": scalar(model),
    }
    draft = _draft("command", command, f".claude/commands/{_safe(command.name).replace(':', '/')}.md", keys)
    if _safe(command.name) != command.name:
        draft.differences.append(f"it is called {_safe(command.name)} now")
    if command.model and not model:
        draft.without("model", _NO_SUCH_MODEL)
    return draft


def _subagent(subagent: Subagent) -> _Draft:
    model = claude_model(subagent.model)
    effort = subagent.effort if subagent.effort in EFFORTS else ""
    mode = subagent.mode if subagent.mode in MODES else ""
    tools = (NO_TOOLS,) if subagent.tools == () else subagent.tools or ()
    keys = {
        "name": scalar(subagent.name),
        "description": scalar(subagent.description or subagent.name),
        "tools": scalar(", ".join(tools)),
        "model": scalar(model),
        "effort": effort,
        "permissionMode": mode,
    }
    draft = _draft("subagent", subagent, f".claude/agents/{_safe(subagent.name).replace(':', '-')}.md", keys)
    if not subagent.description:
        draft.differences.append("Claude Code passes over a subagent without a description: its name stands for it")
    if subagent.model and not model:
        draft.without("model", _NO_SUCH_MODEL)
    if subagent.effort and not effort:
        draft.without("effort", "Claude Code has no such effort")
    if subagent.mode and not mode:
        draft.without("mode", "Claude Code has no such mode: it asks as in the main conversation")
    return draft


def _output_style(style: OutputStyle, *, adds: bool) -> _Draft:
    """Write a style; that of another CLI adds to the instructions for coding, where Claude Code's own replaces them."""
    keys = {"name": scalar(style.name), "description": scalar(style.description)}
    if adds:
        keys["keep-coding-instructions"] = "true"
    return _draft("output-style", style, f".claude/output-styles/{_safe(style.name).replace(':', '-')}.md", keys)


def _skill(skill: Skill, files: Mapping[str, bytes]) -> _Draft:
    folder = f".claude/skills/{skill.name}"
    copies = {folder + path.removeprefix(skill.folder): files[path] for path in skill.files}
    return _Draft(f"skill:{skill.name}", skill.origin, folder, copies, skill.lines)


def _draft(kind: str, part: Command | Subagent | OutputStyle, path: str, keys: Mapping[str, str]) -> _Draft:
    data = with_keys({key: text for key, text in keys.items() if text not in _EMPTY}, part.body)
    lines = {} if isinstance(part, OutputStyle) else part.lines
    return _Draft(f"{kind}:{part.name}", part.origin, path, {path: data}, lines, part.others)


def _safe(name: str) -> str:
    """Give a name that is a file's name, too.

    >>> _safe("db:migrate"), _safe("../Über prüfer")
    ('db:migrate', 'Über-prüfer')
    """
    parts = (re.sub(r"[^\w.-]+", "-", part).lstrip("-.") for part in name.split(":"))
    return ":".join(part for part in parts if part) or "unnamed"


_EMPTY = ("", '""')
_NO_SUCH_MODEL = "Claude Code has no such model: the main one's holds"
_KEYS_FOR = {
    "model": frozenset({"model"}),
    "effort": frozenset({"effort", "model_reasoning_effort", "reasoningEffort", "variant"}),
    "mode": frozenset({"permissionMode", "sandbox_mode", "permission", "mode"}),
}
