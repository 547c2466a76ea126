"""Hooks, subagents, skills and memory of a Codex folder."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.convert.agent import AgentConfig, Scope
from reconciler.convert.codex.reader import read
from reconciler.convert.parts import Handler


def folder(files: dict[str, str | bytes], scope: Scope = Scope.PROJECT) -> AgentConfig:
    return read({path: data.encode() if isinstance(data, str) else data for path, data in files.items()}, scope)


def hooks(*handlers: dict[str, object], matcher: str = "", event: str = "PreToolUse") -> str:
    return json.dumps({"hooks": {event: [{"matcher": matcher, "hooks": list(handlers)}]}}, indent=1)


def test_hooks_come_from_their_file_and_from_the_configuration() -> None:
    found = folder(
        {
            ".codex/hooks.json": hooks({"type": "command", "command": "sh guard.sh", "timeout": 5}, matcher="Bash"),
            ".codex/config.toml": "[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = 'command'\ncommand = 'true'\n",
            "guard.sh": "",
        }
    )
    assert [(one.name, one.command, one.timeout_seconds, one.scripts) for one in found.hooks] == [
        ("hook:Stop", "true", None, ()),
        ("hook:PreToolUse:Bash", "sh guard.sh", 5.0, ("guard.sh",)),
    ]
    assert [str(one.origin) for one in found.hooks] == [".codex/config.toml:2", ".codex/hooks.json:7"]


@pytest.mark.parametrize(
    ("command", "neutral"),
    [
        ('"$(git rev-parse --show-toplevel)/check.sh"', '"$CLAUDE_PROJECT_DIR/check.sh"'),
        ('"$(git rev-parse --show-toplevel 2>/dev/null || pwd)"/check.sh', '"$CLAUDE_PROJECT_DIR"/check.sh'),
        ("echo $(git rev-parse HEAD)", "echo $(git rev-parse HEAD)"),
    ],
)
def test_the_top_of_the_repository_is_the_projects_folder(command: str, neutral: str) -> None:
    (hook,) = folder({".codex/hooks.json": hooks({"type": "command", "command": command}), "check.sh": ""}).hooks
    assert hook.command == neutral
    assert hook.scripts == (("check.sh",) if "check" in command else ())


@pytest.mark.parametrize(
    ("matcher", "neutral"),
    [("apply_patch", "Edit|Write"), ("Bash|apply_patch", "Bash|Edit|Write"), ("^apply_patch$", "^(?:Edit|Write)$")],
)
def test_the_patch_tool_is_edit_and_write(matcher: str, neutral: str) -> None:
    (hook,) = folder({".codex/hooks.json": hooks({"type": "command", "command": "x"}, matcher=matcher)}).hooks
    assert hook.matcher == neutral


def test_a_handler_of_another_kind_and_an_event_of_codex_alone_stay_visible() -> None:
    (hook,) = folder({".codex/hooks.json": hooks({"type": "mcp_tool", "server": "s"}, event="Interrupt")}).hooks
    assert (hook.event, hook.handler, hook.handler_name, list(hook.others)) == (
        *("Interrupt", Handler.OTHER, "mcp_tool", ["server"]),
    )


AGENT = 'name = "ada"\ndescription = "Reviews."\ndeveloper_instructions = """\nLook.\n"""\n'


@pytest.mark.parametrize("key", ["hooks", "codex_hooks"])
def test_hooks_that_are_switched_off_are_listed_and_no_hooks(key: str) -> None:
    text = f"[features]\n{key} = false\n[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = 'command'\ncommand = 'true'\n"
    guard = hooks({"type": "command", "command": "sh guard.sh"}, matcher="Bash")
    found = folder({".codex/hooks.json": guard, ".codex/config.toml": text})
    assert found.hooks == ()
    assert [(one.name, one.origin.path) for one in found.unreadable] == [
        ("hook:Stop", ".codex/config.toml"),
        ("hook:PreToolUse:Bash", ".codex/hooks.json"),
    ]


@pytest.mark.parametrize(
    ("rules", "on"),
    [
        ([], ["dig", "fill"]),
        ([{"name": "digger", "enabled": False}], ["fill"]),
        ([{"name": "dig", "enabled": False}], ["dig", "fill"]),
        ([{"path": "/home/ada/.agents/skills/fill/SKILL.md", "enabled": False}], ["dig"]),
        ([{"path": "/home/ada/.agents/skills/fill", "enabled": False}], ["dig", "fill"]),
        ([{"name": "digger", "enabled": False}, {"name": "digger", "enabled": True}], ["dig", "fill"]),
        ([{"name": "fill"}, 5], ["dig", "fill"]),
    ],
)
def test_a_skill_that_its_user_has_switched_off_is_listed_and_no_skill(rules: list[object], on: list[str]) -> None:
    lines = [
        f"{{{', '.join(f'{k} = {json.dumps(v)}' for k, v in one.items())}}}" if isinstance(one, dict) else "5"
        for one in rules
    ]
    files: dict[str, str | bytes] = {f".agents/skills/{name}/SKILL.md": text for name, text in SKILLS.items()}
    files[".codex/config.toml"] = f"[skills]\nconfig = [{', '.join(lines)}]\n"
    found = folder(files, Scope.USER)
    assert [one.name for one in found.skills] == on
    assert {one.name for one in found.unreadable} == {f"skill:{name}" for name in SKILLS if name not in on}
    assert "skills.config" in {one.name for one in found.settings}
    in_a_project = folder(files)
    assert [one.name for one in in_a_project.skills] == list(SKILLS)
    assert [one.name for one in in_a_project.unreadable] == ["setting:skills.config"]


def test_a_subagent_is_read_with_the_line_of_each_key() -> None:
    keys = 'model = "m"\nmodel_reasoning_effort = "high"\nsandbox_mode = "read-only"\nnickname_candidates = ["a"]\n'
    (found,) = folder({".codex/agents/team/x.toml": AGENT + keys}).subagents
    assert (found.name, found.description, found.body) == ("ada", "Reviews.", b"Look.\n")
    assert (found.model, found.effort, found.mode, found.tools) == ("m", "high", "plan", None)
    assert found.lines["sandbox_mode"] == 8
    assert {key: (field.text, field.origin.line) for key, field in found.others.items()} == {
        "nickname_candidates": ('["a"]', 9)
    }


def test_the_configuration_may_name_a_subagent_whose_file_does_not() -> None:
    table = '[agents]\nmax_threads = 2\n[agents.bob]\ndescription = "Digs."\nconfig_file = "roles/bob.toml"\n'
    found = folder({".codex/config.toml": table, ".codex/roles/bob.toml": 'developer_instructions = "Dig."'})
    assert [(one.name, one.description, one.origin.path) for one in found.subagents] == [
        ("bob", "Digs.", ".codex/roles/bob.toml")
    ]
    assert [one.name for one in found.settings] == ["agents.max_threads"]
    assert not found.workspace


@pytest.mark.parametrize(
    ("profile", "mode"), [("quiet", "plan"), (":read-only", "plan"), (":workspace", "acceptEdits"), ("gone", "")]
)
def test_a_subagents_profile_is_its_mode(profile: str, mode: str) -> None:
    config = '[permissions.quiet]\nextends = ":read-only"\n'
    agent = f'{AGENT}default_permissions = "{profile}"\n'
    (found,) = folder({".codex/config.toml": config, ".codex/agents/ada.toml": agent}).subagents
    assert found.mode == mode


@pytest.mark.parametrize("missing", ["name", "description", "developer_instructions"])
def test_a_subagent_that_codex_passes_over_is_unreadable(missing: str) -> None:
    keys = [f'{key} = "x"' for key in ("name", "description", "developer_instructions") if key != missing]
    found = folder({".codex/agents/x.toml": "\n".join(keys)})
    assert not found.subagents
    assert [(one.name, missing in one.reason) for one in found.unreadable] == [("subagent:x", True)]


SKILL = "---\nname: {0}\ndescription: About {0}.\n---\nDo it.\n"


def test_a_skill_is_a_folder_below_either_root_at_any_depth() -> None:
    found = folder(
        {
            ".agents/skills/one/SKILL.md": SKILL.format("one"),
            ".agents/skills/one/run.py": "",
            ".agents/skills/one/inner/SKILL.md": SKILL.format("inner"),
            ".agents/skills/team/two/SKILL.md": SKILL.format("two"),
            ".codex/skills/three/SKILL.md": SKILL.format("three"),
            ".codex/skills/.system/four/SKILL.md": SKILL.format("four"),
            ".agents/skills/README.md": "",
        }
    )
    assert {one.name: len(one.files) for one in found.skills} == {"one": 3, "two": 1, "three": 1}
    assert found.skills[0].keys == {"name": "one", "description": "About one."}
    assert found.workspace == (".agents/skills/README.md", ".codex/skills/.system/four/SKILL.md")


def test_what_only_a_person_calls_says_so_once() -> None:
    head = "---\nname: a\ndescription: A.\ndisable-model-invocation: true\n---\n"
    policy = "policy:\n  allow_implicit_invocation: false\n"
    found = folder({".agents/skills/a/SKILL.md": head, ".agents/skills/a/agents/openai.yaml": policy})
    assert [one.files for one in found.skills] == [(".agents/skills/a/SKILL.md",)]
    assert not found.workspace


def memory(found: AgentConfig) -> list[tuple[str, str, bool]]:
    return [(one.origin.path, one.folder, one.loaded) for one in found.memory]


def test_an_override_is_read_in_the_place_of_the_file_beside_it() -> None:
    files = {"AGENTS.md": "a\n", "AGENTS.override.md": "b\n", "web/AGENTS.md": "c\n", ".codex/AGENTS.md": "no\n"}
    found = folder(dict(files))
    assert memory(found) == [
        ("AGENTS.override.md", "", True),
        ("AGENTS.md", "", False),
        ("web/AGENTS.md", "web", True),
    ]
    assert found.workspace == (".codex/AGENTS.md",)


def test_the_configuration_may_name_other_memory_files() -> None:
    config = 'project_doc_fallback_filenames = ["TEAM.md"]\n'
    found = folder({".codex/config.toml": config, "TEAM.md": "a\n", "web/AGENTS.md": "b\n", "web/TEAM.md": "c\n"})
    assert memory(found) == [("TEAM.md", "", True), ("web/AGENTS.md", "web", True)]
    assert found.workspace == ("web/TEAM.md",)


def test_a_user_has_one_memory() -> None:
    files = {".codex/AGENTS.md": "a\n", ".codex/AGENTS.override.md": "b\n", "src/AGENTS.md": "c\n"}
    found = folder(dict(files), Scope.USER)
    assert memory(found) == [(".codex/AGENTS.override.md", "", True), (".codex/AGENTS.md", "", False)]
    assert found.workspace == ("src/AGENTS.md",)


PATHS = (
    *("AGENTS.md", ".codex/config.toml", ".codex/hooks.json", ".codex/rules/a.rules", ".codex/agents/a.toml"),
    ".agents/skills/a/SKILL.md",
)
PIECES = [
    *(
        b"",
        b"[",
        b"{",
        b'"',
        b"'''",
        b"a = 1\n",
        b"[hooks]\n",
        b"[mcp_servers.a]\n",
        b"[permissions.a]\n",
        b"name = ''\n",
    ),
    *(b"prefix_rule(", b'["a"]', b")\n", b"---\n", b"description: a\n", b'{"hooks": ', b'{"Stop": [', b"]}", b"}"),
    *(b"\xff", b"\0", b"\r\n", b"command = 5\n", b"tools = []\n", b'default_permissions = "a"\n', b'extends = "a"\n'),
]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(PATHS), st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)))
def test_no_bytes_make_it_raise(files: dict[str, bytes]) -> None:
    found = read(files, Scope.PROJECT)
    assert all(one.origin.line >= 1 and one.reason for one in found.unreadable)
    assert set(found.workspace) <= set(files)


SKILLS = {
    "dig": "---\nname: digger\ndescription: Digs.\n---\nDig.\n",
    "fill": "---\nname: fill\ndescription: Fills.\n---\nFill.\n",
}
