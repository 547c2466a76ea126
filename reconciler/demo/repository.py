"""What the demo's people push first: one environment with two agents that shall move, and a policy in seconds."""

from __future__ import annotations

from datetime import timedelta

from reconciler.adapters.packaged import packaged_templates
from reconciler.model.migration import Advance, Cli, CookieAffinity, Entry, Metrics, MigrationId
from reconciler.model.stage import Stage
from reconciler.render.scaffold import ScaffoldEnvironment, ScaffoldMigration, scaffold

ENVIRONMENT = "demo"
REX, KIT = MigrationId(ENVIRONMENT, "rex"), MigrationId(ENVIRONMENT, "kit")
RENDERED = f"environments/{ENVIRONMENT}/rendered"

_POLICY = b"""\
# The default policy with hours made seconds, so that a migration can be watched.
apiVersion: reconciler/v1
kind: HealthPolicy
name: default
minTasks: 20
checks:
  - {name: errors, indicator: error_rate, max: 5%, window: 5s, onBreach: rollback}
  - {name: latency, indicator: latency_p95, max: 2x source, window: 5s, for: 2s, onBreach: rollback}
  - {name: cost, indicator: cost_per_completed_task, max: 1.5x source, window: 5s, onBreach: rollback}
  - {name: done, indicator: completion_rate, min: source - 5pp, window: 5s, onBreach: rollback}
stages:
  testing: {soak: 1s}
  canary: {soak: 1s}
  rollout-25: {soak: 1s}
  rollout-50: {soak: 1s}
keepSource: 7d
"""


def host(migration: MigrationId) -> str:
    """Give the host that callers of an agent use."""
    return f"{migration.name}.{ENVIRONMENT}.svc.cluster.local"


def first_files(metrics: Metrics) -> dict[str, bytes]:
    """Give every file of the first commit, by path.

    rex goes all the way by itself. kit goes after rex, and a person would have to let it past 25 %.
    """
    rex = _migration(REX, Advance())
    kit = _migration(KIT, Advance(stages={Stage.ROLLOUT_50: Entry.PULL_REQUEST}), requires=(REX,))
    environment = ScaffoldEnvironment(ENVIRONMENT, ENVIRONMENT, metrics, (rex, kit))
    files = scaffold([environment], repository_url=None, templates=packaged_templates())
    return files | {"policies/default.yaml": _POLICY}


def _migration(
    migration: MigrationId, advance: Advance, *, requires: tuple[MigrationId, ...] = ()
) -> ScaffoldMigration:
    return ScaffoldMigration(
        name=migration.name,
        source=Cli.CLAUDE,
        source_model="claude-sonnet-4-5",
        target=Cli.CODEX,
        target_model="gpt-5.5",
        host=host(migration),
        affinity=CookieAffinity("agent-side", timedelta(hours=24)),
        advance=advance,
        requires=requires,
    )
