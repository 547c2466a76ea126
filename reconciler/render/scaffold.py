"""Writes the files of a new GitOps repository, ready for its first plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from reconciler.model.migration import Affinity, BucketAffinity, Cli, CookieAffinity, LedgerMetrics, PrometheusMetrics
from reconciler.model.stage import Side
from reconciler.render.scaffold_request import (
    ScaffoldEnvironment,
    ScaffoldMigration,
    refuse_bad_address,
    refuse_twice,
)
from reconciler.render.templating import render

__all__ = ["PLACEHOLDER_URL", "ScaffoldEnvironment", "ScaffoldMigration", "scaffold"]

PLACEHOLDER_URL = "https://git.example.com/your-team/your-repository.git"
"""What an Application names as its repository when nobody knows the address yet."""


def scaffold(
    environments: Sequence[ScaffoldEnvironment], *, repository_url: str | None, templates: Mapping[str, str]
) -> dict[str, bytes]:
    """Give every file of a new repository.

    A caller who wants another policy or agent lays its own files over these: ``scaffold(...) | own``.

    Args:
        environments: In any order.
        repository_url: Where Argo CD fetches from; None leaves a placeholder for people to replace.
        templates: All templates by name; those under ``scaffold/`` are used.

    Returns:
        Content by path from the repository's root, in order of path. All migrations stand at planning, and nothing
        is rendered: the first pass does that.

    Raises:
        RenderError: Two environments share a name, the address cannot be written, or a template is missing or wrong.
    """
    refuse_twice("environments", [environment.name for environment in environments])
    address = repository_url or PLACEHOLDER_URL
    refuse_bad_address("repository", address)
    texts = {path: render(templates, f"scaffold/{name}", {}) for path, name in _SHARED.items()}
    for environment in environments:
        texts |= _environment_files(environment, address, templates)
        for migration in environment.migrations:
            texts |= _agent_files(environment, migration, templates)
            texts |= _migration_files(environment, migration, templates)
    return {path: texts[path].encode() for path in sorted(texts)}


def _environment_files(
    environment: ScaffoldEnvironment, repository_url: str, templates: Mapping[str, str]
) -> dict[str, str]:
    name, metrics = environment.name, environment.metrics
    facts = {
        "name": name,
        "namespace": environment.namespace,
        "prometheus": metrics.url if isinstance(metrics, PrometheusMetrics) else None,
        "profile": metrics.profile if isinstance(metrics, PrometheusMetrics) else None,
        "ledger": metrics.url if isinstance(metrics, LedgerMetrics) else None,
    }
    application = {
        "name": f"{name}-agents",
        "namespace": environment.namespace,
        "path": f"environments/{name}/rendered",
        "repository_url": repository_url,
    }
    return {
        f"environments/{name}/environment.yaml": render(
            templates, "scaffold/environment.yaml.j2", {"environment": facts}
        ),
        f"argocd/{name}.yaml": render(templates, "scaffold/application.yaml.j2", {"application": application}),
    }


def _agent_files(
    environment: ScaffoldEnvironment, migration: ScaffoldMigration, templates: Mapping[str, str]
) -> dict[str, str]:
    folder = f"environments/{environment.name}/agents/{migration.name}"
    files = {f"{folder}/{_MEMORY_FILE[migration.source]}": render(templates, "scaffold/agent-memory.md.j2", {})}
    if migration.source is Cli.CLAUDE:
        values = {"model": migration.source_model}
        files[f"{folder}/.claude/settings.json"] = render(templates, "scaffold/agent-settings.json.j2", values)
    return files


def _migration_files(
    environment: ScaffoldEnvironment, migration: ScaffoldMigration, templates: Mapping[str, str]
) -> dict[str, str]:
    name = migration.name
    wanted = {"migration": _migration_values(migration)}
    workloads = _workload_values(environment, migration)
    return {
        f"environments/{environment.name}/migrations/{name}.yaml": render(
            templates, "scaffold/migration.yaml.j2", wanted
        ),
        f"examples/deployments/{environment.name}/{name}.yaml": render(
            templates, "scaffold/deployments.yaml.j2", workloads
        ),
    }


def _migration_values(migration: ScaffoldMigration) -> dict[str, object]:
    values: dict[str, object] = {
        "name": migration.name,
        "config": f"agents/{migration.name}",
        "host": migration.host,
        "entry": migration.advance.default.value,
        "entries": [
            {"stage": stage.value, "entry": entry.value} for stage, entry in (migration.advance.stages or {}).items()
        ],
        "requires": [str(other) for other in migration.requires],
    }
    return values | _arms(migration) | _affinity_values(migration.affinity)


def _affinity_values(affinity: Affinity | None) -> dict[str, object]:
    values: dict[str, object] = {"cookie": None, "ttl": None, "bucket_header": None}
    match affinity:
        case None:
            return values
        case CookieAffinity(cookie, ttl):
            return values | {"cookie": cookie, "ttl": _duration(ttl)}
        case BucketAffinity(header):
            return values | {"bucket_header": header}


def _duration(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    unit, length = next((unit, length) for unit, length in _UNITS if seconds % length == 0)
    return f"{seconds // length}{unit}"


def _workload_values(environment: ScaffoldEnvironment, migration: ScaffoldMigration) -> dict[str, object]:
    name = migration.name
    sides = [
        arm
        | {
            "name": side,
            "deployment": f"{name}-{side}",
            "image": f"{name}-{arm['version']}:replace-me",
            "secret": f"{name}-{side}-credentials",
            "config_map": f"{name}-{side}-config",
            "trust": [{"name": key, "value": value} for key, value in _TRUST.get(Cli(arm["cli"]), {}).items()],
        }
        for side, arm in _arms(migration).items()
    ]
    service = {
        "name": migration.host.split(".")[0],
        "namespace": environment.namespace,
        "app": name,
        "environment": environment.name,
    }
    return {"service": service, "sides": sides}


def _arms(migration: ScaffoldMigration) -> dict[str, dict[str, str]]:
    sides = (
        (Side.SOURCE, migration.source, migration.source_model),
        (Side.TARGET, migration.target, migration.target_model),
    )
    # The pods' labels must differ, also where only the model changes.
    same = migration.source is migration.target
    return {
        side.value: {"cli": cli.value, "model": model, "version": f"{cli}-{side}" if same else cli.value}
        for side, cli, model in sides
    }


_SHARED = {
    ".github/CODEOWNERS": "codeowners.j2",
    ".github/workflows/reconcile.yml": "reconcile.yml.j2",
    ".github/workflows/validate.yml": "validate.yml.j2",
    "README.md": "README.md.j2",
    "policies/default.yaml": "policy.yaml.j2",
}
_MEMORY_FILE = {
    Cli.CLAUDE: "CLAUDE.md",
    Cli.CODEX: "AGENTS.md",
    Cli.GEMINI: "GEMINI.md",
    Cli.OPENCODE: "AGENTS.md",
}
# No CLI lets a folder's own files say that the folder is trusted, so the pod says it.
_TRUST = {
    Cli.CODEX: {"CODEX_HOME": "/workspace/.codex"},
    Cli.GEMINI: {"GEMINI_CLI_TRUST_WORKSPACE": "true"},
}
_UNITS = (("h", 3_600), ("m", 60), ("s", 1))
