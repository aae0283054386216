"""From what Yahoo sent of one symbol to bars aligned on sessions and a judgement of them. Pure arrays, no pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from bot.market.types import Status
from bot.market.yahoo_wire import FIELDS, Answer
from signals.types import BoolArray, FloatArray, SessionArray

CLOSE, VOLUME = FIELDS.index("close"), FIELDS.index("volume")
SPLIT_FROM = 1.5
"""Splits smaller than this, either way, do not stand out from a day's move."""
NAMED_DAYS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """One symbol's rows as Yahoo sent them.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n,)
        The exchange's date of each row.
    values : ndarray of float64, shape (fields, n)
        In the order of `FIELDS`.
    splits : ndarray of float64, shape (n,)
        New shares per old one on the day of a split, 0 elsewhere.
    traded_since : date or None
        Yahoo's date of the first trade.
    """

    days: SessionArray
    values: FloatArray
    splits: FloatArray
    name: str = ""
    traded_since: date | None = None


@dataclass(slots=True)
class _Notes:
    """What was found, the gravest kind deciding the status."""

    suspect: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "; ".join([*self.stale, *self.suspect, *self.plain])


def judge(symbol: str, sent: Sent, sessions: SessionArray) -> Answer:
    """Align what was sent on `sessions` and say how it ended: ok, empty, stale or suspect, and why."""
    notes = _Notes()
    bars = _aligned(sent, sessions, notes)
    priced = np.flatnonzero(np.isfinite(bars[CLOSE]))
    if not len(priced):
        _note_unpriced_volume(bars, sessions, notes)
        return Answer(symbol, Status.EMPTY, notes.text or "Yahoo knows it and has no bar in this range", name=sent.name)
    first, last = int(priced[0]), int(priced[-1])
    _note_tail(bars, sessions, last, notes)
    _note_holes(bars, sessions, slice(first, last), notes)
    _note_late_start(sent, sessions, first, notes)
    _note_unadjusted_splits(sent, sessions, bars, notes)
    if notes.stale and not _has_volume(bars, slice(last + 1, None)):
        status = Status.STALE
    else:
        status = Status.SUSPECT if notes.suspect or notes.stale else Status.OK
    return Answer(symbol, status, notes.text, _day(sessions[last]), sent.name, bars=bars)


def _aligned(sent: Sent, sessions: SessionArray, notes: _Notes) -> FloatArray:
    """Return shape (fields, sessions), NaN where nothing usable was sent."""
    bars = np.full((len(FIELDS), len(sessions)), np.nan)
    inside = (sent.days >= sessions[0]) & (sent.days <= sessions[-1])
    rows = np.searchsorted(sessions, sent.days[inside])
    on_session = sessions[rows] == sent.days[inside]
    strays = sent.days[inside][~on_session]
    if len(strays):
        notes.plain.append(f"bars on days without a session left out: {_named(strays)}")
    days, counts = np.unique(sent.days[inside][on_session], return_counts=True)
    if np.any(counts > 1):
        notes.suspect.append(f"more than one bar on {_named(days[counts > 1])}")
    bars[:, rows[on_session]] = sent.values[:, inside][:, on_session]
    _drop_impossible(bars, sessions, notes)
    return bars


def _drop_impossible(bars: FloatArray, sessions: SessionArray, notes: _Notes) -> None:
    """Turn infinities, prices of 0 or less and volumes of 0 into NaN: missing is missing."""
    bars[~np.isfinite(bars)] = np.nan
    with np.errstate(invalid="ignore"):
        impossible = bars <= 0
    bars[impossible] = np.nan
    days = np.flatnonzero(impossible[:VOLUME].any(axis=0))
    if len(days):
        notes.suspect.append(f"a price of 0 or less on {_named(sessions[days])}")


def _note_tail(bars: FloatArray, sessions: SessionArray, last: int, notes: _Notes) -> None:
    missing = len(sessions) - 1 - last
    if missing:
        notes.stale.append(f"no price after {sessions[last]}, {missing} closed {_sessions(missing)} missing")
        _note_unpriced_volume(bars[:, last + 1 :], sessions[last + 1 :], notes)


def _note_holes(bars: FloatArray, sessions: SessionArray, inner: slice, notes: _Notes) -> None:
    holes = np.isnan(bars[CLOSE, inner])
    if holes.any():
        notes.suspect.append(f"no price on {_named(sessions[inner][holes])}")
        _note_unpriced_volume(bars[:, inner], sessions[inner], notes)


def _note_unpriced_volume(bars: FloatArray, sessions: SessionArray, notes: _Notes) -> None:
    unpriced: BoolArray = np.isnan(bars[CLOSE]) & ~np.isnan(bars[VOLUME])
    if unpriced.any():
        notes.suspect.append(f"volume without a price on {_named(sessions[unpriced])}")


def _note_late_start(sent: Sent, sessions: SessionArray, first: int, notes: _Notes) -> None:
    """Sessions before the first bar are missing only where Yahoo says it traded before all of them."""
    if first and sent.traded_since is not None and np.datetime64(sent.traded_since, "D") < sessions[0]:
        notes.suspect.append(
            f"no price before {sessions[first]}, {first} {_sessions(first)} missing, though traded since"
            f" {sent.traded_since}"
        )


def _note_unadjusted_splits(sent: Sent, sessions: SessionArray, bars: FloatArray, notes: _Notes) -> None:
    """Note a close that jumps by just what a split of that day explains: it was not adjusted for it."""
    rows = np.flatnonzero(np.isfinite(bars[CLOSE]))
    for n in np.flatnonzero(sent.splits > 0):
        ratio = float(sent.splits[n])
        at = int(np.searchsorted(sessions[rows], sent.days[n]))
        if max(ratio, 1 / ratio) < SPLIT_FROM or not 0 < at < len(rows):
            continue
        jump = bars[CLOSE, rows[at]] / bars[CLOSE, rows[at - 1]]
        if abs(np.log(jump * ratio)) < abs(np.log(jump)):
            notes.suspect.append(f"the split of {sent.days[n]} ({_split(ratio)}) is not in the prices")


def _has_volume(bars: FloatArray, rows: slice) -> bool:
    return bool(np.isfinite(bars[VOLUME, rows]).any())


def _split(ratio: float) -> str:
    return f"{ratio:g} for 1" if ratio >= 1 else f"1 for {1 / ratio:g}"


def _sessions(count: int) -> str:
    return "session" if count == 1 else "sessions"


def _named(days: SessionArray | Sequence[np.datetime64]) -> str:
    named = ", ".join(str(day) for day in days[:NAMED_DAYS])
    more = len(days) - NAMED_DAYS
    return f"{named} and {more} more" if more > 0 else named


def _day(session: np.datetime64) -> date:
    day: date = session.astype("datetime64[D]").item()
    return day
