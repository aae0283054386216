"""A rehearsal as plain data, and its picture: what the present value and a proposed one would have raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.cards.card import Chart
from bot.cards.provenance import Grounds, label_words, picture_line
from bot.cards.words import brief, session_words

MONTH_SESSIONS = 21
"""So many sessions make a month, on average."""
MOST_BARS = 14
"""More months than this are drawn as quarters, more quarters as years."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Side:
    """What one value would have raised.

    Attributes
    ----------
    value : float, int or str
        The threshold's.
    counts : mapping of str to mapping of str to int
        Month, such as ``2025-08``, to kind of event to how many; only what there was.
    repeats : int
        Alerts that told of a subject what had been told of it within the sessions before (see `Rehearsal.soon`).
    """

    value: float | int | str
    counts: Mapping[str, Mapping[str, int]]
    repeats: int

    @property
    def total(self) -> int:
        """All alerts."""
        return sum(self.by_kind.values())

    @property
    def by_kind(self) -> Counter[str]:
        """Kind of event to how many."""
        return sum((Counter(kinds) for kinds in self.counts.values()), Counter())

    def in_month(self, month: str) -> int:
        """Return how many there were in `month`."""
        return sum(self.counts.get(month, {}).values())

    def a_month(self, sessions: int) -> float:
        """Return how many there were in a month, on average over `sessions`."""
        return self.total * MONTH_SESSIONS / sessions if sessions else 0.0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The present value of a threshold beside a proposed one, over the same sessions.

    Attributes
    ----------
    signal, name, unit : str
        Whose threshold, which one, and in what.
    kinds : mapping of str to str
        Every kind of event of the signal to its title, in the signal's order.
    first, last : date
        The span of the sessions.
    sessions : int
        How many of them were counted in.
    soon : int
        Within so many sessions of the same alert before, an alert is a repeat.
    new, gone : tuple of str
        Subjects that the proposed value alone would have raised alerts of, and the present one alone.
    """

    signal: str
    name: str
    unit: str
    present: Side
    proposed: Side
    kinds: Mapping[str, str]
    first: date
    last: date
    sessions: int
    soon: int
    new: tuple[str, ...]
    gone: tuple[str, ...]
    grounds: Grounds

    @property
    def months(self) -> tuple[str, ...]:
        """Every calendar month of the span, in order."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        places = (self.first.year * 12 + self.first.month - 1 + n for n in range(count))
        return tuple(f"{place // 12}-{place % 12 + 1:02}" for place in places)


def value_words(value: float | str) -> str:
    """Return a threshold's value as people read it."""
    return value if isinstance(value, str) else brief(value)


def rehearsal_chart(rehearsal: Rehearsal) -> Chart:
    """Return the picture of the alerts of each month (of a longer span, each quarter or year), side by side."""
    spans = _spans(rehearsal.months)
    now, then = rehearsal.present, rehearsal.proposed
    counts = [[sum(side.in_month(month) for month in months) for months in spans.values()] for side in (now, then)]
    each = "month" if len(spans) == len(rehearsal.months) else "quarter" if " Q" in next(iter(spans)) else "year"
    label = " · ".join(label_words(rehearsal.grounds.labels))
    title = f"Alerts per {each}: {rehearsal.signal}, {rehearsal.name}"
    names = (f"{value_words(now.value)} (now)", f"{value_words(then.value)} (proposed)")
    told = "; ".join(f"{name} {old:,} and {new:,}" for name, old, new in zip(spans, *counts, strict=True))
    alt = (
        f"{title}, {names[0]} beside {names[1]}, {session_words(rehearsal.first)} to {session_words(rehearsal.last)}. "
        f"{told}. In all {now.total:,} and {then.total:,}."
    )
    data = {
        "title": title,
        "as_of": picture_line(rehearsal.grounds),
        "label": label,
        "spans": _thinned(list(spans)),
        "names": names,
        "present": counts[0],
        "proposed": counts[1],
    }
    return Chart("rehearsal", data, f"{label}. {alt}" if label else alt)


def month_words(month: str) -> str:
    """Return a month such as ``Aug 2025``."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def _spans(months: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return what is drawn as one bar: its name, and the months in it."""
    quarters = [f"{month[:4]} Q{(int(month[5:]) + 2) // 3}" for month in months]
    if len(months) <= MOST_BARS:
        names = [month_words(month) for month in months]
    elif len(set(quarters)) <= MOST_BARS:
        names = quarters
    else:
        names = [month[:4] for month in months]
    spans: dict[str, tuple[str, ...]] = {}
    for name, month in zip(names, months, strict=True):
        spans[name] = (*spans.get(name, ()), month)
    return spans


def _thinned(names: list[str]) -> list[str]:
    """Return the names as an axis has room for them: on two lines, a year below the first that is of it."""
    shown, told = [], ""
    for name in names:
        first, _, second = name.partition(" ")
        part, year = (first, second) if second.isdigit() else (second, first)
        shown.append(f"{part}\n{year if year != told else ' '}".lstrip())
        told = year
    return shown
