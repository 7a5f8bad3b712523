"""One line of the table that `bin/bench` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was measured, beside a baseline of the same run; `ratio` is measured / baseline and `goal` what it must not exceed."""

    name: str
    measured: float
    unit: str = ""
    baseline_name: str = ""
    baseline: float | None = None
    ratio: float | None = None
    goal: str = ""
    ok: bool | None = None


def beside(name: str, measured: float, unit: str, baseline_name: str, baseline: float, at_most: float) -> Row:
    """A row whose goal is a ratio."""
    ratio = measured / baseline if baseline else float("inf")
    return Row(
        name=name,
        measured=measured,
        unit=unit,
        baseline_name=baseline_name,
        baseline=baseline,
        ratio=ratio,
        goal=f"<= {at_most:g} x",
        ok=ratio <= at_most,
    )


def at_most(name: str, measured: float, unit: str, limit: float) -> Row:
    """A row whose goal is a figure of its own."""
    return Row(name=name, measured=measured, unit=unit, goal=f"<= {limit:g} {unit}".rstrip(), ok=measured <= limit)


def note(name: str, measured: float, unit: str) -> Row:
    """A row without a goal."""
    return Row(name=name, measured=measured, unit=unit)


def at_least(name: str, measured: float, unit: str, limit: float) -> Row:
    """A row whose figure must not fall below its goal."""
    return Row(name=name, measured=measured, unit=unit, goal=f">= {limit:g} {unit}".rstrip(), ok=measured >= limit)


HEAD = ("what", "measured", "against", "ratio", "goal", "")
VERDICTS = {True: "ok", False: "MISSED", None: ""}


def drawn(rows: list[Row]) -> str:
    """The rows as a table of plain text."""
    lines = [HEAD, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    against = "" if row.baseline is None else f"{figure(row.baseline)} {row.unit}  {row.baseline_name}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} x"
    return (row.name, f"{figure(row.measured)} {row.unit}", against, ratio, row.goal, VERDICTS[row.ok])


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
