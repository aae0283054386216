"""The nouns every room shares: prices, calendar, market, history, reading, check, event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.errors import UnalignedInput, UnknownSubject
from signals.facts import Facts

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
SessionArray = NDArray[np.datetime64]
"""NYSE sessions as ``datetime64[D]``: days of trading, not instants."""

Scalar = float | int | str | None
"""A value in a reading or an event; ``None`` is missing."""

Thresholds = Mapping[str, float | int | str]
"""Threshold name to value, complete and checked (see `Signal.thresholds_with`)."""


class Basis(StrEnum):
    """Which close a signal is computed from."""

    PRICE = "price"
    """Split-adjusted close, not adjusted for dividends: what the press quotes."""
    TOTAL_RETURN = "total_return"
    """Split- and dividend-adjusted close."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Daily bars of many symbols as aligned arrays of shape (sessions, symbols).

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        NYSE sessions, strictly increasing, no session left out between the first and the last.
    symbols : tuple of str, length N
        Yahoo-style symbols, unique.
    close : ndarray of float64, shape (T, N)
        Split-adjusted close; NaN where missing.
    open, high, low, adj_close, volume : ndarray of float64, shape (T, N), or None
        The other fields, NaN where missing; None where the source has none at all.

    Raises
    ------
    UnalignedInput
        If a shape differs, sessions are not strictly increasing, or a symbol appears twice.
    """

    sessions: SessionArray
    symbols: tuple[str, ...]
    close: FloatArray
    open: FloatArray | None = None
    high: FloatArray | None = None
    low: FloatArray | None = None
    adj_close: FloatArray | None = None
    volume: FloatArray | None = None
    _columns: Mapping[str, int] = field(init=False, repr=False)

    FIELDS = ("open", "high", "low", "close", "adj_close", "volume")

    def __post_init__(self) -> None:
        shape = (len(self.sessions), len(self.symbols))
        for name, values in self.fields():
            if values.shape != shape:
                raise UnalignedInput(name, values.shape, f"must have the shape (sessions, symbols) = {shape}")
        if len(self.sessions) > 1 and not bool(np.all(self.sessions[1:] > self.sessions[:-1])):
            raise UnalignedInput("sessions", len(self.sessions), "must be strictly increasing")
        columns = {symbol: n for n, symbol in enumerate(self.symbols)}
        if len(columns) != len(self.symbols):
            raise UnalignedInput("symbols", len(self.symbols), "must be unique")
        object.__setattr__(self, "_columns", MappingProxyType(columns))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            self.sessions,
            self.symbols,
            self.close,
            self.open,
            self.high,
            self.low,
            self.adj_close,
            self.volume,
        )

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._columns

    def fields(self) -> Iterator[tuple[str, FloatArray]]:
        """Yield the name and array of every field that is present."""
        for name in self.FIELDS:
            values = getattr(self, name)
            if values is not None:
                yield name, values

    def column(self, symbol: str) -> int:
        """Return the position of `symbol`; raise `UnknownSubject` where there is none."""
        try:
            return self._columns[symbol]
        except KeyError:
            raise UnknownSubject("symbol", symbol, "there are no prices of it") from None

    def closes(self, basis: Basis = Basis.PRICE) -> FloatArray:
        """Return the closes on `basis`, shape (T, N); all NaN where the source has no such basis."""
        if basis is Basis.PRICE:
            return self.close
        return np.full_like(self.close, np.nan) if self.adj_close is None else self.adj_close

    def upto(self, session: date) -> Prices:
        """Return the bars of all sessions on or before `session` (views, no copy)."""
        end = int(np.searchsorted(self.sessions, np.datetime64(session, "D"), side="right"))
        return self._cut(slice(0, end))

    def only(self, symbols: Sequence[str]) -> Prices:
        """Return the bars of `symbols`, in that order."""
        columns = [self.column(symbol) for symbol in symbols]
        cut = {name: np.ascontiguousarray(values[:, columns]) for name, values in self.fields()}
        return Prices(self.sessions, tuple(symbols), **cut)

    def _cut(self, rows: slice) -> Prices:
        return Prices(self.sessions[rows], self.symbols, **{name: values[rows] for name, values in self.fields()})


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The exchange's sessions and the instants at which they close, injected into everything that needs them.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        Every session of the exchange, strictly increasing.
    closes : ndarray of datetime64[s], shape (T,)
        UTC instant of each session's close; half days included.
    """

    sessions: SessionArray
    closes: NDArray[np.datetime64]

    def __post_init__(self) -> None:
        if self.sessions.shape != self.closes.shape:
            raise UnalignedInput("closes", self.closes.shape, f"must have the shape of sessions, {self.sessions.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Everything known about the market at one instant.

    Parameters
    ----------
    prices : Prices
        Bars known at `as_of`. Cells that the quality gate holds are NaN.
    as_of : datetime
        The UTC instant this is the knowledge of.
    source : str
        Who the prices come from, as printed on a card.
    calendar : Calendar
        The exchange's calendar.
    basis : Basis
        Which close signals use.
    labels : tuple of str
        What a reader must know about these prices, such as ``simulated`` or ``replay``.
    open_session : date or None
        The session still open at `as_of` whose unfinished bar is the last row; readings of it are provisional.
    universes : mapping of str to tuple of str
        Named lists of symbols, such as ``smallcap``.
    sectors : mapping of str to str
        Sector of a symbol.
    names : mapping of str to str
        Company or index name of a symbol.
    facts : Facts
        What is known beside prices: holdings, themes, economic series, dates ahead.
    """

    prices: Prices
    as_of: datetime
    source: str
    calendar: Calendar
    basis: Basis = Basis.PRICE
    labels: tuple[str, ...] = ()
    open_session: date | None = None
    universes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sectors: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None or self.as_of.utcoffset() != UTC.utcoffset(None):
            raise UnalignedInput("as_of", self.as_of, "must be a UTC instant")

    def only(self, symbols: Sequence[str]) -> Market:
        """Return the same market with the prices of `symbols` alone."""
        return replace(self, prices=self.prices.only(symbols))


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A signal's values over all sessions, in columns.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        The sessions of the market it was computed from.
    subjects : tuple of str, length N
        What the columns' second axis speaks of.
    columns : mapping of str to ndarray, each of shape (T, N)
        Values by name; NaN (or the column's documented neutral value) where unknown.
    windows : mapping of str to int
        The window thresholds it was computed with.
    market : Market
        What it was computed from, for the facts every reading carries.
    read : mapping of str to History
        The histories it was handed, by the names of their signals.
    says : callable or None
        Of a history that is handed on: ``says(subject, t)`` is its signal's reading, under the thresholds in force.
    """

    sessions: SessionArray
    subjects: tuple[str, ...]
    columns: Mapping[str, NDArray[Any]]
    windows: Thresholds
    market: Market
    read: Mapping[str, History] = field(default_factory=dict)
    says: Callable[[str, int], Reading] | None = None

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]


class Result(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One confirmation layer: a question with a number, a bound and an answer."""

    name: str
    result: Result
    value: Scalar
    bound: Scalar
    title: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a universe had what was needed."""

    n: int
    of: int

    @property
    def is_partial(self) -> bool:
        """Below 90 %: no event may be raised, answers are marked partial."""
        return self.n < 0.9 * self.of


@dataclass(frozen=True, slots=True)
class Reading:
    """What a signal says about one subject at one session.

    Attributes
    ----------
    session : date
        The session whose bar is the last one used.
    as_of : datetime
        UTC instant of the knowledge.
    stale_sessions : int
        Closed sessions between `session` and `as_of`; 0 when the reading is current.
    is_provisional : bool
        The last bar belongs to a session that has not closed.
    """

    signal: str
    subject: str
    session: date
    as_of: datetime
    state: str
    values: Mapping[str, Scalar]
    checks: tuple[Check, ...]
    source: str
    basis: Basis
    coverage: Coverage
    version: int
    stale_sessions: int = 0
    is_provisional: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A change between two rows of a history that somebody may want to hear of.

    Its identity is (signal, subject, kind, session, `thresholds`): the values of those thresholds that this kind
    depends on, no others. `version` of the formula is an attribute, not identity.
    """

    signal: str
    kind: str
    subject: str
    session: date
    version: int
    thresholds: Thresholds
    values: Mapping[str, Scalar]

    @property
    def identity(self) -> str:
        """One line that two equal events share and two different ones do not."""
        thresholds = ",".join(
            f"{name}={value:.15g}" if not isinstance(value, str) else f"{name}={value}"
            for name, value in sorted(self.thresholds.items())
        )
        return f"{self.signal}|{self.subject}|{self.kind}|{self.session.isoformat()}|{thresholds}"
