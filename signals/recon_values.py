"""What a reading of the reconstitution tells: dates, breakpoints, who moves, lists and how well the projection did."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

import numpy as np

from signals.changes import NONE
from signals.facts import in_force
from signals.recon_calendar import DATES, LONGEST_DAYS, next_date, schedule
from signals.recon_columns import (
    FUND,
    PUBLISHED,
    Grounds,
    caps_of,
    grounds_of,
    lists_up_to,
    reconstitution_of,
)
from signals.recon_facts import MembershipList
from signals.recon_lists import Score, changes_of, scored
from signals.recon_projection import ADDITION, DELETION, MOVE_DOWN, MOVE_UP, UNKNOWN, Placement, Projection
from signals.telling import scalar
from signals.types import Coverage, History, Market, Scalar

_OF_DATES = {
    "rank_day": "day whose capitalisations decide",
    "lists_from": "day of the first preliminary lists, after 18:00 in New York",
    "lock_down": "day from which membership is meant to be final",
    "effective": "session after whose close the indices change",
    "dates": "who says so: published or by rule",
    "source": "where the dates were published",
    "next_date": "day of the next of these dates after the session",
    "next_name": "what it is",
    "next_days": "calendar days until then",
    "further": "effective dates after that, to the end of 2027 at least, each published or by rule",
}
_DISTANCES = "their distances from the nearest breakpoint in that order, as percentages; ? where size does not decide"
_OF_PROJECTION = {
    "caps_date": "day of the capitalisations",
    "members_date": "day of the list of members",
    "members": "members of the Russell 2000",
    "capped": "members whose capitalisation is known",
    "placed": "members whose place after the ranking is known",
    "ranked": "shares of companies that are ranked",
    "breakpoint_1000_usd": "least capitalisation of the 1000 largest, dollars",
    "band_1000_upper_usd": "a member of the Russell 2000 moves up from here on, dollars",
    "band_1000_lower_usd": "a member of the Russell 1000 stays from here on, dollars",
    "breakpoint_2000_usd": "capitalisation of rank 2000, dollars",
    "band_2000_upper_usd": "least capitalisation above the band round it, dollars",
    "band_2000_lower_usd": "least capitalisation within the band round it, dollars",
    "breakpoint_3000_usd": "capitalisation of rank 3000: below it nobody is a member, dollars",
    "additions": "shares that would be added",
    "additions_names": "who they are, the largest first",
    "additions_distances": _DISTANCES,
    "deletions": "shares that would be deleted",
    "deletions_names": "who they are, the largest first",
    "deletions_distances": _DISTANCES,
    "moves_up_names": "who would move up to the Russell 1000",
    "moves_up_distances": _DISTANCES,
    "moves_down_names": "who would come down from the Russell 1000",
    "moves_down_distances": _DISTANCES,
}
_OF_LISTS = {
    "list_date": "day of the last list known",
    "list_additions": "shares that it adds",
    "list_deletions": "shares that it deletes",
    "list_added_names": "who is new on it, on either side",
    "list_withdrawn_names": "who was on the list before, and is not on it",
    "list_reinstated_names": "who was withdrawn, and is on it again",
    "list_unforeseen_names": "who is on it, on either side, and was not projected to be",
    "list_absent_names": "who was projected to be on it, on either side, and is not",
    "precision_pct": "share of the projected additions that it has, per cent",
    "recall_pct": "share of its additions that were projected, per cent",
    "deletions_precision_pct": "share of the projected deletions that it has, per cent",
    "deletions_recall_pct": "share of its deletions that were projected, per cent",
    "effective_day": "last session after whose close the indices changed",
    "effective_rvol": f"volume of {FUND} on it, divided by the mean of the 20 sessions before",
}
_OF_A_SYMBOL = {
    "now": "symbol: index it is in",
    "then": "symbol: index the ranking would put it into",
    "change": "symbol: what that would be",
    "rank": "symbol: place by capitalisation, 1 the largest",
    "cap_usd": "symbol: total market capitalisation, dollars",
    "distance_pct": "symbol: capitalisation against the nearest one at which its place would change, per cent",
    "reason": "symbol: why size does not decide its place",
    "listed": "symbol: side of the last list that it is on",
}
VALUES = _OF_DATES | _OF_PROJECTION | _OF_LISTS | _OF_A_SYMBOL


def values_of(history: History, row: int, symbol: str | None) -> tuple[dict[str, Scalar], Grounds | None]:
    """Return all values of a row, those of `symbol` too where it is one, and what the projection was made from."""
    if row == NONE:
        return dict.fromkeys(VALUES), None
    market = history.market
    grounds = grounds_of(market, int(history["caps_file"][row, 0]), int(history["members_file"][row, 0]))
    last = (
        lists_up_to(market.facts, int(history["list"][row, 0]), _day(history, row)) if _has_list(history, row) else ()
    )
    values = dict.fromkeys(VALUES) | _dates(history, row) | _volume(history, row)
    if grounds is not None:
        values |= _projection(grounds)
    if last:
        values |= _lists(last) | _scores(market, last[-1], _day(history, row))
    if symbol is not None:
        values |= _symbol(symbol, grounds, last[-1] if last else None)
    return values, grounds


def state_of(subject: str, lists: Collection[str], values: Mapping[str, Scalar], grounds: Grounds | None) -> str:
    """Return the state of a reading of the calendar (the first of `lists`), of another list, or of a symbol."""
    if subject == next(iter(lists)):
        return str(values["dates"] or UNKNOWN).replace(" ", "_")
    if subject not in lists:
        return str(values["change"] or UNKNOWN)
    if grounds is None or not grounds.projection.coverage.n:
        return UNKNOWN
    return "partial" if grounds.projection.coverage.is_partial else "known"


def coverage_of(is_calendar: bool, values: Mapping[str, Scalar], grounds: Grounds | None) -> Coverage:  # noqa: FBT001
    """Return the members placed; of the calendar whether there is one."""
    if is_calendar:
        return Coverage(int(values["effective"] is not None), 1)
    return Coverage(0, 0) if grounds is None else grounds.projection.coverage


def scores_of(market: Market, last: MembershipList, session: date) -> tuple[Score, Score] | None:
    """Compare the projection of a list's rank day with it, who joins and who leaves; None where there was none.

    Examples
    --------
    >>> from signals.recon import _example
    >>> market = _example()
    >>> scores_of(market, market.facts.membership_lists[0], date(2026, 11, 17))[0]
    Score(hits=0, projected=0, listed=1)
    """
    projection = _projected_for(market, last, session)
    if projection is None:
        return None
    return scored(projection.joining(), last.additions), scored(projection.leaving(), last.deletions)


def _projected_for(market: Market, last: MembershipList, session: date) -> Projection | None:
    facts = market.facts
    decided = np.array([reconstitution_of(facts, last.published, session).rank_day], dtype="datetime64[D]")
    days = np.array([each.day for each in caps_of(facts)], dtype="datetime64[D]")
    caps_file = int(np.searchsorted(days, decided, side="right")[0]) - 1
    grounds = grounds_of(market, caps_file, int(in_force(facts.of_universe("smallcap"), decided)[0]))
    return None if grounds is None else grounds.projection


def _dates(history: History, row: int) -> dict[str, Scalar]:
    effective = int(history["effective"][row, 0])
    if effective == NONE:
        return {}
    days = {name: str(np.datetime64(int(history[name][row, 0]), "D")) for name in DATES}
    session = _day(history, row)
    known = schedule(history.market.facts.reconstitutions, session)
    now = next(each for each in known if str(each.effective) == days["effective"])
    ahead, name = next_date(known, session)
    is_published = int(history["is_published"][row, 0]) == PUBLISHED
    further = [f"{each.effective} {_said(each.is_official)}" for each in known if each.effective > now.effective]
    return {
        **days,
        "dates": _said(is_published),
        "source": now.source or None,
        "next_date": ahead.isoformat(),
        "next_name": DATES[name],
        "next_days": (ahead - session).days,
        "further": ", ".join(further) or None,
    }


def _said(is_official: bool) -> str:  # noqa: FBT001 - one flag, one word
    return "published" if is_official else "by rule"


def _projection(grounds: Grounds) -> dict[str, Scalar]:
    found, caps, members = grounds.projection, grounds.caps, grounds.members
    ranks = found.ranking
    points: dict[str, Scalar] = {}
    for rank, point in ((1000, ranks.large), (2000, ranks.middle), (3000, ranks.small)):
        if point is not None:
            points[f"breakpoint_{rank}_usd"] = point.cap_usd
            points[f"band_{rank}_upper_usd"], points[f"band_{rank}_lower_usd"] = point.upper_usd, point.lower_usd
    sides = {"additions": ADDITION, "deletions": DELETION, "moves_up": MOVE_UP, "moves_down": MOVE_DOWN}
    moved = {name: found.of_change(change) for name, change in sides.items()}
    is_placed = ranks.large is not None
    return {
        "caps_date": caps.day.isoformat(),
        "members_date": members.effective_date.isoformat(),
        "members": len(members.symbols),
        "capped": sum(symbol in ranks.caps_usd for symbol in members.symbols),
        "placed": sum(found.placements[symbol].then != UNKNOWN for symbol in members.symbols),
        "ranked": len(ranks.ranks),
        **{name: value for name, value in points.items() if name in VALUES},
        **({name: len(moved[name]) for name in ("additions", "deletions")} if is_placed else {}),
        **{f"{name}_names": _joined(each.symbol for each in own) for name, own in moved.items()},
        **{f"{name}_distances": _joined(map(_distance, own)) for name, own in moved.items()},
    }


def _distance(each: Placement) -> str:
    return "?" if each.distance_pct is None else f"{each.distance_pct:+.1f}"


def _lists(lists: Iterable[MembershipList]) -> dict[str, Scalar]:
    known = list(lists)
    sides = [changes_of([each.additions for each in known]), changes_of([each.deletions for each in known])]
    return {
        "list_date": known[-1].published.isoformat(),
        "list_additions": len(known[-1].additions),
        "list_deletions": len(known[-1].deletions),
        "list_added_names": _joined(sorted(sides[0].added | sides[1].added)),
        "list_withdrawn_names": _joined(sorted(sides[0].withdrawn | sides[1].withdrawn)),
        "list_reinstated_names": _joined(sorted(sides[0].reinstated | sides[1].reinstated)),
    }


def _scores(market: Market, last: MembershipList, session: date) -> dict[str, Scalar]:
    """Return how the projection of the list's rank day compares with it, and who makes the difference."""
    projection = _projected_for(market, last, session)
    if projection is None:
        return {}
    sides = {"": (projection.joining(), last.additions), "deletions_": (projection.leaving(), last.deletions)}
    values: dict[str, Scalar] = {
        "list_unforeseen_names": _joined(sorted(frozenset().union(*(on - told for told, on in sides.values())))),
        "list_absent_names": _joined(sorted(frozenset().union(*(told - on for told, on in sides.values())))),
    }
    for side, (told, on) in sides.items():
        score = scored(told, on)
        for name, part in (("precision", score.precision_frac), ("recall", score.recall_frac)):
            values[f"{side}{name}_pct"] = None if part is None else 100.0 * part
    return values


def _volume(history: History, row: int) -> dict[str, Scalar]:
    """Return the last effective day and the fund's volume on it."""
    session = _day(history, row)
    past = [
        each.effective for each in schedule(history.market.facts.reconstitutions, session) if each.effective <= session
    ]
    if not past or past[-1] < session - timedelta(days=LONGEST_DAYS):
        return {}
    place = int(np.searchsorted(history.sessions, np.datetime64(past[-1], "D")))
    is_there = history.sessions[place] == np.datetime64(past[-1], "D")
    rvol = scalar(history["rvol"][place, 0]) if is_there else None
    return {"effective_day": past[-1].isoformat(), "effective_rvol": rvol}


def _symbol(symbol: str, grounds: Grounds | None, last: MembershipList | None) -> dict[str, Scalar]:
    sides = {} if last is None else {ADDITION: last.additions, DELETION: last.deletions}
    listed: Scalar = next((side for side, symbols in sides.items() if symbol in symbols), None)
    each = None if grounds is None else grounds.projection.placements.get(symbol)
    return {"listed": listed} | ({} if each is None else _placement(each))


def _placement(each: Placement) -> dict[str, Scalar]:
    return {
        "now": each.now,
        "then": each.then,
        "change": each.change,
        "rank": each.rank,
        "cap_usd": each.cap_usd,
        "distance_pct": each.distance_pct,
        "reason": each.reason or None,
    }


def _joined(symbols: Iterable[str]) -> str | None:
    return ", ".join(symbols) or None


def _has_list(history: History, row: int) -> bool:
    return int(history["list"][row, 0]) != NONE


def _day(history: History, row: int) -> date:
    day: date = history.sessions[row].item()
    return day
