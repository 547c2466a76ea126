"""An edit changes one entry and leaves every other byte as the person wrote it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.errors import SpecError
from reconciler.model.migration import PersonsHold
from reconciler.model.stage import Stage
from reconciler.spec.edit import set_hold, set_stage
from reconciler.spec.reader import read
from tests.spec.examples import MIGRATION, MIGRATION_PATH, SHORT_MIGRATION

HOLD = PersonsHold("Ada's “holiday”: 🏝", "ada@example.com")
WRITTEN = 'hold: {reason: "Ada\'s “holiday”: 🏝", by: "ada@example.com"}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("stage: planning\n", "stage: canary\n", id="plain"),
        pytest.param('stage:   "planning"   # by hand\n', 'stage:   "canary"   # by hand\n', id="double-quotes-stay"),
        pytest.param("stage: 'planning'", "stage: 'canary'", id="single-quotes-and-no-final-newline-stay"),
        pytest.param("name: é😀\r\nstage: planning\r\n", "name: é😀\r\nstage: canary\r\n", id="line-ends-stay"),
        pytest.param("\ufeffstage: planning\n", "\ufeffstage: canary\n", id="byte-order-mark-stays"),
        pytest.param("{a: {stage: planning}, stage: planning}", "{a: {stage: planning}, stage: canary}", id="flow"),
        pytest.param('"stage": planning', '"stage": canary', id="key-in-quotes"),
        pytest.param("stage:\n    planning\n", "stage:\n    canary\n", id="on-the-next-line"),
        pytest.param("# stage: planning\nstage: planning", "# stage: planning\nstage: canary", id="comment"),
        pytest.param("stage: canarry\nother: [wrong]\n", "stage: canary\nother: [wrong]\n", id="other-mistakes-stay"),
        pytest.param("---\nstage: planning\n...\n", "---\nstage: canary\n...\n", id="document-marks-stay"),
        pytest.param("stage: canary # 2\n", "stage: canary # 2\n", id="nothing-to-change"),
    ],
)
def test_the_stage_changes_in_place(before: str, after: str) -> None:
    assert set_stage(before.encode(), Stage.CANARY, MIGRATION_PATH).decode() == after


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("name: rex\n", "there is no stage", id="no-stage"),
        pytest.param("stage:\nname: x", "there is no stage", id="empty-stage"),
        pytest.param("stage: {a: b}", "there is no stage", id="mapping"),
        pytest.param("- stage: planning", "there is no stage", id="list"),
        pytest.param("stage: |\n  planning\n", "several lines", id="block"),
        pytest.param("stage: 'plan\n  ning'\n", "several lines", id="folded"),
        pytest.param("stage: planning\nstage: canary", "stands here again", id="twice"),
        pytest.param("stage: &s planning\nother: *s", "anchor", id="anchor"),
    ],
)
def test_a_stage_that_cannot_be_edited_is_left_alone(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        set_stage(text.encode(), Stage.CANARY, MIGRATION_PATH)


LINES = st.sampled_from(
    [
        "# a comment: stage: planning",
        "",
        "name: rex  # é",
        "traffic: {host: rex, note: '😀 stage: testing'}",
        "requires:\n  - staging/rex\n\n  # more\n  - staging/kit",
        "note: |\n  stage: planning\n\n  more",
        "long: one\n  two",
        'quoted: "a\\u2028b"',
    ]
)
STAGES = st.sampled_from(Stage)
STAGE_LINES = st.tuples(st.sampled_from(["stage: {}", 'stage: "{}"', "stage:  '{}'  # ✓", '"stage" : {}']), STAGES)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    template, stage = draw(STAGE_LINES)
    around = draw(st.lists(LINES, unique=True, max_size=6))
    place = draw(st.integers(0, len(around)))
    text = "\n".join([*around[:place], template.format(stage), *around[place:]]) + draw(
        st.sampled_from(["", "\n", "\n\n"])
    )
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    return (draw(st.sampled_from(["", "\ufeff"])) + text).encode()


@given(files(), STAGES)
def test_exactly_one_line_differs(text: bytes, stage: Stage) -> None:
    edited = set_stage(text, stage, MIGRATION_PATH)
    before, after = text.split(b"\n"), edited.split(b"\n")
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) <= 1
    value = read(edited, MIGRATION_PATH).value
    assert isinstance(value, dict)
    assert value["stage"] == stage


@given(files(), STAGES)
def test_an_edit_and_its_way_back_leave_the_same_bytes(text: bytes, stage: Stage) -> None:
    value = read(text, MIGRATION_PATH).value
    assert isinstance(value, dict)
    there = set_stage(text, stage, MIGRATION_PATH)
    assert set_stage(there, Stage(str(value["stage"])), MIGRATION_PATH) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a: 1\n", f"a: 1\n{WRITTEN}\n", id="last-line"),
        pytest.param("a: 1", f"a: 1\n{WRITTEN}", id="no-final-newline-stays"),
        pytest.param("a: 1\r\n", f"a: 1\r\n{WRITTEN}\r\n", id="line-ends"),
        pytest.param("\ufeffa: 1\n# end\n\n", f"\ufeffa: 1\n# end\n\n{WRITTEN}\n", id="after-the-last-comment"),
        pytest.param("---\na: 1\n...\n", f"---\na: 1\n{WRITTEN}\n...\n", id="before-the-end-mark"),
        pytest.param("  a: 1\n  b: 2\n", f"  a: 1\n  b: 2\n  {WRITTEN}\n", id="indented"),
        pytest.param("a:\n  - 1\n", f"a:\n  - 1\n{WRITTEN}\n", id="after-a-list"),
        pytest.param("hold: {reason: x, by: y}  # why\na: 1", f"{WRITTEN}  # why\na: 1", id="in-place"),
        pytest.param("hold:\n  reason: x # so\n  by: >\n    y\n\na: 1\n", f"{WRITTEN}\n\na: 1\n", id="block-in-place"),
        pytest.param("a: 1\nhold:\n", f"a: 1\n{WRITTEN}\n", id="empty-in-place"),
        pytest.param("{a: 1, hold: {reason: x, by: y}}", f"{{a: 1, {WRITTEN}}}", id="flow-in-place"),
    ],
)
def test_a_hold_is_written(before: str, after: str) -> None:
    assert set_hold(before.encode(), HOLD, MIGRATION_PATH).decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a: 1\nhold: {reason: x, by: y} # z\nb: 2\n", "a: 1\nb: 2\n", id="one-line"),
        pytest.param("a: 1\nhold:\n  reason: x\n  by: y\n\n# b\nb: 2\n", "a: 1\n\n# b\nb: 2\n", id="block"),
        pytest.param("a: 1\r\nhold: {reason: x, by: y}", "a: 1", id="last-without-newline"),
        pytest.param("hold: {reason: x, by: y}\na: 1", "a: 1", id="first"),
        pytest.param("a: 1\n", "a: 1\n", id="there-was-none"),
    ],
)
def test_a_hold_is_taken_out(before: str, after: str) -> None:
    assert set_hold(before.encode(), None, MIGRATION_PATH).decode() == after


@pytest.mark.parametrize(
    ("text", "hold"),
    [
        pytest.param("{a: 1}", HOLD, id="no-line-to-add"),
        pytest.param("{a: 1, hold: {reason: x, by: y}}", None, id="shares-its-line"),
        pytest.param("a: |\n  text", HOLD, id="would-change-the-text-before"),
        pytest.param("? hold\n: {reason: x, by: y}\n", HOLD, id="unusual-key"),
        pytest.param("- a", HOLD, id="no-mapping"),
        pytest.param("hold: {reason: x, by: y}\n", None, id="nothing-would-be-left"),
    ],
)
def test_a_hold_that_cannot_be_edited_alone_is_refused(text: str, hold: PersonsHold | None) -> None:
    with pytest.raises(SpecError, match="by hand"):
        set_hold(text.encode(), hold, MIGRATION_PATH)


@given(files(), st.text(max_size=20), st.text(max_size=20))
def test_a_hold_comes_and_goes_without_a_trace(text: bytes, reason: str, by: str) -> None:
    # A block of text without a final newline would grow by the newline that the next line needs: refused, see above.
    assume(text.endswith(b"\n") or b"|" not in text)
    held = set_hold(text, PersonsHold(reason, by), MIGRATION_PATH)
    assert set_hold(held, None, MIGRATION_PATH) == text


@pytest.mark.parametrize("text", [MIGRATION, SHORT_MIGRATION])
def test_a_whole_migration_keeps_its_other_lines(text: str) -> None:
    edited = set_stage(text.encode(), Stage.ROLLED_BACK, MIGRATION_PATH).decode()
    assert edited == text.replace("stage: planning", "stage: rolled-back")
