"""A small GitOps repository with a bare remote, a person's clone and a ledger, moved through virtual time."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.adapters.clock import unique_ids
from reconciler.adapters.git import open_repository
from reconciler.adapters.ledger import Ledger
from reconciler.loop import commands
from reconciler.loop.plan import Plan, make_plan
from reconciler.loop.ports import Pass, Scope
from reconciler.loop.reconcile import Outcome, reconcile
from reconciler.loop.sources import source_of
from reconciler.loop.validate import Findings, validate
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Side, Stage

REX = MigrationId("prod", "rex")
KIT = MigrationId("prod", "kit")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FORWARD = (Stage.PLANNING, Stage.TESTING, Stage.CANARY, Stage.ROLLOUT_25, Stage.ROLLOUT_50, Stage.COMPLETE)

ENVIRONMENT = """\
apiVersion: reconciler/v1
kind: Environment
name: {name}
namespace: agents-{name}
mesh: istio
metrics: {{ledger: "{ledger}"}}
defaults: {{policy: default}}
"""

POLICY = """\
apiVersion: reconciler/v1
kind: HealthPolicy
name: default
decide: threshold
minTasks: 20
checks:
  - {name: errors, indicator: error_rate, max: 5%, window: 5m, onBreach: rollback}
  - {name: latency, indicator: latency_p95, max: 2x source, window: 5m, onBreach: rollback}
stages: {testing: {soak: 5m}, canary: {soak: 5m}, rollout-25: {soak: 5m}, rollout-50: {soak: 5m}}
keepSource: 7d
"""

MIGRATION = """\
# {name} goes from Claude Code to Codex.
apiVersion: reconciler/v1
kind: Migration
name: {name}
source: {{cli: claude, model: claude-sonnet-4-5, config: agents/{name}}}   # who we leave
target: {{cli: codex, model: gpt-5.5}}
stage: {stage}   # the line that pull requests change
policy: default
traffic: {{host: {name}.{environment}.svc.cluster.local, affinity: {{cookie: agent-side, ttl: 24h}}}}
{more}"""

MEMORY = "# {name}\n\nYou look after the {name} repository. Run the tests before you say that you are done.\n"


_INSERT = (
    "INSERT INTO outcomes (at, environment, migration, side, outcome, seconds, cost_usd) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@dataclass
class GitOps:
    """One repository and everybody around it.

    Attributes:
        folder: Where all of it lies.
        now: The virtual moment of the next pass.
    """

    folder: Path
    now: datetime = NOON
    remote: Path = field(init=False)
    person: Path = field(init=False)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.remote, self.person = self.folder / "remote.git", self.folder / "person"
        self.ledger_url = f"sqlite:///{self.folder / 'outcomes.db'}"
        self.ledger = Ledger(self.ledger_url)
        run("git", "init", "-q", "--bare", "-b", "main", str(self.remote))
        run("git", "init", "-q", "-b", "main", str(self.person))
        self.git("remote", "add", "origin", str(self.remote))
        self.git("config", "user.name", "Ann")
        self.git("config", "user.email", "ann@example.com")
        self.ledger.record(MigrationId("none", "none"), Side.SOURCE, "completed", seconds=1.0, cost_usd=0.1, at=NOON)

    def start(self, *migrations: MigrationId, more: str = "") -> None:
        """Push the files that people write: environments, the policy and these migrations at planning."""
        self.write("policies/default.yaml", POLICY)
        for migration in migrations:
            self.add(migration, more=more)
        self.push("people: first")

    def add(self, migration: MigrationId, *, stage: Stage = Stage.PLANNING, more: str = "") -> None:
        """Write a migration, its agent and its environment."""
        environment, name = migration.environment, migration.name
        folder = f"environments/{environment}"
        self.write(f"{folder}/environment.yaml", ENVIRONMENT.format(name=environment, ledger=self.ledger_url))
        text = MIGRATION.format(name=name, environment=environment, stage=stage, more=more)
        self.write(f"{folder}/migrations/{name}.yaml", text)
        self.write(f"{folder}/agents/{name}/CLAUDE.md", MEMORY.format(name=name))

    def write(self, path: str, text: str) -> None:
        """Write a file of the person's clone."""
        file = self.person / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        text = (self.person / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new))

    def set_stage(self, migration: MigrationId, stage: Stage) -> None:
        """Write another stage into the migration file and push it, as a merged pull request does."""
        self.pull()
        path = f"environments/{migration.environment}/migrations/{migration.name}.yaml"
        lines = (self.person / path).read_text().splitlines(keepends=True)
        line = next(line for line in lines if line.startswith("stage:"))
        self.edit(path, line, f"stage: {stage}   # the line that pull requests change\n")
        self.push(f"{migration}: {stage}, please")

    def git(self, *arguments: str) -> str:
        """Run git in the person's clone."""
        return run("git", "-C", str(self.person), *arguments)

    def shell(self, line: str) -> str:
        """Run a printed line literally in the person's clone."""
        return run("sh", "-c", line, cwd=self.person)

    def pull(self) -> None:
        """Bring the person's clone up to date."""
        self.git("fetch", "-q", "origin")
        self.git("reset", "-q", "--hard", "origin/main")

    def push(self, message: str) -> str:
        """Commit everything in the person's clone and push it; gives the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def head(self) -> str:
        """Give the remote's newest commit."""
        return run("git", "-C", str(self.remote), "rev-parse", "main")

    def show(self, path: str, revision: str = "main") -> str:
        """Give a file's content on the remote, byte for byte."""
        return run("git", "-C", str(self.remote), "show", f"{revision}:{path}", strip=False)

    def message(self, revision: str = "main") -> str:
        """Give a commit message on the remote."""
        return run("git", "-C", str(self.remote), "log", "-1", "--format=%B", revision)

    def tasks(
        self,
        migration: MigrationId,
        *,
        source: int = 40,
        target: int = 40,
        failing: int = 0,
        failing_source: int = 0,
        seconds: float = 10.0,
    ) -> None:
        """Let a minute pass in which both sides began and ended tasks; ``failing`` of the target's in an error."""
        rows = []
        took = timedelta(seconds=seconds)
        for side, count, bad in ((Side.SOURCE, source, failing_source), (Side.TARGET, target, failing)):
            for number in range(count):
                end = self.now + took + (MINUTE - took) * (number + 1) / (count + 1)
                at = int(end.timestamp() * 1_000_000)
                outcome = "error" if number < bad else "completed"
                rows.append((at, migration.environment, migration.name, side.value, outcome, seconds, 0.4))
        # All at once: a commit a task would sync the disk a hundred times a minute.
        with closing(sqlite3.connect(self.folder / "outcomes.db")) as database, database:
            database.executemany(_INSERT, rows)
        self.now += MINUTE

    def soak(self, *migrations: MigrationId, minutes: int = 6) -> None:
        """Let healthy minutes pass."""
        for _ in range(minutes):
            begin = self.now
            for migration in migrations:
                self.now = begin
                self.tasks(migration, source=8, target=8)

    def new_pass(self, scope: Scope | None = None) -> Pass:
        """Give the pass of this moment."""
        return Pass(self.now, scope or Scope(), source_of(None), unique_ids(self.now))

    def reconcile(self, scope: Scope | None = None) -> Outcome:
        """Do one pass at this moment."""
        with open_repository(str(self.remote), cache_home=self.folder / "cache") as repository:
            return reconcile(repository, lambda: self.new_pass(scope))

    def plan(self, revision: str | None = None) -> Plan:
        """Plan at this moment."""
        with open_repository(str(self.remote), cache_home=self.folder / "cache") as repository:
            base = repository.sync()
            return make_plan(repository, self.new_pass(), revision=revision or base)

    def validate(self, base: str | None = None) -> Findings:
        """Check what is pushed, as a pull request against ``base`` when one is given."""
        with open_repository(str(self.remote), cache_home=self.folder / "cache") as repository:
            return validate(repository, repository.sync(), base=base)

    def order(self, write: commands.Write, migration: MigrationId, reason: str = "on call") -> commands.Ordered:
        """Give a command as the person on call does."""
        request = commands.Request(migration, reason, "ann", self.now, unique_ids(self.now))
        with open_repository(str(self.remote), cache_home=self.folder / "cache") as repository:
            return commands.command(repository, write, request)

    def bring_to(self, migration: MigrationId, stage: Stage) -> None:
        """Lead a migration forward by healthy passes until it stands at a stage."""
        for _ in range(2 * len(FORWARD)):
            if self.stage(migration) is stage:
                return
            self.soak(migration)
            self.reconcile()
        assert self.stage(migration) is stage, self.plan().migrations

    def stage(self, migration: MigrationId) -> Stage | None:
        """Read the stage from the status file on the remote."""
        return Stage(found) if (found := self.status(migration).get("stage")) else None

    def status(self, migration: MigrationId) -> dict[str, str]:
        """Read the top-level scalars of the status file on the remote; empty when there is none."""
        return self._scalars(f"environments/{migration.environment}/status/{migration.name}.yaml")

    def notes(self, migration: MigrationId) -> str:
        """Read the notes file on the remote."""
        return self.show(f"environments/{migration.environment}/status/{migration.name}.notes.yaml")

    def three(self, migration: MigrationId, revision: str = "main") -> dict[str, str]:
        """Give the three files of a transition on the remote, byte for byte."""
        folder = f"environments/{migration.environment}"
        name = migration.name
        paths = (
            f"{folder}/migrations/{name}.yaml",
            f"{folder}/status/{name}.yaml",
            f"{folder}/rendered/{name}/virtualservice.yaml",
        )
        return {path: self.show(path, revision) for path in paths}

    def decision(self, outcome: Outcome, migration: MigrationId = REX) -> str:
        """Give the kind of decision that a pass made, e.g. ``Wait``."""
        return type(next(one.decision for one in outcome.plan.migrations if one.id == migration)).__name__

    def _scalars(self, path: str) -> dict[str, str]:
        found = subprocess.run(
            ["git", "-C", str(self.remote), "show", f"main:{path}"], capture_output=True, text=True, check=False
        )
        lines = [line for line in found.stdout.splitlines() if ": " in line and not line.startswith(" ")]
        return dict(line.split(": ", 1) for line in lines)


def run(*arguments: str, cwd: Path | None = None, strip: bool = True) -> str:
    """Run a program; an error shows what it said."""
    found = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False)
    assert found.returncode == 0, f"{arguments}: {found.stdout}{found.stderr}"
    return found.stdout.rstrip("\n") if strip else found.stdout
