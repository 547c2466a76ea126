"""Durations, shares, moments and limits are read exactly, and everything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.policy import Absolute, Bound, Limit, SourcePlus, TimesExpected, TimesSource
from reconciler.spec import grammar
from reconciler.spec.addresses import config_path, ledger_url, prometheus_url, repository_path
from reconciler.spec.expected import Expected


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("0s", timedelta(0)),
        ("1s", timedelta(seconds=1)),
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("1h30m", timedelta(minutes=90)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_a_duration_adds_up_its_units(written: str, length: timedelta) -> None:
    assert grammar.duration(written) == length


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        ("5%", Absolute(0.05)),
        ("0.5 %", Absolute(0.005)),
        ("7%", Absolute(0.07)),
        (40, Absolute(40.0)),
        (0.41, Absolute(0.41)),
        (0, Absolute(0.0)),
        ("2x source", TimesSource(2.0)),
        ("1.5x  source", TimesSource(1.5)),
        ("1.5x expected", TimesExpected(1.5)),
        ("source + 5pp", SourcePlus(0.05)),
        ("source - 5pp", SourcePlus(-0.05)),
        ("source -0.5pp", SourcePlus(-0.005)),
        ("source − 5 pp", SourcePlus(-0.05)),  # noqa: RUF001 - people paste a minus sign
    ],
)
def test_a_limit_reads_alike_as_max_and_as_min(written: str | float, limit: Limit) -> None:
    assert grammar.limit(written, Bound.MAX).limit == limit
    assert grammar.limit(written, Bound.MIN).limit == limit


def test_plus_or_minus_goes_in_the_direction_of_the_bound() -> None:
    assert grammar.limit("source ± 5pp", Bound.MAX).limit == SourcePlus(0.05)
    assert grammar.limit("source ± 5pp", Bound.MIN).limit == SourcePlus(-0.05)


def test_moments_are_aware_and_utc() -> None:
    assert grammar.moment("2026-03-01T10:00:00Z") == datetime(2026, 3, 1, 10, tzinfo=UTC)


REFUSED: list[tuple[Callable[[object], object], object]] = [
    *(
        (grammar.duration, found)
        for found in ("", "1", "1.5h", "30m1h", "1h ", "-1s", "1w", "3651d", "1s\n", 30, True, None)
    ),
    (grammar.some_time, "0s"),
    *((grammar.share, found) for found in ("5", "101%", "-5%", "5%%", "%", 5, 0.05, True, None, ".5%")),
    *((grammar.chance, found) for found in ("0%", "100%", "0.0%")),
    *((grammar.moment, found) for found in ("2026-03-01", "2026-03-01T10:00:00", "2026-02-30T10:00:00Z", 20260301)),
    *(
        (grammar.moment, found)
        for found in ("2026-03-01T10:00:00.5Z", "2026-03-01T10:00:00+01:00", "2026-03-01 10:00:00Z")
    ),
]


@pytest.mark.parametrize(("read", "found"), REFUSED)
def test_what_is_none_of_it_is_refused(read: Callable[[object], object], found: object) -> None:
    with pytest.raises(Expected):
        read(found)


@pytest.mark.parametrize(
    "found",
    [
        "2 x",
        "x source",
        "2xsource",
        "-2x source",
        "0x source",
        "source",
        "source 5pp",
        "source - 5%",
        "5 pp",
        "",
        "NaN",
        -1,
        True,
        None,
        [1],
    ],
)
def test_what_is_no_limit_is_refused(found: object) -> None:
    with pytest.raises(Expected):
        grammar.limit(found, Bound.MAX)


@given(st.decimals(0, 100, places=3))
def test_a_percentage_is_the_nearest_share(percent: object) -> None:
    assert grammar.share(f"{percent}%") == pytest.approx(float(str(percent)) / 100, rel=1e-15)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("agents/rex", "environments/prod/agents/rex"),
        ("./agents//rex/", "environments/prod/agents/rex"),
        ("../../shared/rex", "shared/rex"),
        ("/agents/rex", "agents/rex"),
        ("agents/Ünïcode rex", "environments/prod/agents/Ünïcode rex"),
    ],
)
def test_config_is_relative_to_its_environment_and_a_slash_is_the_root(written: str, path: str) -> None:
    assert config_path("prod", written) == path


@pytest.mark.parametrize("written", ["../../../x", "/..", "/", "../..", "~/x", "a\\b", "C:/x", "a\0b", "a\nb"])
def test_config_stays_inside_the_repository(written: str) -> None:
    with pytest.raises(Expected):
        config_path("prod", written)


STEPS = st.sampled_from(["..", ".", "", "a", "b c", "~", "x"])


@given(st.lists(STEPS, min_size=1, max_size=8).map("/".join))
def test_a_resolved_path_has_only_real_steps(written: str) -> None:
    try:
        path = config_path("prod", written)
    except Expected:
        return
    assert path
    assert all(step not in ("", ".", "..") for step in path.split("/"))


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (prometheus_url, "http://prometheus.monitoring:9090"),
        (prometheus_url, "https://metrics.example/prometheus"),
        (ledger_url, "sqlite:///outcomes.db"),
        (ledger_url, "postgresql://reconciler@ledger.agents/outcomes"),
        (repository_path, "policies/allowed_signers"),
    ],
)
def test_good_addresses_stay_as_written(read: Callable[[object], str], found: str) -> None:
    assert read(found) == found


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (prometheus_url, "prometheus:9090"),
        (prometheus_url, "ftp://x"),
        (prometheus_url, "http://"),
        (prometheus_url, "http://x:99999"),
        (prometheus_url, "http://x y"),
        (prometheus_url, "http://user:hunter2@x"),
        (prometheus_url, "http://x?token=hunter2"),
        (ledger_url, "mysql://x/y"),
        (ledger_url, "sqlite://"),
        (ledger_url, "postgresql://user:hunter2@x/y"),
        (repository_path, "../x"),
        (repository_path, 3),
    ],
)
def test_wrong_addresses_are_refused_without_showing_a_secret(read: Callable[[object], str], found: object) -> None:
    with pytest.raises(Expected) as caught:
        read(found)
    assert "hunter2" not in str(caught.value) + caught.value.hint
