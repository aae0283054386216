"""A member's own list of symbols: put on it, taken off it, shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import discord

from bot.cards.card import Card
from bot.cards.watch_card import TITLE, names_card
from bot.cards.words import escape
from bot.chat.errors import Refusal
from bot.chat.members.named import is_all, symbols_named
from bot.chat.parts import MOST_OPTIONS, choice, laid_out
from bot.chat.ports import Desk, Members, Ports
from bot.chat.press import Action, press
from bot.chat.words import joined
from bot.questions.parse import QuestionError

MOST_WATCHED = 50
"""Symbols one list may hold."""
_HOW_TO_FILL = "Your list is empty. `watch add STRL IWM` puts symbols on it; `scan watchlist` then looks through them."


async def put_on(members: Members, user_id: int, symbols: Sequence[str], at: datetime) -> str:
    """Put symbols on a member's list; return the acknowledgement."""
    before = (await members.subscriber(user_id)).watched
    new = [symbol for symbol in symbols if symbol not in before]
    if len(before) + len(new) > MOST_WATCHED:
        raise Refusal(
            f"your list holds at most {MOST_WATCHED} symbols and has {len(before)}, so nothing was stored: "
            "`watch remove` makes room"
        )
    await members.watch(user_id, symbols, at)
    on_it = f"({len(before) + len(new)} of {MOST_WATCHED}). `scan watchlist` looks through it."
    if not new:
        return f"{_bold(symbols)} {_are(symbols)} on your list already {on_it}"
    return f"Stored: {_bold(new)} {_are(new)} on your list now {on_it}"


async def take_off(desk: Desk, members: Members, user_id: int, typed: str) -> str:
    """Take the symbols that `typed` names, or all, off a member's list; return the acknowledgement."""
    watched = (await members.subscriber(user_id)).watched
    named = watched if is_all(typed) else _meant(desk, watched, typed)
    found = [symbol for symbol in named if symbol in watched]
    if not found:
        raise Refusal(f"{_bold(named)} {_are(named)} not on your list" if named else _HOW_TO_FILL)
    await members.unwatch(user_id, found)
    left = len(watched) - len(found)
    return f"Stored: {_bold(found)} {_are(found)} off your list. {left} {'is' if left == 1 else 'are'} left on it."


async def watched_answer(
    ports: Ports, user_id: int, guild_id: int | None, *, note: str = ""
) -> tuple[Card, discord.ui.View | None]:
    """Return a member's list, where each symbol of it stands, and what takes some of them off."""
    watched = (await ports.members.subscriber(user_id)).watched
    if not watched:
        return Card(TITLE, f"{note}\n\n{_HOW_TO_FILL}".strip()), None
    try:
        card = await ports.desk.watchlist(watched, guild_id=guild_id)
    except QuestionError as error:  # prices are being loaded, or many ask: the list itself is known all the same
        card = names_card(watched, str(error))
    return replace(card, text=f"{note}\n\n{card.text}".strip()), _removal(user_id, watched)


def taken_words(taken: Sequence[str]) -> str:
    """Return what was taken off a list."""
    return f"Stored: {_bold(taken)} {_are(taken)} off your list." if taken else "Nothing of that was on your list."


def _removal(user_id: int, watched: Sequence[str]) -> discord.ui.View | None:
    """Return as many selects as the list needs; each names which part of the list it holds."""
    parts = [watched[first : first + MOST_OPTIONS] for first in range(0, len(watched), MOST_OPTIONS)]
    rows = []
    for number, part in enumerate(parts):
        span = f" ({part[0]} to {part[-1]})" if len(parts) > 1 else ""
        options = [(symbol, symbol, "") for symbol in part]
        says = press(Action.UNWATCH, user_id, number)
        rows.append([choice(says, options, hint=f"Take symbols off your list{span}", most=len(part))])
    return laid_out(*rows)


def _meant(desk: Desk, watched: Sequence[str], typed: str) -> tuple[str, ...]:
    """Return the symbols that are meant; those on the list need not be followed any more."""
    written = tuple(dict.fromkeys(typed.replace(",", " ").upper().split()))
    return written if set(written) <= set(watched) else symbols_named(desk, typed, most=MOST_WATCHED)


def _bold(symbols: Sequence[str]) -> str:
    return joined(f"**{escape(symbol)}**" for symbol in symbols)


def _are(symbols: Sequence[str]) -> str:
    return "is" if len(symbols) == 1 else "are"
