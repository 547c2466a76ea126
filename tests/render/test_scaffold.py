"""A new repository: complete, readable, and with nothing in it that a hostile word has put there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import external_file

from reconciler.adapters.packaged import packaged_templates
from reconciler.errors import RenderError
from reconciler.model.migration import (
    Advance,
    BucketAffinity,
    Cli,
    CookieAffinity,
    Entry,
    LedgerMetrics,
    MigrationId,
    PrometheusMetrics,
)
from reconciler.model.stage import Stage
from reconciler.render.configmaps import encode_key
from reconciler.render.scaffold import PLACEHOLDER_URL, ScaffoldEnvironment, ScaffoldMigration, scaffold

REX = ScaffoldMigration(
    name="rex",
    source=Cli.CLAUDE,
    source_model="claude-sonnet-4-5",
    target=Cli.CODEX,
    target_model="gpt-5.5",
    host="rex.agents.svc.cluster.local",
    affinity=CookieAffinity("agent-side", timedelta(hours=24)),
    advance=Advance(stages={Stage.CANARY: Entry.PULL_REQUEST, Stage.COMPLETE: Entry.PULL_REQUEST}),
    requires=(MigrationId("staging", "kit"),),
)
KIT = ScaffoldMigration(
    name="kit",
    source=Cli.CODEX,
    source_model="gpt-5.5",
    target=Cli.CODEX,
    target_model="gpt-5.6-luna",
    host="kit.agents-staging.svc.cluster.local",
    affinity=BucketAffinity("x-agent-bucket"),
)
STAGING = ScaffoldEnvironment("staging", "agents-staging", LedgerMetrics("sqlite:///outcomes.db"), (KIT,))
PROD = ScaffoldEnvironment("prod", "agents", PrometheusMetrics("http://prometheus.monitoring:9090"), (REX,))
EXPECTED = Path(__file__).parent / "cases" / "scaffold" / "expected"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return scaffold([STAGING, PROD], repository_url="https://git.example.com/team/agents.git", templates=TEMPLATES)


def test_every_file_of_a_repository_with_two_environments(files: Mapping[str, bytes]) -> None:
    written = "".join(f"===== {path}\n{content.decode()}" for path, content in files.items() if path not in STATIC)
    assert written == external_file(str(EXPECTED / "files.txt"), format=".txt")


def test_files_of_an_agent_follow_from_its_cli(files: Mapping[str, bytes]) -> None:
    assert [path for path in files if "/agents/" in path] == [
        "environments/prod/agents/rex/.claude/settings.json",
        "environments/prod/agents/rex/CLAUDE.md",
        "environments/staging/agents/kit/AGENTS.md",
    ]


def test_an_environment_may_start_without_agents() -> None:
    files = scaffold([ScaffoldEnvironment("dev", "dev", None)], repository_url=None, templates=TEMPLATES)
    assert sorted(set(files) - STATIC) == ["argocd/dev.yaml", "environments/dev/environment.yaml"]
    assert "metrics" not in documents(files["environments/dev/environment.yaml"])[0]


def test_order_of_environments_does_not_change_a_byte(files: Mapping[str, bytes]) -> None:
    swapped = scaffold([PROD, STAGING], repository_url="https://git.example.com/team/agents.git", templates=TEMPLATES)
    assert list(swapped.items()) == list(files.items())


def test_nothing_is_rendered_before_the_first_pass(files: Mapping[str, bytes]) -> None:
    assert not [path for path in files if "/rendered/" in path or "/status/" in path]


def test_an_unknown_address_stands_as_a_placeholder() -> None:
    files = scaffold([PROD], repository_url=None, templates=TEMPLATES)
    assert application(files, "prod")["spec"]["source"]["repoURL"] == PLACEHOLDER_URL


@pytest.mark.parametrize("environment", [STAGING, PROD], ids=lambda environment: environment.name)
def test_argo_cd_follows_the_rendered_folder(files: Mapping[str, bytes], environment: ScaffoldEnvironment) -> None:
    found = application(files, environment.name)
    source, sync = found["spec"]["source"], found["spec"]["syncPolicy"]
    assert found["metadata"]["name"] == f"{environment.name}-agents"
    assert source["path"] == f"environments/{environment.name}/rendered"
    assert source["directory"] == {"recurse": True}
    assert found["spec"]["destination"]["namespace"] == environment.namespace
    assert sync["automated"] == {"prune": True, "selfHeal": True}
    assert sync["retry"]["refresh"] is True
    assert "ignoreDifferences" not in found["spec"]
    assert "finalizers" not in found["metadata"]


def test_applications_are_valid_for_argo_cd(files: Mapping[str, bytes]) -> None:
    shared = os.environ.get("RECONCILER_SHARED")
    if not shared:
        pytest.skip("RECONCILER_SHARED does not name the folder with Argo CD's schema")
    schema = json.loads((Path(shared) / "schemas" / "argocd-v1alpha1-application.json").read_text())
    for name in ("staging", "prod"):
        jsonschema.validate(application(files, name), schema)


def test_the_example_pair_runs_both_sides_with_their_rendered_configuration(files: Mapping[str, bytes]) -> None:
    service, *deployments = documents(files["examples/deployments/prod/rex.yaml"])
    assert (service["kind"], service["metadata"]["name"]) == ("Service", "rex")
    assert {deployment["metadata"]["name"]: side_of(deployment) for deployment in deployments} == {
        "rex-source": ("claude", "rex-source-config"),
        "rex-target": ("codex", "rex-target-config"),
    }
    for deployment in deployments:
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"] == labels
        assert labels.items() >= service["spec"]["selector"].items()


def test_sides_that_share_a_cli_still_differ_in_their_label(files: Mapping[str, bytes]) -> None:
    migration = documents(files["environments/staging/migrations/kit.yaml"])[0]
    _, *deployments = documents(files["examples/deployments/staging/kit.yaml"])
    versions = [migration["source"]["version"], migration["target"]["version"]]
    assert versions == ["codex-source", "codex-target"]
    assert [side_of(deployment)[0] for deployment in deployments] == versions


def test_the_pod_finds_its_files_under_their_own_paths(files: Mapping[str, bytes], tmp_path: Path) -> None:
    shell = shutil.which("busybox") or shutil.which("bash")
    assert shell, "bash or busybox must be installed"
    paths = ["CLAUDE.md", ".claude/settings.json", "docs/a_b cé.md", "_2f"]
    packed, workspace = tmp_path / "packed", tmp_path / "workspace"
    (packed / "..data").mkdir(parents=True)
    for key in map(encode_key, paths):
        (packed / "..data" / key).write_text(key)
        (packed / key).symlink_to(Path("..data") / key)
    unpack = documents(files["examples/deployments/prod/rex.yaml"])[1]["spec"]["template"]["spec"]["initContainers"][0]
    script = unpack["command"][2].replace("/packed", str(packed)).replace("/workspace", str(workspace))
    command = [shell, "sh"] if shell.endswith("busybox") else [shell]
    subprocess.run([*command, "-euc", script], check=True, timeout=30)
    found = {
        path.relative_to(workspace).as_posix(): path.read_text() for path in workspace.rglob("*") if path.is_file()
    }
    assert found == {path: encode_key(path) for path in paths}


@pytest.mark.parametrize("name", ["validate", "reconcile"])
def test_workflows_ask_for_little_and_run_nobody_elses_code(files: Mapping[str, bytes], name: str) -> None:
    text = files[f".github/workflows/{name}.yml"].decode()
    workflow = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - the base loader makes strings only, "on" among them
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow["on"]
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "write" if name == "reconcile" else "read"}
        assert int(job["timeout-minutes"]) <= 15
        for step in job["steps"]:
            assert "uses" not in step
            assert "${{" not in step["run"]


def test_a_pass_is_never_cancelled(files: Mapping[str, bytes]) -> None:
    workflow = yaml.safe_load(files[".github/workflows/reconcile.yml"])
    assert workflow["concurrency"] == {"group": "reconcile", "cancel-in-progress": False}


def test_code_owners_cover_the_law(files: Mapping[str, bytes]) -> None:
    owned = {line.split()[0] for line in files[".github/CODEOWNERS"].decode().splitlines() if line.startswith("/")}
    assert owned >= {"/.github/", "/policies/", "/templates/", "/argocd/", "/environments/*/environment.yaml"}


HOSTILE_NAMES = [
    pytest.param("", id="empty"),
    pytest.param("Prod", id="upper-case"),
    pytest.param("-prod", id="option-like"),
    pytest.param("prod-", id="dash-at-the-end"),
    pytest.param("prod\n", id="line-break-at-the-end"),
    pytest.param("a" * 64, id="64-characters"),
    pytest.param("../prod", id="path"),
    pytest.param('a"} or vector(0) # "', id="query"),
    pytest.param("{{ 7 * 7 }}", id="template"),
    pytest.param("рrod", id="cyrillic-letter"),  # noqa: RUF001 - looking alike is the attack
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_refused(name: str) -> None:
    for make in (
        lambda: ScaffoldEnvironment(name, "agents", None),
        lambda: ScaffoldEnvironment("prod", name, None),
        lambda: migration_named(name),
    ):
        with pytest.raises(RenderError, match="expected 1 to 63 lower-case letters") as caught:
            make()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "word",
    [
        pytest.param({"host": "rex.agents\nhosts: [all]"}, id="host"),
        pytest.param({"host": ".".join(["a" * 63] * 4)}, id="host-too-long"),
        pytest.param({"source_model": "gpt 5"}, id="source-model"),
        pytest.param({"target_model": "${{ secrets.X }}"}, id="target-model"),
        pytest.param({"affinity": CookieAffinity("a=b; Domain=evil", timedelta(hours=1))}, id="cookie"),
        pytest.param({"affinity": CookieAffinity("side", timedelta(0))}, id="cookie-that-is-over-at-once"),
        pytest.param({"affinity": CookieAffinity("side", timedelta(seconds=1.5))}, id="part-of-a-second"),
        pytest.param({"affinity": BucketAffinity("x-bucket\r\nhost")}, id="header"),
        pytest.param({"affinity": BucketAffinity("X-Bucket")}, id="header-in-upper-case"),
    ],
)
def test_hostile_words_are_refused(word: dict[str, Any]) -> None:
    known: dict[str, Any] = {
        "name": "rex",
        "source": Cli.CLAUDE,
        "source_model": "sonnet",
        "target": Cli.CODEX,
        "target_model": "gpt-5.5",
        "host": "rex",
    }
    with pytest.raises(RenderError, match="expected"):
        ScaffoldMigration(**(known | word))


@pytest.mark.parametrize(
    "metrics",
    [
        pytest.param(PrometheusMetrics("prometheus:9090"), id="no-scheme"),
        pytest.param(PrometheusMetrics("http://prometheus/?query=up"), id="query"),
        pytest.param(LedgerMetrics("outcomes.db"), id="no-database-url"),
    ],
)
def test_metrics_that_cannot_be_asked_are_refused(metrics: PrometheusMetrics | LedgerMetrics) -> None:
    with pytest.raises(RenderError, match=r"prod: metrics: found .* expected a .*URL such as"):
        ScaffoldEnvironment("prod", "agents", metrics)


@pytest.mark.parametrize("address", ["--upload-pack=x", "https://host/a b", "https://host/\n", "", "https://[::1/x"])
def test_hostile_addresses_are_refused(address: str) -> None:
    with pytest.raises(RenderError, match="expected"):
        ScaffoldEnvironment("prod", "agents", PrometheusMetrics(address))


@pytest.mark.parametrize("address", ["git@git.example.com:team/agents.git", "/srv/agents.git", "ssh://git@host/x.git"])
def test_addresses_as_people_write_them_are_taken(address: str) -> None:
    files = scaffold([PROD], repository_url=address, templates=TEMPLATES)
    assert application(files, "prod")["spec"]["source"]["repoURL"] == address


@pytest.mark.parametrize("user", ["bot:hunter2hunter2", "hunter2hunter2"], ids=["password", "token"])
def test_credentials_in_an_address_are_refused_and_not_repeated(user: str) -> None:
    with pytest.raises(RenderError, match="credentials stand in the address") as caught:
        scaffold([PROD], repository_url=f"https://{user}@git.example.com/x.git", templates=TEMPLATES)
    assert "hunter2" not in str(caught.value)


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(RenderError, match="environments: prod is given twice"):
        scaffold([PROD, PROD], repository_url=None, templates=TEMPLATES)
    with pytest.raises(RenderError, match="prod: migrations: rex is given twice"):
        ScaffoldEnvironment("prod", "agents", None, (REX, REX))


@given(name=st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True), hours=st.integers(1, 10_000))
def test_every_name_that_is_taken_reads_back_as_itself(name: str, hours: int) -> None:
    rex = migration_named(name, CookieAffinity("side", timedelta(hours=hours)))
    files = scaffold([ScaffoldEnvironment(name, name, None, (rex,))], repository_url=None, templates=TEMPLATES)
    migration = documents(files[f"environments/{name}/migrations/{name}.yaml"])[0]
    assert (migration["name"], migration["traffic"]["affinity"]["ttl"]) == (name, f"{hours}h")
    assert documents(files[f"environments/{name}/environment.yaml"])[0]["namespace"] == name


TEMPLATES = packaged_templates()
STATIC = {
    ".github/CODEOWNERS",
    ".github/workflows/reconcile.yml",
    ".github/workflows/validate.yml",
    "README.md",
    "policies/default.yaml",
}


def documents(content: bytes) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(content))


def application(files: Mapping[str, bytes], environment: str) -> dict[str, Any]:
    return documents(files[f"argocd/{environment}.yaml"])[0]


def side_of(deployment: Mapping[str, Any]) -> tuple[str, str]:
    template = deployment["spec"]["template"]
    return template["metadata"]["labels"]["version"], template["spec"]["volumes"][0]["configMap"]["name"]


def migration_named(name: str, affinity: CookieAffinity | None = None) -> ScaffoldMigration:
    return ScaffoldMigration(name, Cli.CLAUDE, "sonnet", Cli.CODEX, "gpt-5.5", "rex.agents", affinity)
