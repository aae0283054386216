"""Lists of companies by their financials: what was asked for, a page of it, and what turns, sorts and narrows it."""

from __future__ import annotations

import discord

from bot.cards.card import Card
from bot.cards.quality_list import Only, Sort, Wanted, roster_page
from bot.chat.choices import MOST_CHOICES, Choices, offered
from bot.chat.errors import Refusal
from bot.chat.parts import Option, choice, laid_out, turns
from bot.chat.ports import Ports
from bot.chat.press import LONGEST_PLACE, Action, Press, press

_SORTS: tuple[Option, ...] = (
    (Sort.SCORE, "By score", "passed / known"),
    (Sort.PASSED, "By gates passed", ""),
    (Sort.KNOWN, "By gates known", ""),
    (Sort.RSI, "By RSI", "the highest first"),
    (Sort.MONTH, "By the change over a month", "the greatest rise first"),
    (Sort.SYMBOL, "By symbol", ""),
)
_ONLY: tuple[Option, ...] = (
    (Only.ALL, "All of whom any gate is known", ""),
    (Only.SCORED, "Those with a score", "five gates known or more"),
    (Only.RISING, "Those with a score that rose over a month", ""),
)
_STALE = "I do not know that list any more: ask again with `quality`"


def wanted_by(place: str, sort: str, only: str) -> Wanted:
    """Return the list that a component names; refuse what none of ours can have named."""
    if sort not in set(Sort) or only not in set(Only):
        raise Refusal(_STALE)
    return Wanted(place, Sort(sort), Only(only))


def roster_choices(ports: Ports, typed: str) -> Choices:
    """Return the symbols and lists that fit what was typed."""
    wanted = typed.casefold().strip()
    places = [
        (value, f"list: {title}")
        for value, title in ports.rosters.places()
        if wanted in value.casefold() or wanted in title.casefold()
    ]
    symbols = [(symbol, f"{symbol}: {name}") for symbol, name in ports.desk.suggest(typed, MOST_CHOICES)]
    return offered([*places, *symbols] if not wanted else [*symbols[: MOST_CHOICES - len(places[:8])], *places])


async def roster_shown(
    ports: Ports, wanted: Wanted, *, user_id: int, page: int = 0
) -> tuple[Card, discord.ui.View | None]:
    """Return the page that is wanted of a list, and what turns, sorts and narrows it."""
    watched = (await ports.members.subscriber(user_id)).watched if wanted.is_personal else ()
    roster = await ports.rosters.of(wanted.place, watched=watched)
    card, at, pages = roster_page(roster, sort=wanted.sort, only=wanted.only, page=page)
    if sum(each.known > 0 for each in roster.companies) <= 1 or len(wanted.place) > LONGEST_PLACE:
        return card, None

    def says(other: int) -> Press:
        return press(Action.ROSTER, user_id, other, wanted.sort, wanted.only, wanted.place)

    order = choice(
        press(Action.RANK, user_id, wanted.only, wanted.place), _SORTS, hint="In which order?", chosen=[wanted.sort]
    )
    who = choice(
        press(Action.NARROW, user_id, wanted.sort, wanted.place), _ONLY, hint="Which ones?", chosen=[wanted.only]
    )
    return card, laid_out([order], [who], turns(at, pages, says))
