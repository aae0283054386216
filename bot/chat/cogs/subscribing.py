"""What members want to hear of, and when not: subscribe, unsubscribe, subscriptions, snooze."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import ALL, Choices, matching, signal_choices
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_command
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from bot.chat.subscribers.snoozing import pause_choices, snooze_of
from bot.chat.subscribers.subscription_cards import names_of, subscriptions_answer
from bot.chat.subscribers.subscriptions import SEE_YOURS, Subscribing, end_matching, pause, wake
from bot.chat.subscribers.wishes import (
    is_here,
    own_subject_choices,
    signal_wanted,
    subject_choices,
    subject_wanted,
    where_choices,
    wish_of,
)

Word = commands.Range[str, 1, 100]
Words = commands.Range[str, 1, 200]


class Subscriptions(commands.Cog):
    """What single members are told of."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @hybrid_command(description="Get alerts by direct message, or be mentioned where a channel tells of them.")
    @app_commands.describe(
        signal="What to hear of (default: cross)",
        subject="A symbol, a group such as universe:smallcap, watchlist, or all (default: all)",
        where="dm, or here: to be mentioned in this channel (default: dm)",
    )
    async def subscribe(self, ctx: Asked, signal: Word = "", subject: Word = "", *, where: Words = "") -> None:
        """Store a subscription of the asker."""
        wish = wish_of(ctx, signal, subject, where)
        chosen, here = signal_wanted(wish.signal), is_here(wish.where)
        about = subject_wanted(self._ports.desk, chosen, wish.subject)
        await ctx.defer(ephemeral=True)
        asking = Subscribing(self._ports, ctx, chosen, about)
        await say(ctx, await (asking.here() if here else asking.directly()), ephemeral=True)

    @hybrid_command(description="End subscriptions: of a signal, of a subject, in a place, or all.")
    @app_commands.describe(
        signal="Those of this signal",
        subject="Those of this symbol, group or list; all ends every one",
        where="dm, or here: those that mention you in this channel",
    )
    async def unsubscribe(self, ctx: Asked, signal: Word = "", subject: Word = "", *, where: Words = "") -> None:
        """End those of the asker's subscriptions that are named."""
        wish = wish_of(ctx, signal, subject, where)
        if not wish:
            raise Refusal(f"say which: `unsubscribe STRL`, or `unsubscribe all`; {SEE_YOURS}")
        await ctx.defer(ephemeral=True)
        await say(ctx, await end_matching(self._ports, ctx, wish), ephemeral=True)

    @hybrid_command(ignore_extra=False, description="What comes to you, what holds it up, and what ends or pauses it.")
    async def subscriptions(self, ctx: Asked) -> None:
        """Show the asker's subscriptions."""
        await ctx.defer(ephemeral=True)
        card, view = await subscriptions_answer(self._ports, ctx.author.id, names_of(ctx.bot))
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)

    @hybrid_command(description="Hear nothing for a while: of every signal, or of one.")
    @app_commands.describe(
        duration="How long, such as 3d, 12h or 2w; off ends it", signal="Which signal (default: every one)"
    )
    async def snooze(self, ctx: Asked, duration: Word, *, signal: Words = "") -> None:
        """Store a snooze of the asker, or end one."""
        length, named = snooze_of(ctx, duration, signal)
        await ctx.defer(ephemeral=True)
        ports, user_id = self._ports, ctx.author.id
        until = None if length is None else ports.clock.now() + length
        stored = wake(ports, user_id, named) if until is None else pause(ports, user_id, named, until)
        await say(ctx, await stored, ephemeral=True)

    @subscribe.autocomplete("signal")
    @unsubscribe.autocomplete("signal")
    @snooze.autocomplete("signal")
    async def _signals(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return signal_choices(current, alertable=True)

    @subscribe.autocomplete("subject")
    async def _subjects(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return subject_choices(self._ports.desk, current)

    @unsubscribe.autocomplete("subject")
    async def _own_subjects(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        mine = (await self._ports.members.subscriber(interaction.user.id)).subscriptions
        return [*own_subject_choices(mine, current), *matching(current, [(ALL, f"{ALL}: every one")])][:25]

    @subscribe.autocomplete("where")
    @unsubscribe.autocomplete("where")
    async def _places(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return where_choices(current)

    @snooze.autocomplete("duration")
    async def _durations(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return pause_choices(current)
