import json
from hashlib import sha512

import pytest

from reconciler.convert import convert, secrets
from reconciler.model.conversion import Conversion, Outcome
from reconciler.model.migration import Cli
from tests.convert.folders import config_of, item, servers, settings, to_codex

PREFIXES = {
    "Anthropic API key": "sk-ant-",
    "OpenAI API key": "sk-proj-",
    "GitHub token": "ghp_",
    "GitLab token": "glpat-",
    "Slack token": "xoxb-",
    "Google API key": "AIza",
    "npm token": "npm_",
    "Hugging Face token": "hf_",
    "Stripe key": "sk_live_",
    "Slack webhook": "https://hooks.slack.com/services/T0/B0/",
}


def canary(prefix: str, seed: object) -> str:
    return prefix + sha512(f"{prefix}{seed}".encode()).hexdigest()[:40]


def outputs(conversion: Conversion) -> bytes:
    return b"\0".join(conversion.files.values()) + repr((conversion.items, conversion.problems)).encode()


@pytest.mark.parametrize("kind", PREFIXES)
def test_a_known_prefix_is_recognised(kind: str) -> None:
    value = canary(PREFIXES[kind], "known")
    assert [found.kind for found in secrets.find(f'key = "{value}"'.encode())] == [kind]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sk-" + "a1B2" * 8, "OpenAI API key"),
        ("github_" + "pat_" + "a1B2" * 8, "GitHub token"),
        ("AKIA" + "Q1W2E3R4T5Y6U7I8", "AWS access key"),
        ("ey" + "JhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "JSON web token"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----", "private key"),
        ("postgres://app:s3cr3tW0rd@db/x", "password in a URL"),
        ("npm_" + "abcdefghijklmnopqrstuvwxyz0123456789", "npm token"),
        ("SG." + "a1B2" * 5 + "." + "c3D4" * 9, "SendGrid API key"),
    ],
)
def test_other_shapes_are_recognised(text: str, kind: str) -> None:
    found = secrets.find(f"x {text} y".encode())
    assert [one.kind for one in found] == [kind]
    assert secrets.redact(f"x {text} y".encode()).endswith(b"y")


@pytest.mark.parametrize(
    "text",
    [
        "sk-ant-your-key-here-please-now",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE",
        "sk-ant-...",
        "<token>",
        "https://user:password@host/",
        "postgres://postgres:postgres@localhost/db",
        "https://user:${PASS}@host",
        "task-risk-management-and-more-words",
        "-----BEGIN PRIVATE KEY----- is how a key begins",
        "npm_config_registry npm_lifecycle_event",
        "eyJhbGciOi",
    ],
)
def test_placeholders_and_words_are_no_secrets(text: str) -> None:
    assert secrets.find(text.encode()) == ()


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("API_KEY", "a8Kd03jfLq92", True),
        ("db_password", "hunter2hunter2X", True),
        ("Authorization", "Bearer a8Kd03jfLq92mQ", True),
        ("X-Api-Key", "0f9e8d7c6b5a4938", True),
        ("API_KEY", "${API_KEY}", False),
        ("API_KEY", "your-key-here", False),
        ("API_KEY", "changeme", False),
        ("API_KEY", "REDACTED", False),
        ("MAX_OUTPUT_TOKENS", "64000123", False),
        ("TOKEN_FILE", "a8Kd03jfLq92", False),
        ("SECRET_PATH", "/run/secrets/abc1", False),
        ("MODE", "a8Kd03jfLq92", False),
        ("Authorization", "Basic dXNlcjpodW50ZXIyaHVudGVy", True),
        ("", "https://h.test/mcp?api_key=a8Kd03jfLq92", True),
        ("", "env AWS_SECRET_ACCESS_KEY=a8Kd03jfLq92/mQ run", True),
        ("", "--api-key='a8Kd03jfLq92'", True),
        ("header", "Authorization: Bearer a8Kd03jfLq92mQ", True),
        ("", "Authorization: Bearer ${TOKEN}", False),
        ("", "--token-file=/run/secrets/a8Kd03jfLq92", False),
        ("", "https://h.test/mcp?mode=a8Kd03jfLq92", False),
    ],
)
def test_a_value_is_judged_by_its_name_and_its_look(name: str, value: str, is_secret: bool) -> None:  # noqa: FBT001 - table
    assert (secrets.judge(name, value) is not None) == is_secret


def test_a_literal_becomes_a_reference_and_stops_the_planning() -> None:
    token, key = canary("ghp_", 1), canary("", 2)
    conversion = to_codex(
        servers(
            gh={"command": "x", "env": {"GH": token}},
            api={"url": "https://e.test/", "headers": {"Authorization": f"Bearer {token}", "X-Api-Key": key}},
        )
    )
    assert config_of(conversion)["mcp_servers"] == {
        "gh": {"command": "x", "env_vars": ["GH"]},
        "api": {
            "url": "https://e.test/",
            "bearer_token_env_var": "API_TOKEN",
            "env_http_headers": {"X-Api-Key": "API_X_API_KEY"},
        },
    }
    assert (
        item(conversion, "mcp:gh:env.GH").reason == "GH was a literal (GitHub token): set GH in the agent's environment"
    )
    assert {problem.where.rpartition(":")[0] for problem in conversion.problems} == {".mcp.json"}
    assert any("secret value of X-Api-Key" in problem.found for problem in conversion.problems)


def test_a_secret_among_the_arguments_is_recognised_by_the_flag_before_it() -> None:
    key = canary("", 5)
    conversion = to_codex(
        servers(a={"command": "x", "args": ["--api-key", key]}, b={"command": "x", "args": ["-v", "3"]})
    )
    assert key.encode() not in outputs(conversion)
    assert item(conversion, "mcp:a").outcome is Outcome.DROPPED
    assert [one.found for one in conversion.problems] == ["looks like a secret value of api-key"]
    assert config_of(conversion)["mcp_servers"] == {"b": {"command": "x", "args": ["-v", "3"]}}


def test_a_secret_in_a_text_is_written_as_a_reference_and_named_by_line() -> None:
    conversion = to_codex({"CLAUDE.md": f"a\nuse {canary('ghp_', 3)} now\n"})
    assert conversion.files["AGENTS.md"] == b"a\nuse ${GITHUB_TOKEN} now\n"
    assert [(one.where, one.found) for one in conversion.problems] == [("CLAUDE.md:2", "looks like a GitHub token")]
    assert "${GITHUB_TOKEN}" in conversion.problems[0].hint


def test_a_plain_file_with_a_secret_is_not_handed_on() -> None:
    conversion = to_codex({"CLAUDE.md": "a", "deploy.sh": f"TOKEN={canary('ghp_', 4)}"})
    assert "deploy.sh" not in conversion.files
    assert item(conversion, "file:deploy.sh").outcome is Outcome.DROPPED


def test_no_planted_secret_is_in_any_output() -> None:
    planted: list[str] = []

    def plant(prefix: str) -> str:
        planted.append(canary(prefix, len(planted)))
        return planted[-1]

    prefixes = list(PREFIXES.values())
    files: dict[str, str | bytes] = {
        "CLAUDE.md": f"# x\n{plant('sk-ant-')}\n@docs/a.md\n`{plant('ghp_')}`\n",
        "docs/a.md": f"db: postgres://u:{plant('')}@h/d\n",
        "AGENTS.md": f"old {plant('glpat-')}\n",
        "web/CLAUDE.md": plant("xoxb-"),
        "CLAUDE.local.md": plant("npm_"),
        "run.sh": b"\xff\x00" + plant("hf_").encode(),
        ".claude/rules/r.md": f"---\npaths: {plant('ghp_')}\n---\n{plant('ghs_')}",
        ".claude/commands/c.md": plant("sk-proj-"),
        ".claude/agents/a.md": f"---\nname: {plant('ghp_')}\n---\nx",
        ".claude/skills/s/SKILL.md": f"---\nname: s\n---\n{plant('AIza')}",
        ".codex/config.toml": f'[mcp_servers.old.env]\nT = "{plant("ghp_")}"\n',
        ".codex/rules/reconciler.rules": plant("gho_"),
    }
    permissions = {
        "deny": [f"Bash(curl {plant('ghp_')}:*)"],
        "allow": [plant("glpat-")],
        "ask": [f"Read({plant('hf_')})"],
    }
    env = {"API_KEY": plant(""), "X": plant("sk-ant-"), "DB": f"redis://:{plant('')}@h"}
    files |= settings(
        permissions=permissions, env=env, apiKeyHelper=plant("ghp_"), hooks={"Stop": [{"x": plant("npm_")}]}
    )
    files |= servers(
        a={"command": "x", "env": {"SECRET_X": plant(""), "Y": plant("hf_")}, "args": ["--token", plant("ghp_")]},
        b={"command": plant("xoxp-"), "type": plant("ghp_")},
        c={"url": f"https://u:{plant('')}@h/", "headers": {"X-Token": plant("")}},
        d={"url": "https://h/", "headers": {"Authorization": f"Bearer {plant('')}", "Cookie": plant("glpat-")}},
        **{plant("ghp_"): {"command": "x"}},
    )
    files[".claude/settings.local.json"] = json.dumps({"env": {"A": "1"}})[:-1] + plant(prefixes[0])
    for front_matter in (True, False):
        conversion = to_codex(files, model="m", front_matter=front_matter)
        assert [value for value in planted if value.encode() in outputs(conversion)] == []
        assert len(conversion.problems) >= 25
    through = convert(
        {k: v.encode() if isinstance(v, str) else v for k, v in files.items()},
        source=Cli.CLAUDE,
        target=Cli.CLAUDE,
        model="",
    )
    assert [value for value in planted if value in repr((through.items, through.problems))] == []
