"""Checks the memory: every line loaded, every byte outside an import as it was, every import on the ledger."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.layout import kind, memory_files, root_documents
from tests.support.convert_checks.markdown import SURE_DEPTH, Edge, edges, fences, import_names
from tests.support.convert_checks.score import NOTHING, Score


def loaded(converted: Converted) -> Score:
    """Every line of what the source loads at its start stands, in order, in what the target loads at its start."""
    return loaded_from(converted, loaded_text(converted))


def loaded_from(converted: Converted, text: bytes, *, strips_comments: bool = False) -> Score:
    """The same for a text that the target itself showed, maybe without its comments; one agent is one item."""
    lines = _lines(text)
    documents = root_documents(converted.source)
    if strips_comments:
        documents = {path: _COMMENT.sub(b"", document) for path, document in documents.items()}
    missing = [
        f"{path}: {lost[:60]!r}"
        for path, document in documents.items()
        if (lost := _first_missing(_plain_lines(path, document, converted), lines)) is not None
    ]
    return Score(int(not missing), 1, tuple(missing)) if documents else NOTHING


def loaded_text(converted: Converted) -> bytes:
    """Give the memory that the target reads in the agent's folder, by its documented rules."""
    files = converted.files
    match converted.target:
        case Cli.CODEX:
            text = files.get("AGENTS.override.md", files.get("AGENTS.md", b""))
            config = tomllib.loads(files.get(".codex/config.toml", b"").decode())
            return text[: config.get("project_doc_max_bytes", _CODEX_LIMIT)]
        case Cli.GEMINI:
            names = (
                json.loads(files.get(".gemini/settings.json", b"{}")).get("context", {}).get("fileName", "GEMINI.md")
            )
            return b"\n".join(files.get(name, b"") for name in ([names] if isinstance(names, str) else names))
        case Cli.OPENCODE | Cli.CLAUDE:
            wanted = json.loads(files.get("opencode.json", b"{}")).get("instructions", [])
            return b"\n".join(files.get(name, b"") for name in ["AGENTS.md", *wanted])


def fenced_blocks(converted: Converted) -> Score:
    """Each fenced block of a memory text is in the target's memory, byte for byte."""
    texts = _memory_texts(converted)
    blocks = [(path, block) for path in _documents(converted) for block in fences(converted.source[path])]
    return Score.of(blocks, [f"{path}: {block[:60]!r}" for path, block in blocks if block not in texts])


def bytes_outside_imports(converted: Converted) -> Score:
    """What stands between two imports is in the target's memory byte for byte: line ends, blanks and ``@`` in code."""
    texts = _memory_texts(converted)
    runs = [(path, run) for path in _documents(converted) for run in _runs(path, converted)]
    return Score.of(runs, [f"{path}: {run[:60]!r}" for path, run in runs if run not in texts])


def import_ledger(converted: Converted) -> Score:
    """Every import edge has one line in the ledger, with what became of it, and no line is left without a file."""
    found = _edges(converted)
    listed: dict[tuple[str, str], list[Outcome]] = {}
    for item in converted.items("import"):
        name = re.sub(r"#\d+$", "", item.item.removeprefix("import:"))
        listed.setdefault((item.source.rpartition(":")[0], name), []).append(item.outcome)
    sure = {(edge.path, edge.name) for edge in found if edge.depth <= SURE_DEPTH}
    faults = [f"{path}: @{name} is not in the ledger" for path, name in sorted(sure - listed.keys())]
    known = {(edge.path, edge.name) for edge in found}
    faults += [f"{path}: @{name} is no import" for path, name in sorted(listed.keys() - known)]
    faults += [
        f"{edge.path}: @{edge.name} names no file of the agent and is called kept"
        for edge in found
        if not edge.target and Outcome.KEPT in listed.get((edge.path, edge.name), []) and _says_it_leaves(edge.name)
    ]
    return Score.of(sure, [*faults, *_dangling(converted, found)])


def nested_memory(converted: Converted) -> Score:
    """Memory below the root reaches the target's memory of the same folder."""
    nested = [path for path in memory_files(converted.source) if kind(path) == "memory" and _folder(path)]
    names = ("AGENTS.md", "GEMINI.md")
    faults = []
    for path in nested:
        text = b"".join(converted.files.get(posixpath.join(_folder(path), name), b"") for name in names)
        if _first_missing(_plain_lines(path, converted.source[path], converted), _lines(text)) is not None:
            faults.append(path)
    return Score.of(nested, faults)


def _documents(converted: Converted) -> list[str]:
    readable = (path for path in memory_files(converted.source) if _is_text(converted.source[path]))
    return [path for path in readable if kind(path) == "memory"]


def _memory_texts(converted: Converted) -> bytes:
    names = {"AGENTS.md", "AGENTS.override.md", "GEMINI.md"}
    return b"\n\0\n".join(data for path, data in converted.files.items() if posixpath.basename(path) in names)


def _runs(path: str, converted: Converted) -> Iterator[bytes]:
    names = import_names(converted.source[path])
    run: list[bytes] = []
    for line in [*converted.source[path].removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True), None]:
        if line is not None and not _imports(line, names):
            run.append(line)
        else:
            if block := b"".join(run).strip(b"\r\n"):
                yield block
            run = []


def _plain_lines(path: str, document: bytes, converted: Converted) -> list[bytes]:
    names = import_names(converted.source[path])
    return [line for line in _lines(document) if not _imports(line, names)]


def _imports(line: bytes, names: Sequence[str]) -> bool:
    return any(b"@" + name.replace(" ", "\\ ").encode() in line for name in names)


def _lines(text: bytes) -> list[bytes]:
    stripped = (line.strip() for line in text.removeprefix(b"\xef\xbb\xbf").splitlines())
    return [line for line in stripped if line]


def _first_missing(wanted: list[bytes], lines: list[bytes]) -> bytes | None:
    left = iter(lines)
    return next((line for line in wanted if line not in left), None)


def _edges(converted: Converted) -> list[Edge]:
    files = converted.source
    return edges(files, [path for path in memory_files(files) if _is_text(files[path]) and _is_loaded(path, files)])


def _is_loaded(path: str, files: Mapping[str, bytes]) -> bool:
    folder, name = posixpath.split(path)
    beside = (posixpath.join(folder, other) for other in ("CLAUDE.md", ".claude/CLAUDE.md"))
    return name != "AGENTS.md" or not any(other in files for other in beside)


def _dangling(converted: Converted, found: Sequence[Edge]) -> Iterator[str]:
    as_written = {edge.name for edge in found if not edge.target}
    for path, data in converted.source.items():
        if kind(path) == "memory" and not _is_loaded(path, converted.source):
            as_written.update(import_names(data))
    inlined = {edge.name for edge in found if edge.target and edge.depth <= SURE_DEPTH} - as_written
    for path, data in converted.files.items():
        if converted.target is not Cli.GEMINI and posixpath.basename(path) == "AGENTS.md" and kind(path) == "memory":
            yield from (f"{path}: @{name} is left" for name in inlined.intersection(import_names(data)))


def _says_it_leaves(name: str) -> bool:
    return name.startswith(("~", "/"))


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def _folder(path: str) -> str:
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder) == ".claude" else folder


_CODEX_LIMIT = 32 * 1024
_COMMENT = re.compile(rb"(?ms)^[ \t]*<!--.*?-->")
