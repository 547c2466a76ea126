"""What one indicator says of a side, and when a value is inside a limit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.health.indicators import percentile
from reconciler.health.limits import is_inside, is_outside
from reconciler.model.observation import Histogram, Samples, Unknown
from reconciler.model.policy import Bound

seconds = st.lists(st.floats(0, 1e6), min_size=1, max_size=50)


@given(seconds)
def test_the_percentile_of_single_tasks_is_numpys(drawn: list[float]) -> None:
    found = percentile(Samples(tuple(drawn)))

    assert isinstance(found, float)
    assert math.isclose(found, float(np.percentile(drawn, 95)), rel_tol=1e-9, abs_tol=1e-9)


@given(seconds, st.lists(st.floats(1, 1e6), min_size=1, max_size=10, unique=True))
def test_the_percentile_of_buckets_lies_in_the_bucket_that_holds_it(drawn: list[float], edges: list[float]) -> None:
    bounds = (*sorted(edges), math.inf)
    places = [int(np.searchsorted(bounds, one)) for one in sorted(drawn)]
    counts = tuple(float(places.count(index)) for index in range(len(bounds)))
    place = places[math.ceil(0.95 * len(drawn)) - 1]

    found = percentile(Histogram(bounds, counts))

    if math.isinf(bounds[place]):
        assert isinstance(found, Unknown)
    else:
        assert isinstance(found, float)
        assert (0.0, *bounds)[place] <= found <= bounds[place]


@pytest.mark.parametrize(
    ("bounds", "counts", "expected"),
    [
        pytest.param((), (), None, id="no-buckets"),
        pytest.param((1.0, math.inf), (0.0, 0.0), None, id="no-durations"),
        pytest.param((10.0, 20.0), (0.0, 20.0), 19.5, id="inside-the-bucket"),
        pytest.param((10.0, 20.0), (20.0, 0.0), 9.5, id="the-first-bucket-starts-at-0"),
        pytest.param(
            (20.0, 10.0), (1.0, 1.0), Unknown("the buckets of the durations are not in ascending order"), id="disorder"
        ),
    ],
)
def test_the_percentile_of_buckets_is_interpolated_or_not_known(
    bounds: tuple[float, ...], counts: tuple[float, ...], expected: float | Unknown | None
) -> None:
    assert percentile(Histogram(bounds, counts)) == expected


@given(st.sampled_from(Bound), st.floats(), st.floats())
def test_only_a_finite_value_within_a_finite_limit_is_inside(bound: Bound, value: float, limit: float) -> None:
    finite = math.isfinite(value) and math.isfinite(limit)

    assert is_inside(bound, value, limit) == (finite and not is_outside(bound, value, limit))
    assert not (is_outside(bound, value, limit) and (math.isnan(value) or not math.isfinite(limit)))


@pytest.mark.parametrize("bound", list(Bound))
@pytest.mark.parametrize("limit", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("value", [0.0, math.inf, math.nan])
def test_a_limit_that_is_no_number_is_never_kept_and_never_broken(bound: Bound, limit: float, value: float) -> None:
    assert not is_inside(bound, value, limit)
    assert not is_outside(bound, value, limit)
