"""From what Yahoo sent of one symbol to bars aligned on sessions and a judgement of them. Pure arrays, no pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from bot.market.types import Status
from bot.market.yahoo_wire import FIELDS, Answer
from signals.types import BoolArray, FloatArray, IntArray, SessionArray

CLOSE, VOLUME = FIELDS.index("close"), FIELDS.index("volume")
SPLIT_FROM = 1.5
"""Splits smaller than this, either way, do not stand out from a day's move."""
MENDED_WITHIN = 21
"""Yahoo puts a split into its prices within so many sessions; until it has, the newer bars are left out."""
NAMED_DAYS = 3
RECENT = 10
"""Stray and repeated rows this near the end are told to moderators; older ones are Yahoo's history."""
SAME = 1e-4
"""Relative difference of two closes that are the same."""
SHIFTED_FROM = 0.1
"""A tenth of all rows on days without a session, and sessions missing beside them: the dates are wrong."""
WEEK = np.timedelta64(7, "D")
DOLLARS = frozenset({"", "USD"})


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
    symbol, currency : str
        Whose bars they are and in what money, by Yahoo's own words; empty where it says nothing.
    disputed : ndarray of datetime64[D]
        Days of which several rows with different closes came.
    latest : date or None
        Day of the last row that came, whether it is among `days` or not.
    """

    days: SessionArray
    values: FloatArray
    splits: FloatArray
    name: str = ""
    traded_since: date | None = None
    symbol: str = ""
    currency: str = ""
    disputed: SessionArray = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    latest: date | None = None


@dataclass(slots=True)
class _Notes:
    """What was found, the gravest kind deciding the status."""

    suspect: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    has_dropped: bool = False
    """Whether a bar that came was left out: where it was the last one, that and not its absence is to be told."""

    @property
    def text(self) -> str:
        return "; ".join([*self.stale, *self.suspect, *self.plain])


def judge(symbol: str, sent: Sent, sessions: SessionArray) -> Answer:
    """Align what was sent on `sessions` and say how it ended: ok, empty, stale or suspect, and why."""
    wrong = _refusal(symbol, sent, sessions)
    if wrong:
        return Answer(symbol, Status.FAILED, wrong, name=sent.name)
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
    last = _leave_out_unadjusted(sent, sessions, bars, notes)
    if notes.stale and not notes.has_dropped and not _has_volume(bars, slice(last + 1, None)):
        status = Status.STALE
    else:
        status = Status.SUSPECT if notes.suspect or notes.stale else Status.OK
    splits = tuple((_day(sent.days[n]), float(sent.splits[n])) for n in np.flatnonzero(sent.splits > 0))
    held = tuple(split for split in splits if split[0] <= _day(sessions[last]))  # a fresh one may not be in the prices
    return Answer(symbol, status, notes.text, _day(sessions[last]), sent.name, bars=bars, splits=held)


def _refusal(symbol: str, sent: Sent, sessions: SessionArray) -> str:
    """Return why nothing of what was sent can be used; nothing where it can."""
    if sent.symbol and sent.symbol != symbol:
        return f"Yahoo sent the bars of {sent.symbol} instead: none of them is used"
    if sent.currency not in DOLLARS and symbol.isalpha():
        return f"Yahoo's prices are in {sent.currency}, not in US dollars: none of them is used"
    inside, on_session = _placed(sent, sessions)
    days = sent.days[inside]
    strays = days[~on_session]
    span = sessions[(sessions >= days.min()) & (sessions <= days.max())] if len(days) else sessions[:0]
    missing = len(span) - len(np.unique(days[on_session]))
    if len(strays) > 1 and len(strays) >= SHIFTED_FROM * len(days) and 2 * missing >= len(strays):
        return (
            f"the dates look shifted: bars on {_named(strays)}, without a session, and none on {missing}"
            f" {_sessions(missing)} between: none of them is used"
        )
    return ""


def _placed(sent: Sent, sessions: SessionArray) -> tuple[BoolArray, BoolArray]:
    """Return which rows lie within the sessions asked for, and which of those are on one."""
    inside: BoolArray = (sent.days >= sessions[0]) & (sent.days <= sessions[-1])
    on_session: BoolArray = sessions[np.searchsorted(sessions, sent.days[inside])] == sent.days[inside]
    return inside, on_session


def _aligned(sent: Sent, sessions: SessionArray, notes: _Notes) -> FloatArray:
    """Return shape (fields, sessions), NaN where nothing usable was sent."""
    bars = np.full((len(FIELDS), len(sessions)), np.nan)
    inside, on_session = _placed(sent, sessions)
    recent = sessions[-min(RECENT, len(sessions))]
    strays = sent.days[inside][~on_session]
    if len(strays):
        told = notes.suspect if strays.max() >= recent else notes.plain
        told.append(f"bars on days without a session left out: {_named(strays)}")
    latest = np.append(sent.days, np.datetime64(sent.latest or date.min, "D")).max()
    if latest > sessions[-1] + WEEK:
        notes.suspect.append(f"bars of days to come left out, the last of {latest}")
    rows = np.searchsorted(sessions, sent.days[inside][on_session])
    values = sent.values[:, inside][:, on_session]
    bars[:, rows] = values
    disputed = np.union1d(sent.disputed, _disputed(rows, values[CLOSE], sessions))
    again = np.isin(sessions, disputed)
    if again.any():
        bars[:, again] = np.nan
        notes.has_dropped = True
        notes.suspect.append(f"more than one bar on {_named(sessions[again])}, with different closes: left out")
    _drop_impossible(bars, sessions, notes)
    return bars


def _disputed(rows: IntArray, closes: FloatArray, sessions: SessionArray) -> SessionArray:
    """Return the sessions that have several rows with different closes; where they agree, either will do."""
    known, counts = np.unique(rows, return_counts=True)
    each = [(row, closes[(rows == row) & np.isfinite(closes)]) for row in known[counts > 1].tolist()]
    return sessions[[row for row, them in each if len(them) and np.ptp(them) > SAME * them.max()]]


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


def _leave_out_unadjusted(sent: Sent, sessions: SessionArray, bars: FloatArray, notes: _Notes) -> int:
    """Leave out the bars on one side of a split that is not in the prices; return the last row that has a price.

    A close that jumps by just what a split of that day explains was not adjusted for it. Of a fresh split the newer
    bars go, until Yahoo has mended the others; of one it has left for a month, the older ones.
    """
    rows = np.flatnonzero(np.isfinite(bars[CLOSE]))
    last = int(rows[-1])
    for n in np.flatnonzero(sent.splits > 0):
        ratio = float(sent.splits[n])
        at = int(np.searchsorted(sessions[rows], sent.days[n]))
        if max(ratio, 1 / ratio) < SPLIT_FROM or not 0 < at < len(rows):
            continue
        jump = bars[CLOSE, rows[at]] / bars[CLOSE, rows[at - 1]]
        if abs(np.log(jump * ratio)) < abs(np.log(jump)):
            is_fresh = len(sessions) - rows[at] <= MENDED_WITHIN
            bars[:, slice(rows[at], None) if is_fresh else slice(None, rows[at])] = np.nan
            side = "from then on" if is_fresh else "before it"
            notes.suspect.append(
                f"the split of {sent.days[n]} ({_split(ratio)}) is not in the prices: bars {side} are left out"
            )
            last = int(rows[at - 1]) if is_fresh else last
            rows = np.flatnonzero(np.isfinite(bars[CLOSE]))
    return last


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
