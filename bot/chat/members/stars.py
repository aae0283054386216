"""Members' ratings: a vote told, a symbol's stars, the leader board."""

from __future__ import annotations

import discord

from bot.cards.card import Card
from bot.cards.rating_card import FULL, LEAST, MOST_STARS, board_page, mean_words, rating_card, stars_words, voters
from bot.cards.words import titled
from bot.chat.parts import button, laid_out, turns
from bot.chat.ports import Desk, Ports
from bot.chat.press import Action, press


async def vote_words(ports: Ports, symbol: str, stars: int, *, guild_id: int) -> str:
    """Return the acknowledgement of a vote that is stored."""
    rated = await ports.ratings.rated(guild_id, symbol)
    name = titled(ports.desk.name_of(symbol), symbol)
    given = f"Stored: you give **{name}** {stars_words(stars)} ({stars} of {MOST_STARS})."
    return f"{given} This server: {mean_words(rated)} from {voters(rated.n)}."


async def rating_answer(ports: Ports, symbol: str, guild_id: int) -> tuple[Card, discord.ui.View | None]:
    """Return how a symbol is rated, and a button for each number of stars."""
    rated = await ports.ratings.rated(guild_id, symbol)
    buttons = [button(f"{stars} {FULL}", press(Action.RATE, stars, symbol)) for stars in range(1, MOST_STARS + 1)]
    return rating_card(rated, name=ports.desk.name_of(symbol)), laid_out(buttons)


async def board_answer(
    ports: Ports, *, guild_id: int, owner: int, page: int = 0
) -> tuple[Card, discord.ui.View | None]:
    """Return a page of the leader board, and what turns it."""
    board = await ports.ratings.board(guild_id, least=LEAST)
    card, at, pages = board_page(board, _names(ports.desk, [rated.symbol for rated in board]), page)
    return card, laid_out(turns(at, pages, lambda other: press(Action.BOARD, owner, other)))


def _names(desk: Desk, symbols: list[str]) -> dict[str, str]:
    return {symbol: desk.name_of(symbol) for symbol in symbols}
