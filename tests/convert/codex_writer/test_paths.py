from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.agent import Permission, PermissionRule, Scope
from reconciler.convert.claude.reader import read
from reconciler.convert.codex.reader import read as read_codex
from reconciler.convert.codex.writer.paths import ROOTS, close, places
from reconciler.convert.documents import Origin
from tests.convert.folders import config_of, item, settings, to_codex

ORIGIN = Origin("settings.json")
THERE = frozenset({"AGENTS.md", "docs", "docs/a.md", "a.lock", "src", "src/gen"})


def rule(tool: str, pattern: str | None, decision: Permission = Permission.DENY) -> PermissionRule:
    text = tool if pattern is None else f"{tool}({pattern})"
    return PermissionRule(decision, text, ORIGIN, tool, pattern)


@pytest.mark.parametrize(
    ("tool", "pattern", "entries", "difference"),
    [
        pytest.param("Read", "./.env", {".en[v]": "deny", ".en[v]/**": "deny"}, "", id="a file"),
        pytest.param("Read", "./secrets/**", {"secret[s]/**": "deny"}, "", id="a folder"),
        pytest.param("Read", "/a", {"[a]": "deny", "[a]/**": "deny"}, "as Read(./a)", id="from the project"),
        pytest.param(
            "Read", "keys/", {"**/keys": "deny", "**/keys/**": "deny"}, "as Read(./**/keys)", id="a bare name"
        ),
        pytest.param(
            "Grep", "./a/./b", {"a/[b]": "deny", "a/[b]/**": "deny"}, "as Read(./a/b)", id="another tool that reads"
        ),
        pytest.param("Read", "./*.pem", {"*.pem": "deny", "*.pem/**": "deny"}, "", id="a pattern"),
        pytest.param("Read", "./*.pe[m]/**", {"*.pe[m]/**": "deny"}, "as Read(./*.pem/**)", id="a class of one"),
        pytest.param("Edit", "./docs/**", {"docs/**": "read"}, "closed to writing", id="writing to a folder"),
        pytest.param("Write", "./a.lock", {"a.lock": "read"}, "closed to writing", id="writing to a file"),
        pytest.param("Edit", "./src/gen/*.ts", {"src/gen": "read"}, "all of src/gen/", id="writing to a pattern"),
    ],
)
def test_what_a_path_rule_closes(tool: str, pattern: str, entries: Mapping[str, str], difference: str) -> None:
    closed = close(rule(tool, pattern), THERE)
    assert closed.entries == {(ROOTS, path): access for path, access in entries.items()}
    assert difference in closed.difference
    assert bool(difference) == bool(closed.difference)
    assert not closed.why_not


@pytest.mark.parametrize(
    ("pattern", "place"),
    [("//etc/passwd", "/etc/passwd"), ("~/.ssh", "~/.ssh"), ("~/.ssh/**", "~/.ssh/**"), ("//srv/*", "/srv/*")],
)
def test_paths_outside_the_project_keep_their_own_place(pattern: str, place: str) -> None:
    closed = close(rule("Read", pattern), ())
    assert closed.entries[("", place)] == "deny"
    assert not closed.difference


@pytest.mark.parametrize("pattern", ["!./.env", "../x", "./a/../b", "~/../x"])
def test_a_path_without_a_place_is_never_guessed(pattern: str) -> None:
    closed = close(rule("Read", pattern), ())
    assert not closed.entries
    assert closed.why_not


@pytest.mark.parametrize("pattern", [None, "**", "./**", "/**", "*", "./", "AGENTS.md", "./*.md", "**/*"])
def test_codex_has_to_read_its_own_memory(pattern: str | None) -> None:
    closed = close(rule("Read", pattern), ())
    assert not closed.entries
    assert "AGENTS.md" in closed.why_not


@pytest.mark.parametrize(
    ("pattern", "entries", "reason"),
    [
        ("./**/*.lock", {"**/*.lock", "**/*.lock/**"}, "not to a pattern"),
        ("./.env", {".en[v]", ".en[v]/**"}, "no such file or folder yet"),
        ("./dist/**", {"dis[t]/**"}, "no such file or folder yet"),
        ("./dist/*.js", {"dist/*.js", "dist/*.js/**"}, "no such file or folder yet"),
        ("./AGENTS.md", set(), "does not start"),
        ("./*.md", set(), "does not start"),
    ],
)
def test_writing_to_what_is_not_there_is_named_as_not_forbidden_and_what_appears_is_closed(
    pattern: str, entries: set[str], reason: str
) -> None:
    closed = close(rule("Edit", pattern), ())
    assert closed.entries == {(ROOTS, path): "deny" for path in entries}
    assert reason in closed.why_not


def test_outside_the_project_writing_is_closed_to_what_nobody_knows_of() -> None:
    assert close(rule("Edit", "~/notes/**"), ()).entries == {("", "~/notes/**"): "read"}


@pytest.mark.parametrize(
    ("files", "scope", "pattern"),
    [
        ({"docs/a/b.md": b""}, Scope.PROJECT, "./docs/**"),
        ({"CLAUDE.md": b"Dig."}, Scope.PROJECT, "./AGENTS.md"),
        ({}, Scope.PROJECT, "./.codex/**"),
        ({".claude/commands/a.md": b"Dig."}, Scope.PROJECT, "./.agents/**"),
    ],
)
def test_what_the_conversion_writes_is_there_too(files: dict[str, bytes], scope: Scope, pattern: str) -> None:
    assert set(close(rule("Edit", pattern), places(read(files, scope), files)).entries.values()) == {"read"}


def test_of_a_users_projects_nothing_is_known_to_be_there() -> None:
    files = {"docs/a.md": b"", ".claude/CLAUDE.md": b"Dig."}
    assert not places(read(files, Scope.USER), files)


SEGMENT = st.sampled_from(["a", "b.c", ".env", "*", "**", "*.pem", ".", "..", "", "[ab]", "日本"])
PATTERNS = st.builds(
    lambda head, segments: head + "/".join(segments),
    st.sampled_from(["", "./", "/", "//", "~/", "!"]),
    st.lists(SEGMENT),
)


@given(
    st.sampled_from(["Read", "Grep", "Edit", "Write"]),
    PATTERNS,
    st.sampled_from([Permission.DENY, Permission.ASK]),
    st.sets(st.sampled_from(["a", "a/a", "b.c", ".env"])),
)
def test_a_rule_is_closed_or_named(tool: str, pattern: str, decision: Permission, there: set[str]) -> None:
    closed = close(rule(tool, pattern, decision), there)
    assert closed.entries or closed.is_all or closed.why_not
    for (base, path), access in closed.entries.items():
        assert access == "deny" or (access == "read" and not set("*?[{") & set(path.removesuffix("/**")))
        parts = path.split("/")
        assert ".." not in parts
        assert "" not in parts[1:]
        assert base == ROOTS or path.startswith(("/", "~"))
        is_exact = not set("*?[{") & set(path.removesuffix("/**"))
        assert not (base and is_exact) or path.removesuffix("/**") in there, "Codex leaves an empty file there"


@given(PATTERNS)
def test_a_kept_rule_comes_home_from_its_pattern(pattern: str) -> None:
    conversion = to_codex(settings(permissions={"deny": [f"Read({pattern})"]}))
    back = {one.text for one in read_codex(conversion.files, Scope.PROJECT).permissions}
    outcomes = {one.outcome for one in conversion.items if one.item == f"permission:deny:Read({pattern})"}
    assert outcomes != {"kept"} or f"Read({pattern})" in back


def test_a_profile_holds_every_closed_path_for_the_agent_and_for_its_read_only_subagents() -> None:
    deny = ["Read(./keys/**)", "Edit(./keys/**)", "Edit(./docs/**)", "Read(~/.ssh)"]
    files = settings(permissions={"deny": deny, "defaultMode": "acceptEdits"}) | {"docs/a.md": ""}
    config = config_of(to_codex(files))
    filesystem = {"~/.ssh": "deny", ":workspace_roots": {"key[s]/**": "deny", "docs/**": "read"}}
    assert config == {
        "default_permissions": "reconciler",
        "permissions": {
            "reconciler": {"extends": ":workspace", "filesystem": filesystem},
            "reconciler-read-only": {"extends": ":read-only", "filesystem": filesystem},
        },
    }


@pytest.mark.parametrize("standing", ['sandbox_mode = "workspace-write"\n', 'default_permissions = ":workspace"\n'])
def test_a_deny_that_the_standing_sandbox_keeps_out_is_named(standing: str) -> None:
    deny = {"deny": ["Read(./.env)"], "defaultMode": "dontAsk"}
    conversion = to_codex(settings(permissions=deny) | {".codex/config.toml": standing})
    assert conversion.files[".codex/config.toml"].decode() == standing
    assert item(conversion, "permission:deny:Read(./.env)").outcome == "dropped"


def test_our_own_profile_grows_with_the_rules() -> None:
    before = to_codex(settings(permissions={"deny": ["Read(./a/**)"]}))
    after = to_codex(settings(permissions={"deny": ["Read(./a/**)", "Read(./b/**)"]}) | dict(before.files))
    profile = config_of(after)["permissions"]["reconciler"]
    assert profile["filesystem"] == {":workspace_roots": {"[a]/**": "deny", "[b]/**": "deny"}}
    assert item(after, "permission:deny:Read(./b/**)").outcome == "kept"


def test_folders_beside_the_project_are_written_to_only_where_edits_are_accepted() -> None:
    folders = {"additionalDirectories": ["../lib", "/srv/x"]}
    careful = config_of(to_codex(settings(permissions=folders | {"defaultMode": "default"})))
    assert careful == {"sandbox_mode": "workspace-write"}
    accepting = config_of(to_codex(settings(permissions=folders | {"defaultMode": "acceptEdits"})))
    assert accepting["sandbox_workspace_write"] == {"writable_roots": ["../../lib", "/srv/x"]}
