"""Lists what an agent may do or reach, so that a reviewer sees what a change adds. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from reconciler.convert.agent import AgentConfig, McpServer, Permission, Role
from reconciler.convert.documents import Origin
from reconciler.convert.text import Lines, without_bom
from reconciler.model.conversion import Capability


def increases(before: AgentConfig, after: AgentConfig) -> tuple[Capability, ...]:
    """List what ``after`` may do and ``before`` could not, whatever file gives it."""
    known = {(one.kind, one.what) for one in capabilities(before)}
    return tuple(sorted(one for one in set(capabilities(after)) if (one.kind, one.what) not in known))


def capabilities(config: AgentConfig) -> Iterator[Capability]:
    """Give what the configuration lets its agent do or reach; never the value of a variable or a header."""
    for server in config.servers:
        if server.enabled:
            yield from _of_server(server)
    for rule in config.permissions:
        if rule.decision is Permission.ALLOW:
            yield Capability("permission", f"allow {rule.text}", str(rule.origin))
    for hook in config.hooks:
        yield Capability("command", f"{hook.event}: {hook.command or hook.handler_name}", str(hook.origin))
    for setting in config.settings:
        if setting.role is Role.MODE and setting.value in _WIDE_MODES:
            yield Capability("permission", f"mode {setting.value}", str(setting.origin))
        if setting.role in _HOSTS_AND_FOLDERS and isinstance(setting.value, list):
            kind = _HOSTS_AND_FOLDERS[setting.role]
            yield from (Capability(kind, str(one), str(setting.origin)) for one in setting.value)
    for origin, text in _texts(config):
        yield from _hidden(origin, text)


def _of_server(server: McpServer) -> Iterator[Capability]:
    words = [word if isinstance(word, str) else "(a secret)" for word in (server.command, *server.args)]
    if any(words):
        yield Capability("server", f"{server.name}: {' '.join(words)}", str(server.origin))
    if isinstance(server.url, str) and server.url:
        host = urlsplit(server.url.replace("[", "").replace("]", "")).netloc.rpartition("@")[2]
        yield Capability("host", host or server.url, str(server.origin))


def _texts(config: AgentConfig) -> Iterable[tuple[Origin, bytes]]:
    yield from ((one.origin, one.text) for one in config.memory)
    for parts in (config.commands, config.subagents, config.skills, config.output_styles):
        yield from ((one.origin, one.body) for one in parts)


def _hidden(origin: Origin, data: bytes) -> Iterator[Capability]:
    if data.isascii():
        return
    text = without_bom(data).decode(errors="replace")
    lines = Lines(text)
    for match in _FORMAT_CHARACTER.finditer(text):
        if not _joins_emoji(text, match.start()):
            what = f"U+{ord(match[0]):04X} {unicodedata.name(match[0], '')}".rstrip()
            yield Capability("hidden character", what, f"{origin.path}:{origin.line + lines.of(match.start()) - 1}")


def _joins_emoji(text: str, offset: int) -> bool:
    near = text[max(0, offset - 1) : offset] + text[offset + 1 : offset + 2]
    return text[offset] == "\u200d" and len(near) > 1 and all(ord(char) > _FIRST_EMOJI for char in near)


_FORMAT_CHARACTER = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
_FIRST_EMOJI = 0x2000
_WIDE_MODES = ("acceptEdits", "bypassPermissions", "auto")
_HOSTS_AND_FOLDERS = {Role.NETWORK_DOMAINS: "host", Role.DIRECTORIES: "permission"}
