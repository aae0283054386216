"""What is known of the market beside prices: who holds what, themes, economic series, dates ahead, options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from signals.deal_facts import Deals
from signals.errors import UnalignedInput
from signals.estimates import Estimates
from signals.fundamentals import Fundamentals
from signals.insider_facts import InsiderTrades
from signals.recon_facts import Caps, MembershipList, Reconstitution

if TYPE_CHECKING:
    from signals.types import BoolArray, FloatArray, IntArray, SessionArray

STALE_AFTER_DAYS = 35
"""A list of members older than this is said to be stale."""


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """What a fund held on one day: the members of the universe it stands for.

    Parameters
    ----------
    universe : str
        ``smallcap``, ``largecap`` or ``russell1000``.
    fund : str
        Symbol of the fund, such as ``IWM``.
    effective_date : date
        The day the file speaks of; it is known from then on, never before.
    symbols : tuple of str, length M
        Its shares, each once.
    weights_frac : ndarray of float64, shape (M,)
        Share of the fund's net assets, 0 to 1; NaN where the file has none.
    sectors : tuple of str, length M
        The sector the fund's provider gives each; empty where it gives none.

    Raises
    ------
    UnalignedInput
        If the lengths differ.
    """

    universe: str
    fund: str
    effective_date: date
    symbols: tuple[str, ...]
    weights_frac: FloatArray
    sectors: tuple[str, ...]

    def __post_init__(self) -> None:
        count = len(self.symbols)
        for name, length in (("weights_frac", len(self.weights_frac)), ("sectors", len(self.sectors))):
            if length != count:
                raise UnalignedInput(name, length, f"must be as many as symbols, {count}")


@dataclass(frozen=True, slots=True)
class Member:
    """A share of a theme, since when it counts (never before it was listed there), and why."""

    symbol: str
    since: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """A basket of shares with one story; `name` is what people type, `title` what they read."""

    name: str
    title: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """An economic series as its publisher gives it.

    Parameters
    ----------
    name : str
        The publisher's, such as FRED's ``DGS10``.
    title : str
        What people call it.
    days : ndarray of datetime64[D], shape (T,)
        Days observed, strictly increasing; not sessions.
    values : ndarray of float64, shape (T,)
        In per cent; never NaN: a day without a value is left out.

    Raises
    ------
    UnalignedInput
        If the lengths differ or the days are not strictly increasing.
    """

    name: str
    title: str
    days: SessionArray
    values: FloatArray

    def __post_init__(self) -> None:
        if self.days.shape != self.values.shape:
            raise UnalignedInput("values", self.values.shape, f"must have the shape of days, {self.days.shape}")
        if len(self.days) > 1 and not bool(np.all(self.days[1:] > self.days[:-1])):
            raise UnalignedInput("days", len(self.days), "must be strictly increasing")

    def known_at(self, sessions: SessionArray) -> IntArray:
        """Return, for each session, the row of the last value known at its close; -1 where none is.

        A value is known the business day after the one it speaks of: at a session's close those of earlier days are.

        Examples
        --------
        >>> days = np.array(["2025-07-01", "2025-07-02"], dtype="datetime64[D]")
        >>> Series("DGS10", "10-year", days, np.array([4.26, 4.3])).known_at(days)
        array([-1,  0])
        """
        return np.searchsorted(self.days, sessions, side="left").astype(np.int64) - 1


@dataclass(frozen=True, slots=True)
class Appointment:
    """A date ahead that moves markets: ``fomc``, ``cpi`` or ``jobs``, and where it was published.

    Attributes
    ----------
    known : date
        The day on which it was announced; by default it has always been known.
    dropped : date or None
        The day on which it was given up, or moved; None where it stands.
    """

    kind: str
    day: date
    title: str
    source: str
    known: date = date.min
    dropped: date | None = None

    def stands(self, session: date) -> bool:
        """Return whether it was known, and not given up, at the close of `session`.

        Examples
        --------
        >>> moved = Appointment("jobs", date(2025, 10, 3), "Jobs", "bls.gov", dropped=date(2025, 10, 1))
        >>> moved.stands(date(2025, 9, 30)), moved.stands(date(2025, 10, 1))
        (True, False)
        """
        return self.known <= session and (self.dropped is None or session < self.dropped)


@dataclass(frozen=True, slots=True, eq=False)
class OptionChain:
    """The quotes of a symbol's options at the end of one day, a contract each.

    Parameters
    ----------
    symbol : str
        The underlying.
    day : date
        The session the quotes are of.
    known : date
        The day from which they were known: `day`, or later where they were asked for later.
    expiry : ndarray of datetime64[D], shape (N,)
        Last day of each contract.
    is_call : ndarray of bool, shape (N,)
        Calls; the others are puts.
    strike : ndarray of float64, shape (N,)
        Positive, in the unit of the prices of that day; each once per expiry and side.
    bid, ask, last, volume, open_interest : ndarray of float64, shape (N,)
        As the source gives them, NaN where it has none; volume is in contracts, of the day of `traded`.
    iv_frac : ndarray of float64, shape (N,)
        The source's own implied volatility, per year (0.3 is 30 %); NaN where it gives none.
    traded : ndarray of datetime64[D], shape (N,)
        Day of the last trade, NaT where the source tells none.
    spot : float
        Price of the underlying beside the quotes; NaN where the source tells none.

    Raises
    ------
    UnalignedInput
        If the lengths differ, a strike or the spot is not positive, or a contract is there twice.
    """

    symbol: str
    day: date
    known: date
    expiry: SessionArray
    is_call: BoolArray
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    last: FloatArray
    volume: FloatArray
    open_interest: FloatArray
    iv_frac: FloatArray
    traded: SessionArray
    spot: float = float("nan")

    COLUMNS = ("expiry", "is_call", "strike", "bid", "ask", "last", "volume", "open_interest", "iv_frac", "traded")

    def __post_init__(self) -> None:
        shape = self.strike.shape
        for name in self.COLUMNS:
            values = getattr(self, name)
            if values.shape != shape:
                raise UnalignedInput(name, values.shape, f"must have the shape of strike, {shape}")
        if not bool(np.all(np.isfinite(self.strike) & (self.strike > 0))):
            raise UnalignedInput("strike", self.strike.min(), "must be positive")
        if self.spot <= 0:
            raise UnalignedInput("spot", self.spot, "must be positive, or NaN where it is not told")
        contracts = set(zip(self.expiry.tolist(), self.is_call.tolist(), self.strike.tolist(), strict=True))
        if len(contracts) != len(self.strike):
            raise UnalignedInput("strike", len(self.strike), "must stand once for each expiry and side")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known beside prices; each fact carries the day from which it was known."""

    holdings: tuple[Holdings, ...] = ()
    themes: tuple[Theme, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)
    appointments: tuple[Appointment, ...] = ()
    chains: Mapping[str, tuple[OptionChain, ...]] = field(default_factory=dict)
    """Option chains by the symbol of the underlying, the oldest first."""

    caps: tuple[Caps, ...] = ()
    """What companies were worth, the oldest day first."""
    membership_lists: tuple[MembershipList, ...] = ()
    """Published lists of who joins and leaves the Russell 2000, the oldest first."""
    reconstitutions: tuple[Reconstitution, ...] = ()
    """Dates of reconstitutions as published; `signals.recon_calendar` has the others by rule."""

    fundamentals: Fundamentals | None = None
    """What companies filed; None where nothing is known of it."""
    estimates: tuple[Estimates, ...] = ()
    """What analysts expect of companies, the oldest day first."""
    insiders: InsiderTrades | None = None
    """What insiders traded; None where nothing is known of it."""
    deals: Deals | None = None
    """Merger filings; None where nothing is known of them."""

    def of_universe(self, universe: str) -> tuple[Holdings, ...]:
        """Return the files of `universe`, the oldest first."""
        files = (each for each in self.holdings if each.universe == universe)
        return tuple(sorted(files, key=lambda each: each.effective_date))


def in_force(files: Sequence[Holdings], sessions: SessionArray) -> IntArray:
    """Return, for each session, which of `files` (the oldest first) was the last one known; -1 before the first.

    Examples
    --------
    >>> may = Holdings("smallcap", "IWM", date(2025, 5, 13), (), np.empty(0), ())
    >>> in_force([may], np.array(["2025-05-12", "2025-05-13"], dtype="datetime64[D]"))
    array([-1,  0])
    """
    dates = np.array([each.effective_date for each in files], dtype="datetime64[D]")
    return np.searchsorted(dates, sessions, side="right").astype(np.int64) - 1
