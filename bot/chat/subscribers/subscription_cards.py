"""The panel of a member's subscriptions: what comes, from where, what holds it up, and what ends or pauses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import discord

from bot.cards.card import Card, Field
from bot.cards.words import escape, listed
from bot.chat.parts import A_ROW, MOST_OPTIONS, Part, button, choice, laid_out, turns
from bot.chat.ports import Ports
from bot.chat.press import Action, press
from bot.chat.subjects import everything_of
from bot.chat.subscribers.preferring import preference_words
from bot.chat.subscribers.subscriptions import holding_snoozes, signal_words, subscription_words, where_words
from bot.chat.words import sentence
from bot.people import NO_GUILD, Snooze, Subscriber, Subscription

PAUSES = {"1d": "Snooze 1 day", "3d": "Snooze 3 days", "1w": "Snooze 1 week"}
WAKE = "off"

GuildName = Callable[[int], str | None]
"""Name of a server by its number; None where the bot does not know it (any more)."""

_ROOM = 3000
_NONE_YET = (
    "You have no subscriptions yet. `subscribe STRL` sends you every cross of STRL by direct message; "
    "`subscribe universe:smallcap` or `subscribe watchlist` hold many symbols in one."
)


def names_of(client: discord.Client) -> GuildName:
    """Return what names the servers that the bot is in."""

    def name_of(guild_id: int) -> str | None:
        guild = client.get_guild(guild_id)
        return guild.name if guild else None

    return name_of


async def subscriptions_answer(
    ports: Ports, user_id: int, name_of: GuildName, *, page: int = 0, note: str = ""
) -> tuple[Card, discord.ui.View | None]:
    """Return a page of a member's subscriptions with what belongs to it, and the components that change them."""
    mine = await ports.members.subscriber(user_id)
    trouble = await ports.members.direct_off(user_id)
    snoozes = holding_snoozes(mine, ports.clock.now())
    pages = max(1, -(-len(mine.subscriptions) // MOST_OPTIONS))
    at = min(page, pages - 1)
    shown = mine.subscriptions[at * MOST_OPTIONS : (at + 1) * MOST_OPTIONS]
    card = Card(
        "Your subscriptions" + (f", page {at + 1} of {pages}" if pages > 1 else ""),
        "\n\n".join(part for part in (note, _trouble_words(trouble), _listed(shown, name_of)) if part),
        tone="warning" if trouble else "neutral",
        fields=_fields(mine, snoozes),
        footer="subscribe [signal] [symbol, group or watchlist] [here or dm] makes one; what you end ends at once.",
    )
    return card, laid_out(_ending(user_id, shown, at), _pauses(user_id, snoozes), _more(user_id, at, pages))


def _listed(shown: Sequence[Subscription], name_of: GuildName) -> str:
    return listed([_line(one, name_of) for one in shown], _ROOM) if shown else _NONE_YET


def _line(one: Subscription, name_of: GuildName) -> str:
    return f"• {subscription_words(one)}: {where_words(one)}, by {_whose(one, name_of)}"


def _whose(one: Subscription, name_of: GuildName) -> str:
    if one.guild_id == NO_GUILD:
        return "the default thresholds"
    name = name_of(one.guild_id)
    return f"the thresholds of {escape(name)}" if name else "the thresholds of a server that I am not in any more"


def _trouble_words(reason: str | None) -> str:
    if reason is None:
        return ""
    return (
        f"✗ **Your direct messages are switched off:** {escape(sentence(reason))} Allow them in the menu of a server "
        "we share, **Privacy Settings**, then press **Send me a test**: alerts come again once it arrives."
    )


def _fields(mine: Subscriber, snoozes: Sequence[Snooze]) -> tuple[Field, ...]:
    preferred = Field("How direct messages come", f"{sentence(preference_words(mine.preferences))}")
    lines = [f"{signal_words(one.signal)} until <t:{int(one.until.timestamp())}:f>" for one in snoozes]
    return (preferred, Field("Snoozed", "\n".join(lines))) if lines else (preferred,)


def _ending(user_id: int, shown: Sequence[Subscription], page: int) -> list[Part]:
    options = [(str(one.id), f"{one.signal} of {_bare(one)}", _place(one)) for one in shown]
    says = press(Action.UNSUBSCRIBE, user_id, page)
    return [choice(says, options, hint="End some of them…", most=len(options))] if options else []


def _bare(one: Subscription) -> str:
    """Return a subject for a place that knows no markup."""
    return one.subject or everything_of(one.signal)


def _place(one: Subscription) -> str:
    return "by direct message" if one.is_direct else "mentioned in a channel"


def _pauses(user_id: int, snoozes: Sequence[Snooze]) -> list[Part]:
    pauses = [button(words, press(Action.SNOOZE, user_id, length)) for length, words in PAUSES.items()]
    return [*pauses, button("Wake up", press(Action.SNOOZE, user_id, WAKE), is_off=not snoozes)]


def _more(user_id: int, page: int, pages: int) -> list[Part]:
    others = [
        button("Preferences", press(Action.PREFERENCES, user_id), "primary"),
        button("Send me a test", press(Action.TEST_DIRECT, user_id)),
    ]
    return [*others, *turns(page, pages, partial(press, Action.SUBSCRIPTIONS, user_id))][:A_ROW]
