"""Turns any JSON document into TOML and back, and lists what the other format has no word for. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from math import isfinite
from typing import Any

from reconciler.convert.formats import strict_toml
from reconciler.convert.formats.key_paths import KeyPaths, Path, snake_case
from reconciler.convert.formats.strict_json import JsonFault, Node, parse
from reconciler.convert.formats.strict_toml import TomlFault
from reconciler.convert.formats.toml_text import date_text, dotted, dumps
from reconciler.model.conversion import Outcome


@dataclass(frozen=True, slots=True)
class Loss:
    """A value that is not in the translation as it was.

    Attributes:
        key: Where it stands, e.g. ``servers.files.args[2]``; empty for a comment.
        line: Line from 1; 0 when it is not known.
        reason: Never holds the value.
    """

    key: str
    line: int
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Translation:
    """The document in the other format, and everything that is not in it as it was."""

    text: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigConverter:
    """Translates documents of one format.

    Attributes:
        schema_keys: The camelCase keys that the format defines: TOML spells them in snake_case. Every other key is
            its user's own and stays as it is.
        dates: The keys whose texts are dates in TOML.
    """

    schema_keys: KeyPaths = field(default_factory=KeyPaths)
    dates: KeyPaths = field(default_factory=KeyPaths)

    def to_toml(self, data: bytes) -> Translation:
        r"""Translate JSON to TOML, in the same order.

        Raises:
            JsonFault: It is no strict JSON, or no object at its root.
            RuntimeError: What we wrote does not read back as what we meant, which is our mistake.

        >>> translation = ConfigConverter().to_toml(b'{"a": {"b": 1.0}, "c": [null, true]}')
        >>> translation.text, [f"{loss.key}: {loss.reason}" for loss in translation.losses]
        ('a = {b = 1.0}\nc = [true]\n', ['c[0]: TOML has no null; the elements behind it move up'])
        """
        root = parse(data)
        if not isinstance(root.value, Mapping):
            kind = "a list" if isinstance(root.value, tuple) else "a single value"
            raise JsonFault(root.line, f"found {kind}, expected an object: a TOML document is always a table")
        walk = _ToToml(self)
        wanted = walk.value(root, ())
        text = dumps(wanted, keeps_order=True)
        if _typed(strict_toml.parse(text.encode())) != _typed(wanted):
            raise RuntimeError("the written TOML does not read back as it was meant")
        return Translation(text, tuple(walk.losses))

    def to_json(self, data: bytes) -> Translation:
        r"""Translate TOML to JSON, in the same order.

        Raises:
            TomlFault: It is no TOML.
            RuntimeError: What we wrote does not read back as what we meant, which is our mistake.

        >>> ConfigConverter().to_json(b"[a]\nb = 1.0").text
        '{\n  "a": {\n    "b": 1.0\n  }\n}\n'
        """
        document = strict_toml.parse(data)
        walk = _ToJson(self)
        wanted = walk.value(document, ())
        text = json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"
        if _typed(parse(text.encode()).plain()) != _typed(wanted):
            raise RuntimeError("the written JSON does not read back as it was meant")
        for line in strict_toml.comments(data.decode()):
            walk.losses.append(Loss("", line, Outcome.DROPPED, "JSON has no comments"))
        return Translation(text, tuple(walk.losses))


class _Walk:
    def __init__(self, converter: ConfigConverter) -> None:
        self._converter = converter
        self.losses: list[Loss] = []

    def lose(self, path: Path, line: int, reason: str, outcome: Outcome = Outcome.DROPPED) -> None:
        moved = "; the elements behind it move up" if path and isinstance(path[-1], int) else ""
        reason += moved if outcome is Outcome.DROPPED else ""
        self.losses.append(Loss(_shown(path), line, outcome, reason))

    def _names(self, path: Path, lines: Mapping[str, int]) -> Mapping[str, str]:
        """Give each key its name in the other format; when two would get the same one, all of them keep their own."""
        names = {key: self._name((*path, key), key) for key in lines}
        if len(set(names.values())) == len(names):
            return names
        for key in (key for key, name in names.items() if name != key):
            self.lose((*path, key), lines[key], _TWICE, Outcome.DEGRADED)
        return {key: key for key in lines}

    def _name(self, path: Path, key: str) -> str:
        raise NotImplementedError


class _ToToml(_Walk):
    def value(self, node: Node, path: Path) -> Any:
        value = node.value
        if isinstance(value, Mapping):
            names = self._names(path, {key: member.line for key, member in value.items()})
            members = {names[key]: self.value(member, (*path, key)) for key, member in value.items()}
            return {key: member for key, member in members.items() if member is not None}
        if isinstance(value, tuple):
            elements = [self.value(element, (*path, index)) for index, element in enumerate(value)]
            return [element for element in elements if element is not None]
        if value is None:
            return self.lose(path, node.line, "TOML has no null")
        if isinstance(value, int) and not isinstance(value, bool) and not _LEAST <= value <= _MOST:
            return self.lose(path, node.line, "TOML's whole numbers have 64 bits")
        if isinstance(value, str) and path in self._converter.dates:
            return self._date(value, path, node.line)
        return value

    def _date(self, text: str, path: Path, line: int) -> Any:
        try:
            value = strict_toml.parse(f"date = {text}".encode())["date"]
        except TomlFault:
            value = None
        if isinstance(value, date | time) and date_text(value) == text:
            return value
        self.lose(path, line, "stays a text: TOML would write the date differently", Outcome.DEGRADED)
        return text

    def _name(self, path: Path, key: str) -> str:
        return snake_case(key) if self._converter.schema_keys.spelling(path) == key else key


class _ToJson(_Walk):
    def value(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            names = self._names(path, dict.fromkeys(value, 0))
            members = {names[key]: self.value(member, (*path, key)) for key, member in value.items()}
            return {key: member for key, member in members.items() if member is not None}
        if isinstance(value, list):
            elements = [self.value(element, (*path, index)) for index, element in enumerate(value)]
            return [element for element in elements if element is not None]
        if isinstance(value, float) and not isfinite(value):
            return self.lose(path, 0, "JSON has finite numbers only")
        if isinstance(value, date | time):
            if path not in self._converter.dates:
                self.lose(path, 0, "a text now: JSON has no dates", Outcome.DEGRADED)
            return date_text(value)
        return value

    def _name(self, path: Path, key: str) -> str:
        spelling = self._converter.schema_keys.spelling(path)
        return key if spelling is None else spelling


def _shown(path: Path) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{dotted((key,))}" for key in path).removeprefix(".")


def _typed(value: Any) -> str:
    """Tell 1 from 1.0 and true, 0.0 from -0.0, a date from its text, and one order of keys from another."""
    return json.dumps(value, default=repr)


_LEAST, _MOST = -(2**63), 2**63 - 1
_TWICE = "keeps its spelling: the one it would get stands beside it"
