"""Writes subagents as Markdown files with a strict front matter. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.convert import ledger
from reconciler.convert.gemini.layout import AGENTS
from reconciler.convert.gemini.policy.rules import Table
from reconciler.convert.gemini.tools import to_claude, to_gemini
from reconciler.convert.parts import Subagent
from reconciler.convert.text import without_bom
from reconciler.model.conversion import Item
from reconciler.quoting import quote


def write_subagents(
    subagents: Iterable[Subagent], files: Mapping[str, bytes], servers: list[str]
) -> tuple[dict[str, bytes], list[Table], list[Item]]:
    """Write each subagent; a file of that name with other content stays as it is.

    Returns:
        The files, the policy rules for the tools that a subagent must not use, and a line for each subagent and each
        key of its front matter.
    """
    written: dict[str, bytes] = {}
    policies: list[Table] = []
    items: list[Item] = []
    for subagent in subagents:
        slug = _slug(subagent.name)
        name, path = f"subagent:{subagent.name}", f"{AGENTS}{slug}.md"
        lines = {**subagent.lines, **{key: one.origin.line for key, one in subagent.others.items()}}
        data, differences, lost = _markdown(subagent, slug, servers)
        if files.get(path, data) != data or written.get(path, data) != data:
            reason = f"{path} is there already, with other content"
            items.append(ledger.dropped(name, subagent.origin, reason))
            items += ledger.keyed(name, lines, subagent.origin, path, {}, dict.fromkeys(lines, reason))
            continue
        written[path] = data
        policies += (denied := _denied(subagent, slug))
        if denied:
            differences["disallowedTools"] = "a policy denies them to this subagent"
            lost.pop("disallowedTools", None)
        whole = list(differences.values()) + ([f"left out: {', '.join(lost)}"] if lost else [])
        items.append(ledger.settled(name, subagent.origin, path, whole))
        items += ledger.keyed(name, lines, subagent.origin, path, differences, lost)
    return written, policies, items


def _markdown(subagent: Subagent, slug: str, servers: list[str]) -> tuple[bytes, dict[str, str], dict[str, str]]:
    differences, lost = {}, dict.fromkeys(subagent.others, "Gemini CLI refuses a subagent with this key")
    head = [f"name: {quote(slug)}", f"description: {quote(subagent.description or subagent.name)}"]
    if slug != subagent.name:
        differences["name"] = f"Gemini CLI calls it {slug}"
    if not subagent.description:
        differences["description"] = "Gemini CLI wants a description: its name stands there"
    tools, difference = _tools(subagent, servers)
    if tools is not None:
        head += ["tools:", *(f"  - {quote(tool)}" for tool in tools)] if tools else ["tools: []"]
    if difference:
        differences |= {key: difference for key in ("tools", "permissionMode") if key in subagent.lines}
    if subagent.model == "inherit":
        head.append("model: inherit")
    elif subagent.model:
        lost["model"] = "a model of the source: the subagent runs on the session's"
    if subagent.effort:
        lost["effort"] = "Gemini CLI sets effort by model only"
    if subagent.mode and subagent.mode != _PLAN:
        lost["permissionMode"] = "a subagent of Gemini CLI runs in the session's mode"
    text = without_bom(subagent.body)
    return "\n".join(["---", *head, "---", ""]).encode() + text, differences, lost


def _tools(subagent: Subagent, servers: list[str]) -> tuple[list[str] | None, str]:
    """Give the tools in Gemini CLI's words, None for all of them."""
    wanted = subagent.tools
    if wanted is None:
        if subagent.mode == _PLAN:
            return list(_READING), "it gets the tools that only read"
        return None, ""
    found = {one: [] if "(" in one else list(to_gemini(one)) for one in wanted}
    tools = list(dict.fromkeys(tool for names in found.values() for tool in names if _TOOL.fullmatch(tool)))
    missing = [one for one, names in found.items() if not any(name in tools for name in names)]
    if subagent.mode == _PLAN:
        return [tool for tool in tools if tool in _READING], "it gets the tools that only read"
    if missing:
        return tools, f"without {', '.join(missing)}: Gemini CLI has no such tool"
    same = tuple(dict.fromkeys(to_claude(tool, servers) for tool in tools)) == wanted
    return tools, "" if same else "some of these tools are one tool of Gemini CLI"


def _denied(subagent: Subagent, slug: str) -> list[Table]:
    written = subagent.others.get("disallowedTools")
    names = _NAME.findall(written.text) if written else []
    tools = list(dict.fromkeys(tool for name in names for tool in to_gemini(name)))
    rule = {"name": f"subagent {slug} disallowedTools", "toolName": tools, "subagent": slug}
    return [{**rule, "decision": "deny", "priority": 999}] if tools else []


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-") or "agent"


_PLAN = "plan"
_READING = ("read_file", "glob", "grep_search", "list_directory", "google_web_search", "web_fetch")
_TOOL = re.compile(r"(?!.*__)[a-z_]+|mcp_\*|mcp_[A-Za-z0-9.:-]+_(?:\*|[A-Za-z0-9_.:-]*[A-Za-z0-9.:-])")
_NAME = re.compile(r"[A-Za-z][\w-]*")
