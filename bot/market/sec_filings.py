"""From facts filed under XBRL tags to rows of figures: one tag stands in for another, filing by filing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.market.sec_tags import (
    ALL_CURRENT,
    BALANCE_SOURCES,
    BALANCE_TAGS,
    FLOW_SOURCES,
    FLOW_TAGS,
    LONG_WITH_CURRENT,
    SHARE_SOURCE,
    SHARE_TAGS,
    Source,
)

Key = tuple[date, int]
"""The last day of a period and its months."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number under one tag, as filed."""

    tag: str
    period_end: date
    filed: date
    months: int
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """What one filing says of one period, by the names of `signals.fundamentals`."""

    period_end: date
    filed: date
    months: int
    values: Mapping[str, float]


def rows_of(facts: Iterable[Fact]) -> tuple[Row, ...]:
    """Return figures, filing by filing.

    Which tag a figure stands under is decided once per filing, by what it has for its own period: a note that splits
    a figure for other periods does not replace it.
    """
    filings: dict[date, dict[str, dict[Key, float]]] = defaultdict(lambda: defaultdict(dict))
    for fact in facts:
        filings[fact.filed][fact.tag][fact.period_end, fact.months] = fact.value
    rows: list[Row] = []
    debts = _Debts()
    for filed in sorted(filings):
        tags = filings[filed]
        figures: dict[Key, dict[str, float]] = defaultdict(dict)
        for sources, known in (
            (FLOW_SOURCES, FLOW_TAGS),
            (BALANCE_SOURCES, BALANCE_TAGS),
            ((SHARE_SOURCE,), SHARE_TAGS),
        ):
            own_end = max((key[0] for tag in known & tags.keys() for key in tags[tag]), default=None)
            for source in sources:
                for key, value in _figures(source, tags, own_end).items():
                    figures[key][source.name] = value
        debts.fill_in(figures, tags)
        rows += [Row(end, filed, months, values) for (end, months), values in sorted(figures.items()) if values]
    return tuple(rows)


def _figures(source: Source, tags: Mapping[str, Mapping[Key, float]], own_end: date | None) -> dict[Key, float]:
    """Return a figure from the first place that has it for the own period of the filing, else from the first of all."""
    found = [_summed(place, tags, is_any=source.is_any) for place in source.places]
    own = [figures for figures in found if any(end == own_end for end, _ in figures)]
    return next(iter([*own, *filter(None, found)]), {})


def _summed(place: tuple[str, ...], tags: Mapping[str, Mapping[Key, float]], *, is_any: bool) -> dict[Key, float]:
    lines = [tags[tag] for tag in place if tag in tags]
    if not lines or (not is_any and place[0] not in tags):
        return {}
    keys = {key for line in lines for key in line} if is_any else set(tags[place[0]])
    return {key: sum(line.get(key, 0.0) for line in lines) for key in keys}


class _Debts:
    """Keeps apart debt that is given in parts and debt that is given as a sum of them, so that none counts twice."""

    def __init__(self) -> None:
        self._long_apart: set[Key] = set()
        self._current_apart: set[Key] = set()
        self._long_together: set[Key] = set()

    def fill_in(self, figures: dict[Key, dict[str, float]], tags: Mapping[str, Mapping[Key, float]]) -> None:
        """Let a sum of parts stand in for them where no filing so far has given them apart."""
        self._long_apart |= {key for key, values in figures.items() if "debt_long" in values}
        self._long_together -= self._long_apart
        for key, value in tags.get(LONG_WITH_CURRENT, {}).items():
            if key not in self._long_apart:
                figures[key]["debt_long"] = value
                self._long_together.add(key)
        for key in self._long_together & figures.keys():
            figures[key].pop("debt_current", None)
        self._current_apart |= {
            key for key, values in figures.items() if {"debt_current", "debt_short"} & values.keys()
        }
        for key, value in tags.get(ALL_CURRENT, {}).items():
            if key not in self._long_together:
                self._rest_of_current(figures[key], value, is_apart=key in self._current_apart)

    @staticmethod
    def _rest_of_current(values: dict[str, float], together: float, *, is_apart: bool) -> None:
        """Let what is due within a year stand in for its two parts, or what one of them leaves of it for the other."""
        known = {"debt_current", "debt_short"} & values.keys()
        if not is_apart:
            values["debt_current"] = together
        elif len(known) == 1 and together > values[part := known.pop()]:
            other = "debt_short" if part == "debt_current" else "debt_current"
            values[other] = together - values[part]
