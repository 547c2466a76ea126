"""Writes how both sides did over a stage: a table for people, and JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.comparison import (
    Comparison,
    Contrast,
    CostContrast,
    DurationContrast,
    FixedLook,
    Interval,
    Quantile,
    Rate,
    RateContrast,
    Summary,
)
from reconciler.model.observation import Unknown
from reconciler.model.stage import Stage
from reconciler.render.commits import one_line


def comparison_lines(comparison: Comparison, stage: Stage) -> tuple[str, ...]:
    """Write at most eight lines of ASCII, each of at most 100 characters, for the body of a commit message.

    None of them can be read as a trailer. What is not known is ``n/a``.
    """
    title = f"Compared over {stage} (shown, not deciding):"
    source, target = comparison.source, comparison.target
    if isinstance(source, Summary) and isinstance(target, Summary):
        return tuple(_fit(line) for line in (title, *_rows(comparison, source, target)))
    sides = (("source", source), ("target", target))
    unknown = (f"  the {side} is not known, {one_line(one.reason)}" for side, one in sides if isinstance(one, Unknown))
    return tuple(_fit(line) for line in (title, *unknown))


def _rows(comparison: Comparison, source: Summary, target: Summary) -> Iterator[str]:
    yield _row("", f"source, n={source.tasks}", f"target, n={target.tasks}", f"[{_CONFIDENCE:.0%}] p {_CAVEAT}")
    yield _row("errors", _rate(source.errors), _rate(target.errors), _rates(comparison.errors))
    yield _row("completed", _rate(source.completed), _rate(target.completed), _rates(comparison.completed))
    cells = zip(_quantiles(source), _quantiles(target), _durations(comparison.durations, source, target), strict=True)
    yield from (_row(label, *row) for label, row in zip(("p50 s", "p95 s", "p99 s"), cells, strict=True))
    yield _row("a task", *_cost(comparison.cost, comparison.tokens_per_task))


def _rate(rate: Rate) -> str:
    if isinstance(rate.value, Unknown):
        return "n/a"
    interval = "[n/a]"
    if isinstance(rate.interval, Interval):
        interval = f"[{100 * rate.interval.lower:.1f}, {100 * rate.interval.upper:.1f}]"
    return f"{100 * rate.value:.1f} % {interval}"


def _rates(contrast: RateContrast | Unknown) -> str:
    if isinstance(contrast, Unknown) or isinstance(contrast.cohens_h, Unknown):
        return "n/a"
    return f"{_look(contrast.test)}, h={contrast.cohens_h:+.2f}"


def _quantiles(side: Summary) -> tuple[str, ...]:
    if isinstance(side.durations, Unknown):
        return ("n/a",) * 3
    return tuple(_quantile(quantile) for quantile in side.durations)


def _quantile(quantile: Quantile) -> str:
    if isinstance(quantile.value, Unknown):
        return "n/a"
    about = "" if quantile.resolution is None else "~"
    interval = "[n/a]"
    if isinstance(quantile.interval, Interval):
        interval = f"[{_short(quantile.interval.lower)}, {_short(quantile.interval.upper)}]"
    return f"{about}{_short(quantile.value)} {interval}"


def _durations(contrast: DurationContrast | Unknown, source: Summary, target: Summary) -> tuple[str, str, str]:
    if isinstance(contrast, Unknown):
        return ("n/a", "", "")
    slower = f", P(slower)={contrast.slower:.2f}" if isinstance(contrast.slower, float) else ""
    size = f", g={contrast.hedges_g:+.2f}" if isinstance(contrast.hedges_g, float) else ""
    widths = [_width(source, place, target) for place in (1, 2)]
    return f"{_look(contrast.mann_whitney)}{slower}", widths[0] or f"{_look(contrast.welch)}{size}", widths[1]


def _width(source: Summary, place: int, target: Summary) -> str:
    found = [side.durations[place].resolution for side in (source, target) if not isinstance(side.durations, Unknown)]
    widths = dict.fromkeys(f"{_short(width)} s" for width in found if width is not None)
    return f"inside a bucket of {' and '.join(widths)}" if widths else ""


def _cost(cost: CostContrast | Unknown, tokens: Contrast | Unknown) -> tuple[str, str, str]:
    usd = cost.per_task if isinstance(cost, CostContrast) else cost
    known = [(one, unit) for one, unit in ((usd, "USD"), (tokens, "tokens")) if isinstance(one, Contrast)]
    source = ", ".join(f"{_short(one.source)} {unit}" for one, unit in known)
    target = ", ".join(f"{_short(one.target)} {unit}" for one, unit in known)
    notes = [f"{one.ratio:.2f}x {unit}" for one, unit in known if isinstance(one.ratio, float)]
    if isinstance(cost, CostContrast) and isinstance(cost.welch, FixedLook):
        notes.append(_look(cost.welch))
    return source or "n/a", target or "n/a", ", ".join(notes) or "n/a"


def _look(look: FixedLook | Unknown) -> str:
    if isinstance(look, Unknown):
        return "no test"
    return f"{look.method} p<0.0001" if look.p < _SMALLEST_P else f"{look.method} p={look.p:.2g}"


def _short(number: float) -> str:
    return f"{number:.0f}" if _LONG <= number < _TOO_LONG else f"{number:.3g}"


def _row(label: str, source: str, target: str, note: str) -> str:
    return f"  {label:<10}{source:<23} {target:<23} {note}"


def _fit(line: str) -> str:
    return line.encode("ascii", "replace").decode()[:_WIDEST].rstrip()


_CAVEAT = "fixed look, not deciding"
_CONFIDENCE = 0.95
_SMALLEST_P = 0.0001
_LONG = 100
_TOO_LONG = 1_000_000
_WIDEST = 100
