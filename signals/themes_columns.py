"""The columns of a history of themes: baskets, members' averages, the index, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from signals.baskets import basket_levels, basket_steps, chained_returns, membership
from signals.cross_columns import NONE, flat_sessions
from signals.forward import months_later
from signals.lazy_columns import Column, LazyColumns
from signals.periods import period_starts, returns_since
from signals.states import carried, last_row, within
from signals.types import BoolArray, FloatArray, IntArray, Market
from signals.windows import EQUAL_WITHIN, moving_averages, rolling_high, trend_state

INDEX = "^RUT"
FAST, SLOW = 50, 200
PERIODS = ("d5", "m1", "ytd")
LEAST_COVERED = 0.9


class ThemeColumns(LazyColumns):
    """Level, returns and members of every theme, and the index beside them; columns of shape (T, K) unless said.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); its facts hold the K themes.
    high_sessions, average, near_sessions : int
        The windows: of the high, of the basket's average, and how near a member's cross is called near.
    """

    def __init__(self, market: Market, *, high_sessions: int, average: int, near_sessions: int) -> None:
        super().__init__()
        self.market = market
        self.high_sessions = high_sessions
        self.average = average
        self.near_sessions = near_sessions
        self.members = membership(market.facts.themes, market.prices.sessions)

    @property
    def formulas(self) -> Mapping[str, Callable[[ThemeColumns], Column]]:
        """What each column is made of."""
        return _FORMULAS

    @cached_property
    def closes(self) -> FloatArray:
        """Closes of the members, shape (T, M)."""
        return closes_of(self.market, self.members.symbols)

    @cached_property
    def averages(self) -> tuple[FloatArray, ...]:
        """The 50- and the 200-session average of every member, shape (T, M)."""
        return moving_averages(self.closes, (FAST, SLOW))

    @cached_property
    def levels(self) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """What `signals.baskets.basket_levels` gives."""
        return basket_levels(basket_steps(self.closes, self.members, self.market.prices.sessions))

    @cached_property
    def starts(self) -> Mapping[str, IntArray]:
        """The row from which each return is measured, by its period."""
        sessions = self.market.prices.sessions
        month = np.searchsorted(sessions, months_later(sessions, -1), side="right").astype(np.int64) - 1
        known = period_starts(sessions)
        return {"d5": known["d5_pct"], "m1": month, "ytd": known["ytd_pct"]}

    @cached_property
    def to_a_cross(self) -> Column:
        """Sessions until each member's averages cross if prices stand still, shape (T, M); -1 beyond 60 or unknown."""
        fast, slow = self.averages
        return flat_sessions((self.closes, fast, slow, self.sides), windows=(FAST, SLOW))

    @cached_property
    def sides(self) -> NDArray[np.int8]:
        """On which side of its 200-session average each member's 50-session average is, shape (T, M); 0 unknown."""
        return trend_state(*self.averages)

    @cached_property
    def is_near(self) -> NDArray[np.bool_]:
        """Whether each member of a row is near a cross, shape (T, M)."""
        to_a_cross = self.to_a_cross
        near: NDArray[np.bool_] = self.members.is_member & (to_a_cross != NONE) & (to_a_cross <= self.near_sessions)
        return near


def closes_of(market: Market, symbols: tuple[str, ...]) -> FloatArray:
    """Return the closes of `symbols`, shape (T, M); NaN in the column of one that is absent."""
    known = market.prices.closes(market.basis)
    closes = np.full((len(known), len(symbols)), np.nan)
    there = [place for place, symbol in enumerate(symbols) if symbol in market.prices]
    closes[:, there] = known[:, [market.prices.column(symbols[place]) for place in there]]
    return closes


def is_above(closes: FloatArray, averages: FloatArray) -> BoolArray:
    """Tell where a close is above its average by more than one part in a thousand million; False where unknown.

    Examples
    --------
    >>> is_above(np.array([[10.0, 10.000001, np.nan]]), np.full((1, 3), 10.0))
    array([[False,  True, False]])
    """
    above: BoolArray = closes > averages * (1.0 + EQUAL_WITHIN)
    return above


def _return_of(period: str) -> Callable[[ThemeColumns], Column]:
    def formula(columns: ThemeColumns) -> Column:
        _, chained, unknown = columns.levels
        return chained_returns(chained, unknown, columns.starts[period])

    return formula


def _index_return_of(period: str) -> Callable[[ThemeColumns], Column]:
    def formula(columns: ThemeColumns) -> Column:
        return returns_since(columns["index"], columns.starts[period])

    return formula


def _index(columns: ThemeColumns) -> Column:
    return np.broadcast_to(closes_of(columns.market, (INDEX,)), columns.members.hindsight.shape)


def _is_high(columns: ThemeColumns) -> Column:
    """Mark where the ratio is above all before it in the window; closer than one in a thousand million is a tie."""
    ratio = columns["ratio"]
    is_high = np.zeros(ratio.shape, dtype=np.bool_)
    before = rolling_high(ratio, columns.high_sessions - 1)[:-1]
    is_high[1:] = ratio[1:] >= before * (1.0 + EQUAL_WITHIN)
    return is_high


def _side(columns: ThemeColumns) -> Column:
    """Return on which side of its average each basket is; over a hole it stays what it was."""
    return carried(trend_state(columns["level"], columns["basket_average"]))


def _is_sound(columns: ThemeColumns) -> Column:
    """Tell where 90 % of the members have a close; where none is listed there is no basket."""
    members = columns["members"]
    sound: BoolArray = (members > 0) & (columns["priced"] >= LEAST_COVERED * members)
    return sound


def _sound_side(columns: ThemeColumns) -> Column:
    """Return the side of the average as sound sessions alone tell it; over the others it stays what it was."""
    level = np.where(columns["is_sound"], columns["level"], np.nan)
    return carried(trend_state(level, columns["basket_average"]))


def _rests_on_hindsight(columns: ThemeColumns) -> Column:
    return within(columns.members.hindsight, max(columns.high_sessions, columns.average))


def _read_in_hindsight(columns: ThemeColumns) -> Column:
    """Tell where a window, or a session after the one that a return begins with, was known in hindsight only."""
    rows = np.arange(len(columns.members.hindsight))
    starts = np.min([np.where(each < 0, rows, each) for each in columns.starts.values()], axis=0)
    reaches: BoolArray = columns["rests_on_hindsight"] | (last_row(columns.members.hindsight) > starts[:, None])
    return reaches


def _above(columns: ThemeColumns) -> Column:
    return columns.members.counted(columns.members.is_member & is_above(columns.closes, columns.averages[1]))


def _above_of(columns: ThemeColumns) -> Column:
    return columns.members.counted(columns.members.is_member & np.isfinite(columns.closes + columns.averages[1]))


_FORMULAS: Mapping[str, Callable[[ThemeColumns], Column]] = {
    "level": lambda columns: columns.levels[0],
    "index": _index,
    **{f"{period}_pct": _return_of(period) for period in PERIODS},
    **{f"index_{period}_pct": _index_return_of(period) for period in PERIODS},
    "ratio": lambda columns: columns["level"] / columns["index"],
    "from_high_pct": lambda columns: (
        100.0 * (columns["ratio"] / rolling_high(columns["ratio"], columns.high_sessions) - 1.0)
    ),
    "is_high": _is_high,
    "basket_average": lambda columns: moving_averages(columns["level"], (columns.average,))[0],
    "side": _side,
    "sound_side": _sound_side,
    "is_sound": _is_sound,
    "members": lambda columns: columns.members.counted(columns.members.is_member),
    "priced": lambda columns: columns.members.counted(columns.members.is_member & np.isfinite(columns.closes)),
    "dated": lambda columns: columns.members.counted(columns.members.is_dated),
    "above": _above,
    "above_of": _above_of,
    "near": lambda columns: columns.members.counted(columns.is_near),
    "near_of": lambda columns: columns.members.counted(columns.members.is_member & (columns.sides != 0)),
    "hindsight": lambda columns: columns.members.hindsight,
    "rests_on_hindsight": _rests_on_hindsight,
    "read_in_hindsight": _read_in_hindsight,
}
