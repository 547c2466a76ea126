import re
import tomllib
from pathlib import Path

import pytest
from mistletoe.block_token import BlockCode, CodeFence, Document, HtmlBlock
from mistletoe.html_renderer import HtmlRenderer
from mistletoe.span_token import HtmlSpan, InlineCode, Link, RawText

from reconciler.convert import SPOKES, Scope
from reconciler.convert.claude.layout import Place, place
from reconciler.convert.codex.writer import SIZE_LIMIT
from reconciler.convert.documents import ImportStatus
from reconciler.convert.markdown.scanner import tokens
from reconciler.model.conversion import Outcome
from reconciler.model.migration import Cli
from tests.convert.folders import CONFIG, config_of, read_folder, shared, to_codex

SAMPLES = ["s1_imports", "s4_big", "s5_mcp", "s6_perms", "s8_parts"]


def agents() -> list[Path]:
    folders = [*sorted(shared("corpus").iterdir()), *(shared("samples", "synthetic", name) for name in SAMPLES)]
    return [folder for folder in [*folders, shared("samples", "claude-full", "proj")] if folder.is_dir()]


def test_every_public_configuration_is_converted_and_accounted_for() -> None:
    folders = agents()
    assert len(folders) == 29
    for folder in folders:
        files = read_folder(folder)
        conversion = to_codex(files, model="gpt-5.5", front_matter=True)
        sources = {item.source.rpartition(":")[0] for item in conversion.items}
        inlined = {
            edge.path
            for one in SPOKES[Cli.CLAUDE].read(files, Scope.PROJECT).memory
            for edge in one.imports
            if edge.status is ImportStatus.INLINED
        }
        skills = {
            path
            for path in files
            if place(path) is Place.SKILL and f"{'/'.join(path.split('/')[:3])}/SKILL.md" in files
        }
        empty = {
            path for path in files if place(path) in (Place.SETTINGS, Place.SERVERS) and not files[path].strip(b"{} \n")
        }
        assert set(files) - sources - inlined - skills - empty == set(), folder.name
        assert all(item.reason for item in conversion.items if item.outcome is not Outcome.KEPT), folder.name
        assert len({(item.item, item.source) for item in conversion.items}) == len(conversion.items), folder.name
        print(folder.name, [str(problem) for problem in conversion.problems])  # noqa: T201 - read with pytest -rP


def test_every_written_toml_reads_and_everything_that_stood_is_still_there() -> None:
    for folder in agents():
        files = read_folder(folder)
        conversion = to_codex(files, model="gpt-5.5", front_matter=True)
        for path, data in conversion.files.items():
            if path.endswith(".toml"):
                tomllib.loads(data.decode())
            if path.endswith("AGENTS.md") and path in files:
                assert _lines(files[path]) - _lines(data) == set(), (folder.name, path)
        if CONFIG in files:
            before = tomllib.loads(files[CONFIG].decode())
            after = config_of(conversion)
            for key in before.keys() - {"model", "mcp_servers"}:
                assert after[key] == before[key], folder.name
            assert before.get("mcp_servers", {}).items() <= after.get("mcp_servers", {}).items(), folder.name


def test_every_line_of_the_memory_and_its_imports_reaches_codex() -> None:
    for folder in agents():
        files = read_folder(folder)
        conversion = to_codex(files, model="gpt-5.5", front_matter=True)
        written = conversion.files.get("AGENTS.md", b"")
        limit = config_of(conversion).get("project_doc_max_bytes", SIZE_LIMIT)
        assert len(written) <= limit, folder.name
        for path in ("CLAUDE.md", ".claude/CLAUDE.md"):
            lost = {line for line in _lines(files.get(path, b"")) - _lines(written) if b"@" not in line}
            assert lost == set(), (folder.name, path)


def test_every_import_edge_has_one_line_and_no_inlined_one_is_left_dangling() -> None:
    for folder in agents():
        files = read_folder(folder)
        conversion = to_codex(files)
        edges = {
            (f"import:{e.name}", str(e.origin)): e
            for one in SPOKES[Cli.CLAUDE].read(files, Scope.PROJECT).memory
            for e in one.imports
        }
        named = [(re.sub(r"#\d+$", "", i.item), i.source) for i in conversion.items if i.item.startswith("import:")]
        assert sorted(set(named)) == sorted(edges), folder.name
        for edge in edges.values():
            if edge.status is ImportStatus.INLINED:
                for path, data in conversion.files.items():
                    if path == "AGENTS.md":
                        assert f"@{edge.name}".encode() not in _lines(data), (folder.name, edge)


def test_a_second_conversion_of_a_public_configuration_changes_nothing() -> None:
    for folder in agents():
        files = read_folder(folder)
        first = to_codex(files, model="gpt-5.5", front_matter=True).files
        assert to_codex({**files, **first}, model="gpt-5.5", front_matter=True).files == first, folder.name


def test_the_scanner_finds_the_tokens_that_a_markdown_parser_finds() -> None:
    count = 0
    for path in (path for folder in agents() for path in folder.rglob("*.md") if path.is_file()):
        ours = sorted(token.name.replace(" ", "\\ ") for token in tokens(path.read_bytes()))
        with HtmlRenderer():  # type: ignore[no-untyped-call] # the library has no types
            theirs = sorted(_names(Document(path.read_text(encoding="utf-8-sig"))))
        assert ours == theirs, path.name
        count += len(ours)
    assert count > 50


@pytest.mark.parametrize(
    "mark", ["MARK_ROOT_MEMORY", "MARK_STYLE", "MARK_DEEP", "MARK_RULE_ALWAYS", "MARK_RULE_TS", "MARK_LOCAL_MEMORY"]
)
def test_every_mark_of_the_full_sample_is_in_the_memory(mark: str) -> None:
    assert mark.encode() in to_codex(read_folder(shared("samples", "claude-full", "proj"))).files["AGENTS.md"]


def _lines(data: bytes) -> set[bytes]:
    return {line.strip() for line in data.replace(b"\xef\xbb\xbf", b"").split(b"\n") if line.strip()}


def _names(token: object) -> list[str]:
    if isinstance(token, CodeFence | BlockCode | InlineCode | HtmlBlock | HtmlSpan | Link):
        return []
    if isinstance(token, RawText):
        words = re.findall(r"(?:^|(?<=\s))@((?:[^\s\\]|\\ )+)", token.content)
        return [word for word in words if re.match(r"~/.|\.{0,2}/[^/]|[A-Za-z0-9._-]", word)]
    children = [*(getattr(token, "children", None) or []), *([token.header] if hasattr(token, "header") else [])]
    return [name for child in children for name in _names(child)]
