"""What Codex's config.toml says, as Claude Code would say it."""

from typing import Any

import pytest

from reconciler.convert.agent import AgentConfig, Permission, Role, Scope, Transport
from reconciler.convert.codex.reader import read

CONFIG = ".codex/config.toml"


def config(text: str, scope: Scope = Scope.PROJECT, **files: str) -> AgentConfig:
    return read({CONFIG: text.encode()} | {path: data.encode() for path, data in files.items()}, scope)


def settings(found: AgentConfig) -> dict[str, tuple[Role, Any]]:
    return {one.name: (one.role, one.value) for one in found.settings}


def rules(found: AgentConfig) -> list[str]:
    return [f"{one.decision} {one.text}" for one in found.permissions]


@pytest.mark.parametrize(
    ("text", "mode", "sandbox"),
    [
        ("", None, None),
        ('sandbox_mode = "read-only"', "plan", None),
        ('sandbox_mode = "workspace-write"', "acceptEdits", True),
        ('sandbox_mode = "danger-full-access"', "acceptEdits", False),
        ('sandbox_mode = "danger-full-access"\napproval_policy = "never"', "bypassPermissions", False),
        ('sandbox_mode = "workspace-write"\napproval_policy = "never"', "dontAsk", True),
        ('sandbox_mode = "read-only"\napproval_policy = "never"', "plan", None),
        ('approval_policy = "on-request"', "default", None),
        ('approval_policy = "never"', "dontAsk", None),
        ('default_permissions = ":workspace"', "acceptEdits", True),
        ('default_permissions = "a"\n[permissions.a]\nextends = ":read-only"', "plan", None),
        ('default_permissions = "a"\n[permissions.a]\nextends = "b"\n[permissions.b]', "plan", None),
        (
            'default_permissions = "a"\n[permissions.a.filesystem.":workspace_roots"]\n"." = "write"',
            "acceptEdits",
            True,
        ),
    ],
)
def test_sandbox_and_approvals_are_a_mode(text: str, mode: object, sandbox: object) -> None:
    found = config(text)
    chosen, boxed = found.last(Role.MODE), found.last(Role.SANDBOX)
    assert (chosen.value if chosen else None, boxed.value if boxed else None) == (mode, sandbox)


def test_the_paths_of_the_profile_in_force_are_rules() -> None:
    found = config(
        """
        default_permissions = "dev"
        [permissions.dev]
        extends = "base"
        [permissions.dev.filesystem]
        "/srv/keys" = "deny"
        "~/notes" = "write"
        ":minimal" = "read"
        [permissions.dev.filesystem.":workspace_roots"]
        "docs" = "read"
        [permissions.dev.network.domains]
        "pypi.org" = "allow"
        "example.org" = "deny"
        [permissions.base]
        extends = ":workspace"
        [permissions.base.filesystem.":workspace_roots"]
        ".env" = "deny"
        "docs" = "deny"
        [permissions.idle.filesystem]
        "/" = "write"
        """
    )
    assert rules(found) == [
        *("deny Read(//srv/keys)", "deny Edit(//srv/keys)", "deny Edit(./docs)", "deny WebFetch(domain:example.org)"),
        *("deny Read(./.env)", "deny Edit(./.env)"),
    ]
    assert settings(found) == {
        "default_permissions": (Role.MODE, "acceptEdits"),
        "permissions.dev.extends": (Role.SANDBOX, True),
        "permissions.base.extends": (Role.SANDBOX, True),
        "permissions.dev.filesystem": (Role.DIRECTORIES, ["~/notes"]),
        "permissions.dev.filesystem.:minimal": (Role.OTHER, None),
        "permissions.dev.network.domains": (Role.NETWORK_DOMAINS, ["pypi.org"]),
        "permissions.base.filesystem.:workspace_roots.docs": (Role.OTHER, None),
        "permissions.idle": (Role.OTHER, None),
    }


def test_a_folders_files_that_are_named_besides_it_are_no_rules_of_their_own() -> None:
    entries = '"**/*.pem" = "deny"\n"**/*.pem/**" = "deny"\n'
    found = config(f'default_permissions = "a"\n[permissions.a.filesystem.":workspace_roots"]\n{entries}')
    assert rules(found) == ["deny Read(./**/*.pem)", "deny Edit(./**/*.pem)"]


def test_an_agent_without_a_shell_is_denied_it() -> None:
    assert rules(config("[features]\nshell_tool = false\n")) == ["deny Bash"]


@pytest.mark.parametrize(("scope", "folder"), [(Scope.PROJECT, "../lib"), (Scope.USER, "~/../lib")])
def test_a_relative_folder_is_counted_from_the_configurations_own(scope: Scope, folder: str) -> None:
    found = config('[sandbox_workspace_write]\nwritable_roots = ["/srv", "../../lib"]\n', scope)
    assert settings(found) == {"sandbox_workspace_write.writable_roots": (Role.DIRECTORIES, ["/srv", folder])}


def test_a_pattern_that_matches_one_path_only_is_that_path() -> None:
    found = config(
        """
        default_permissions = "dev"
        [permissions.dev]
        extends = ":workspace"
        [permissions.dev.filesystem.":workspace_roots"]
        "keys" = "read"
        "key[s]/**" = "deny"
        ".en[v]" = "deny"
        ".en[v]/**" = "deny"
        "[ab]" = "deny"
        [permissions.dev.filesystem.":workspace_roots".nonsense]
        """
    )
    assert rules(found) == [
        *("deny Edit(./keys)", "deny Read(./keys/**)", "deny Edit(./keys/**)"),
        *("deny Read(./.env)", "deny Edit(./.env)", "deny Read(./[ab])", "deny Edit(./[ab])"),
    ]


def test_a_profile_beside_a_sandbox_mode_does_not_hold() -> None:
    text = 'sandbox_mode = "read-only"\ndefault_permissions = "a"\n[permissions.a.filesystem]\n"/x" = "deny"\n'
    found = config(text)
    assert not found.permissions
    assert {"default_permissions", "permissions.a"} <= settings(found).keys()


def test_a_server_comes_with_its_references_its_tools_rules_and_the_line_of_each_key() -> None:
    found = config(
        """
[mcp_servers.db]
command = "db-mcp"
args = ["--port", "1"]
env = { MODE = "ro" }
env_vars = ["DB_URL"]
tool_timeout_sec = 1.5
enabled = false
startup_timeout_sec = 9
disabled_tools = ["drop"]
default_tools_approval_mode = "prompt"
[mcp_servers.db.tools.list]
approval_mode = "approve"
[mcp_servers.db.tools.count]
approval_mode = "auto"
"""
    )
    (server,) = found.servers
    assert (server.transport, server.command, server.args) == (Transport.STDIO, "db-mcp", ("--port", "1"))
    assert (server.env, server.timeout_ms, server.enabled) == ({"MODE": "ro", "DB_URL": "${DB_URL}"}, 1500, False)
    assert server.others == {"startup_timeout_sec": 9}
    assert server.lines == {"command": 3, "args": 4, "env.MODE": 5, "env.DB_URL": 6, "timeout": 7, "enabled": 8}
    assert rules(found) == ["deny mcp__db__drop", "ask mcp__db", "allow mcp__db__list"]
    assert settings(found) == {"mcp_servers.db.tools.count.approval_mode": (Role.OTHER, None)}


def test_a_header_from_a_variable_is_a_reference() -> None:
    found = config(
        """
        [mcp_servers.web]
        url = "https://mcp.example.org"
        bearer_token_env_var = "WEB_TOKEN"
        http_headers = { X-Team = "ops" }
        env_http_headers = { X-Key = "WEB_KEY" }
        """
    )
    (server,) = found.servers
    assert server.transport is Transport.HTTP
    assert server.headers == {"X-Team": "ops", "X-Key": "${WEB_KEY}", "Authorization": "Bearer ${WEB_TOKEN}"}


def test_a_literal_secret_stays_behind() -> None:
    literal = "ghp_" + "A1b2" * 9
    found = config(f'[mcp_servers.g]\ncommand = "g"\nenv = {{ GITHUB_TOKEN = "{literal}" }}\n')
    assert literal not in repr(found)
    assert [one.variable for one in found.secrets] == ["GITHUB_TOKEN"]


def test_what_has_a_meaning_elsewhere_has_a_role_and_everything_else_is_listed() -> None:
    found = config(
        """
        model = "m"
        model_reasoning_effort = "xhigh"
        web_search = "disabled"
        developer_instructions = "Be brief."
        personality = "pragmatic"
        [shell_environment_policy]
        inherit = "core"
        set = { PORT = 8080, DEBUG = true }
        [features]
        goals = true
        [tui]
        """
    )
    assert settings(found) == {
        "model": (Role.MODEL, "m"),
        "model_reasoning_effort": (Role.EFFORT, "xhigh"),
        "personality": (Role.OTHER, None),
        "shell_environment_policy.inherit": (Role.OTHER, None),
        "features.goals": (Role.OTHER, None),
        "tui": (Role.OTHER, None),
    }
    assert rules(found) == ["deny WebSearch"]
    assert {one.name: one.value for one in found.env} == {"PORT": "8080", "DEBUG": "true"}
    assert [(one.body, one.is_chosen) for one in found.output_styles] == [(b"Be brief.", True)]


def test_an_effort_that_nobody_else_has_is_no_effort() -> None:
    assert settings(config('model_reasoning_effort = "minimal"')) == {"model_reasoning_effort": (Role.OTHER, None)}


def test_a_project_cannot_set_what_codex_takes_from_its_user() -> None:
    text = 'notify = ["x"]\n[otel]\nlog_user_prompt = true\n'
    found = config(text)
    assert {one.name for one in found.unreadable} == {"setting:notify", "setting:otel"}
    assert found.telemetry is None
    assert config(text, Scope.USER).unreadable == ()


def test_telemetry_is_read_from_the_users_file() -> None:
    found = config(
        """
[otel]
environment = "lab"
log_user_prompt = true
exporter = { otlp-http = { endpoint = "http://localhost:4318/v1/logs", protocol = "json" } }
metrics_exporter = { otlp-http = { endpoint = "http://localhost:4318/v1/metrics", protocol = "json" } }
trace_exporter = { otlp-grpc = { endpoint = "http://elsewhere:4317" } }
""",
        Scope.USER,
    )
    assert found.telemetry is not None
    assert (found.telemetry.endpoint, found.telemetry.protocol) == ("http://localhost:4318", "http/json")
    assert (found.telemetry.signals, found.telemetry.log_prompts) == (frozenset({"logs", "metrics"}), True)
    assert {name: origin.line for name, origin in found.telemetry.origins.items()} == {
        "setting:otel.log_user_prompt": 4,
        "setting:otel.exporter": 5,
        "setting:otel.metrics_exporter": 6,
    }
    assert settings(found).keys() == {"otel.environment", "otel.trace_exporter"}


def test_the_trust_of_each_project_is_a_line() -> None:
    found = config('[projects."/a b"]\ntrust_level = "trusted"\n[projects."/c"]\n', Scope.USER)
    assert [(one.name, one.origin.line) for one in found.settings] == [("projects./a b", 1), ("projects./c", 3)]


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("model = ", f"file:{CONFIG}", 1),
        ("a = 1\na = 2\n", f"file:{CONFIG}", 2),
        ("model = 5", "setting:model", 1),
        ('\nsandbox_mode = "open"', "setting:sandbox_mode", 2),
        ('default_permissions = "gone"', "setting:sandbox_mode", 1),
        ('default_permissions = "a"\n[permissions.a]\nextends = "a"', "setting:sandbox_mode", 3),
        ("mcp_servers = []", "setting:mcp_servers", 1),
        ('[mcp_servers.a]\ncommand = "x"\n[mcp_servers.b]\ncommand = 5', "mcp:b", 4),
        ('[mcp_servers.b]\ncommand = "x"\nurl = "y"', "mcp:b", 1),
        ("[mcp_servers.b]\n", "mcp:b", 1),
        ('[mcp_servers.b]\ncommand = "x"\ntool_timeout_sec = -1', "mcp:b", 3),
        ('[mcp_servers.b]\ncommand = "x"\nenabled = "yes"', "mcp:b", 3),
        ("[shell_environment_policy.set]\nX = []", "setting:shell_environment_policy", 2),
        ("hooks = 5", "setting:hooks", 1),
        ("agents = 5", "setting:agents", 1),
        ("developer_instructions = []", "setting:developer_instructions", 1),
    ],
)
def test_what_codex_could_not_read_either_is_listed_with_its_line(text: str, name: str, line: int) -> None:
    assert [(one.name, one.origin.line) for one in config(text).unreadable] == [(name, line)]


def test_one_bad_key_does_not_take_the_others_with_it() -> None:
    found = config('model = 5\nweb_search = "disabled"\n[mcp_servers.a]\ncommand = "a"\n[mcp_servers.b]\n')
    assert [one.name for one in found.servers] == ["a"]
    assert rules(found) == ["deny WebSearch"]


def test_denies_come_first() -> None:
    text = '[mcp_servers.a]\ncommand = "a"\ndefault_tools_approval_mode = "approve"\ndisabled_tools = ["x"]\n'
    assert [one.decision for one in config(text).permissions] == [Permission.DENY, Permission.ALLOW]
