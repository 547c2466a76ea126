"""Checks that the ledger names every atom of the source exactly once, in its place, with a reason where it is lost."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from reconciler.model.conversion import Item, Outcome
from tests.support.convert_checks import hooks, standing
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.atoms import atoms, without_number
from tests.support.convert_checks.layout import kind, memory_files
from tests.support.convert_checks.markdown import edges
from tests.support.convert_checks.score import Score


def every_atom_once(converted: Converted) -> Score:
    """The atoms that were counted without the converter are the lines of its ledger, each of them once."""
    wanted = Counter({atom: n for atom, n in atoms(converted.source).items() if not atom[0].startswith("file:")})
    listed = Counter(
        (without_number(item.item), item.source.rpartition(":")[0])
        for item in converted.result.items
        if item.item.partition(":")[0] not in _COUNTED_ELSEWHERE
    )
    faults = [f"{path}: {name} is missing ({count}x)" for (name, path), count in (wanted - listed).items()]
    extra = listed - wanted
    faults += [f"{path}: {n} is too much ({count}x)" for (n, path), count in extra.items() if n not in _IMPLIED]
    return Score.of(list(wanted.elements()), faults)


def every_file_named(converted: Converted) -> Score:
    """Each file has a line, or belongs to a skill, an import or a hook that has one, or is the target's own."""
    named = Counter(item.source.rpartition(":")[0] for item in converted.result.items)
    belonging = {edge.target for edge in edges(converted.source, memory_files(converted.source))}
    belonging |= {*hooks.named_scripts(converted), *standing.standing_paths(converted)}
    counted = {path for _, path in atoms(converted.source)}
    belonging |= {path for path in converted.source if path not in counted}
    faults = [path for path in converted.source if not named[path] and path not in belonging]
    return Score.of(converted.source, faults)


def every_kind_once(converted: Converted, kind_of_item: str) -> Score:
    """The same for the atoms whose names start with one word."""
    wanted = Counter({atom: n for atom, n in atoms(converted.source).items() if atom[0].startswith(f"{kind_of_item}:")})
    listed = Counter(
        (without_number(item.item), item.source.rpartition(":")[0]) for item in converted.items(kind_of_item)
    )
    return Score.of(list(wanted.elements()), [f"{path}: {name}" for name, path in wanted - listed])


def kept(converted: Converted) -> Score:
    """The lines of the ledger that say kept: how much comes over without any difference."""
    lost = [item for item in converted.result.items if item.outcome is not Outcome.KEPT]
    return Score.of(converted.result.items, [f"{item.item}: {item.outcome}, {item.reason}" for item in lost])


def places(converted: Converted) -> Score:
    """Each line of the ledger gives a line of the source that exists and, in JSON, names the item."""
    faults = [f"{item.source}: {item.item}" for item in converted.result.items if not _is_there(item, converted)]
    return Score.of(converted.result.items, faults)


def reasons(converted: Converted) -> Score:
    """What is not kept has a reason, what is kept has none; what is not dropped has a target that was written."""
    return Score.of(converted.result.items, list(_unreasonable(converted)))


def written_path(item: Item, converted: Converted) -> str:
    """Give the file that a line of the ledger names as its target, a skill's for its folder; empty for none."""
    place = item.target.partition(":")[0]
    names = (item.target, place, f"{item.target}/SKILL.md")
    return next((path for path in names if path in converted.files), "")


def _unreasonable(converted: Converted) -> Iterator[str]:
    for item in converted.result.items:
        path = written_path(item, converted)
        withheld = item.item.startswith("secret:")
        if bool(item.reason) != (item.outcome is not Outcome.KEPT):
            yield f"{item.item}: {item.outcome} with the reason {item.reason!r}"
        elif item.outcome is Outcome.DROPPED and item.target:
            yield f"{item.item}: dropped, and in {item.target}"
        elif item.outcome is Outcome.KEPT and not path and not withheld and _has_content(item, converted):
            yield f"{item.item}: kept in {item.target or 'nothing'}, which was not written"


def _has_content(item: Item, converted: Converted) -> bool:
    # An empty memory, and an allow that needs no rule, are kept in a file that nobody has to write.
    return bool(converted.source.get(item.source.rpartition(":")[0], b"").strip())


def _is_there(item: Item, converted: Converted) -> bool:
    path, _, number = item.source.rpartition(":")
    lines = converted.source.get(path, b"").decode("utf-8", errors="replace").split("\n")
    if path not in converted.source or not 1 <= int(number) <= len(lines):
        return False
    if without_number(item.item) in _IMPLIED:
        return True
    word = _word(item) if kind(path) in {"settings", "mcp"} and not item.reason.startswith("found ") else ""
    return not word or word in lines[int(number) - 1]


def _word(item: Item) -> str:
    first, _, rest = without_number(item.item).partition(":")
    match first:
        case "permission":
            return json.dumps(rest.partition(":")[2], ensure_ascii=False)[1:-1]
        case "env":
            return rest
        case "setting":
            return "" if rest.startswith("sandbox.") else rest.rpartition(".")[2]
        case "mcp":
            return re.split(r"[:.]", rest)[-1]
        case _:
            return ""


_IMPLIED = {"setting:permissions.defaultMode"}
"""What a source says by leaving it out; a target with another default has to be told."""
_COUNTED_ELSEWHERE = {"import", "secret", "file"}
