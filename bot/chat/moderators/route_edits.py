"""From what a moderator wants of routes to what is stored: all of it in one change, which names who made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import discord

from bot.chat.choices import symbol_or_none
from bot.chat.errors import Refusal
from bot.chat.moderators.roles import role_named
from bot.chat.moderators.route_words import RouteWords, cadence_of
from bot.chat.ports import Ports
from bot.chat.subjects import subjects_of
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import Change, Edit, Noun
from bot.questions.parse import QuestionError
from bot.records import Route
from signals.catalog import SIGNALS
from signals.definition import Signal
from signals.errors import SignalError

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what to the routes of one channel, as the audit tells it."""

    guild_id: int
    channel_id: int
    by: int
    action: str


def wanted_of(guild: discord.Guild, ports: Ports, signals: Iterable[Signal], words: RouteWords) -> dict[str, Any]:
    """Return the fields of a route that the words name; refuse what cannot be."""
    wanted: dict[str, Any] = {}
    if words.subjects:
        for signal in signals:
            wanted["subjects"] = list(_subjects(ports, signal, words.subjects))
    if words.importance:
        wanted["importance"] = words.importance
    if words.role:
        role = role_named(guild, words.role)
        wanted["role_id"] = role.id if role else None
    if words.cadence:
        cadence, at = cadence_of(words.cadence)
        wanted |= {"cadence": cadence.value, "daily_at": f"{at:%H:%M}" if at else None}
    return wanted


async def merge(ports: Ports, deed: Deed, signals: Iterable[str], wanted: Row) -> Change:
    """Store a route of each signal: what `wanted` names, the rest as it was, or fresh."""
    return await change_routes(ports, deed, dict.fromkeys(signals, wanted))


async def end(ports: Ports, deed: Deed, signals: Iterable[str]) -> Change:
    """End the channel's routes of the signals."""
    return await change_routes(ports, deed, dict.fromkeys(signals))


async def change_routes(ports: Ports, deed: Deed, wanted: Mapping[str, Row | None]) -> Change:
    """Store what is named of the channel's routes by signal, in one change; None ends one.

    A channel that was switched off is taken for sound again where a route is stored, even the same as before.
    """
    edits = [Edit(Noun.ROUTE, f"{deed.channel_id} {signal}", named) for signal, named in wanted.items()]
    return await ports.configuration.change(
        guild_id=deed.guild_id, by=deed.by, at=ports.clock.now(), action=deed.action, edits=edits
    )


async def routes_at(ports: Ports, guild_id: int, channel_id: int, signals: Sequence[str] = ()) -> list[Route]:
    """Return the channel's routes: of the signals, or all of them."""
    routes = await ports.routes.list(guild_id)
    return [route for route in routes if route.channel_id == channel_id and (not signals or route.signal in signals)]


async def need_routes(ports: Ports, guild_id: int, channel_id: int, signals: Sequence[str] = ()) -> list[Route]:
    """Return the channel's routes; raise where there is none to work on."""
    found = await routes_at(ports, guild_id, channel_id, signals)
    if not found:
        of = f" of {', '.join(signals)}" if signals else ""
        raise Refusal(f"no alerts{of} come to <#{channel_id}>: `route add` brings some, `route list` shows where")
    return found


def _subjects(ports: Ports, signal: Signal, typed: str) -> tuple[str, ...]:
    """Return what the words name; a first word that is nearly a signal is taken for one."""
    try:
        return subjects_of(ports.desk, signal, typed)
    except (SignalError, QuestionError):
        first = typed.split(maxsplit=1)[0].lower()
        near = get_close_matches(first, [s.name for s in SIGNALS if s.kinds], n=1)
        if not near or symbol_or_none(ports.desk, first):
            raise
        raise Refusal(f"there is no signal {safe(first, TYPED_SHOWN)}: did you mean {near[0]}?") from None
