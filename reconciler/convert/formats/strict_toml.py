"""Reads TOML strictly: bounded depth, and one named fault for whatever the standard reader trips over. Pure."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from reconciler.convert.formats.json_node import Fault
from reconciler.convert.formats.strict_json import MAX_DEPTH
from reconciler.convert.text import Lines, fault_of_text, without_bom


class TomlFault(Fault):
    """The document is no TOML, or is nested too deeply."""


def parse(data: bytes) -> dict[str, Any]:
    """Read one TOML document.

    Raises:
        TomlFault: The bytes are no UTF-8, or no TOML, or hold more levels than we follow.

    >>> parse(b"a = {b = [1, 2.0]}")
    {'a': {'b': [1, 2.0]}}
    """
    if fault := fault_of_text(data):
        raise TomlFault(*fault)
    text = without_bom(data).decode()
    if chain := _LONG_CHAIN.search(_without_texts(text)):  # the standard reader takes quadratic time for it
        raise _too_deep(text.count("\n", 0, chain.start()) + 1)
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(1) from None
    except ValueError as error:  # also a number of too many digits
        raise _fault(str(error), text) from None
    if _depth(document) > MAX_DEPTH:
        raise _too_deep(1)
    return document


def comments(text: str) -> list[int]:
    r"""Give the lines that hold a comment.

    >>> comments("a = '#'\n# why\n")
    [2]
    """
    lines = Lines(text)
    return [lines.of(match.start()) for match in _TOKEN.finditer(text) if match[0].startswith("#")]


def _without_texts(text: str) -> str:
    return _TOKEN.sub(lambda match: '""' + "\n" * match[0].count("\n"), text)


def _too_deep(line: int) -> TomlFault:
    return TomlFault(line, f"found more than {MAX_DEPTH} levels, expected at most {MAX_DEPTH}")


def _fault(message: str, text: str) -> TomlFault:
    place = _PLACE.search(message)
    line = int(place[1]) if place else text.count("\n") + 1 if "end of document" in message else 1
    found = _QUOTED.sub("one", _PLACE.sub("", message).removesuffix(" (at end of document)"))
    return TomlFault(line, f"found no valid TOML ({found[:1].lower()}{found[1:]}), expected TOML 1.0")


def _depth(document: Any) -> int:
    depth, level = -1, [document]
    while level and depth <= MAX_DEPTH:
        inner = [one for value in level for one in (value.values() if isinstance(value, dict) else value)]
        level = [one for one in inner if isinstance(one, dict | list)]
        depth += 1
    return depth


_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}|\'\'\'(?:[^\']++|\'(?!\'\'))*+\'{3,5}'
    r'|"(?:[^"\\\n]++|\\.)*+"|\'[^\'\n]*+\'|#[^\n]*+',
    re.DOTALL,
)
_PART = r'(?:[A-Za-z0-9_-]++|"")'
_LONG_CHAIN = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MAX_DEPTH}}}")
_PLACE = re.compile(r" \(at line (\d+), column \d+\)")
_QUOTED = re.compile(r"'.*'|\".*\"", re.DOTALL)
