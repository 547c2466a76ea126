"""Files that say everything their kind can say, and their shortest forms."""

from __future__ import annotations

MIGRATION_PATH = "environments/prod/migrations/rex.yaml"
ENVIRONMENT_PATH = "environments/prod/environment.yaml"
POLICY_PATH = "policies/default.yaml"
STATUS_PATH = "environments/prod/status/rex.yaml"
NOTES_PATH = "environments/prod/status/rex.notes.yaml"

MIGRATION = """\
apiVersion: reconciler/v1
kind: Migration
name: rex                     # the file's name
source: {cli: claude, model: claude-sonnet-4-5, config: agents/rex, version: claude-pods}
target: {cli: codex,  model: gpt-5.5}
stage: planning
policy: cautious
traffic:
  host: rex.agents.svc.cluster.local
  gateways: [mesh, istio-system/public]
  affinity: {cookie: agent-side, ttl: 24h}
  timeout: 30m
  retries: none
shadow: {percent: 10, sideEffectFree: true}
losses: {accept: ["hook:*", "permission:Bash(git push:*)"]}
advance: {default: auto, canary: pull-request, complete: pull-request}
requires: [staging/rex]
hold: {reason: "Ada's holiday", by: "ada"}
"""

SHORT_MIGRATION = """\
apiVersion: reconciler/v1
kind: Migration
name: rex
source: {cli: claude, model: claude-sonnet-4-5, config: agents/rex}
target: {cli: codex, model: gpt-5.5}
stage: planning
traffic: {host: rex}
"""

ENVIRONMENT = """\
apiVersion: reconciler/v1
kind: Environment
name: prod
namespace: agents
mesh: istio
metrics:
  prometheus: http://prometheus.monitoring:9090
  profile: agent
  queries: {review_score: 'avg by (environment, migration, side) (review_score)'}
defaults: {policy: default, advance: {default: pull-request, canary: auto}}
approvers: {allowedSigners: policies/allowed_signers, requireSigned: false}
notify: [{webhook: {urlFrom: RECONCILER_WEBHOOK_URL}}]
timeouts: {git: 30s, metrics: 2s, pass: 1m30s}
"""

SHORT_ENVIRONMENT = """\
apiVersion: reconciler/v1
kind: Environment
name: prod
namespace: agents
mesh: none
"""

POLICY = """\
apiVersion: reconciler/v1
kind: HealthPolicy
name: default
wrongRollback: 2.5%
decide: threshold
minTasks: 30
checks:
  - {name: errors,  indicator: error_rate,              max: 5%,            window: 5m,          onBreach: rollback}
  - {name: latency, indicator: latency_p95,             max: 2x source,     window: 5m, for: 3m, onBreach: rollback}
  - {name: slow,    indicator: latency_p95,             max: 40,                                 onBreach: freeze}
  - {name: cost,    indicator: cost_per_completed_task, max: 1.5x source,   window: 1h,          onBreach: rollback}
  - {name: budget,  indicator: cost_total,              max: 1.5x expected, window: 1h,          onBreach: freeze}
  - {name: done,    indicator: completion_rate,         min: source - 5pp,                       onBreach: rollback}
stages: {testing: {soak: 30m}, canary: {soak: 1h, wrongAdvance: 20%}, rollout-25: {soak: 1h30m}, rollout-50: {}}
unknown: {noTasks: {after: 24h, then: notify}, noMetrics: {after: 2h, then: rollback}}
inconclusive: {after: 72h, then: notify}
rollback: {graceful: {step: 1m}}
keepSource: 14d
noAdvance: [{cron: "0 16 * * FRI", for: 64h, zone: Europe/Berlin}]
"""

SHORT_POLICY = """\
apiVersion: reconciler/v1
kind: HealthPolicy
name: default
checks: [{name: errors, indicator: error_rate, max: 5%, onBreach: rollback}]
"""
