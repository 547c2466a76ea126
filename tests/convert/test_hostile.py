"""Hostile folders: always a named error or a line in the ledger, never a hang, a crash or a read outside."""

import json
import signal
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import permutations
from pathlib import PurePosixPath

import pytest
import yaml

from reconciler.convert import convert
from reconciler.model.conversion import Conversion, Outcome
from reconciler.model.migration import Cli
from tests.convert.hostile import BYTES, ESCAPES, JSON, MEMORY, SETTINGS, everywhere

CPU_SECONDS = 2
MOST_BYTES_OUT = 40 * 1024 * 1024
PAIRS = [pytest.param(source, target, id=f"{source}-{target}") for source, target in permutations(Cli, 2)]


class TooLong(BaseException):
    """The conversion used more processor time than it may; no handler of ours catches it."""


@contextmanager
def cpu_limit() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def converted(files: Mapping[str, bytes], source: Cli, target: Cli) -> Conversion:
    with cpu_limit():
        result = convert(files, source=source, target=target)
    assert sum(map(len, result.files.values())) < MOST_BYTES_OUT
    there = set(files.values())
    as_yaml = all(map(has_yaml, there))
    for path, data in result.files.items():
        assert_stays_inside(path)
        if data not in there:  # a skill's files are copied as they are
            assert_reads(path, data, as_yaml=as_yaml)
    for item in result.items:
        assert (item.outcome is Outcome.KEPT) == (not item.reason), item
        path, _, line = item.source.rpartition(":")
        assert path in files, item
        assert int(line) > 0, item
    return result


def assert_stays_inside(path: str) -> None:
    parts = PurePosixPath(path).parts
    assert parts, path
    assert not path.startswith(("/", "~")), path
    assert ".." not in parts, path
    assert all(char.isprintable() for char in path), path


def assert_reads(path: str, data: bytes, *, as_yaml: bool) -> None:
    if path.endswith(".json"):
        json.loads(data)
    elif path.endswith(".toml"):
        tomllib.loads(data.decode())
    elif as_yaml and path.endswith(".md") and path.startswith("."):
        assert has_yaml(data), data[:400]


def has_yaml(data: bytes) -> bool:
    try:
        matter = yaml.safe_load(data.decode(errors="replace").removeprefix("---\n").split("\n---\n", maxsplit=1)[0])
    except (yaml.YAMLError, RecursionError, ValueError):
        return not data.startswith(b"---\n")
    return not data.startswith(b"---\n") or matter is None or isinstance(matter, dict)


@pytest.mark.parametrize("source", Cli)
@pytest.mark.parametrize(("number", "name"), list(enumerate(BYTES)), ids=BYTES)
def test_any_bytes_in_any_file_end_in_the_ledger(number: int, name: str, source: Cli) -> None:
    targets = [cli for cli in Cli if cli is not source]
    converted(everywhere(source, BYTES[name]), source, targets[number % len(targets)])


@pytest.mark.parametrize(("source", "target"), PAIRS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_any_settings_end_in_the_ledger(settings: object, source: Cli, target: Cli) -> None:
    data = json.dumps(settings).encode()
    assert converted(dict.fromkeys(JSON[source], data), source, target).items


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_an_import_that_leaves_the_folder_is_never_read(source: Cli, target: Cli) -> None:
    files = {MEMORY[source]: "".join(f"- @{path}\n" for path in ESCAPES).encode()}
    result = converted(files, source, target)
    if source in {Cli.CLAUDE, Cli.GEMINI}:
        assert sum(item.item.startswith("import:") for item in result.items) == len(ESCAPES)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_imports_in_a_circle_and_in_a_fan_end(source: Cli, target: Cli) -> None:
    names = [f"part-{number}.md" for number in range(12)]
    every = "".join(f"@{name}\n" for name in names).encode()
    files = {MEMORY[source]: every} | dict.fromkeys(names, b"x" * 1_000 + b"\n" + every)
    converted(files, source, target)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_hundreds_of_parts_end(source: Cli, target: Cli) -> None:
    folder = {Cli.CLAUDE: ".claude/", Cli.CODEX: ".agents/", Cli.GEMINI: ".gemini/", Cli.OPENCODE: ".opencode/"}[source]
    files = {f"{folder}skills/s{n}/SKILL.md": b"---\nname: s%d\ndescription: x\n---\nx\n" % n for n in range(300)}
    files |= {f"{folder}commands/c{n}.md": b"$ARGUMENTS\n" for n in range(300)}
    files |= {f"{folder}agents/a{n}.md": b"---\nname: same\ndescription: x\n---\nx\n" for n in range(300)}
    converted(files, source, target)
