"""Migrations, environments and files that the tests of rendering share."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.adapters.packaged import packaged_templates
from reconciler.model.migration import (
    Affinity,
    Arm,
    BucketAffinity,
    Cli,
    CookieAffinity,
    Environment,
    Mesh,
    Migration,
    MigrationId,
    Retries,
    Shadow,
    Traffic,
)
from reconciler.model.stage import Stage

TEMPLATES = packaged_templates()
HOST = "rex.agents.svc.cluster.local"
COOKIE = CookieAffinity("agent-side", timedelta(hours=24))
BUCKET = BucketAffinity("X-Agent-Bucket")
PROD = Environment(name="prod", namespace="agents", mesh=Mesh.ISTIO, metrics=None)
MANIFESTS = ("virtualservice.yaml", "destinationrule.yaml", "configmap-source.yaml", "configmap-target.yaml")
SOURCE_FILES = {
    "CLAUDE.md": b'# Rex\n\nOne module at a time.\n\n  - run the tests first\n  - say "done" when they pass\n',
    ".claude/settings.json": b'{\n  "permissions": {"deny": ["Bash(rm:*)"]}\n}\n',
    ".claude/skills/rename_symbol/SKILL.md": "---\nname: rename-symbol\n---\nRename it everywhere ✅\r\n".encode(),
    ".claude/logo.png": b"\x89PNG\r\n\x1a\n\x00",
}
TARGET_FILES = {
    "AGENTS.md": b"# Rex\n\nYou refactor one module at a time.\n",
    ".codex/config.toml": b'model = "gpt-5.5"\napproval_policy = "on-request"\n',
}


def migration(affinity: Affinity | None = COOKIE, *, mirror: int = 10, retries: Retries | None = None) -> Migration:
    return Migration(
        id=MigrationId("prod", "rex"),
        source=Arm(Cli.CLAUDE, "claude-sonnet-4-5", "claude", "environments/prod/agents/rex"),
        target=Arm(Cli.CODEX, "gpt-5.5", "codex"),
        stage=Stage.PLANNING,
        policy="default",
        traffic=Traffic(HOST, affinity=affinity, timeout=timedelta(minutes=30), retries=retries or Retries()),
        shadow=Shadow(mirror, side_effect_free=True),
    )


PLAIN = replace(
    migration(None, mirror=0),
    traffic=Traffic(
        HOST,
        gateways=("mesh", "agents/public"),
        retries=Retries(attempts=2, per_try_timeout=timedelta(milliseconds=1500)),
    ),
)
CASES = {"cookie": migration(COOKIE), "bucket": migration(BUCKET), "plain": PLAIN}
