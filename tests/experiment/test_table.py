import subprocess

import pytest

from reconciler.model.migration import MigrationId
from reconciler.model.observation import Histogram, Samples, SideObservations, Unknown
from reconciler.model.stage import Stage
from reconciler.render.commits import Origin, Transition, WayBack, advance_message, parse_trailers, rollback_message
from reconciler.render.comparison import comparison_lines
from tests.experiment.building import compared, minute

REX = MigrationId("prod", "rex")
ORIGIN = Origin("01J8", "4f1c2ab")
SOURCE = SideObservations(
    (minute(0, 100, 10, durations=Samples(tuple(map(float, range(1, 101)))), costs=(0.25, 0.75) * 50, tokens=10**5),)
)
TARGET = SideObservations(
    (minute(0, 100, 20, durations=Samples((50.5,) * 100), costs=(0.5, 1.5) * 50, tokens=2 * 10**5),)
)
MESSAGES = {
    "advance": lambda lines: advance_message(
        Transition(REX, Stage.CANARY, Stage.ROLLOUT_25),
        subject="advance canary → rollout-25",
        reason="proven",
        trigger="automatic",
        origin=ORIGIN,
        way_back=WayBack("9fceb02", ("a", "b", "c")),
        comparison=lines,
    ),
    "rollback": lambda lines: rollback_message(
        Transition(REX, Stage.CANARY, Stage.ROLLED_BACK),
        reverts=(("4f1c2ab", "prod/rex: advance testing → canary"),),
        reason="errors",
        trigger="check:errors",
        origin=ORIGIN,
        comparison=lines,
    ),
}


def test_the_table_shows_both_sides_and_what_the_books_say_of_them() -> None:
    # By hand: Wilson for 10 and 20 of 100, chi-square 3.92, ranks 40 and 61 of 100, half of the source above 50.5 s.
    title, heading, errors, completed, median, p95, p99, cost = comparison_lines(compared(SOURCE, TARGET), Stage.CANARY)
    assert title == "Compared over canary (shown, not deciding):"
    assert " ".join(heading.split()) == "source, n=100 target, n=100 [95%] p fixed look, not deciding"
    assert " 10.0 % [5.5, 17.4] " in errors
    assert " 20.0 % [13.3, 28.9] " in errors
    assert errors.endswith("chi-square p=0.048, h=+0.28")
    assert " 90.0 % [82.6, 94.5] " in completed
    assert " 50.5 [40, 61] " in median
    assert " 50.5 [50.5, 50.5] " in median
    assert median.endswith("P(slower)=0.50")
    assert p95.lstrip().startswith("p95 s")
    assert "[n/a]" in p99
    assert " 0.5 USD, 1000 tokens " in cost
    assert " 1 USD, 2000 tokens " in cost
    assert "2.00x USD, 2.00x tokens, Welch p<0.0001" in cost


def test_what_only_buckets_are_known_of_says_how_wide_they_are() -> None:
    buckets = SideObservations((minute(0, 100, durations=Histogram((10.0, 20.0, 60.0), (30.0, 40.0, 30.0))),))
    lines = comparison_lines(compared(buckets, buckets), Stage.CANARY)
    assert " ~15 [10, 20] " in lines[4]
    assert lines[5].endswith("inside a bucket of 40 s")


def test_an_unknown_side_is_named_with_its_reason() -> None:
    lines = comparison_lines(compared(SOURCE, Unknown("no sample\nRun: 01")), Stage.CANARY)
    assert lines[1:] == ("  the target is not known, no sample Run: 01",)


def test_a_reason_of_any_length_and_script_fits() -> None:
    line = comparison_lines(compared(Unknown("é→" * 200), TARGET), Stage.CANARY)[1]
    assert len(line) == 100
    assert line.isascii()


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_table_stands_in_the_body_and_leaves_the_trailers_alone(kind: str) -> None:
    lines = comparison_lines(compared(SOURCE, TARGET), Stage.CANARY)
    message = MESSAGES[kind](lines)
    assert "\n\n" + "\n".join(lines) + "\n\n" in message
    assert parse_trailers(message) == parse_trailers(MESSAGES[kind](()))
    seen = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message, text=True, capture_output=True, check=True
    )
    assert seen.stdout.splitlines() == [f"{key}: {value}" for key, value in parse_trailers(message)]


def test_the_table_could_be_the_last_paragraph_and_git_would_see_no_trailer_in_it() -> None:
    lines = "\n".join(comparison_lines(compared(SOURCE, TARGET), Stage.CANARY))
    seen = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=f"subject\n\n{lines}\n",
        text=True,
        capture_output=True,
        check=True,
    )
    assert seen.stdout == ""


@pytest.mark.parametrize("kind", MESSAGES)
def test_without_a_comparison_the_message_has_no_empty_paragraph(kind: str) -> None:
    assert "\n\n\n" not in MESSAGES[kind](())
