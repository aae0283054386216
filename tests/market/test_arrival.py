from __future__ import annotations

from datetime import date

import numpy as np

from bot.market.arrival import arrival, core_of, is_covered
from bot.market.types import Outcome, Reference, Status
from signals.facts import Facts, Holdings
from signals.types import Coverage, Prices

SESSIONS = np.arange("2025-08-04", "2025-08-11", dtype="datetime64[D]")
SYMBOLS = ("^RUT", "IWM", "A", "B", "C", "D", "E")
KNOWN = Reference(universes={"smallcap": ("A", "B", "C", "D", "E", "F")})


def prices(**holes):
    close = np.ones((len(SESSIONS), len(SYMBOLS)))
    for symbol, rows in holes.items():
        close[rows, SYMBOLS.index(symbol)] = np.nan
    return Prices(SESSIONS, SYMBOLS, close)


def test_core_and_universe_are_counted_apart():
    found = arrival(prices(A=-1, B=-1, C=-1), -1 + len(SESSIONS), KNOWN)
    assert (found.core, dict(found.universes)) == (Coverage(2, 2), {"smallcap": Coverage(2, 5)})
    assert found.has_core
    assert found.words == "2 of 5 of smallcap"


def test_what_never_came_though_it_may_exist_is_waited_for():
    said = [Outcome("F", Status.THROTTLED), Outcome("A", Status.FAILED), Outcome("G", Status.EMPTY)]
    found = arrival(prices(), 6, KNOWN, said)
    assert found.universes["smallcap"] == Coverage(5, 6)
    assert not found.thin


def test_a_symbol_that_has_not_traded_for_long_is_not_waited_for():
    assert arrival(prices(A=slice(1, None)), 6, KNOWN).universes["smallcap"] == Coverage(4, 4)


def test_on_the_first_row_only_what_is_there_is_expected():
    assert arrival(prices(A=0), 0, KNOWN).universes["smallcap"] == Coverage(4, 4)


def test_who_left_a_universe_is_no_core_and_where_nothing_else_is_everything_is():
    holdings = Holdings("smallcap", "IWM", date(2025, 1, 2), ("Z",), np.array([1.0]), ("",))
    known = Reference(universes={"smallcap": ("A",)}, facts=Facts(holdings=(holdings,)))
    assert core_of(("^RUT", "A", "Z"), known) == {"^RUT"}
    assert core_of(("A", "Z"), known) == {"A", "Z"}


def test_nine_in_ten_are_enough_and_two_may_always_be_late():
    assert [is_covered(*pair) for pair in ((9, 10), (8, 10), (26, 30), (1, 3), (0, 1), (0, 0))] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]
