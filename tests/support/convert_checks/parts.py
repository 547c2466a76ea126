"""Checks commands, subagents and skills: bodies line by line, front matter by a strict reader, helpers by bytes."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from reconciler.model.conversion import Outcome
from tests.support.convert_checks.accounting import written_path
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.atoms import part_names, without_number
from tests.support.convert_checks.layout import kind
from tests.support.convert_checks.markdown import split_front_matter
from tests.support.convert_checks.score import Score


def bodies(converted: Converted, kind_of_part: str) -> Score:
    """Each body is where the ledger says, with every line that has none of the source's placeholders as it was."""
    parts = part_names(converted.source, kind_of_part)
    lines = {(without_number(item.item), item.source.rpartition(":")[0]): item for item in converted.result.items}
    faults = []
    for path, name in parts.items():
        item = lines.get((name, path))
        if item is None or item.outcome is Outcome.DROPPED:
            faults.append(f"{name}: {item.reason if item else 'not in the ledger'}")
            continue
        target = written_path(item, converted)
        body = split_front_matter(converted.source[path])[1]
        if not _has_lines(_text(target, converted.files.get(target, b"")), body):
            faults.append(f"{name}: its lines are not in {item.target}")
    return Score.of(parts, faults)


def helpers(converted: Converted) -> Score:
    """Each helper file of a skill is in the target byte for byte, in the skill's folder."""
    paths = [
        path
        for path in converted.source
        if kind(path) == "skill" and posixpath.basename(path) != "SKILL.md" and _has_skill(path, converted)
    ]
    places = {path: [f".agents/skills/{path.split('/', 2)[2]}", path] for path in paths}
    return Score.of(
        paths, [path for path in paths if converted.source[path] not in map(converted.files.get, places[path])]
    )


def strict(converted: Converted) -> Score:
    """Each front matter and each TOML file that was written is read by a strict reader."""
    written = [
        path
        for path, data in converted.files.items()
        if converted.source.get(path) != data and re.fullmatch(_PARTS, path)
    ]
    return Score.of(written, [f"{path}: {why}" for path in written if (why := _fault(path, converted.files[path]))])


def _text(path: str, data: bytes) -> bytes:
    if not path.endswith(".toml"):
        return data
    return "\n".join(_texts(tomllib.loads(data.decode()))).encode()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)


def _has_lines(text: bytes, body: bytes) -> bool:
    left = iter(line.rstrip() for line in text.splitlines())
    wanted = (line.rstrip() for line in body.splitlines() if line.strip() and not _PLACEHOLDER.search(line))
    return all(line in left for line in wanted)


def _has_skill(path: str, converted: Converted) -> bool:
    return f"{'/'.join(path.split('/')[:3])}/SKILL.md" in converted.source


def _fault(path: str, data: bytes) -> str:
    if path.endswith(".toml"):
        try:
            tomllib.loads(data.decode())
        except ValueError as error:
            return str(error)
        return ""
    block = re.match(rb"---\r?\n(.*?)(?<=\n)---", data, re.DOTALL)
    try:
        keys = YAML(typ="safe", pure=True).load(block[1].decode()) if block else {}
    except YAMLError as error:
        return str(error).splitlines()[0]
    return "" if isinstance(keys, dict) else "its front matter is no table"


_PLACEHOLDER = re.compile(rb"\$ARGUMENTS|\$[0-9]|!`|(?:^|\s)@")
_PARTS = r".*\.toml|\.agents/skills/[^/]+/SKILL\.md|\.(?:gemini|opencode)/agents?/.+\.md|\.opencode/commands?/.+\.md"
