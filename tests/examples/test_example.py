"""The example at the top level: complete, consistent, and nothing in it that should not be copied."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import click
import pytest
import yaml

from reconciler.adapters.packaged import packaged_templates
from reconciler.cli import cli
from reconciler.render.scaffold import scaffold

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("prod", "staging")
AGENTS = [f"environments/{environment}/agents/{name}" for environment in ENVIRONMENTS for name in ("kit", "rex")]
MIGRATIONS = [path.replace("/agents/", "/migrations/") + ".yaml" for path in AGENTS]
WORKFLOWS = sorted(path.name for path in (ROOT / ".github/workflows").glob("*.yml"))


def test_there_are_two_environments_with_two_agents_each() -> None:
    assert sorted(found("environments/*/migrations/*.yaml")) == MIGRATIONS
    assert sorted(found("environments/*/agents/*")) == AGENTS


@pytest.mark.parametrize("path", MIGRATIONS)
def test_a_migration_is_wanted_at_planning_until_somebody_moves_it(path: str) -> None:
    assert document(path)["stage"] == "planning"


@pytest.mark.parametrize("name", ["kit", "rex"])
def test_prod_follows_staging_and_asks_people_before_traffic(name: str) -> None:
    prod = document(f"environments/prod/migrations/{name}.yaml")
    assert prod["requires"] == [f"staging/{name}"]
    assert prod["advance"] == {"default": "auto", "canary": "pull-request", "complete": "pull-request"}


@pytest.mark.parametrize("folder", AGENTS)
def test_every_import_of_a_memory_file_is_there(folder: str) -> None:
    imports = [
        (ROOT / folder / path).parent / name
        for path in found("**/CLAUDE.md", folder)
        for name in IMPORT.findall((ROOT / folder / path).read_text())
    ]
    assert imports
    assert all(path.is_file() for path in imports)


@pytest.mark.parametrize("folder", AGENTS)
def test_settings_name_the_model_that_the_migration_leaves(folder: str) -> None:
    migration = document(folder.replace("/agents/", "/migrations/") + ".yaml")
    settings = json.loads((ROOT / folder / ".claude/settings.json").read_text())
    assert settings["model"] == migration["source"]["model"]
    assert {"allow", "ask", "deny"} <= set(settings["permissions"])
    assert settings["hooks"]


@pytest.mark.parametrize("folder", AGENTS)
def test_servers_get_their_secrets_from_the_environment(folder: str) -> None:
    servers = json.loads((ROOT / folder / ".mcp.json").read_text())["mcpServers"]
    secrets = [
        value
        for server in servers.values()
        for key, value in {**server.get("env", {}), **server.get("headers", {})}.items()
        if SECRET_KEY.search(key)
    ]
    assert secrets
    assert all(REFERENCE.fullmatch(value) for value in secrets)


def test_no_file_of_the_example_looks_as_if_it_held_a_secret() -> None:
    for path in [*found("environments/**/*"), *found("policies/*")]:
        if (ROOT / path).is_file():
            assert not SECRET.search((ROOT / path).read_text()), path


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_ask_for_little_and_use_no_third_party_action(name: str) -> None:
    workflow = yaml.load((ROOT / ".github/workflows" / name).read_text(), yaml.BaseLoader)  # noqa: S506 - strings only
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow["on"]
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "write" if name == "reconcile.yml" else "read"}
        assert int(job["timeout-minutes"]) <= 30
        for step in job["steps"]:
            assert "uses" not in step
            assert "${{" not in step["run"]


def test_ci_runs_targets_that_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"make ([a-z]+)", (ROOT / ".github/workflows/ci.yml").read_text())
    assert sorted(named) == ["check", "demo", "test"]
    assert set(named) <= set(targets)


def test_every_command_that_is_written_down_exists_with_its_options() -> None:
    files = scaffold([], repository_url=None, templates=packaged_templates())
    workflows = [(ROOT / ".github/workflows" / name).read_text() for name in WORKFLOWS]
    texts = [content.decode() for content in files.values()] + workflows
    code = [line for text in texts for block in CODE.findall(text) for line in "".join(block).splitlines()]
    written = {words for line in code for words in COMMAND.findall(line)}
    assert {command for command, _ in written} >= {"validate", "plan", "reconcile", "rollback", "resume", "convert"}
    for command, words in written:
        found_command = cli.get_command(click.Context(cli), command)
        assert found_command, command
        known = {option for parameter in found_command.params for option in parameter.opts}
        assert set(OPTION.findall(words)) <= known, command


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_paths_that_the_documents_name_exist(name: str) -> None:
    text = (ROOT / name).read_text()
    named = [path for path in PATH.findall(text) if "<" not in path and "*" not in path]
    assert [path for path in named if not (ROOT / path.strip("/")).exists()] == []


CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`|(bin/reconciler[^\n]*)", re.DOTALL)
COMMAND = re.compile(r'^\s*(?:bin/)?reconciler"? ([a-z]+)\b(.*)')
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
IMPORT = re.compile(r"^(?:- )?@(\S+)$", re.MULTILINE)
REFERENCE = re.compile(r"(Bearer )?\$\{[A-Z_]+\}")
SECRET_KEY = re.compile(r"TOKEN|SECRET|PASSWORD|KEY|Authorization", re.IGNORECASE)
SECRET = re.compile(
    r"sk-[A-Za-z0-9]|gh[opsu]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|AIza|npm_|hf_|eyJ|PRIVATE KEY|://[^/\s]*:[^/\s]*@"
)
PATH = re.compile(r"`((?:reconciler|tests|templates|environments|policies)/[\w./<>*-]*)`")


def found(pattern: str, folder: str = ".") -> list[str]:
    return [PurePosixPath(path.relative_to(ROOT / folder)).as_posix() for path in (ROOT / folder).glob(pattern)]


def document(path: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / path).read_text())
    return content
