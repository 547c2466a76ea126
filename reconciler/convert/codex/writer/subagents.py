"""Writes subagents as TOML files of Codex, each at least as restricted as its source. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.convert import ledger
from reconciler.convert.codex.layout import AGENTS, file_name, taken
from reconciler.convert.codex.writer.effort import EFFORTS
from reconciler.convert.codex.writer.sandbox import Sandbox
from reconciler.convert.formats.toml_text import dumps
from reconciler.convert.parts import Subagent
from reconciler.convert.text import without_bom
from reconciler.model.conversion import Item


def write_subagents(
    subagents: tuple[Subagent, ...], files: Mapping[str, bytes], sandbox: Sandbox
) -> tuple[dict[str, bytes], list[Item]]:
    """Write each subagent.

    Args:
        subagents: The source's subagents.
        files: The source's files, none of which is ever replaced.
        sandbox: The main agent's; a subagent's is never wider.

    Returns:
        The files by path, and a line for each subagent and each of its keys.
    """
    written: dict[str, bytes] = {}
    items: list[Item] = []
    names: set[str] = set()
    for one in subagents:
        name, path = f"subagent:{one.name}", f"{AGENTS}/{file_name(one.name)}.toml"
        made = {path: _text(one, sandbox)}
        is_there = taken(made, files, written)
        if is_there or one.name in names:
            reason = f"{path} is there already, with other content" if is_there else "a subagent of that name is there"
            items.append(ledger.dropped(name, one.origin, reason))
            items += ledger.keyed(name, one.lines, one.origin, path, {}, dict.fromkeys(one.lines, reason))
        else:
            names.add(one.name)
            written |= made
            items += _items(name, one, path, sandbox)
        items += [ledger.dropped(f"{name}:{key}", field.origin, _OTHER) for key, field in one.others.items()]
    return written, items


def _text(one: Subagent, sandbox: Sandbox) -> bytes:
    table = {"name": one.name, "description": one.description or one.name}
    table |= {"model_reasoning_effort": EFFORTS[one.effort]} if one.effort in EFFORTS else {}
    table |= sandbox.read_only() if _is_read_only(one) else {}
    table |= {"sandbox_mode": "workspace-write"} if _widens(one, sandbox) else {}
    table |= {"web_search": "disabled"} if one.tools is not None and not _WEB & set(_tools(one)) else {}
    body = without_bom(one.body).decode()
    return (
        dumps(table) + f"developer_instructions = {_long(body if body.strip() else table['description'])}\n"
    ).encode()


def _is_read_only(one: Subagent) -> bool:
    return one.mode == "plan" or (one.tools is not None and not _WRITING & set(_tools(one)))


def _widens(one: Subagent, sandbox: Sandbox) -> bool:
    is_asked = one.mode == "acceptEdits" and not _is_read_only(one)
    return is_asked and not sandbox.closed and sandbox.preset != "danger-full-access"


def _tools(one: Subagent) -> list[str]:
    return [tool.partition("(")[0] for tool in one.tools or ()]


def _items(name: str, one: Subagent, path: str, sandbox: Sandbox) -> list[Item]:
    differences = []
    if not one.description:
        differences.append("Codex passes over a subagent without a description: its name is one now")
    if not one.body.strip():
        differences.append("Codex passes over a subagent without instructions: its description is one now")
    changed, lost = _reasons(one, sandbox)
    return [
        ledger.settled(name, one.origin, path, differences),
        *ledger.keyed(name, one.lines, one.origin, path, _by_key(changed), _by_key(lost)),
    ]


def _reasons(one: Subagent, sandbox: Sandbox) -> tuple[dict[str, str], dict[str, str]]:
    changed = {"tools": _tools_reason(one)} if one.tools is not None else {}
    lost = {}
    if one.effort not in EFFORTS:
        lost["effort"] = "Codex has no such effort: the main agent's holds"
    elif EFFORTS[one.effort] != one.effort:
        changed["effort"] = f"not every model of Codex knows {one.effort}: {EFFORTS[one.effort]}"
    if one.model in ("", "inherit"):
        changed["model"] = "the main agent's, which needs no key in Codex"
    else:
        lost["model"] = "a model of the source: the subagent runs on the main agent's"
    if one.mode == "plan" and sandbox.closed:
        changed["mode"] = "a read-only profile"
    elif one.mode != "plan" and not _widens(one, sandbox):
        holds = (
            "its tools do not write: read-only" if _is_read_only(one) else "the main agent's sandbox holds for it too"
        )
        lost["mode"] = holds
    return changed, lost


def _by_key(reasons: Mapping[str, str]) -> dict[str, str]:
    return {key: reason for aspect, reason in reasons.items() for key in (aspect, *_ALIASES.get(aspect, ()))}


def _tools_reason(one: Subagent) -> str:
    sandbox = "its sandbox is read-only" if _is_read_only(one) else "the main agent's sandbox holds"
    web = "" if _WEB & set(_tools(one)) else ", without web search"
    return f"Codex has no list of tools for a subagent: {sandbox}{web}, and it reaches the shell and every MCP server"


def _long(text: str) -> str:
    """Write a text as TOML, in lines where every character can stand as it is."""
    if "'''" in text or text.endswith("'") or _CONTROL.search(text):
        return dumps({"x": text}).removeprefix("x = ").removesuffix("\n")
    return f"'''\n{text}'''"


_WRITING = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit", "*"})
_WEB = frozenset({"WebSearch", "WebFetch", "*"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ALIASES = {"effort": ("model_reasoning_effort", "variant"), "mode": ("permissionMode", "sandbox_mode")}
"""What the sources call a key."""
_OTHER = "no counterpart in a subagent of Codex"
