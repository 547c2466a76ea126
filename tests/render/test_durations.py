from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import RenderError
from reconciler.render.durations import duration_of, duration_text


@given(st.integers(1, 10**9).map(lambda milliseconds: timedelta(milliseconds=milliseconds)))
def test_a_written_duration_reads_back_as_itself(duration: timedelta) -> None:
    assert duration_of(duration_text(duration)) == duration


@pytest.mark.parametrize("duration", [timedelta(0), timedelta(seconds=-1), timedelta(microseconds=1500)])
def test_a_duration_that_istio_refuses_is_not_written(duration: timedelta) -> None:
    with pytest.raises(RenderError):
        duration_text(duration)


@pytest.mark.parametrize("text", ["", "soon", "5", "-1s", "1s ", "1 s", "0s", "0.1ms", "1d", "٣s", "9" * 400 + "h"])
def test_what_istio_does_not_read_is_no_duration(text: str) -> None:
    with pytest.raises(RenderError):
        duration_of(text)
