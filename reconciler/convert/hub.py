"""Converts a configuration from one CLI to another: a reader fills the neutral form, a writer turns it into files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.convert import claude, codex, gemini, opencode, secrets
from reconciler.convert.agent import AgentConfig, FoundSecret, Scope
from reconciler.convert.capabilities import increases
from reconciler.convert.documents import ImportStatus, Origin
from reconciler.convert.ledger import degraded, kept
from reconciler.convert.prose import misread
from reconciler.convert.spoke import Spoke, Wanted
from reconciler.convert.text import Lines
from reconciler.model.conversion import Conversion, Item, Outcome, Problem
from reconciler.model.migration import Cli

SPOKES: Mapping[Cli, Spoke] = {spoke.cli: spoke for spoke in (claude.SPOKE, gemini.SPOKE, opencode.SPOKE, codex.SPOKE)}


def convert(
    files: Mapping[str, bytes],
    *,
    source: Cli,
    target: Cli,
    model: str = "",
    front_matter: bool = True,
    scope: Scope = Scope.PROJECT,
) -> Conversion:
    """Convert an agent's configuration.

    Args:
        files: The agent's folder, or the user's home: POSIX path from it -> bytes. Nothing else is ever read, and of
            these only what a CLI reads, and what that imports.
        source: The CLI whose files they are.
        target: The CLI to write for; the same as ``source`` hands the files through.
        model: The target's model; empty leaves it to the target.
        front_matter: Whether a written memory file says in a ``+++`` block where it comes from.
        scope: Whether ``files`` are a project's or a user's own.

    Returns:
        The target's files, one line for every item of the source, and what stops a planning. A literal that looks
        like a secret is in none of them; only files handed through to the same CLI keep theirs.
    """
    config = SPOKES[source].read(files, scope)
    if source is target:
        lines = [kept(f"file:{path}", Origin(path), path) for path in files]
        return Conversion(dict(files), _numbered(lines), _problems(_find_secrets(files, config.secrets)))
    imported = _imported(config)
    scripts = {path for hook in config.hooks for path in hook.scripts}
    read = (set(files) - set(config.workspace)) | ((imported | scripts) & set(files))
    found = _find_secrets({path: files[path] for path in sorted(read)}, config.secrets)
    wanted = Wanted(model=model, front_matter=front_matter)
    written = SPOKES[target].write(config, files, wanted)
    marks = tuple(mark for mark in SPOKES[source].marks if mark.endswith("/"))
    own = [path for path in config.workspace if path.startswith(marks) and path not in imported]
    items = [*written.items, *(kept(f"file:{path}", Origin(path), path) for path in own)]
    raw = Conversion(written.files, tuple(items), (), carried=config.workspace)
    result = _without_secrets(raw, files, found)
    reader = SPOKES[target].read
    return replace(
        result,
        increases=increases(reader(files, scope), reader({**files, **result.files}, scope)),
        misread=tuple(misread(config, files, written.items, target)),
    )


def with_carried(conversion: Conversion, files: Mapping[str, bytes]) -> Conversion:
    """Add the files that are no CLI's to a conversion: an agent's folder is handed over whole.

    One that holds a literal secret is withheld and named, as everywhere.
    """
    carried = {path: files[path] for path in conversion.carried if path not in conversion.files}
    named = {item.source.rpartition(":")[0] for item in conversion.items}
    lines = [kept(f"file:{path}", Origin(path), path) for path in conversion.carried if path not in named]
    raw = Conversion(carried, tuple(lines), ())
    clean = _without_secrets(raw, files, _find_secrets(carried, ()))
    return replace(
        conversion,
        files={**clean.files, **conversion.files},
        items=_numbered([*conversion.items, *clean.items]),
        problems=(*conversion.problems, *clean.problems),
    )


def detect(files: Iterable[str], besides: Cli | None = None) -> Cli | None:
    """Say whose configuration this is, by the files only that CLI reads; None when there are none.

    >>> detect(["CLAUDE.md"]), detect(["README.md"]), detect(["CLAUDE.md", ".codex/config.toml"], Cli.CLAUDE)
    (<Cli.CLAUDE: 'claude'>, None, <Cli.CODEX: 'codex'>)
    """
    paths = list(files)
    for cli, spoke in SPOKES.items():
        folders = tuple(mark for mark in spoke.marks if mark.endswith("/"))
        if cli is not besides and any(path in spoke.marks or path.startswith(folders) for path in paths):
            return cli
    return None


def _imported(config: AgentConfig) -> set[str]:
    edges = (edge for document in config.memory for edge in document.imports)
    return {edge.path for edge in edges if edge.status is ImportStatus.INLINED}


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
    withheld = {
        path
        for path, data in clean.items()
        if data != raw.files[path] and path in files and files[path] == raw.files[path]
    }
    items = [_withheld(item) if item.target in withheld else item for item in raw.items]
    items += [
        degraded(f"secret:{one.variable}", one.origin, "", f"looks like a {one.kind}: never copied, see the problems")
        for one in found
    ]
    kept_files = {path: data for path, data in clean.items() if path not in withheld}
    return Conversion(kept_files, _numbered(_clean(items)), _problems(found), raw.carried)


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
