"""Reads a command or an agent that stands in a configuration file as if it were a file of its own. Pure."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping

from reconciler.convert.formats.front_matter import FrontMatter
from reconciler.convert.formats.strict_json import JsonFault, Node
from reconciler.convert.text import fault_of_text


def matter_of(path: str, node: Node, body: str, files: Mapping[str, bytes]) -> FrontMatter:
    """Give the table's members as a front matter.

    Args:
        path: The configuration file.
        node: The table.
        body: The member that holds the text.
        files: What ``{file:...}`` in the text may name; a path that leads elsewhere is never read.

    Raises:
        JsonFault: The text is none, or stands in a file that is not there.
    """
    keys = dict(node.members())
    text = keys.pop(body, None)
    plain = {key: one.scalar() for key, one in keys.items() if isinstance(one.value, str | bool | int | float)}
    return FrontMatter(
        scalars={key: plain.get(key, "") for key in keys},
        lists={},
        body=_text(path, text, files) if text else b"",
        lines={key: one.line for key, one in keys.items()},
        raw={key: plain.get(key) or _below(one, "") for key, one in keys.items()},
    )


def _text(path: str, node: Node, files: Mapping[str, bytes]) -> bytes:
    def content(match: re.Match[str]) -> str:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))
        if match[1].startswith(("~", "/")) or name not in files:
            raise JsonFault(node.line, "found a text in a file that is not among the agent's files")
        if fault := fault_of_text(files[name]):
            raise JsonFault(node.line, f"found a text in a file in which line {fault[0]} is not readable")
        return files[name].decode().strip()

    # Behind the last brace, every opening one would be followed to the end of the text.
    head, brace, tail = node.text().rpartition("}")
    text = _FILE.sub(content, head + brace) + tail
    return text.removesuffix("\n").encode(errors="replace") + b"\n"


def _below(node: Node, indent: str) -> str:
    if isinstance(node.value, Mapping):
        inner = f"{indent}  "
        return "".join(f"\n{inner}{json.dumps(key)}: {_below(one, inner)}" for key, one in node.value.items())
    return node.text() if isinstance(node.value, str) else json.dumps(node.plain())


_FILE = re.compile(r"\{file:([^}]*)\}")
