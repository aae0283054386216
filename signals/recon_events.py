"""What happened to the reconstitution that somebody may want to hear of: dates, projections, lists, volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from signals.changes import NONE, Found, plain
from signals.definition import EventKind
from signals.recon_calendar import DATES
from signals.recon_columns import FUND, PUBLISHED, Grounds, lists_up_to, made_from
from signals.recon_facts import MembershipList
from signals.recon_lists import changes_of
from signals.recon_projection import ADDITION, DELETION, UNKNOWN
from signals.recon_values import scores_of
from signals.types import BoolArray, History, IntArray, Scalar

KINDS: tuple[EventKind, ...] = (
    EventKind("recon_list", "List published", "a list of additions and deletions came to be known", (), 4),
    EventKind("recon_date", "Reconstitution date", "a date of the reconstitution is there", (), 3),
    EventKind("recon_projection", "Projection changed", "the ranking would put it into another index", (), 3),
    EventKind("recon_listed", "Official list", "it is new on a list, was withdrawn from it or is on it again", (), 3),
    EventKind("recon_volume", "Reconstitution volume", f"volume of {FUND} on the effective day", (), 2),
    EventKind("recon_date_ahead", "Reconstitution date ahead", "a date of it follows within one session", (), 2),
)
CALENDAR_PLACE = 0
_Told = list[tuple[int, int, dict[str, Scalar]]]
"""Row, place of the subject, values."""


def find(history: History, *, since: int, until: int) -> Iterator[Found]:
    """Yield what happened on rows `since` to `until` - 1, kind by kind.

    Parameters
    ----------
    history : History
        From `signals.recon.history`.
    since, until : int
        Rows, counted from the start.

    Examples
    --------
    >>> from signals.recon import _example, history
    >>> [found.values for found in find(history(_example(), {}), since=3, until=4) if found.kind == "recon_listed"]
    [{'side': ['addition'], 'what': ['added'], 'published': ['2026-11-13']}]
    """
    rows = np.arange(since, until)
    rows = rows[history["seen"][rows, 0] == rows]
    there, ahead = _dates(history, rows)
    yield _gathered("recon_date", there)
    yield _gathered("recon_date_ahead", ahead)
    yield _volume(history, rows)
    yield _gathered("recon_projection", _projections(history, rows))
    lists, listed = _lists(history, rows)
    yield _gathered("recon_list", lists)
    yield _gathered("recon_listed", listed)


def _dates(history: History, rows: IntArray) -> tuple[_Told, _Told]:
    """Return the dates that are there and those that follow, each session standing for the days since the last one."""
    there: _Told = []
    ahead: _Told = []
    sessions, calendar = history.sessions, history.market.calendar.sessions
    days = sessions[rows].astype(np.int64)
    before = np.where(rows > 0, sessions[rows - 1].astype(np.int64), days - 1)
    place = np.searchsorted(calendar, sessions[rows], side="right")
    padded = np.append(calendar, calendar[-1:]).astype(np.int64)
    after = np.where(place < len(calendar), padded[np.minimum(place, len(padded) - 1)], days)
    for name, title in DATES.items():
        dates = history[name][rows, 0]
        published = history["is_published"][rows, 0] == PUBLISHED
        for found, is_so in ((there, (before < dates) & (dates <= days)), (ahead, (days < dates) & (dates <= after))):
            found += [
                (int(rows[n]), CALENDAR_PLACE, _of_a_date(title, int(dates[n]), is_published=bool(published[n])))
                for n in np.flatnonzero(is_so).tolist()
            ]
    return there, ahead


def _of_a_date(title: str, day: int, *, is_published: bool) -> dict[str, Scalar]:
    return {"date": str(np.datetime64(day, "D")), "name": title, "dates": "published" if is_published else "by rule"}


def _volume(history: History, rows: IntArray) -> Found:
    rvol = history["rvol"][rows, 0]
    is_day: BoolArray = (history["effective"][rows, 0] == history.sessions[rows].astype(np.int64)) & np.isfinite(rvol)
    found = rows[is_day]
    return Found("recon_volume", found, np.full(len(found), CALENDAR_PLACE), {"rvol": plain(rvol[is_day])})


def _projections(history: History, rows: IntArray) -> _Told:
    """Return who would be put into another index than by the projection of the session before."""
    found: _Told = []
    kept: dict[tuple[int, int], Grounds] = {}
    places = {symbol: place for place, symbol in enumerate(history.subjects)}
    for row in rows[rows > 0].tolist():
        now, then = _files(history, row), _files(history, row - 1)
        if now == then or NONE in (*now, *then):
            continue
        before, after = kept.get(then) or made_from(history.market, *then), made_from(history.market, *now)
        kept = {now: after}
        found += [(row, places[symbol], values) for symbol, values in _moved(before, after) if symbol in places]
    return found


def _files(history: History, row: int) -> tuple[int, int]:
    return int(history["caps_file"][row, 0]), int(history["members_file"][row, 0])


def _moved(before: Grounds, after: Grounds) -> Iterator[tuple[str, dict[str, Scalar]]]:
    if before.projection.coverage.is_partial or after.projection.coverage.is_partial:
        return
    for symbol, each in after.projection.placements.items():
        was = before.projection.placements.get(symbol)
        if was is not None and UNKNOWN not in (was.then, each.then) and was.then != each.then:
            yield (
                symbol,
                {
                    "now": each.now,
                    "then": each.then,
                    "before": was.then,
                    "change": each.change,
                    "distance_pct": each.distance_pct,
                    "reason": each.reason or None,
                    "caps_date": after.caps.day.isoformat(),
                },
            )


def _lists(history: History, rows: IntArray) -> tuple[_Told, _Told]:
    lists: _Told = []
    listed: _Told = []
    places = {symbol: place for place, symbol in enumerate(history.subjects)}
    for row in rows[rows > 0].tolist():
        which = int(history["list"][row, 0])
        if which == int(history["list"][row - 1, 0]):
            continue
        session: date = history.sessions[row].item()
        known = lists_up_to(history.market.facts, which, session)
        told = _changes(known)
        lists.append((row, CALENDAR_PLACE, _of_a_list(history, known[-1], session, told)))
        published = known[-1].published.isoformat()
        listed += [
            (row, places[symbol], {"side": side, "what": what, "published": published})
            for symbol, (side, what) in told.items()
            if symbol in places
        ]
    return lists, listed


def _changes(known: Sequence[MembershipList]) -> dict[str, tuple[str, str]]:
    """Return the side and the change of every symbol that the last list changed; a new side comes first."""
    sides = {
        ADDITION: changes_of([each.additions for each in known]),
        DELETION: changes_of([each.deletions for each in known]),
    }
    told: dict[str, tuple[str, str]] = {}
    for what in ("withdrawn", "reinstated", "added"):
        for side, changes in sides.items():
            told |= dict.fromkeys(sorted(getattr(changes, what)), (side, what))
    return told


def _of_a_list(
    history: History, last: MembershipList, session: date, told: dict[str, tuple[str, str]]
) -> dict[str, Scalar]:
    counted = [what for _, what in told.values()]
    both = scores_of(history.market, last, session)
    precision, recall = (None, None) if both is None else (both[0].precision_frac, both[0].recall_frac)
    return {
        "published": last.published.isoformat(),
        "additions": len(last.additions),
        "deletions": len(last.deletions),
        **{what: counted.count(what) for what in ("added", "withdrawn", "reinstated")},
        "precision_pct": None if precision is None else 100.0 * precision,
        "recall_pct": None if recall is None else 100.0 * recall,
    }


def _gathered(kind: str, told: _Told) -> Found:
    names = told[0][2] if told else {}
    rows, places = (np.array([each[part] for each in told], dtype=np.int64) for part in (0, 1))
    return Found(kind, rows, places, {name: [values[name] for _, _, values in told] for name in names})
