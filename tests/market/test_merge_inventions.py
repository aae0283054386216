"""Histories that came anew: which a split explains, and which are kept out."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from bot.market.merge import without_inventions
from bot.market.types import Bars, Outcome, Status
from signals.types import Prices

SESSIONS = np.arange("2025-01-01", "2025-03-02", dtype="datetime64[D]")
TRUE = 100 + np.sin(np.arange(60.0))


def bars(close, symbol="X"):
    at = datetime(2025, 3, 2, tzinfo=UTC)
    return Bars(Prices(SESSIONS, (symbol,), close[:, None]), "test", at, (Outcome(symbol, Status.OK),))


def stored(close=TRUE, adjusted=None):
    adj_close = None if adjusted is None else adjusted[:, None]
    return Prices(SESSIONS, ("X",), close[:, None], adj_close=adj_close)


def scaled(rows, factor, close=TRUE):
    changed = close.copy()
    changed[rows] *= factor
    return changed


@pytest.mark.parametrize(
    "came",
    [
        TRUE,
        TRUE / 4,
        TRUE * 0.95,  # a share in twenty given for nothing
        scaled(59, 1.5),  # the last bar alone: the gate judges that
        scaled(30, 1.5),  # a single bar corrected
    ],
)
def test_a_history_that_a_split_or_a_correction_explains_is_taken(came):
    given = bars(came)
    assert without_inventions(stored(), given) is given


def test_a_leap_that_the_new_history_takes_out_is_welcome():
    given = bars(TRUE / 4)
    assert without_inventions(stored(scaled(slice(40, None), 0.25)), given) is given


def test_a_leap_that_was_not_there_before_keeps_the_history_out_and_is_told():
    found = without_inventions(stored(), bars(scaled(slice(0, 40), 0.25)))
    assert found.prices.symbols == ()
    (outcome,) = found.outcomes
    assert outcome.status is Status.SUSPECT
    assert outcome.detail == (
        "its history came anew with a move of +299 % on 2025-02-10 where there was one of -0.2 % before,"
        " as an invented split makes: the bars from before are kept"
    )


@pytest.mark.parametrize("symbol", ["Y", "^VIX"])
def test_what_is_new_or_no_price_is_taken(symbol):
    given = bars(scaled(slice(0, 40), 0.25), symbol)
    assert without_inventions(stored(), given) is given


def test_closes_of_another_basis_are_kept_out():
    factor = np.where(np.arange(60) < 20, 0.97, np.where(np.arange(60) < 40, 0.985, 1.0))
    held = stored(adjusted=TRUE * factor)
    (outcome,) = without_inventions(held, bars(TRUE * factor)).outcomes
    assert outcome.detail == "its closes came anew as dividend-adjusted ones: the bars from before are kept"
    given = bars(TRUE / 2)
    assert without_inventions(held, given) is given


def test_too_few_bars_in_common_prove_nothing():
    given = bars(TRUE)
    few = Prices(SESSIONS[:3], ("X",), 2 * TRUE[:3, None], adj_close=TRUE[:3, None])
    assert without_inventions(few, given) is given
