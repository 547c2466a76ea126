from dataclasses import replace

import pytest

from reconciler.errors import RenderError
from reconciler.model.migration import Affinity, Shadow
from reconciler.model.stage import Side, Stage
from reconciler.render.manifests import render_routing
from reconciler.render.routing import routing_of, target_weight_of
from tests.render.examples import BUCKET, COOKIE, PROD, TEMPLATES, migration

FORCED = ["forced-source", "forced-target"]
STICKY = ["affinity-source", "affinity-target"]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("affinity", [None, COOKIE, BUCKET])
def test_affinity_stands_between_force_and_weights_while_both_sides_serve(
    stage: Stage, affinity: Affinity | None
) -> None:
    routing = routing_of(migration(affinity), stage, 1)
    assert [pin.name for pin in routing.pins] == FORCED + (STICKY if affinity and stage.splits_traffic else [])
    assert bool(routing.cookies) is (affinity == COOKIE and stage.splits_traffic)


@pytest.mark.parametrize("stage", Stage)
def test_both_sides_are_always_listed_with_the_weights_of_the_stage(stage: Stage) -> None:
    *_, default = routing_of(migration(), stage, 1).rules()
    assert "match" not in default
    assert [(route["destination"]["subset"], route["weight"]) for route in default["route"]] == [
        (Side.SOURCE, 100 - stage.target_weight),
        (Side.TARGET, stage.target_weight),
    ]


@pytest.mark.parametrize("stage", Stage)
def test_only_testing_mirrors(stage: Stage) -> None:
    assert routing_of(migration(mirror=10), stage, 1).mirror_percentage == (10 if stage is Stage.TESTING else 0)


def test_a_task_with_side_effects_is_never_mirrored() -> None:
    unsafe = replace(migration(), shadow=Shadow(10, side_effect_free=False))
    assert routing_of(unsafe, Stage.TESTING, 1).mirror_percentage == 0


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("affinity", [None, COOKIE, BUCKET])
def test_the_rendered_file_says_the_weight_of_its_stage(stage: Stage, affinity: Affinity | None) -> None:
    rendered = render_routing(migration(affinity), PROD, stage, 1, TEMPLATES)
    assert target_weight_of(rendered) == stage.target_weight


RENDERED = render_routing(migration(None, mirror=0), PROD, Stage.CANARY, 1, TEMPLATES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"weight: 10", b"weight: 11"),
        (b"weight: 10", b'weight: "10"'),
        (b"weight: 10", b"weight: 10.0"),
        (b"weight: 10", b"weight: -10"),
        (b"weight: 10", b"weights: 10"),
        (b'subset: "target"\n          weight', b'subset: "source"\n          weight'),
        (b'subset: "target"\n          weight', b"subset: []\n          weight"),
        (b"kind: VirtualService", b"kind: DestinationRule"),
        (b'- name: "weighted"', b"- match: []"),
        (b"  http:", b"  tcp:"),
        (b"  http:", b"  http: []\n  tcp:"),
        (RENDERED, b""),
        (RENDERED, b"[]"),
        (RENDERED, b"\xff"),
        (RENDERED, b"a: &a [*a]"),
        (RENDERED, RENDERED + b"---\n" + RENDERED),
        (b"spec:", b"kind: VirtualService\nspec:"),
    ],
)
def test_a_file_that_does_not_clearly_say_a_weight_is_refused(old: bytes, new: bytes) -> None:
    assert old in RENDERED
    with pytest.raises(RenderError, match=r"virtualservice\.yaml"):
        target_weight_of(RENDERED.replace(old, new))


def test_a_file_that_people_have_reformatted_still_says_its_weight() -> None:
    assert target_weight_of(RENDERED.replace(b'"', b"'").replace(b"\n", b"\r\n")) == 10
