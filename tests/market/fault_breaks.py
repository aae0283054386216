"""The ways in which a provider may break one symbol's rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from signals.types import Prices
from tests.market.fault_market import CALENDAR, PRICES, Now, Rows
from tests.market.yahoo_server import Reply, not_found, says

INDEX, NEAR, OTHER = "^RUT", "TLDN", "BLNX"
"""An index two sessions before its golden cross, a share that hovers about its average, and one that falls to it."""
THREE = (INDEX, NEAR, OTHER)
RENAMED = "TLDX"
FAULT = date(2026, 8, 13)
LABOR_DAY, MONDAY, HALF_DAY = date(2026, 9, 7), date(2026, 8, 17), date(2025, 11, 28)
NAN = float("nan")
BUSY = says("<html>Too Many Requests</html>", 429)

Breaks = Callable[[Now, str], Rows | Reply]


def at(now: Now) -> int:
    """Return the place of the fault's session among the rows."""
    return -1 - now.since


def since(now: Now) -> slice:
    """Return the places of the fault's session and of all after it."""
    return slice(-1 - now.since, None)


def first_only(breaks: Breaks) -> Breaks:
    """Let the provider mend it by the session after."""
    return lambda now, symbol: breaks(now, symbol) if now.since == 0 else now.rows(symbol)


def as_is(now: Now, symbol: str) -> Rows:
    return now.rows(symbol)


def missing(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.without(len(rows.days) + at(now))


def without_prices(now: Now, symbol: str) -> Rows:
    return now.rows(symbol).change(at(now), **dict.fromkeys(PRICES, NAN))


def hollow_and_without_volume(now: Now, symbol: str) -> Rows:
    return without_prices(now, symbol).change(at(now), volume=NAN)


def reverse_split(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol).times(since(now), 190.0)
    return rows.change(since(now), volume=np.ceil(rows.fields["volume"][since(now)] / 190))


def forward_split(new: int, old: int) -> Breaks:
    def breaks(now: Now, symbol: str) -> Rows:
        rows = now.rows(symbol).times(since(now), old / new)
        return rows.change(since(now), volume=rows.fields["volume"][since(now)] * new / old)

    return breaks


def named(breaks: Breaks, new: int, old: int) -> Breaks:
    """Have Yahoo name the split that is not in its prices."""

    def told(now: Now, symbol: str) -> Rows:
        rows = breaks(now, symbol)
        assert isinstance(rows, Rows)
        return Rows(rows.days, rows.fields, splits={now.fault: (new, old)})

    return told


def invented_split(now: Now, symbol: str) -> Rows:
    return now.rows(symbol).times(slice(0, at(now) - 5), 0.25)


def renamed(now: Now, symbol: str) -> Rows | Reply:
    if symbol == NEAR:
        return not_found
    rows = now.rows(NEAR)
    return rows.taken(range(len(rows.days) + at(now), len(rows.days)))


def halted(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    begins = len(rows.days) + at(now)
    return rows.without(*range(begins, min(begins + 6, len(rows.days))))


def reopened(prices: Prices) -> Prices:
    """Return the market in which one share is worth half as much again from six sessions after the fault on."""
    row = int(np.searchsorted(prices.sessions, np.datetime64(FAULT))) + 6
    fields = {name: values.copy() for name, values in prices.fields()}
    for name in PRICES:
        fields[name][row:, prices.column(NEAR)] *= 1.5
    return Prices(prices.sessions, prices.symbols, **fields)


def holiday_row(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.inserted(LABOR_DAY, len(rows.days) + at(now) - 1, 1.08)


def weekend_rows(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    friday = len(rows.days) + at(now) - 1
    saturday = rows.inserted(rows.days[friday] + timedelta(days=1), friday, 1.1)
    return saturday.inserted(rows.days[friday] + timedelta(days=2), friday + 1, 1.1)


def twice(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    place = len(rows.days) + at(now)
    return rows.inserted(rows.days[place], place, 1.15)


def copy_of_before(now: Now, symbol: str) -> Rows:
    rows, place = now.rows(symbol), at(now)
    return rows.change(place, **{name: values[place - 1] for name, values in rows.fields.items()})


def high_and_low_swapped(now: Now, symbol: str) -> Rows:
    fields = now.rows(symbol).fields
    return now.rows(symbol).change(slice(None), high=fields["low"], low=fields["high"])


def close_and_volume_swapped(now: Now, symbol: str) -> Rows:
    fields, place = now.rows(symbol).fields, at(now)
    return now.rows(symbol).change(place, close=fields["volume"][place], volume=fields["close"][place])


def times(factor: float, *, only: bool = False) -> Breaks:
    """Multiply the prices of the fault's session, or of all from it on."""
    return lambda now, symbol: now.rows(symbol).times(at(now) if only else since(now), factor)


def price(value: float) -> Breaks:
    return lambda now, symbol: now.rows(symbol).change(at(now), **dict.fromkeys(PRICES, value))


def ends_early(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.taken(range(len(rows.days) + at(now)))


def out_of_order(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.taken([len(rows.days) - 1, *range(len(rows.days) - 1)])


def row_to_come(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.inserted(date(2027, 1, 4), len(rows.days) - 1, 1.3)


def unfinished(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    sessions = CALENDAR.sessions.tolist()
    return rows.inserted(sessions[sessions.index(now.session) + 1], len(rows.days) - 1, 1.3)


def a_day_early(now: Now, symbol: str) -> Rows:
    return now.rows(symbol).dated(lambda day: day - timedelta(days=1))


def of_another(now: Now, _symbol: str) -> Rows:
    """Answer with the rows of the index whoever is asked for."""
    rows = now.rows(INDEX)
    return Rows(rows.days, rows.fields, meta={"symbol": INDEX})


def a_bar_of_another(now: Now, symbol: str) -> Rows:
    theirs, place = now.rows(OTHER).fields, at(now)
    return now.rows(symbol).change(place, **{name: values[place] for name, values in theirs.items()})


def dividend_adjusted(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    factor = rows.fields["adj_close"] / rows.fields["close"]
    return rows.change(slice(None), **{name: rows.fields[name] * factor for name in PRICES[:4]})


def in_canadian_dollars(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol).times(since(now), 1.37)
    return Rows(rows.days, rows.fields, meta={"currency": "CAD"})


def answers(reply: Reply) -> Breaks:
    return first_only(lambda _now, _symbol: reply)
