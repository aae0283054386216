"""One symbol's rows as a file gave them, and what is mended or left out before they become bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from signals.types import BoolArray, FloatArray, IntArray, Prices, SessionArray

PRICES = ("open", "high", "low", "close", "adj_close")
YIELDS = frozenset({"^IRX", "^FVX", "^TNX", "^TYX"})
"""Indices of interest rates, the only ones that may stand at zero or below."""


SHIFTED_FROM = 0.1
"""A tenth of all rows on days without a session, and sessions missing beside them: the dates are wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of one symbol, with the line each stands on and what was found wrong so far."""

    symbol: str
    where: str
    days: SessionArray
    lines: IntArray
    fields: Mapping[str, FloatArray]
    problems: tuple[str, ...] = ()

    def rows(self, keep: BoolArray | IntArray) -> Table:
        """Return the rows that `keep` selects, in its order."""
        fields = {name: values[keep] for name, values in self.fields.items()}
        return replace(self, days=self.days[keep], lines=self.lines[keep], fields=fields)

    def blamed(self, problem: str) -> Table:
        """Return the same rows with one more problem."""
        return replace(self, problems=(*self.problems, problem))


def mended(table: Table, *, sessions: SessionArray, today: date) -> Table:
    """Return rows a gate can judge: sorted, one per session, none of the future, no price below zero."""
    table = table.rows(table.days >= sessions[0])  # before the calendar begins: nobody's fault
    table = _without(
        table, table.days > np.datetime64(today, "D"), "in the future: left out, correct the date or the clock"
    )
    at = np.minimum(np.searchsorted(sessions, table.days), len(sessions) - 1)
    is_stray = sessions[at] != table.days
    if _is_shifted(table.days, is_stray, sessions):
        words = "on days the exchange was closed, and as many sessions without one: the dates look shifted"
        strays = f"line {table.lines[int(np.argmax(is_stray))]}: {int(is_stray.sum())} rows {words}"
        return table.rows(np.zeros(len(is_stray), dtype=bool)).blamed(f"{strays}; nothing of it is used, correct them")
    table = _without(table, is_stray, "on a day the exchange was closed: left out, correct the date")
    return _positive(_single(_sorted(table)))


def _is_shifted(days: SessionArray, is_stray: BoolArray, sessions: SessionArray) -> bool:
    """Tell whether the rows beside sessions are not further ones but those that are missing on the sessions."""
    strays = int(is_stray.sum())
    if strays <= 1 or strays < SHIFTED_FROM * len(days):
        return False
    span = int(((sessions >= days.min()) & (sessions <= days.max())).sum())
    return 2 * (span - len(np.unique(days[~is_stray]))) >= strays


def _without(table: Table, wrong: BoolArray, words: str) -> Table:
    if not wrong.any():
        return table
    first = int(np.argmax(wrong))
    count = int(wrong.sum())
    rows = "1 row" if count == 1 else f"{count} rows, the first"
    return table.rows(~wrong).blamed(f"line {table.lines[first]}: {rows} of {table.days[first]} {words}")


def _sorted(table: Table) -> Table:
    falls = np.flatnonzero(table.days[1:] < table.days[:-1])
    if not len(falls):
        return table
    line, day = table.lines[falls[0] + 1], table.days[falls[0] + 1]
    ordered = table.rows(np.argsort(table.days, kind="stable"))
    return ordered.blamed(
        f"line {line}: {day} comes after a later date; read in order of date, sort the file to be sure"
    )


def _single(table: Table) -> Table:
    again = np.r_[False, table.days[1:] == table.days[:-1]]
    if not again.any():
        return table
    differs = np.zeros(len(again), dtype=bool)
    for values in table.fields.values():
        differs[1:] |= ~((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1])))
    contradicting = again & differs
    once = table.rows(~again)
    if not contradicting.any():
        return once
    days = np.unique(table.days[contradicting])
    line = table.lines[int(np.argmax(contradicting))]
    kept = once.rows(~np.isin(once.days, days))
    return kept.blamed(f"line {line}: {days[0]} stands twice with different figures; left out, delete the wrong row")


def _positive(table: Table) -> Table:
    fields = dict(table.fields)
    problems = list(table.problems)
    for name in PRICES if table.symbol not in YIELDS else ():
        wrong = fields[name] <= 0
        if wrong.any():
            line = table.lines[int(np.argmax(wrong))]
            problems.append(
                f"line {line}: {name} is not above zero ({int(wrong.sum())} such); read as missing, correct it"
            )
            fields[name] = np.where(wrong, np.nan, fields[name])
    negative = fields["volume"] < 0
    if negative.any():
        problems.append(
            f"line {table.lines[int(np.argmax(negative))]}: volume is below zero; read as missing, correct it"
        )
    # A volume of 0 is a missing volume, not a fault of the file.
    fields["volume"] = np.where(fields["volume"] <= 0, np.nan, fields["volume"])
    return replace(table, fields=fields, problems=tuple(problems))


def aligned(tables: list[Table], *, sessions: SessionArray) -> Prices:
    """Lay `tables` side by side on `sessions`; a session that a table lacks is NaN."""
    shape = (len(sessions), len(tables))
    grids = {name: np.full(shape, np.nan) for name in Prices.FIELDS}
    for column, table in enumerate(tables):
        rows = np.searchsorted(sessions, table.days)
        for name, grid in grids.items():
            grid[rows, column] = table.fields[name]
    return Prices(sessions, tuple(table.symbol for table in tables), **grids)
