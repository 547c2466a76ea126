"""Converts a configuration from one CLI to another: a reader fills the neutral form, a writer turns it into files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from reconciler.convert import claude, codex, secrets
from reconciler.convert.agent import AgentConfig, FoundSecret
from reconciler.convert.documents import Origin
from reconciler.convert.ledger import degraded, kept
from reconciler.convert.text import Lines
from reconciler.errors import ReconcilerError
from reconciler.model.conversion import Conversion, Item, Outcome, Problem
from reconciler.model.migration import Cli

Reader = Callable[[Mapping[str, bytes]], AgentConfig]


class Writer(Protocol):
    """Turns the neutral configuration into the files of one CLI, and says of every item what became of it."""

    def __call__(
        self, config: AgentConfig, files: Mapping[str, bytes], *, model: str, front_matter: bool
    ) -> Conversion:
        """Write ``config``; ``files`` are the source's, for what stays as it is or is merged with."""


READERS: Mapping[Cli, Reader] = {Cli.CLAUDE: claude.read}
WRITERS: Mapping[Cli, Writer] = {Cli.CODEX: codex.write}


def convert(
    files: Mapping[str, bytes], *, source: Cli, target: Cli, model: str, front_matter: bool = True
) -> Conversion:
    """Convert an agent's configuration.

    Args:
        files: The agent's folder: POSIX path from it -> bytes. Nothing else is ever read.
        source: The CLI whose files they are.
        target: The CLI to write for; the same as ``source`` hands the files through.
        model: The target's model; empty leaves it to the target.
        front_matter: Whether a written AGENTS.md says in a ``+++`` block where it comes from.

    Returns:
        The target's files, one line for every item of the source, and what stops a planning. A literal that looks
        like a secret is in none of them; only files handed through to the same CLI keep theirs.

    Raises:
        ReconcilerError: There is no reader for the source or no writer for the target yet.
    """
    reader = READERS.get(source)
    if source is target:
        found = _find_secrets(files, reader(files).secrets if reader else ())
        lines = [kept(f"file:{path}", Origin(path), path) for path in files]
        return Conversion(dict(files), _numbered(lines), _problems(found))
    if reader is None:
        raise _not_yet("read", source, READERS)
    if target not in WRITERS:
        raise _not_yet("write", target, WRITERS)
    config = reader(files)
    raw = WRITERS[target](config, files, model=model, front_matter=front_matter)
    return _without_secrets(raw, files, _find_secrets(files, config.secrets))


def detect(files: Mapping[str, bytes]) -> Cli | None:
    """Say whose configuration this is, by the files only that CLI reads; None when there are none.

    >>> detect({"CLAUDE.md": b""}), detect({"README.md": b""})
    (<Cli.CLAUDE: 'claude'>, None)
    """
    for cli, names in _MARKS:
        if any(path in names or path.startswith(tuple(n for n in names if n.endswith("/"))) for path in files):
            return cli
    return None


def _not_yet(verb: str, cli: Cli, there: Iterable[Cli]) -> ReconcilerError:
    able = ", ".join(sorted(there))
    return ReconcilerError(f"cannot {verb} a configuration of {cli} yet, expected one of {able}")


def _find_secrets(files: Mapping[str, bytes], read: Iterable[FoundSecret]) -> tuple[FoundSecret, ...]:
    known = {(one.origin, one.kind): one for one in read}
    for path, data in files.items():
        if shaped := secrets.find(data):
            lines = Lines(data)
            for one in shaped:
                origin = Origin(path, lines.of(one.start))
                known.setdefault((origin, one.kind), FoundSecret(origin, one.kind, one.variable))
    return tuple(sorted(known.values(), key=lambda one: (one.origin, one.kind)))


def _problems(found: Iterable[FoundSecret]) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            str(one.origin),
            f"looks like a {one.kind}",
            f"write ${{{one.variable}}} in its place, set {one.variable} in the agent's environment, revoke this one",
        )
        for one in found
    )


def _without_secrets(raw: Conversion, files: Mapping[str, bytes], found: tuple[FoundSecret, ...]) -> Conversion:
    clean = {path: secrets.redact(data) for path, data in raw.files.items()}
    withheld = {path for path, data in clean.items() if data != raw.files[path] and files.get(path) == raw.files[path]}
    items = [_withheld(item) if item.target in withheld else item for item in raw.items]
    items += [
        degraded(f"secret:{one.variable}", one.origin, "", f"looks like a {one.kind}: never copied, see the problems")
        for one in found
    ]
    kept_files = {path: data for path, data in clean.items() if path not in withheld}
    return Conversion(kept_files, _numbered(_clean(items)), _problems(found))


def _withheld(item: Item) -> Item:
    return replace(item, outcome=Outcome.DROPPED, target="", reason="holds what looks like a secret")


def _clean(items: list[Item]) -> list[Item]:
    if not secrets.find("\n".join(f"{one.item}\n{one.target}\n{one.reason}" for one in items).encode()):
        return items
    return [
        replace(one, item=_redact(one.item), target=_redact(one.target), reason=_redact(one.reason)) for one in items
    ]


def _redact(text: str) -> str:
    return secrets.redact(text.encode()).decode()


def _numbered(items: Iterable[Item]) -> tuple[Item, ...]:
    """Sort the items by their place, and tell apart those that stand on one line under one name."""
    seen: Counter[tuple[str, str]] = Counter()
    numbered = []
    for item in sorted(items, key=_place):
        seen[item.item, item.source] += 1
        count = seen[item.item, item.source]
        numbered.append(item if count == 1 else replace(item, item=f"{item.item}#{count}"))
    return tuple(numbered)


def _place(item: Item) -> tuple[str, int, str]:
    path, _, line = item.source.rpartition(":")
    return path, int(line), item.item


_MARKS = (
    (Cli.CLAUDE, ("CLAUDE.md", "CLAUDE.local.md", ".mcp.json", ".claude/")),
    (Cli.GEMINI, ("GEMINI.md", ".gemini/")),
    (Cli.OPENCODE, ("opencode.json", "opencode.jsonc", ".opencode/")),
    (Cli.CODEX, ("AGENTS.md", "AGENTS.override.md", ".codex/")),
)
