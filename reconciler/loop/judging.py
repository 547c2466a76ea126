"""Judges the migrations of one environment: health from its metric source, then one decision each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from reconciler.adapters.git_values import blob_id
from reconciler.errors import ReconcilerError
from reconciler.health.judge import judge
from reconciler.loop.agents import check_conversion, convert_agent, unaccepted_losses
from reconciler.loop.cases import Case, EnvironmentCases, World, snapshot
from reconciler.loop.maintenance import Drift, Rerender, upkeep
from reconciler.loop.ports import Pass
from reconciler.loop.sources import slice_length
from reconciler.loop.steps import Judged, Step, steps_of
from reconciler.model import decision as made
from reconciler.model.decision import Decision
from reconciler.model.migration import Migration, MigrationId
from reconciler.model.observation import Observations, Route, Unknown
from reconciler.model.stage import Stage
from reconciler.model.status import Notes, Status, Weights
from reconciler.model.verdict import Health
from reconciler.render.commits import plain_message
from reconciler.rollout import people
from reconciler.rollout.decide import decide
from reconciler.rollout.evolve import entered_stage
from reconciler.rollout.gates import Prerequisites
from reconciler.rollout.situation import Situation, evidence_since
from reconciler.spec import layout
from reconciler.spec.notes import dump_notes


@dataclass(frozen=True, slots=True)
class Planned:
    """What a pass makes of one migration.

    Attributes:
        stage: Where it stands before the pass; None before planning.
        weights: What is routed after the pass; None when nothing is.
        steps: Its commits, in order.
        files: What its commits and its part in the re-render change, and nothing that stays byte for byte.
        degraded: Whether it could not be judged or rendered.
        renewal: Its part in the environment's re-render.
    """

    id: MigrationId
    stage: Stage | None
    decision: Decision
    health: Health
    weights: Weights | None
    steps: tuple[Step, ...] = ()
    degraded: bool = False
    renewal: Rerender | None = None
    files: tuple[str, ...] = ()


def broken(world: World, migration: MigrationId, error: ReconcilerError) -> Planned:
    """Give the line of a migration that cannot be read; where it stands is said as long as its status can be."""
    try:
        status = snapshot(world.tree, migration, None).status
    except ReconcilerError:
        status = None
    stage, weights = (status.stage, status.weights) if status else (None, None)
    return Planned(migration, stage, made.Refuse(error.message, error.hint), Health(), weights, degraded=True)


def judge_environment(world: World, read: EnvironmentCases, this: Pass) -> tuple[list[Planned], list[Step]]:
    """Judge an environment.

    Returns:
        A line for every migration that the pass acts on, and the commit that renews rendered files, if any. A person's
        revert outside the scope is there too: its hold must not wait for the next whole pass.

    Raises:
        ReconcilerError: The pass's moment lies before a stage began.
    """
    _refuse_earlier_moment(read.cases, this.at)
    acted_on = [case for case in read.cases if _acted_on(case, this)]
    seen = _observe(read, acted_on, this)
    healths = {case.id: seen.health(case, this.at) for case in acted_on}
    bench = _Bench(world, read, this, seen, healths, run=next(this.runs))
    planned = [bench.plan(case) for case in acted_on]
    planned += [broken(world, one.id, one.error) for one in read.broken if this.scope.covers(one.id)]
    return sorted(planned, key=lambda one: one.id), bench.rerender(planned)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the metric source answered for one environment; ``fault`` says why it could not be asked."""

    observations: Mapping[MigrationId, Observations]
    fault: str | None = None

    def health(self, case: Case, at: datetime) -> Health:
        status = case.status
        if status is None or status.stage in _UNMEASURED:
            return Health()
        if self.fault is not None:
            return Health(fault=self.fault)
        observed = self.observations.get(case.id) or Unknown("the metric source says nothing about it")
        return judge(
            case.policy,
            observed,
            stage=status.stage,
            since=evidence_since(status, case.notes),
            now=at,
            baseline=status.baseline,
            entered=status.since,
            carried=status.carried,
            sticky=case.migration is not None and case.migration.traffic.affinity is not None,
        )


@dataclass(frozen=True, slots=True)
class _Bench:
    """All that judging one environment rests on; ``run`` is the id of the shared re-render."""

    world: World
    read: EnvironmentCases
    this: Pass
    seen: _Seen
    healths: Mapping[MigrationId, Health]
    run: str

    def plan(self, case: Case) -> Planned:
        """Judge one migration; an error here is this migration's alone, and a rollback passes it."""
        health = self.healths[case.id]
        error: ReconcilerError | None = None
        renewal: Rerender | Drift | None = None
        try:
            renewal = self._upkeep(case)
        except ReconcilerError as found:
            error = found
        try:
            notes = self._renewed_notes(case, renewal)
            decision = self._decide(case, health, notes, renewal, error)
            observations = self.seen.observations.get(case.id)
            judged = Judged(case, self.read.environment, self.read.templates, health, observations, notes)
            steps = steps_of(self.world, judged, decision, self.this)
        except ReconcilerError as found:
            decision, steps = made.Refuse(found.message, found.hint), ()
        return self._planned(case, decision, health, steps, renewal)

    def rerender(self, planned: list[Planned]) -> list[Step]:
        """Put all renewals of rendered files into one commit."""
        renewed = {one.id: one.renewal for one in planned if one.renewal is not None}
        if not renewed:
            return []
        files: dict[str, bytes | None] = {}
        for case in self.read.cases:
            if (renewal := renewed.get(case.id)) is not None:
                files |= self._renewed_files(case, renewal)
        few = ", ".join(one.name for one in renewed) if len(renewed) <= _SHOWN else ""
        subject = f"{self.read.environment.name}: re-render {few or f'{len(renewed)} migrations'}"
        reason = "; ".join(dict.fromkeys(renewal.reason for renewal in renewed.values()))
        write = partial(plain_message, subject, reason, tuple(renewed), trigger="automatic")
        return [Step(tuple(renewed), self.run, self.this.at, self.world.tree.revision, files, write)]

    def _renewed_files(self, case: Case, renewal: Rerender) -> dict[str, bytes | None]:
        gone = set(self.world.tree.under(layout.rendered_folder(case.id))) - set(renewal.rendered.files)
        notes = self._renewed_notes(case, renewal)
        files = dict.fromkeys(gone) | dict(renewal.rendered.files)
        return files | ({layout.notes_path(case.id): dump_notes(notes)} if notes else {})

    def _changed(self, case: Case, steps: tuple[Step, ...], renewal: Rerender | None) -> tuple[str, ...]:
        """Name the files that differ after the pass from the commit that is judged."""
        written = self._renewed_files(case, renewal) if renewal else {}
        for step in steps:
            written |= step.files
        tree = self.world.tree
        return tuple(sorted(path for path, content in written.items() if tree.oid(path) != _oid(content)))

    def _upkeep(self, case: Case) -> Rerender | Drift | None:
        match case.act:
            case people.Nothing() | people.Raised():
                return upkeep(self.world, case, self.read.environment, self.read.templates, resumed=False)
            case people.HoldLifted() | people.WentUp():
                return upkeep(self.world, case, self.read.environment, self.read.templates, resumed=True)
            case _:
                return None

    def _renewed_notes(self, case: Case, renewal: Rerender | Drift | None) -> Notes | None:
        if not isinstance(renewal, Rerender) or case.notes is None or case.status is None:
            return case.notes
        anew = renewal.agent_changed and case.status.stage.takes_traffic
        begins = self.this.at if anew else case.notes.evidence_from
        return replace(case.notes, run=self.run, inputs=renewal.rendered.inputs, evidence_from=begins)

    def _decide(
        self,
        case: Case,
        health: Health,
        notes: Notes | None,
        renewal: Rerender | Drift | None,
        error: ReconcilerError | None,
    ) -> Decision:
        """Decide; a step forward is decided again with the losses at hand, which cost a conversion."""
        situation = Situation(
            migration=case.migration,
            status=case.status,
            notes=notes,
            act=case.act,
            policy=case.policy,
            health=health,
            now=self.this.at,
            prerequisites=self._prerequisites(case),
            drift=renewal.reason if isinstance(renewal, Drift) else "",
            unknown_elsewhere=any(
                other.unknown_since is not None for id_, other in self.healths.items() if id_ != case.id
            ),
        )
        decision = decide(situation)
        if error is not None and not isinstance(decision, made.Rollback | made.Lower | made.PutOnHold):
            return made.Refuse(error.message, error.hint)
        if not isinstance(decision, made.Advance | made.Propose) or case.migration is None:
            return decision
        _, conversion = convert_agent(self.world.tree, case.migration)
        known = replace(
            situation.prerequisites,
            errors=[str(one) for one in check_conversion(self.world.tree, case.migration, conversion).errors],
            unaccepted_losses=unaccepted_losses(case.migration, conversion),
        )
        return decide(replace(situation, prerequisites=known))

    def _prerequisites(self, case: Case) -> Prerequisites:
        wanted = case.migration.requires if case.migration else ()
        return Prerequisites(incomplete=[other for other in wanted if not self._complete(other)])

    def _complete(self, other: MigrationId) -> bool:
        status = snapshot(self.world.tree, other, None).status
        return status is not None and status.stage is Stage.COMPLETE

    def _planned(
        self,
        case: Case,
        decision: Decision,
        health: Health,
        steps: tuple[Step, ...],
        renewal: Rerender | Drift | None,
    ) -> Planned:
        refused = isinstance(decision, made.Refuse)
        stands = case.status.stage if case.status else None
        to = None if isinstance(decision, made.Propose) else entered_stage(decision, stands)
        weights = Weights.of(to) if to else case.status.weights if case.status else None
        renewed = renewal if isinstance(renewal, Rerender) and not refused else None
        degraded = refused or health.fault is not None
        files = self._changed(case, steps, renewed)
        return Planned(case.id, stands, decision, health, weights, steps, degraded, renewed, files)


def _oid(content: bytes | None) -> str | None:
    return None if content is None else blob_id(content)


def _acted_on(case: Case, this: Pass) -> bool:
    """Say whether a pass acts on a migration: within its scope always, elsewhere to hold what a person reverted."""
    return this.scope.covers(case.id) or isinstance(case.act, people.WentBack | people.RerenderReverted)


def _refuse_earlier_moment(cases: tuple[Case, ...], at: datetime) -> None:
    for case in cases:
        if case.status is not None and at < case.status.since:
            raise ReconcilerError(
                f"--at is {at:%Y-%m-%dT%H:%M:%SZ}, but {case.id} entered {case.status.stage} at"
                f" {case.status.since:%Y-%m-%dT%H:%M:%SZ}",
                hint="give a later moment, or the revision of that time with plan --rev",
            )


def _observe(read: EnvironmentCases, acted_on: Sequence[Case], this: Pass) -> _Seen:
    """Ask the metric source once for all migrations of the environment that are measured."""
    starts = {
        case.id: evidence_since(case.status, case.notes)
        for case in acted_on
        if case.status and case.status.stage not in _UNMEASURED
    }
    if not starts:
        return _Seen({})
    step = slice_length(case.policy for case in read.cases)
    try:
        routes = {case.id: _route(case.migration, case.status) for case in acted_on if case.migration}
        source = this.source_of(read.environment, routes)
        return _Seen(source.observe(starts, at=this.at, step=step))
    except ReconcilerError as fault:
        return _Seen({}, fault.message)


def _route(migration: Migration, status: Status | None) -> Route:
    weight = status.weights.target if status else 0
    return Route(migration.traffic.host, migration.source.version, migration.target.version, weight)


_UNMEASURED = (Stage.PLANNING, Stage.ROLLED_BACK)
_SHOWN = 3
