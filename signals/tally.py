"""One horizon counted: returns after events, the base rate, and what each session contributed to their difference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from signals.errors import InsufficientHistory
from signals.forward import Horizon, earned, end_rows, forward_returns
from signals.types import Basis, BoolArray, FloatArray, IntArray, Prices, SessionArray

_SYMBOLS_AT_ONCE = 64  # keeps the panels of a pass within a few megabytes


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What was known on a day.

    Attributes
    ----------
    closes, happened : ndarray, shape (T, N)
        Closes, NaN where missing, and where an event took place.
    as_of : date
        The day of the knowledge.
    first, last : int
        The first and the last row with any close.
    """

    sessions: SessionArray
    symbols: tuple[str, ...]
    closes: FloatArray
    happened: BoolArray
    as_of: date
    first: int
    last: int

    @classmethod
    def cut(cls, prices: Prices, happened: BoolArray, *, basis: Basis, as_of: date | None) -> Sample:
        """Return what was known on `as_of`; raise `InsufficientHistory` where that is not a single close."""
        known = prices if as_of is None else prices.upto(as_of)
        closes = known.closes(basis)
        rows = np.flatnonzero(np.isfinite(closes).any(axis=1))
        if not len(rows):
            raise InsufficientHistory("as_of", as_of or "not given", "there is no close on or before that day")
        return cls(
            sessions=known.sessions,
            symbols=known.symbols,
            closes=closes,
            happened=happened[: len(closes)],
            as_of=as_of or day_of(known.sessions[-1]),
            first=int(rows[0]),
            last=int(rows[-1]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """One horizon, counted; returns are fractions.

    Attributes
    ----------
    returns, rows, columns : ndarray, shape (n,)
        Known returns after events, and at which row and symbol each event took place.
    base_n, base_mean, base_positive : int, float, float
        Number, mean and share of positive ones of all known returns; NaN where there are none.
    ledger : ndarray of float64, shape (sessions with a close,)
        What each session contributed to `difference`, less what it was bound to; sums to 0.
    bias : float
        By how much `difference` is off without an edge, because gains that bring about events are part of the sample.
    """

    horizon: Horizon
    returns: FloatArray
    rows: IntArray
    columns: IntArray
    base_n: int
    base_mean: float
    base_positive: float
    ledger: FloatArray
    bias: float

    @property
    def mean(self) -> float:
        """Mean return after events; NaN without events."""
        return float(self.returns.mean()) if len(self.returns) else float("nan")

    @property
    def difference(self) -> float:
        """Mean after events minus mean after any session; NaN without events."""
        return self.mean - self.base_mean


def tally_of(sample: Sample, horizon: Horizon) -> Tally:
    """Count what followed over `horizon`, a few symbols at a time."""
    ends = end_rows(sample.sessions, horizon, as_of=sample.as_of)
    starts = range(0, len(sample.symbols), _SYMBOLS_AT_ONCE)
    pieces = [_piece(sample, ends, slice(start, start + _SYMBOLS_AT_ONCE)) for start in starts]
    returns = np.concatenate([piece.returns for piece in pieces])
    base_n, base_sum, positive = (sum(piece.base[at] for piece in pieces) for at in range(3))
    base_mean = base_sum / base_n if base_n else float("nan")
    books = _Books(*np.sum([piece.booked for piece in pieces], axis=0)[:, sample.first : sample.last + 1])
    return Tally(
        horizon=horizon,
        returns=returns,
        rows=np.concatenate([piece.rows for piece in pieces]),
        columns=np.concatenate([piece.columns for piece in pieces]),
        base_n=int(base_n),
        base_mean=base_mean,
        base_positive=positive / base_n if base_n else float("nan"),
        ledger=books.ledger,
        bias=books.bias(ends_within=horizon.sessions),
    )


def day_of(session: np.datetime64) -> date:
    """Return a session as a plain date."""
    return date.fromisoformat(str(session.astype("datetime64[D]")))


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """The count over some of the symbols; `booked` are the rows of `_Books`."""

    returns: FloatArray
    rows: IntArray
    columns: IntArray
    base: tuple[float, float, float]
    booked: FloatArray


def _piece(sample: Sample, ends: IntArray, columns: slice) -> _Piece:
    closes = sample.closes[:, columns]
    returns = forward_returns(closes, ends)
    known = np.isfinite(returns)
    counted = known & sample.happened[:, columns]
    rows, places = np.nonzero(counted)
    return _Piece(
        returns=returns[rows, places],
        rows=rows,
        columns=places + columns.start,
        base=(float(known.sum()), float(returns[known].sum()), float((returns[known] > 0).sum())),
        booked=np.stack(
            [counted.sum(axis=1), *earned(closes, ends, counted), known.sum(axis=1), *earned(closes, ends, known)]
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Books:
    """Per session: events and what was earned after them, beside all starts and what was earned after those."""

    events: FloatArray
    gains: FloatArray
    exposure: FloatArray
    starts: FloatArray
    base_gains: FloatArray
    base_exposure: FloatArray

    @property
    def after_events(self) -> FloatArray:
        """What a session contributed to the mean after events, less that mean's share; 0 without events."""
        n = max(1.0, self.events.sum())
        return np.asarray((self.gains - self.gains.sum() / n * self.exposure) / n)

    @property
    def ledger(self) -> FloatArray:
        if not self.events.any():
            return np.zeros(len(self.events))
        n = self.starts.sum()
        return np.asarray(self.after_events - (self.base_gains - self.base_gains.sum() / n * self.base_exposure) / n)

    def bias(self, *, ends_within: int) -> float:
        """Estimate the bias of a ratio, minus cov(sum, number) / number**2, from gains and the events they led to.

        A gain that leads to further events soon is spread over more of them, so a mean over events counts it for less:
        without any edge, means after events that follow gains are too low in a sample of finite length.
        """
        n = max(1.0, self.events.sum())
        surplus = np.cumsum((self.events - n * self.starts / max(1.0, self.starts.sum())) / n)
        rows = np.arange(len(surplus))
        led_to = surplus[np.minimum(rows + ends_within, len(rows) - 1)] - surplus
        return -float((self.after_events * led_to).sum())
