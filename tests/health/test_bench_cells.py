"""Three cells of the scoreboard with fewer runs, and whether its worlds and the rules of others are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2_contingency, mannwhitneyu, norm

from reconciler.health.history import Arm, History
from tests.bench.decisions import peers
from tests.bench.decisions.advances import at_limit
from tests.bench.decisions.board import Figure, upper
from tests.bench.decisions.cells import Cell
from tests.bench.decisions.rollbacks import broken, healthy
from tests.bench.decisions.world import Truth, World

RUNS = 300


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(healthy(20, 0.10, runs=RUNS), id="a-healthy-target-is-not-rolled-back"),
        pytest.param(
            broken("all tasks fail", World(20, 0.10, Truth(errors=1.0)), within=12, runs=RUNS), id="an-outage-is-found"
        ),
        pytest.param(
            at_limit("errors", World(60, 0.10, Truth(errors=0.05)), runs=RUNS), id="a-limit-is-not-proven-to-be-kept"
        ),
    ],
)
def test_a_cell_keeps_its_bounds(cell: Cell) -> None:
    generator = np.random.default_rng(7)
    row = cell.row([cell.measure(runs, generator) for runs in (RUNS // 2, RUNS - RUNS // 2)])
    assert any(figure.bound is not None for figure in row.figures)
    assert row.is_kept, row


def test_a_bound_is_missed_by_more_by_less_and_by_no_number() -> None:
    assert not Figure("", 0.06, 0.05).is_kept
    assert not Figure("", 0.96, 0.97, at_least=True).is_kept
    assert not Figure("", float("nan"), 0.05).is_kept
    assert Figure("", 0.05, 0.05).is_kept


def test_the_upper_bound_is_the_rate_at_which_so_few_are_rare() -> None:
    moments = np.array([5.0] * 3 + [np.inf] * 97)
    assert binom.cdf(3, 100, upper(moments)) == pytest.approx(0.025)
    assert upper(np.array([1.0, 2.0])) == 1.0


def test_a_drawn_world_is_what_it_says() -> None:
    truth = Truth(errors=0.3, unfinished=0.5, dearer=2.0)
    history = World(60, 0.25, truth, onset=180, incident=(300, 330)).draw(200, np.random.default_rng(1))
    target, source = history.target, history.source
    assert source is not None
    assert target.cost is not None
    assert source.cost is not None
    assert target.tasks.mean() == pytest.approx(1.0, rel=0.02)
    assert source.tasks.mean() == pytest.approx(3.0, rel=0.02)
    assert target.errors[:, :180].sum() / target.tasks[:, :180].sum() == pytest.approx(0.02, abs=0.004)
    assert target.errors[:, 180:].sum() / target.tasks[:, 180:].sum() == pytest.approx(0.3, abs=0.01)
    assert target.completed[:, 180:].sum() / target.tasks[:, 180:].sum() == pytest.approx(0.35, abs=0.01)
    assert source.errors[:, 300:330].sum() / source.tasks[:, 300:330].sum() == pytest.approx(0.3, abs=0.02)
    unit = 0.95 * np.exp(0.5)  # 1 in 20 is free, a lognormal's mean is exp(sigma^2 / 2)
    assert source.cost.sum() / source.tasks.sum() == pytest.approx(unit, rel=0.03)
    assert target.cost[:, 180:].sum() / target.tasks[:, 180:].sum() == pytest.approx(2 * unit, rel=0.05)


def test_a_drawn_duration_has_the_median_and_the_tail_of_its_lognormal() -> None:
    durations = World(200, 0.50).draw(50, np.random.default_rng(2)).target.durations
    assert durations is not None
    counts = durations.counts.sum(axis=(0, 1))
    for seconds, part in ((20.0, 0.5), (20.0 * 2**2.375, 0.9502)):  # Phi(2.375 ln 2) = 0.9502
        assert counts[durations.bounds <= seconds * 1.001].sum() / counts.sum() == pytest.approx(part, abs=0.005)


def test_tasks_of_a_session_are_alike_and_come_five_at_a_time() -> None:
    arm = World(20, 0.10, clustered=True).draw(2000, np.random.default_rng(3)).target
    assert arm.sessions is not None
    assert arm.tasks.sum() / arm.sessions.sum() == pytest.approx(5, rel=0.03)
    # With sessions of 1 + Poisson(4) tasks and correlation c the variance is 1 + c (E m^2 / E m - 1) times as large:
    # E m^2 = 29, so 1 + 0.3 x 4.8 = 2.44.
    errors, tasks = arm.errors.sum(axis=1), arm.tasks.sum(axis=1)
    spread = ((errors - 0.02 * tasks) ** 2).sum() / (0.02 * 0.98 * tasks.sum())
    assert spread == pytest.approx(2.44, rel=0.15)


def test_the_tests_of_others_are_those_of_scipy() -> None:
    mine, others = np.array([3.0, 5.0, 0.0, 9.0]), np.array([12.0, 7.0, 4.0, 2.0])
    samples = [np.repeat(np.arange(4), counts.astype(int)) for counts in (mine, others)]
    z = peers._mann_whitney(mine[None, None], others[None, None])[0, 0]  # noqa: SLF001 - a formula
    p = mannwhitneyu(*samples, use_continuity=False, method="asymptotic").pvalue
    assert 2 * norm.sf(z) == pytest.approx(p)
    target = Arm(np.array([[30.0]]), np.array([[6.0]]), np.array([[24.0]]))
    source = Arm(np.array([[70.0]]), np.array([[3.0]]), np.array([[67.0]]))
    found = peers.chi_square(History(60.0, source, target, 0.3, 0.3))[0, 0]
    assert found == pytest.approx(chi2_contingency([[6, 24], [3, 67]], correction=False).statistic)


@pytest.mark.parametrize(
    ("rule", "errors", "fires_at"),
    [
        pytest.param("literal", [0, 0, 1, 0, 0, 0, 0, 0], [2, 3, 4, 5, 6], id="one-of-one-is-over-5-percent-for-5-min"),
        pytest.param("5 looks", [0, 0, 1, 0, 0, 0, 0, 0], [6], id="the-same-error-sits-in-five-windows"),
        pytest.param("Flagger", [1, 1, 0, 1, 1, 0, 0, 1], [7], id="failed-minutes-add-up-to-five"),
        pytest.param("Argo", [0, 0, 1, 0, 0, 0, 0, 0], [5, 6, 7], id="more-than-three-failed-measurements"),
    ],
)
def test_a_rule_of_others_fires_when_its_words_say(rule: str, errors: list[float], fires_at: list[int]) -> None:
    bad = np.array([errors], dtype=np.float64)
    arm = Arm(np.ones_like(bad), bad, 1 - bad)
    fired = peers.RULES[rule](History(60.0, arm, arm, 0.1, 0.1))
    assert np.flatnonzero(fired[0]).tolist() == fires_at
