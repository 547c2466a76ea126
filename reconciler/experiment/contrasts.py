"""Holds the target against the source: differences, effect sizes and the tests of the statistics books. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reconciler.model.comparison import Contrast, DurationContrast, FixedLook, Rate, RateContrast
from reconciler.model.observation import Durations, Histogram, Samples, Unknown


def contrast(source: float | Unknown, target: float | Unknown) -> Contrast | Unknown:
    """Give the difference and the ratio of two amounts."""
    if isinstance(source, Unknown):
        return Unknown(f"source: {source.reason}")
    if isinstance(target, Unknown):
        return Unknown(f"target: {target.reason}")
    ratio = target / source if source else math.inf
    return Contrast(
        source=source,
        target=target,
        difference=target - source,
        ratio=ratio if math.isfinite(ratio) else Unknown("the source's is 0"),
    )


def rates(source: Rate, target: Rate) -> RateContrast:
    """Hold two rates against each other.

    Source:
        Pearson's chi-square without continuity correction; Fisher's exact test (1935) when fewer than 5 are expected in
        a cell (Cochran 1954). Effect: Cohen, Statistical Power Analysis (1988), section 6.2.
    """
    if isinstance(source.value, Unknown) or isinstance(target.value, Unknown):
        empty = Unknown("a side has no tasks")
        return RateContrast(empty, empty)
    cohens_h = 2 * math.asin(math.sqrt(target.value)) - 2 * math.asin(math.sqrt(source.value))
    return RateContrast(_contingency(source, target), cohens_h)


def durations(source: Durations | Unknown, target: Durations | Unknown) -> DurationContrast | Unknown:
    """Hold the durations of both sides against each other.

    Buckets order the tasks but for those that share one, and these are ties: Mann-Whitney takes them as such. Means are
    not known from buckets, so Welch's test is not made.

    Source:
        Mann & Whitney (1947), exact when a side has at most 8 tasks and none are tied, else the normal approximation
        with its corrections for ties and continuity. Effect: McGraw & Wong (1992), Vargha & Delaney (2000).
    """
    match source, target:
        case Samples(before), Samples(after):
            return _contrast_of(means(before, after), _ranked_samples(before, after))
        case Histogram(bounds, counts), Histogram(same, others):
            if bounds != same:
                return Unknown("the sides report different buckets")
            unknown = Unknown("only buckets are known, not the mean")
            return _contrast_of((unknown, unknown), _ranked_buckets(counts, others))
        case Unknown(reason), _:
            return Unknown(f"source: {reason}")
        case _, Unknown(reason):
            return Unknown(f"target: {reason}")
        case _:
            return Unknown("one side reports single durations, the other one buckets")


def means(source: Sequence[float], target: Sequence[float]) -> _Answer:
    """Test whether two means differ, and say by how many standard deviations.

    Returns:
        Welch's test, and Hedges' g, above 0 when the target's mean is larger.

    Source:
        Welch (1947); Hedges (1981) with the exact correction for small samples.
    """
    from scipy.stats import ttest_ind_from_stats

    if min(len(source), len(target)) < _LEAST_FOR_A_VARIANCE:
        few = Unknown("a side has fewer than two values")
        return few, few
    before, after = np.array(source), np.array(target)
    variances = _variance(before), _variance(after)
    if not any(variances):
        alike = Unknown("neither side's values differ among themselves")
        return alike, alike
    moments = [
        (float(values.mean()), math.sqrt(variance), len(values))
        for values, variance in zip((after, before), reversed(variances), strict=True)
    ]
    with np.errstate(all="ignore"):
        found = ttest_ind_from_stats(*moments[0], *moments[1], equal_var=False)
    return _look("Welch", found.pvalue, found.statistic), _hedges_g(before, after, variances)


def _contrast_of(compared: _Answer, ranked: _Answer) -> DurationContrast:
    slower = ranked[1]
    rank_biserial = slower if isinstance(slower, Unknown) else 2 * slower - 1
    return DurationContrast(*compared, ranked[0], slower, rank_biserial)


def _contingency(source: Rate, target: Rate) -> FixedLook | Unknown:
    from scipy.stats import chi2_contingency, fisher_exact
    from scipy.stats.contingency import expected_freq

    table = np.array([[side.events, side.tasks - side.events] for side in (source, target)])
    if not table.any(axis=0).all():
        return Unknown("all tasks of both sides ended alike")
    if expected_freq(table).min() < _EXPECTED_FOR_CHI_SQUARE:
        return _look("Fisher", fisher_exact(table).pvalue, None)
    found = chi2_contingency(table, correction=False)
    return _look("chi-square", found.pvalue, found.statistic)


def _ranked_samples(source: Sequence[float], target: Sequence[float]) -> _Answer:
    from scipy.stats import mannwhitneyu

    if not source or not target:
        return _NO_DURATIONS
    both = [*source, *target]
    few = min(len(source), len(target)) <= _FEW and len(both) <= _QUICKLY_EXACT
    method = "exact" if few and len(set(both)) == len(both) else "asymptotic"
    with np.errstate(all="ignore"):
        found = mannwhitneyu(target, source, alternative="two-sided", method=method)
    return _look("Mann-Whitney", found.pvalue, found.statistic), float(found.statistic) / len(source) / len(target)


def _ranked_buckets(source: Sequence[float], target: Sequence[float]) -> _Answer:
    from scipy.stats import norm

    before, after = np.array(source), np.array(target)
    pairs, both, ties = before.sum() * after.sum(), before.sum() + after.sum(), before + after
    if not pairs:
        return _NO_DURATIONS
    statistic = float(after @ (before.cumsum() - before / 2))
    variance = pairs / 12 * (both + 1 - (ties**3 - ties).sum() / (both * (both - 1)))
    with np.errstate(all="ignore"):
        z = (abs(statistic - pairs / 2) - _CONTINUITY) / np.sqrt(variance)
    return _look("Mann-Whitney", np.minimum(1, 2 * norm.sf(z)), statistic), statistic / float(pairs)


def _variance(values: NDArray[np.float64]) -> float:
    # Equal values have a mean that rounding moves off them, and then a variance that is not quite 0.
    return 0.0 if values.min() == values.max() else float(values.var(ddof=1))


def _hedges_g(
    source: NDArray[np.float64], target: NDArray[np.float64], variances: tuple[float, float]
) -> float | Unknown:
    freedom = len(source) + len(target) - 2
    pooled = math.sqrt(((len(source) - 1) * variances[0] + (len(target) - 1) * variances[1]) / freedom)
    if not pooled:
        return Unknown("the spread is too small to divide by")
    correction = math.exp(math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2)) / math.sqrt(freedom / 2)
    return correction * float(target.mean() - source.mean()) / pooled


def _look(method: str, p: float, statistic: float | None) -> FixedLook | Unknown:
    numbers = [float(number) for number in (p, statistic) if number is not None]
    if not all(math.isfinite(number) for number in numbers):
        return Unknown("the values hardly differ, the test has no answer")
    return FixedLook(method, float(p), None if statistic is None else float(statistic))


_Answer = tuple[FixedLook | Unknown, float | Unknown]
_NO_DURATIONS: _Answer = (Unknown("a side has no durations"), Unknown("a side has no durations"))
_LEAST_FOR_A_VARIANCE = 2
_CONTINUITY = 0.5
_EXPECTED_FOR_CHI_SQUARE = 5
_FEW = 8
_QUICKLY_EXACT = 1_000
"""The exact distribution of Mann-Whitney takes a time that grows with the square of the tasks."""
