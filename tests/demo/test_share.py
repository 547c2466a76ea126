import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.demo.share import Answer, chance_explains, share_of
from reconciler.model.stage import Side


@pytest.mark.parametrize(
    ("on_target", "percent", "requests", "expected"),
    [
        pytest.param(0, 0, 500, True, id="nothing-at-0"),
        pytest.param(1, 0, 5000, False, id="one-request-at-0-is-too-many"),
        pytest.param(500, 100, 500, True, id="all-at-100"),
        pytest.param(499, 100, 500, False, id="one-request-missing-at-100"),
        pytest.param(50, 10, 500, True, id="just-the-weight"),
        pytest.param(76, 10, 500, True, id="within-four-deviations"),
        pytest.param(77, 10, 500, False, id="beyond-four-deviations"),
        pytest.param(23, 10, 500, False, id="beyond-four-deviations-below"),
        pytest.param(0, 25, 500, False, id="routes-that-never-came"),
    ],
)
def test_chance_explains_a_share_up_to_four_standard_deviations(
    on_target: int, percent: int, requests: int, *, expected: bool
) -> None:
    assert chance_explains(on_target / requests, percent, requests) is expected


@given(st.integers(1, 99), st.integers(1, 100_000))
def test_the_rendered_share_itself_is_always_explained_and_twice_the_bound_never(percent: int, requests: int) -> None:
    wanted = percent / 100
    deviation = math.sqrt(wanted * (1 - wanted) / requests)
    assert chance_explains(wanted, percent, requests)
    assert not chance_explains(wanted + 8 * deviation, percent, requests)


@given(st.lists(st.sampled_from([Side.SOURCE, Side.TARGET, None])))
def test_a_share_counts_only_what_an_agent_answered(sides: list[Side | None]) -> None:
    measured = share_of(Answer(0.0, side, failed=side is None) for side in sides)
    answered = [side for side in sides if side is not None]
    assert measured * len(answered) == pytest.approx(answered.count(Side.TARGET))
