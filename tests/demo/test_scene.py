import pytest

from reconciler.demo.repository import REX
from reconciler.demo.result import StageMeasured
from reconciler.demo.scene import require_as_pushed
from reconciler.demo.table import watching
from reconciler.demo.waiting import DemoError, wait_for
from reconciler.model.stage import Stage


def measured(*, rendered: int = 10, share: float = 0.1, failed: int = 0) -> StageMeasured:
    return StageMeasured(Stage.CANARY, rendered, share, 500, failed)


def test_a_share_that_was_pushed_and_arrived_is_taken() -> None:
    require_as_pushed(REX, measured())


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param(
            measured(share=0.2), r"20\.0% of 500 tasks reached the target at canary, expected 10 %", id="share"
        ),
        pytest.param(measured(failed=1), "1 tasks failed at canary or on the way to it, expected none", id="failed"),
        pytest.param(
            measured(rendered=25, share=0.25), "the pushed commit routes 25 % to the target, expected 10 %", id="weight"
        ),
    ],
)
def test_anything_else_ends_the_story_and_says_what_was_found(found: StageMeasured, words: str) -> None:
    with pytest.raises(DemoError, match=f"demo/rex: {words}"):
        require_as_pushed(REX, found)


def test_waiting_ends_at_its_deadline_and_says_for_what() -> None:
    with pytest.raises(DemoError, match=r"waited 0\.1 s until the moon rises, and it did not come\nhint: look up"):
        wait_for(lambda: False, "the moon rises", within=0.1, hint="look up")


def test_what_the_loop_repeats_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    with watching() as audience:
        audience.say("act 1")
        for line in ("hold: soaks [2 s]", "hold: soaks [2 s]", "advance: done"):
            audience.hear_loop("rex", line)
        audience.see_stage("rex", Stage.CANARY, 10, None)
        audience.see_stage("rex", Stage.CANARY, 10, measured(share=0.104))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "act 1",
        "  rex  loop: hold: soaks [2 s]",
        "  rex  loop: advance: done",
        "  rex  canary       rendered  10 %  measured 10.4% of 500 requests, 0 failed",
    ]
