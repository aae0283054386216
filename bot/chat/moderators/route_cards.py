"""Which channel gets what, in words and as pages; the channels that need mending first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import discord

from bot.alerts.route import subject_words
from bot.cards.card import Card
from bot.cards.embed import DESCRIPTION
from bot.cards.words import escape, length, listed
from bot.chat.parts import laid_out, turns
from bot.chat.press import Action, press
from bot.chat.subjects import everything_of
from bot.chat.whereabouts import CHANNEL_GONE
from bot.people import THE_BOT, Cadence
from bot.records import Destination, Route

SYMBOLS_ROOM = 300
A_PAGE = 2600
"""Characters of channels on a page; the rest of an embed is for what needs mending."""
PLAIN_PAGE = 900
"""The same where there are plain words alone."""

_NOTHING = "No channel gets alerts yet. Say `alerts here` in the channel that shall."


def routes_card(routes: Sequence[Route], ailing: Sequence[Destination] = (), *, room: int = DESCRIPTION) -> Card:
    """Return the server's routes in at most `room` characters, the channels that need mending first.

    What does not fit is counted: the routes, and each kind of trouble, by themselves.
    """
    trouble = trouble_words(ailing, room // 3)
    lines = [f"• {route_words(route)}{_setter(route)}" for route in routes] or [_NOTHING]
    left = room - length(trouble)
    text = trouble + (_part("Who gets what", lines, left) if trouble else listed(lines, left))
    return Card("Alerts in this server", text, tone=_tone(ailing))


def routes_page(
    routes: Sequence[Route], ailing: Sequence[Destination], page: int, *, zone: str, room: int = A_PAGE
) -> tuple[Card, int, int]:
    """Return one page of the server's routes, a block per channel, which page it is, and how many there are.

    A page beyond the end is the last one; what needs mending stands on the first.
    """
    channels: dict[int, list[Route]] = {}
    for route in routes:
        channels.setdefault(route.channel_id, []).append(route)
    pages = pages_of([_block(channel, of, room) for channel, of in channels.items()] or [_NOTHING], room)
    at = min(page, len(pages) - 1)
    trouble = "" if at else trouble_words(ailing, (DESCRIPTION - A_PAGE) // 2)
    foot = [f"page {at + 1} of {len(pages)}"] if len(pages) > 1 else []
    if any(route.cadence is Cadence.DAILY for route in routes):
        foot.append(f"daily hours are in {zone} time")
    return (
        Card("Routes of this server", trouble + pages[at], tone=_tone(ailing), footer=" · ".join(foot)),
        at,
        len(pages),
    )


def pages_view(action: Action, page: int, pages: int) -> discord.ui.View | None:
    """Return the buttons that turn pages; none where there is one page."""
    return laid_out(turns(page, pages, partial(press, action)))


def pages_of(blocks: Iterable[str], room: int) -> list[str]:
    """Return blocks of text as pages of at most `room` characters; a block is never torn apart."""
    pages: list[str] = []
    for block in blocks:
        if pages and length(pages[-1]) + 2 + length(block) <= room:
            pages[-1] += f"\n\n{block}"
        else:
            pages.append(block)
    return pages


def trouble_words(ailing: Sequence[Destination], room: int) -> str:
    """Return what needs mending, each kind of trouble in at most `room` characters, to stand before the rest."""
    off = [_off_words(found) for found in ailing if found.off_since is not None]
    plain = [_plain_words(found) for found in ailing if found.off_since is None and found.is_plain]
    parts = [_part(title, lines, room) for title, lines in (("Switched off", off), ("In plain words only", plain))]
    return "".join(f"{part}\n\n" for part in parts if part)


def route_words(route: Route) -> str:
    """Return a route in words."""
    return f"<#{route.channel_id}> gets {signal_words(route)}"


def signal_words(route: Route) -> str:
    """Return what a route brings, without where to."""
    more = [
        f"importance {route.importance} and up" if route.importance > 1 else "",
        f"daily at {route.daily_at:%H:%M}" if route.cadence is Cadence.DAILY and route.daily_at else "",
        f"pinging <@&{route.role_id}>" if route.role_id else "",
    ]
    return ", ".join([f"**{escape(route.signal)}** of {escape(symbols_words(route))}", *filter(None, more)])


def symbols_words(route: Route) -> str:
    """Return the subjects of a route, whole ones alone, and how many more there are."""
    shown = [subject_words(subject) for subject in route.subjects]
    while len(", ".join(shown)) > SYMBOLS_ROOM:
        shown.pop()
    left = len(route.subjects) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "") or everything_of(route.signal)


def _block(channel_id: int, routes: Sequence[Route], room: int) -> str:
    lines = [f"• {signal_words(route)}{_setter(route)}" for route in routes]
    head = f"**<#{channel_id}>**\n"
    return head + listed(lines, room - length(head))


def _setter(route: Route) -> str:
    """Return who set a route; a moderator who had themselves forgotten is not named."""
    return f", set by <@{route.created_by}>" if route.created_by != THE_BOT else ""


def _part(title: str, lines: Sequence[str], room: int) -> str:
    """Return lines below a title, as many as there is room for; nothing where there are none."""
    head = f"**{title}**\n"
    return head + listed(lines, room - length(head) - 2) if lines else ""


def _tone(ailing: Iterable[Destination]) -> str:
    return "warning" if any(found.off_since is not None for found in ailing) else "neutral"


def _off_words(found: Destination) -> str:
    since = f", <t:{int(found.off_since.timestamp())}:R>" if found.off_since else ""
    return f"✗ <#{found.channel_id}>{since}: {escape(found.reason)}.{_mend(found)}"


def _mend(found: Destination) -> str:
    if found.reason == CHANNEL_GONE:
        return " Say `alerts here` in another."
    return " Once that is mended, say `alerts here` in it."


def _plain_words(found: Destination) -> str:
    return f"• <#{found.channel_id}>: the bot lacks Embed Links. Give it that, then say `alerts here` in it."
