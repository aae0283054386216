"""What each session knew of the reconstitution: its dates, and which files a projection of that day rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.changes import NONE
from signals.facts import Facts, Holdings, in_force
from signals.recon_calendar import DATES, LONGEST_DAYS, current, schedule
from signals.recon_facts import Caps, MembershipList, Reconstitution
from signals.recon_lists import lists_of
from signals.recon_projection import Projection, projected
from signals.types import FloatArray, IntArray, Market, SessionArray
from signals.windows import relative_volume

SMALL, LARGE = "smallcap", "russell1000"
"""Universes of the members of the Russell 2000 and of the Russell 1000."""
FUND = "IWM"
"""Whose volume stands for the index's."""
PUBLISHED, BY_RULE = 1, 0


def columns_of(market: Market) -> dict[str, NDArray[Any]]:
    """Return the columns of the reconstitution, each of shape (T, 1); see `signals.recon.history`.

    Examples
    --------
    >>> from signals.recon import _example
    >>> str(columns_of(_example())["effective"][-1, 0].astype("datetime64[D]"))
    '2026-12-11'
    """
    sessions = market.prices.sessions
    rows = _seen(market)
    dated = _dates(market.facts, sessions)
    days = sessions.astype(np.int64)
    decided = np.where(dated["rank_day"] == NONE, NONE, np.minimum(days, dated["rank_day"]))
    caps = np.array([each.day for each in caps_of(market.facts)], dtype="datetime64[D]")
    lists = np.array([each.published for each in membership_lists_of(market.facts)], dtype="datetime64[D]")
    decided_days = decided.astype("datetime64[D]")
    columns: dict[str, NDArray[Any]] = {
        **dated,
        "caps_file": np.searchsorted(caps, decided_days, side="right").astype(np.int64) - 1,
        "members_file": in_force(market.facts.of_universe(SMALL), decided_days),
        "list": np.searchsorted(lists, sessions, side="left").astype(np.int64) - 1,
    }
    for name in ("caps_file", "members_file"):
        columns[name][decided == NONE] = NONE
    found = {name: np.where(rows == NONE, NONE, values[rows]) for name, values in columns.items()}
    return {name: values[:, None] for name, values in {**found, "seen": rows, "rvol": _rvol(market)}.items()}


def _seen(market: Market) -> IntArray:
    """Return, for each row, the last one up to it with any price; -1 where there is none."""
    closes = market.prices.closes(market.basis)
    priced = np.isfinite(closes).any(axis=1)
    rows = np.where(priced, np.arange(len(closes), dtype=np.int64), NONE)
    return np.asarray(np.maximum.accumulate(rows), dtype=np.int64)


def _dates(facts: Facts, sessions: SessionArray) -> dict[str, IntArray]:
    """Return the dates of the reconstitution each session belongs to, in days since 1970, as they stood then."""
    found = {name: np.full(len(sessions), NONE, dtype=np.int64) for name in (*DATES, "is_published")}
    for rows in _stretches(facts, sessions):
        known = schedule(facts.reconstitutions, sessions[rows.start].item())
        table = {name: np.array([getattr(each, name) for each in known], dtype="datetime64[D]") for name in DATES}
        days = sessions[rows]
        which = np.searchsorted(table["effective"], days, side="left")
        belongs = (table["effective"][which] - days).astype(np.int64) <= LONGEST_DAYS
        for name in DATES:
            found[name][rows][belongs] = table[name][which].astype(np.int64)[belongs]
        official = np.array([PUBLISHED if each.is_official else BY_RULE for each in known], dtype=np.int64)
        found["is_published"][rows][belongs] = official[which][belongs]
    return found


def _stretches(facts: Facts, sessions: SessionArray) -> list[slice]:
    """Return stretches of sessions that know the same calendar: no year begins in them, and nothing is published."""
    if not len(sessions):
        return []
    years = sessions.astype("datetime64[Y]").astype(np.int64)
    begins = {0, *(np.flatnonzero(np.diff(years)) + 1).tolist()}
    known = np.array([each.known for each in facts.reconstitutions], dtype="datetime64[D]")
    begins |= {row for row in np.searchsorted(sessions, known).tolist() if row < len(sessions)}
    starts = sorted(begins)
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(sessions)], strict=True)]


def _rvol(market: Market) -> FloatArray:
    volume = market.prices.volume
    if volume is None or FUND not in market.prices:
        return np.full(len(market.prices.sessions), np.nan)
    column = market.prices.column(FUND)
    return relative_volume(volume[:, column : column + 1])[:, 0]


def caps_of(facts: Facts) -> tuple[Caps, ...]:
    """Return the files of capitalisations, the oldest first."""
    return tuple(sorted(facts.caps, key=lambda each: each.day))


def membership_lists_of(facts: Facts) -> tuple[MembershipList, ...]:
    """Return the published lists, the oldest first."""
    return tuple(sorted(facts.membership_lists, key=lambda each: each.published))


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """What a projection was made from."""

    caps: Caps
    members: Holdings
    projection: Projection


def grounds_of(market: Market, caps_file: int, members_file: int) -> Grounds | None:
    """Return the projection from a file of capitalisations and one of members; None where either is missing.

    Closes are those of the last session up to the day of the capitalisations, where there are none those of that file;
    members of the Russell 1000 those last known on that day.

    Examples
    --------
    >>> from signals.recon import _example
    >>> sorted(grounds_of(_example(), 0, 0).projection.placements)
    ['A', 'B', 'C']
    """
    return None if NONE in (caps_file, members_file) else made_from(market, caps_file, members_file)


def made_from(market: Market, caps_file: int, members_file: int) -> Grounds:
    """Return the projection from a file of capitalisations and one of members, by their places.

    Examples
    --------
    >>> from signals.recon import _example
    >>> made_from(_example(), 0, 0).members.fund
    'IWM'
    """
    caps = caps_of(market.facts)[caps_file]
    members = market.facts.of_universe(SMALL)[members_file]
    prices = market.prices
    row = int(np.searchsorted(prices.sessions, np.datetime64(caps.day, "D"), side="right")) - 1
    closes = prices.close[row].tobytes() if row >= 0 else b""
    return Grounds(caps, members, _found(caps, members, _large(market.facts, caps.day), prices.symbols, closes))


@lru_cache(maxsize=8)  # every reading of a history asks for the same
def _found(
    caps: Caps, members: Holdings, large: frozenset[str] | None, priced: tuple[str, ...], closes: bytes
) -> Projection:
    told = {} if caps.closes_usd is None else dict(zip(caps.symbols, caps.closes_usd.tolist(), strict=True))
    own = zip(priced, np.frombuffer(closes).tolist(), strict=True) if closes else ()
    return projected(
        caps,
        told | {symbol: close for symbol, close in own if math.isfinite(close)},
        small=frozenset(members.symbols),
        large=None if large is None else large - frozenset(members.symbols),
    )


def _large(facts: Facts, day: date) -> frozenset[str] | None:
    files = facts.of_universe(LARGE)
    place = int(in_force(files, np.array([day], dtype="datetime64[D]"))[0])
    return None if place == NONE else frozenset(files[place].symbols)


def reconstitution_of(facts: Facts, published: date, session: date) -> Reconstitution:
    """Return the reconstitution that a list published on a day belongs to, as its dates stood at `session`."""
    return current(schedule(facts.reconstitutions, session), published)


def lists_up_to(facts: Facts, which: int, session: date) -> Sequence[MembershipList]:
    """Return the lists of the reconstitution that the list at place `which` belongs to, that one the last."""
    last = membership_lists_of(facts)[which]
    found = lists_of(facts.membership_lists, reconstitution_of(facts, last.published, session), session)
    return [*(each for each in found if each.published < last.published), last]
