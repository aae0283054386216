"""Lists of companies by their financials: of a theme, a universe, a sector, one's own watchlist."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from bot.alerts.past import closed_part
from bot.cards.card import Card
from bot.cards.provenance import Grounds
from bot.cards.quality_list import Company, Only, Roster, Sort, Wanted, roster_page
from bot.people import WATCHLIST, groups_of
from bot.questions.once import Once
from bot.questions.parse import QuestionError
from bot.questions.ports import Knowledge
from bot.questions.symbols import did_you_mean, resolve
from signals.forward import months_later
from signals.quality import QUALITY, standings
from signals.quality_gates import Verdicts
from signals.sessions import sessions_since
from signals.types import Coverage, FloatArray, Market, Reading, Scalar
from signals.windows import wilder_rsi

USUAL = "universe:smallcap"
"""What is listed where nothing was named."""
EVERYTHING = "everything followed"
SHOWN_LETTERS, SHOWN_PLACES = 40, 12
MOST_KEPT, MOST_WAITING = 8, 8
_BY = "by"


class Rosters:
    """Asks the gates of quality of many companies at once.

    Parameters
    ----------
    knowledge : Knowledge
        Where the present market is read from.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._known: Once[tuple[str, ...], Roster] = Once(most_kept=MOST_KEPT, most_waiting=MOST_WAITING)

    async def wanted(self, typed: str) -> Wanted | None:
        """Return the list that the words ask for, None where they name a symbol.

        Raises
        ------
        QuestionError
            If they name neither; the message suggests what may have been meant.
        """
        return await asyncio.to_thread(wanted_of, typed, self._knowledge.market())

    async def told(self, typed: str) -> tuple[Reading, Card] | None:
        """Return the first page of the list that the words ask for with its numbers, None where they name a symbol."""
        wanted = await self.wanted(typed)
        if wanted is None:
            return None
        roster = await self.of(wanted.place)
        card, _, _ = roster_page(roster, sort=wanted.sort, only=wanted.only)
        return _reading(roster, wanted), card

    async def of(self, place: str, *, watched: Sequence[str] = ()) -> Roster:
        """Return the companies of `place`; of one's own list those that are `watched`.

        Raises
        ------
        QuestionError
            If there is no such place, or nothing is on the watchlist.
        """
        market = self._knowledge.market()
        called, symbols = await asyncio.to_thread(_symbols_of, place, market, watched)

        async def look(missing: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, ...], Roster]:
            return {key: await asyncio.to_thread(partial(roster_of, market, key[0], key[1:])) for key in missing}

        (found,) = await self._known.answers(market, [(called, *symbols)], look)
        return found

    def places(self) -> Sequence[tuple[str, str]]:
        """Return (value, title) of what can be listed; nothing while nobody knows yet."""
        try:
            market = self._knowledge.market()
        except QuestionError:
            return []
        themes = [(f"theme:{theme.name}", theme.title) for theme in market.facts.themes]
        universes = [(f"universe:{name}", f"{name} ({len(own):,} symbols)") for name, own in market.universes.items()]
        sectors = [(f"sector:{sector}", sector) for sector in sorted(set(market.sectors.values()))]
        return [*themes, (WATCHLIST, "your watchlist"), *universes, *sectors]


def wanted_of(typed: str, market: Market) -> Wanted | None:
    """Return the list that the words ask for, None where they name a symbol; see `Rosters.wanted`.

    An order and who is to be listed may stand behind the place: ``optical by rsi``, ``banks rising by month``.
    """
    words = typed.replace('"', "").split()
    sort, only = Sort.SCORE, Only.ALL
    while words:
        place = _place(" ".join(words), market)
        last = words[-1].lower()
        if place is not None:
            return Wanted(place, sort, only)
        if _is_symbol(" ".join(words), market):
            return None
        if last in set(Sort):
            sort, words = Sort(last), words[:-1]
            words = words[:-1] if words and words[-1].lower() == _BY else words
        elif last in set(Only):
            only, words = Only(last), words[:-1]
        else:
            raise QuestionError(_unknown(" ".join(words), market))
    return Wanted("", sort, only)


def roster_of(market: Market, place: str, symbols: Sequence[str]) -> Roster:
    """Return what is known of those of `symbols` that have prices, as of the last closed session."""
    closed = closed_part(market)
    own = [symbol for symbol in sorted(symbols) if symbol in closed.prices]
    sessions = closed.prices.sessions
    if not own or not len(sessions):
        raise QuestionError(f"there are no prices of {place}: ask for a symbol, or for another list")
    own_market = closed.only(own)
    found = standings(QUALITY.history(own_market, {}), own).verdicts
    companies = tuple(_companies(own_market, found))
    grounds = Grounds(
        session=sessions[-1].item(),
        as_of=closed.as_of,
        source=closed.source,
        basis=closed.basis,
        coverage=Coverage(sum(each.known > 0 for each in companies), len(companies)),
        stale_sessions=sessions_since(closed.calendar, sessions[-1].item(), closed.as_of),
        labels=closed.labels,
    )
    return Roster(place, companies, found, grounds)


def _reading(roster: Roster, wanted: Wanted) -> Reading:
    """Return a list as a reading: each number stands behind the symbol whose it is, in the order of the list."""
    values: dict[str, Scalar] = {}
    for each in roster.ordered(wanted.sort, wanted.only):
        numbers = {"passed": each.passed, "known": each.known, "score": each.score}
        numbers |= {"rsi14": each.rsi, "m1_pct": each.month_pct}
        values |= {f"{each.symbol}.{name}": number for name, number in numbers.items()}
    grounds = roster.grounds
    return Reading(
        signal=QUALITY.name,
        subject=wanted.place or roster.place,
        session=grounds.session,
        as_of=grounds.as_of,
        state="known" if grounds.coverage.n else "unknown",
        values=values,
        checks=(),
        source=grounds.source,
        basis=grounds.basis,
        coverage=grounds.coverage,
        version=QUALITY.version,
        stale_sessions=grounds.stale_sessions,
        labels=grounds.labels,
    )


def _companies(market: Market, found: Verdicts) -> Iterator[Company]:
    """Yield every company of `market` as it stands at the last session."""
    rsi, month = wilder_rsi(market.prices.closes(market.basis))[-1], _over_a_month(market)
    passed, known, score = found.passed, found.known, found.score
    for place, symbol in enumerate(market.prices.symbols):
        yield Company(
            symbol=symbol,
            passed=int(passed[place]),
            known=int(known[place]),
            score=_number(score[place]),
            rsi=_number(rsi[place]),
            month_pct=_number(month[place]),
            place=place,
        )


def _over_a_month(market: Market) -> FloatArray:
    """Return the change of every close since the last session on or before the same day a month earlier."""
    sessions, closes = market.prices.sessions, market.prices.closes(market.basis)
    start = int(np.searchsorted(sessions, months_later(sessions[-1:], -1)[0], side="right")) - 1
    if start < 0:
        return np.full(closes.shape[1], np.nan)
    change: FloatArray = 100.0 * (closes[-1] / closes[start] - 1.0)
    return change


def _number(value: np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None


def _symbols_of(place: str, market: Market, watched: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return what people call a place, and the symbols that belong to it."""
    if place == WATCHLIST:
        if not watched:
            raise QuestionError("your watchlist is empty: add symbols with watch add, or ask for a theme or a universe")
        return "your watchlist", tuple(sorted(watched))
    groups = groups_of(market.universes, market.sectors, market.facts.themes)
    if not place and USUAL not in groups:
        return EVERYTHING, tuple(symbol for symbol in market.prices.symbols if not symbol.startswith("^"))
    name = place or USUAL
    if name not in groups:
        raise QuestionError(_unknown(name, market))
    titles = {f"theme:{theme.name}": theme.title for theme in market.facts.themes}
    return titles.get(name, name.partition(":")[2]), tuple(sorted(groups[name]))


def _place(typed: str, market: Market) -> str | None:
    """Return the group that `typed` names, with or without its kind, or by a theme's title; None where it is none."""
    wanted = typed.lower()
    if wanted == WATCHLIST:
        return WATCHLIST
    return _named(market).get(wanted)


def _named(market: Market) -> dict[str, str]:
    groups = groups_of(market.universes, market.sectors, market.facts.themes)
    kinds = ("sector", "universe", "theme")  # a theme's name means the theme, should a sector be called the same
    names = {name.partition(":")[2].lower(): name for kind in kinds for name in groups if name.startswith(f"{kind}:")}
    titles = {theme.title.lower(): f"theme:{theme.name}" for theme in market.facts.themes}
    return {**names, **titles, **{name.lower(): name for name in groups}}


def _is_symbol(typed: str, market: Market) -> bool:
    try:
        resolve(typed, market)
    except QuestionError:
        return False
    return True


def _unknown(typed: str, market: Market) -> str:
    places = [WATCHLIST, *_named(market)]
    near = difflib.get_close_matches(typed.lower()[:SHOWN_LETTERS], places, n=1) or did_you_mean(typed, market, limit=1)
    themes = [theme.name for theme in market.facts.themes]
    known = ", ".join([WATCHLIST, *market.universes, *themes][:SHOWN_PLACES])
    hint = f"did you mean {near[0]}?" if near else f"choose a symbol, or {known}"
    return f"there is no symbol, theme or universe {typed[:SHOWN_LETTERS]!r} here: {hint}"
