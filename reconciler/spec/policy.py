"""Reads a health policy's file: what healthy means. Pure."""

from __future__ import annotations

from reconciler.errors import Mistake, SpecError
from reconciler.model.policy import Check, HealthPolicy, NoAdvance, Patience, StageRule
from reconciler.model.stage import Stage
from reconciler.quoting import quote
from reconciler.spec.checking import Wrong, check, empty_entries, mismatch
from reconciler.spec.document import Document, KeyPath
from reconciler.spec.layout import Kind, locate
from reconciler.spec.policy_shape import CheckShape, PatienceShape, PolicyShape, StagesShape
from reconciler.spec.reader import read


def parse_policy(text: bytes, path: str) -> HealthPolicy:
    """Read what healthy means.

    Args:
        text: The file's bytes.
        path: The file, from the repository's root; it names the policy.

    Raises:
        SpecError: Every mistake of the file.
    """
    location = locate(path)
    if location.kind is not Kind.POLICY or location.name is None:
        message = "this is no place for a health policy, must be policies/<name>.yaml"
        raise SpecError([Mistake(path, 0, message, "names are lower-case letters, digits and hyphens")])
    document = read(text, path)
    wrong = empty_entries(document) | mismatch(document, "name", location.name) | _same_names(document)
    shape = check(document, PolicyShape, also=wrong)
    return HealthPolicy(
        name=shape.name,
        checks=tuple(map(_check, shape.checks)),
        min_tasks=shape.min_tasks,
        decide=shape.decide,
        wrong_rollback=shape.wrong_rollback,
        stages=_stages(shape.stages),
        keep_source=shape.keep_source,
        no_tasks=_patience(shape.unknown.no_tasks),
        no_metrics=_patience(shape.unknown.no_metrics),
        inconclusive=_patience(shape.inconclusive),
        graceful_step=shape.rollback.graceful.step if shape.rollback.graceful else None,
        no_advance=tuple(NoAdvance(one.cron, one.lasting, one.zone) for one in shape.no_advance),
    )


def _same_names(document: Document) -> dict[KeyPath, Wrong]:
    checks = document.at(("checks",))
    seen: set[str] = set()
    wrong: dict[KeyPath, Wrong] = {}
    for index, entry in enumerate(checks if isinstance(checks, list) else ()):
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str) and name in seen:
            message = f"a check before this one has the name {quote(name[:_SHOWN])} too, names must differ"
            wrong["checks", index, "name"] = Wrong(message, "messages and JSON tell checks apart by their names")
        elif isinstance(name, str):
            seen.add(name)
    return wrong


def _check(shape: CheckShape) -> Check:
    return Check(
        name=shape.name,
        indicator=shape.indicator,
        bound=shape.bound,
        limit=shape.written.limit,
        window=shape.window,
        sustained=shape.sustained,
        on_breach=shape.on_breach,
    )


def _stages(shape: StagesShape) -> dict[Stage, StageRule]:
    named = {
        Stage.PLANNING: shape.planning,
        Stage.TESTING: shape.testing,
        Stage.CANARY: shape.canary,
        Stage.ROLLOUT_25: shape.rollout_25,
        Stage.ROLLOUT_50: shape.rollout_50,
    }
    return {stage: StageRule(rule.soak, rule.wrong_advance) for stage, rule in named.items() if rule is not None}


def _patience(shape: PatienceShape) -> Patience:
    return Patience(shape.after, shape.then)


_SHOWN = 60
