"""The ranking by total market capitalisation, and where the Russell indices end in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.recon_facts import Caps
from signals.types import BoolArray, FloatArray, IntArray

LEAST_CLOSE_USD = 1.0
LEAST_CAP_USD = 30e6
LEAST_FLOAT_FRAC = 0.05
US_EXCHANGES = frozenset(
    (
        *("nyse", "new york stock exchange", "new york stock exchange inc.", "xnys", "nyq"),
        *("nyse american", "nyse mkt", "amex", "xase", "ase"),
        *("nyse arca", "arca", "arcx", "pcx"),
        *("nasdaq", "nasdaq global select", "nasdaq global market", "nasdaq capital market", "xnas", "xngs", "xnms"),
        *("xncm", "nms", "ngm", "ncm", "nasdaqgs", "nasdaqgm", "nasdaqcm"),
        *("cboe", "cboe bzx", "cboe bzx formerly known as bats", "bats", "bts", "iex", "iexg"),
    )
)
"""Exchanges whose listing counts, as sources write them, in small letters; over the counter is none."""

UNKNOWN_CAP, UNKNOWN_CLOSE, UNKNOWN_FLOAT, UNKNOWN_EXCHANGE = "no cap", "no close", "no float", "no exchange"
_WITHIN = 1e-9
"""Shares of cumulative capitalisation, in per cent, are equal while they differ by less."""


class Bounds(NamedTuple):
    """Where the indices end: last rank of the 1000, of the upper part of the 2000, of the 3000, of what is ranked."""

    large: int = 1000
    middle: int = 2000
    small: int = 3000
    whole: int = 4000
    large_band_pct: float = 2.5
    middle_band_pct: float = 0.5


RUSSELL = Bounds()


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Where one index ends and the next begins.

    Attributes
    ----------
    rank : int
        The last rank before it.
    cap_usd : float
        Capitalisation of the company of that rank: who has as much is before the breakpoint.
    cumulative_pct : float
        Share of all capitalisation down to it, per cent.
    upper_usd : float or None
        The least capitalisation above the band round it; None where no company stands there.
    lower_usd : float
        The least within the band.
    """

    rank: int
    cap_usd: float
    cumulative_pct: float
    upper_usd: float | None
    lower_usd: float


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Companies by size.

    Attributes
    ----------
    ranks : mapping of str to int
        1 is the largest; equal capitalisations share a rank, the best of theirs. Who is not eligible has none.
    caps_usd : mapping of str to float
        Of all whose capitalisation is known.
    failed, unknown : mapping of str to str
        Why a company is not eligible, or what is not known to tell; in words.
    large, middle, small : Breakpoint or None
        After ranks 1000, 2000 and 3000; None where fewer companies are ranked.
    """

    ranks: Mapping[str, int]
    caps_usd: Mapping[str, float]
    failed: Mapping[str, str]
    unknown: Mapping[str, str]
    large: Breakpoint | None
    middle: Breakpoint | None
    small: Breakpoint | None


def ranking(caps: Caps, closes: Mapping[str, float], bounds: Bounds = RUSSELL) -> Ranking:
    """Rank companies by total market capitalisation and find the breakpoints.

    Eligible are a close of at least $1, a capitalisation of at least $30 million, a float above 5 % and a listing in
    the US. The rank of a company is 1 + the number of eligible ones with a larger capitalisation.

    Parameters
    ----------
    caps : Caps
        Of N companies.
    closes : mapping of str to float
        The close of each on that day, in dollars; one that is absent or NaN is unknown.
    bounds : Bounds
        Ranks and bands; those of the Russell indices.

    Returns
    -------
    Ranking
        Bands are given in cumulative capitalisation, from the largest company down to it and its equals, in per cent
        of that of the first 4,000 ranks (the Russell 3000E).

    Notes
    -----
    Missing figures make nobody ineligible: a company without a close, float or exchange is ranked by its
    capitalisation and named in `unknown`; one without a capitalisation is not ranked, so that those below it stand
    one rank too high. Equal capitalisations are treated alike, and the order of rows does not matter.

    References
    ----------
    FTSE Russell, "Russell US Equity Indices: Construction and Methodology".

    Examples
    --------
    >>> from datetime import date
    >>> exchanges = ("NYSE", "NASDAQ", "OTC")
    >>> caps = Caps(date(2026, 10, 30), ("A", "B", "C"), np.array([2e9, 5e9, 9e9]), np.ones(3), exchanges)
    >>> found = ranking(caps, {"A": 20.0, "B": 5.0, "C": 7.0}, Bounds(1, 2, 3, 4))
    >>> found.ranks, found.failed, found.large.cap_usd, found.small
    ({'A': 2, 'B': 1}, {'C': 'not listed in the US'}, 5000000000.0, None)
    """
    failed, unknown = _judged(caps, closes)
    sizes = zip(caps.symbols, caps.total_usd.tolist(), strict=True)
    known = {symbol: cap for symbol, cap in sizes if math.isfinite(cap)}
    eligible = {symbol: cap for symbol, cap in known.items() if symbol not in failed}
    falling = np.sort(np.array(list(eligible.values()), dtype=np.float64))[::-1]
    places = np.searchsorted(-falling, -np.array(list(eligible.values()), dtype=np.float64), side="left")
    shares = _cumulative_pct(falling, bounds.whole)
    return Ranking(
        ranks=dict(zip(eligible, (places + 1).tolist(), strict=True)),
        caps_usd=known,
        failed=failed,
        unknown=unknown,
        large=_breakpoint(falling, shares, bounds.large, bounds.large_band_pct),
        middle=_breakpoint(falling, shares, bounds.middle, bounds.middle_band_pct),
        small=_breakpoint(falling, shares, bounds.small, None),
    )


def _judged(caps: Caps, closes: Mapping[str, float]) -> tuple[dict[str, str], dict[str, str]]:
    """Return in words why companies are not eligible, and of the others what is not known."""
    close = np.array([closes.get(symbol, np.nan) for symbol in caps.symbols], dtype=np.float64)
    counts = {each: each.strip().casefold() in US_EXCHANGES for each in set(caps.exchanges)}
    is_told = np.array([bool(each) for each in caps.exchanges], dtype=np.bool_)
    is_listed = np.array([counts[each] for each in caps.exchanges], dtype=np.bool_)
    failed = {
        "cap below $30 million": caps.total_usd < LEAST_CAP_USD,
        "close below $1": close < LEAST_CLOSE_USD,
        "float of 5 % or less": caps.float_frac <= LEAST_FLOAT_FRAC,
        "not listed in the US": is_told & ~is_listed,
    }
    unknown = {
        UNKNOWN_CAP: np.isnan(caps.total_usd),
        UNKNOWN_CLOSE: np.isnan(close),
        UNKNOWN_FLOAT: np.isnan(caps.float_frac),
        UNKNOWN_EXCHANGE: ~is_told,
    }
    why = _worded(caps.symbols, failed)
    return why, {symbol: what for symbol, what in _worded(caps.symbols, unknown).items() if symbol not in why}


def _worded(symbols: tuple[str, ...], marks: Mapping[str, BoolArray]) -> dict[str, str]:
    rows = np.flatnonzero(np.any(np.stack(list(marks.values())), axis=0))
    return {symbols[row]: ", ".join(word for word, mark in marks.items() if mark[row]) for row in rows.tolist()}


def _cumulative_pct(falling: FloatArray, whole: int) -> FloatArray:
    """Return each one's share of the capitalisation down to it and its equals, in per cent of that of `whole` ranks."""
    if not len(falling):
        return falling
    sums = np.cumsum(falling)
    last_equal: IntArray = np.searchsorted(-falling, -falling, side="right") - 1
    return np.asarray(100.0 * sums[last_equal] / sums[min(len(falling), whole) - 1], dtype=np.float64)


def _breakpoint(falling: FloatArray, shares: FloatArray, rank: int, band_pct: float | None) -> Breakpoint | None:
    if len(falling) < rank:
        return None
    cap, share = float(falling[rank - 1]), float(shares[rank - 1])
    if band_pct is None:
        return Breakpoint(rank, cap, share, cap, cap)
    above = falling[shares < share - band_pct - _WITHIN]
    within = falling[shares <= share + band_pct + _WITHIN]
    return Breakpoint(rank, cap, share, float(above[-1]) if len(above) else None, float(within[-1]))
