import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.convert.codex.placeholders import in_words, out_of_words
from reconciler.model.conversion import Conversion
from tests.convert.folders import config_of, item, settings, to_codex


def lines(conversion: Conversion, name: str) -> dict[str, str]:
    return {one.item: one.outcome.value for one in conversion.items if one.item.startswith(name)}


def front_matter(conversion: Conversion, path: str) -> Any:
    return yaml.safe_load(conversion.files[path].decode().split("---\n")[1])


def test_a_skill_folder_is_copied_byte_for_byte() -> None:
    skill: dict[str, bytes | str] = {
        ".claude/skills/pdf/SKILL.md": "---\nname: pdf\ndescription: d\nallowed-tools: Read\n---\nUse x.py\r\n",
        ".claude/skills/pdf/bin.dat": b"\x00\xff",
    }
    conversion = to_codex(skill)
    for path, data in skill.items():
        target = path.replace(".claude/skills", ".agents/skills")
        assert conversion.files[target] == (data.encode() if isinstance(data, str) else data)
    assert lines(conversion, "skill:") == {
        "skill:pdf": "kept",
        "skill:pdf:name": "kept",
        "skill:pdf:description": "kept",
        "skill:pdf:allowed-tools": "degraded",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\nname: a\ndescription: Use this: always\n---\nx", "no strict YAML"),
        ("---\nname: a\n---\n\n# Digs deep\n", "passes over a skill without"),
        ("# Digs deep\n", "passes over a skill without"),
        ("\ufeff---\nname: a\ndescription: d\n---\nx", "byte order mark"),
    ],
)
def test_a_skill_that_codex_would_pass_over_is_made_readable(text: str, reason: str) -> None:
    conversion = to_codex({".claude/skills/a/SKILL.md": text})
    assert reason in item(conversion, "skill:a").reason
    found = front_matter(conversion, ".agents/skills/a/SKILL.md")
    assert found["description"] in ("Use this: always", "Digs deep", "d")
    assert conversion.files[".agents/skills/a/SKILL.md"].endswith(text.encode()[-5:])


def test_a_skill_that_only_a_person_calls_stays_so() -> None:
    text = "---\nname: a\ndescription: d\ndisable-model-invocation: true\n---\nx"
    conversion = to_codex({".claude/skills/a/SKILL.md": text, ".claude/commands/b.md": text})
    for name in ("a", "b"):
        manual = yaml.safe_load(conversion.files[f".agents/skills/{name}/agents/openai.yaml"])
        assert manual == {"policy": {"allow_implicit_invocation": False}}


def test_a_part_never_overwrites_another_and_a_command_takes_its_second_name() -> None:
    source = {
        ".claude/skills/a/SKILL.md": "---\ndescription: s\n---\nx",
        ".claude/commands/a.md": "Run it.\n",
        ".claude/commands/b.md": "Run it.\n",
        ".agents/skills/b/SKILL.md": "other",
        ".claude/skills/c/SKILL.md": "---\ndescription: s\n---\nx",
        ".agents/skills/c/SKILL.md": "other",
    }
    conversion = to_codex(source)
    assert item(conversion, "command:a").target == ".agents/skills/command-a/SKILL.md"
    assert item(conversion, "command:b").target == ".agents/skills/command-b/SKILL.md"
    assert conversion.files.get(".agents/skills/b/SKILL.md", b"other") == b"other"
    assert lines(conversion, "skill:c") == {"skill:c": "dropped", "skill:c:description": "dropped"}
    again = to_codex(source | dict(conversion.files))
    assert {path: again.files[path] for path in conversion.files} == dict(conversion.files)


def test_a_command_becomes_a_skill_that_says_what_it_was() -> None:
    head = "---\nargument-hint: '[id]'\nallowed-tools: Bash\nmodel: opus\ncolor: red\n---\n"
    conversion = to_codex({".claude/commands/db/migrate.md": f"{head}Migrate $1 of $ARGUMENTS, see @a.md: !`ls`\n"})
    path = ".agents/skills/db-migrate/SKILL.md"
    found = front_matter(conversion, path)
    assert (found["name"], found["metadata"]) == ("db-migrate", {"source-command": "db:migrate"})
    assert found["description"].startswith("Migrate $1")
    assert (
        conversion.files[path]
        .decode()
        .endswith(
            "Migrate (argument 1 the user gave) of (the arguments the user gave), see @a.md: "
            "(run `ls` first and use its output)\n"
        )
    )
    assert lines(conversion, "command:") == {
        "command:db:migrate": "degraded",
        "command:db:migrate:argument-hint": "degraded",
        "command:db:migrate:allowed-tools": "dropped",
        "command:db:migrate:model": "dropped",
        "command:db:migrate:color": "dropped",
    }


PIECES = st.sampled_from(
    [
        "$ARGUMENTS",
        "$1",
        "$9",
        "$10",
        "!`ls -l`",
        "!`",
        "`!`",
        "a!`b`",
        "@x.md",
        "$",
        "\r\n",
        "\n",
        " ",
        "日本",
        "$ARGUMENTSX",
    ]
)


@given(st.lists(PIECES).map(lambda pieces: "".join(pieces).encode()))
def test_the_words_for_placeholders_can_be_taken_back(body: bytes) -> None:
    assert out_of_words(in_words(body)) == body


AGENT = "---\nname: {name}\ndescription: Reviews.\n{keys}---\n{body}"


def agent(keys: str = "", body: str = "Look.\n", **permissions: Any) -> tuple[dict[str, Any], Conversion]:
    text = AGENT.format(name="rev iew", keys=keys, body=body)
    conversion = to_codex({".claude/agents/r.md": text} | (settings(permissions=permissions) if permissions else {}))
    return tomllib.loads(conversion.files[".codex/agents/rev-iew.toml"].decode()), conversion


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", {}),
        ("tools: Read, Grep, WebFetch\n", {"sandbox_mode": "read-only"}),
        ("tools: Read, Bash\n", {"sandbox_mode": "read-only", "web_search": "disabled"}),
        ("tools: Read, Edit, WebSearch\n", {}),
        ("permissionMode: plan\n", {"sandbox_mode": "read-only"}),
        ("permissionMode: acceptEdits\n", {"sandbox_mode": "workspace-write"}),
        ("permissionMode: bypassPermissions\n", {}),
        ("permissionMode: acceptEdits\ntools: Read, WebSearch\n", {"sandbox_mode": "read-only"}),
        ("effort: max\n", {"model_reasoning_effort": "xhigh"}),
        ("model: opus\ncolor: red\n", {}),
    ],
)
def test_a_subagent_is_at_least_as_restricted_as_its_source(keys: str, expected: dict[str, str]) -> None:
    table, conversion = agent(keys)
    head = {"name": "rev iew", "description": "Reviews.", "developer_instructions": "Look.\n"}
    assert table == head | expected
    names = [line.partition(":")[0] for line in keys.splitlines()]
    assert set(lines(conversion, "subagent:")) == {
        f"subagent:rev iew{key}" for key in ["", ":name", ":description", *(f":{name}" for name in names)]
    }


def test_a_read_only_subagent_reads_no_more_than_the_main_agent() -> None:
    table, conversion = agent("permissionMode: plan\n", deny=["Read(./.env)"])
    assert "sandbox_mode" not in table
    profile = config_of(conversion)["permissions"][table["default_permissions"]]
    assert profile == {
        "extends": ":read-only",
        "filesystem": {":workspace_roots": {".en[v]": "deny", ".en[v]/**": "deny"}},
    }


def test_a_subagent_never_leaves_the_profile_of_the_main_agent() -> None:
    table, _ = agent("permissionMode: acceptEdits\n", deny=["Read(./.env)"])
    assert "sandbox_mode" not in table


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_the_instructions_of_a_subagent_are_what_they_were(body: str) -> None:
    table, _ = agent(body=f"a{body}b")
    assert table["developer_instructions"].encode() == f"a{body}b".encode()


def test_only_the_style_in_force_is_written() -> None:
    styles = {f".claude/output-styles/{name}.md": f"Be {name}.\n" for name in ("terse", "loud")}
    conversion = to_codex(settings(outputStyle="terse") | styles)
    assert config_of(conversion) == {"developer_instructions": "Be terse.\n"}
    assert lines(conversion, "output-style:") == {"output-style:terse": "degraded", "output-style:loud": "dropped"}
