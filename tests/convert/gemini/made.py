"""Makes configurations by hand, writes them for Gemini CLI and reads them back."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.convert.agent import AgentConfig, Permission, PermissionRule
from reconciler.convert.documents import Origin
from reconciler.convert.gemini.reader import read
from reconciler.convert.gemini.writer import write
from reconciler.convert.spoke import Wanted, Written
from reconciler.model.conversion import Item
from reconciler.model.migration import Cli

HERE = Origin(".claude/settings.json", 3)
_RULE = re.compile(r"([A-Za-z][\w*-]*)(?:\((.*)\))?", re.DOTALL)


def rule(decision: Permission, text: str, line: int = 3) -> PermissionRule:
    match = _RULE.fullmatch(text)
    tool, pattern = (match[1], match[2]) if match else ("", None)
    return PermissionRule(decision, text, Origin(HERE.path, line), tool, pattern)


def config(**parts: Any) -> AgentConfig:
    return AgentConfig(cli=Cli.CLAUDE, **parts)


def written(made: AgentConfig, files: Mapping[str, bytes] | None = None, *, model: str = "") -> Written:
    return write(made, files or {}, Wanted(model=model, front_matter=False))


def back(made: AgentConfig, files: Mapping[str, bytes] | None = None) -> AgentConfig:
    return read(written(made, files).files, made.scope)


def item(result: Written, name: str) -> Item:
    found = [one for one in result.items if one.item == name]
    assert len(found) == 1, [one.item for one in result.items]
    return found[0]


def settings_of(result: Written) -> dict[str, Any]:
    return dict(json.loads(result.files.get(".gemini/settings.json", b"{}")))


def decide(rules: Iterable[Mapping[str, Any]], tool: str, args: Mapping[str, Any], server: str = "") -> str:
    """Decide as Gemini CLI's policy engine does for one command; empty when no rule matches."""
    text = "{" + ",".join(f"\0{_dumps(key)}:{_dumps(args[key])}\0" for key in sorted(args)) + "}"
    for one in sorted(rules, key=lambda rule: -rule["priority"]):
        names = one["toolName"] if isinstance(one["toolName"], list) else [one["toolName"]]
        is_named = "*" in names or tool in names
        is_server = one.get("mcpName", "") in {server, *({"*"} if server else set())}
        if is_named and is_server and re.search(_condition(one), text, re.ASCII):
            return str(one["decision"])
    return ""


def _condition(one: Mapping[str, Any]) -> str:
    if "commandPrefix" in one:
        return re.escape('"command":' + _dumps(one["commandPrefix"])[:-1]) + r'(?:[\s"]|\\")'
    if "commandRegex" in one:
        return f'"command":"{one["commandRegex"]}'
    return str(one.get("argsPattern", ""))


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
