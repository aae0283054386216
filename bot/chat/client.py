"""The client: one Discord connection, its commands, its buttons, and what it says when something goes wrong."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands
from discord.ext.commands.view import StringView

from bot.chat import attendance
from bot.chat.cogs.alerts import Alerts
from bot.chat.cogs.auditing import Auditing
from bot.chat.cogs.briefings import Briefings
from bot.chat.cogs.config import Config
from bot.chat.cogs.gating import Gating
from bot.chat.cogs.info import Info
from bot.chat.cogs.inquest import Inquests
from bot.chat.cogs.keywords import Keywords
from bot.chat.cogs.market import Market
from bot.chat.cogs.ordering import Ordering
from bot.chat.cogs.preferring import Preferring
from bot.chat.cogs.privacy import Privacy
from bot.chat.cogs.rating import Rating
from bot.chat.cogs.routing import Routing
from bot.chat.cogs.scanning import Scanning
from bot.chat.cogs.setup import Setup
from bot.chat.cogs.signals import Signals
from bot.chat.cogs.silencing import Silencing
from bot.chat.cogs.subscribing import Subscriptions
from bot.chat.cogs.thresholds import Thresholds
from bot.chat.cogs.watching import Watching
from bot.chat.door import Door, is_hushed
from bot.chat.errors import Refusal, TooSoon, friendly, line_for
from bot.chat.health import Pulse
from bot.chat.keywords import KeywordsUnknown, asked_in
from bot.chat.lines import Lines
from bot.chat.moderators.orders import end_orders
from bot.chat.pace import Pace, Rate
from bot.chat.permissions import need_files
from bot.chat.ports import Ports
from bot.chat.pressing import USES, use
from bot.chat.replies import UNANSWERED, Asked, Pressed, decline, decline_press, need_to_answer, not_arrived
from bot.chat.teaching.lessons import all_lessons, examples_of
from bot.clock import Clock, WallClock
from bot.people import THE_BOT

log = structlog.get_logger(__name__)

USER_RATE, CHANNEL_RATE, GUILD_RATE = Rate(10, 20.0), Rate(30, 20.0), Rate(60, 20.0)


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What an operator decides about the chat.

    Attributes
    ----------
    message_content : bool
        Whether prefix commands and mentions work; slash commands always do.
    user_rate, channel_rate, guild_rate : Rate
        How often one member, all in one channel, and all in one server may ask or press.
    timer : callable
        Seconds for the pace, never running backwards; not `bot.clock`, which a replay moves in leaps.
    wall : Clock
        The real time, which Discord's limits follow; not `Ports.clock`, for the same reason.
    connection : dict
        ``proxy``, ``connector`` and the like, as `discord.Client` takes them.
    """

    prefix: str = "!"
    message_content: bool = True
    user_rate: Rate = USER_RATE
    channel_rate: Rate = CHANNEL_RATE
    guild_rate: Rate = GUILD_RATE
    timer: Callable[[], float] = time.perf_counter
    wall: Clock = field(default_factory=WallClock)
    connection: dict[str, Any] = field(default_factory=dict)


class SmallcapTree(app_commands.CommandTree["SmallcapBot"]):
    """The slash commands; errors before a command begins are answered like all others."""

    async def on_error(self, interaction: Pressed, error: app_commands.AppCommandError, /) -> None:
        """Answer in one line."""
        if is_hushed(error):
            return
        if interaction.type is discord.InteractionType.autocomplete:
            line_for(error, autocomplete=True)
            return
        try:
            await decline_press(interaction, line_for(error))
        except UNANSWERED as failed:
            not_arrived(failed)


class SmallcapBot(commands.Bot):
    """The bot as Discord sees it; everything it knows comes through `ports`.

    Attributes
    ----------
    door : Door
        What every request passes.
    lines : Lines
        The websockets.
    pulse : Pulse
        When Discord was last heard of.
    admit : callable or None
        Asked before every IDENTIFY; what it raises ends the connection.
    """

    def __init__(self, options: ChatOptions, ports: Ports) -> None:
        self.options = options
        self.ports = ports
        self.drawing: dict[int, int] = {}
        self.door = Door(options.wall, ports.memory)
        self.lines = Lines(options.wall, self.door)
        self.pulse = Pulse(options.wall)
        self.admit: Callable[[], Awaitable[None]] | None = None
        self._pace = Pace({"user": options.user_rate, "channel": options.channel_rate, "guild": options.guild_rate})
        trace = self.door.trace()
        self.lines.follow(trace)
        super().__init__(
            prefixes,
            tree_cls=SmallcapTree,
            help_command=None,
            case_insensitive=True,
            strip_after_prefix=True,
            intents=intents_for(message_content=options.message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            enable_debug_events=True,  # the only public sight of heartbeats and their acknowledgements
            http_trace=trace,
            **options.connection,
        )
        self.lines.listen(self.http)
        self.add_check(self._in_turn, call_once=True)

    @property
    def shown_prefix(self) -> str | None:
        """What prefix commands begin with; None where there are none."""
        return self.options.prefix if self.options.message_content else None

    async def setup_hook(self) -> None:
        """Add commands and buttons, and tell Discord of the commands where they have changed."""
        ports = self.ports
        await self.add_cog(Market(ports.desk, ports.pictures))
        await self.add_cog(Signals(ports.desk, ports.pictures))
        await self.add_cog(Info(ports.desk, ports.pictures, self.shown_prefix))
        await self.add_cog(Briefings(ports))
        await self.add_cog(Scanning(ports))
        await self.add_cog(Gating(ports))
        await self.add_cog(Inquests(ports))
        await self.add_cog(Watching(ports))
        await self.add_cog(Rating(ports))
        await self.add_cog(Subscriptions(ports))
        await self.add_cog(Preferring(ports))
        await self.add_cog(Privacy(ports))
        await self.add_cog(Setup(ports))
        await self.add_cog(Alerts(ports))
        await self.add_cog(Routing(ports))
        await self.add_cog(Ordering(ports))
        await self.add_cog(Keywords(ports, self.shown_prefix))
        await self.add_cog(Thresholds(ports))
        await self.add_cog(Silencing(ports))
        await self.add_cog(Auditing(ports))
        await self.add_cog(Config(ports, self.shown_prefix))
        await self._sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep discord.py's own distance between two IDENTIFYs, and to the day's budget."""
        await super().before_identify_hook(shard_id, initial=initial)
        if self.admit is not None:
            await self.admit()

    async def on_socket_raw_receive(self, message: str) -> None:
        """Note heartbeats."""
        self.pulse.heard(message)

    async def on_socket_event_type(self, event_type: str) -> None:
        """Note events."""
        self.pulse.dispatched(event_type)

    async def on_message(self, message: discord.Message, /) -> None:
        """Obey prefix commands and keywords, unless the operator has switched them off."""
        if not self.options.message_content:
            return
        try:
            paper = await asked_in(message, self.ports.configuration, self.options.prefix)
        except KeywordsUnknown as unknown:
            log.warning("a message was not compared with the keywords", reason=str(unknown), exc_info=unknown)
            paper = None
        if paper is None:
            await self.process_commands(message)
        else:
            await self._hand_out(paper, message)

    async def on_interaction(self, interaction: Pressed) -> None:
        """Answer components and forms; commands are answered by their tree."""
        if interaction.type in USES:
            await use(interaction, self)

    async def on_ready(self) -> None:
        """Note the servers entered and left meanwhile."""
        await attendance.counted(self, self.ports)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Note a new server, and say hello there."""
        await attendance.entered(guild, self.ports)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note that the bot has left a server; in an outage of Discord's it has not, and is not told so."""
        await self.ports.guilds.leave(guild.id, self.ports.clock.now())

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """End the alerts of a channel that is gone: nobody could say `alerts off` in it any more."""
        await self._end_routes(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """End the alerts of a thread that is gone."""
        await self._end_routes(payload.guild_id, payload.thread_id)

    async def on_command_error(self, ctx: Asked, error: commands.CommandError, /) -> None:
        """Answer in one line; a defect of ours is logged under the id that the line names."""
        line = None if is_hushed(error) else self._line(ctx, error)
        if line is None:
            return
        try:
            await decline(ctx, line)
        except UNANSWERED as failed:
            not_arrived(failed)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log what went wrong outside any command."""
        if is_hushed(sys.exc_info()[1]):
            return
        log.error("an event was not handled", discord_event=event_method, exc_info=sys.exc_info())

    def take_turn(self, user_id: int, guild_id: int | None, channel_id: int | None) -> None:
        """Count one use; refuse where that was too soon after the last ones."""
        where = {"user": user_id, "guild": guild_id, "channel": channel_id if guild_id else None}
        wait = self._pace.wait_s(where, self.options.timer())
        if wait > 0:
            raise TooSoon(wait)

    async def _hand_out(self, paper: str, message: discord.Message) -> None:
        """Do as if the command had been given; where it could not be answered, it was hardly meant for us."""
        ctx: Asked = await self.get_context(message)
        try:
            need_to_answer(ctx)
            need_files(ctx)
        except (commands.BotMissingPermissions, Refusal):
            return
        ctx.command, ctx.view = self.get_command("briefing"), StringView(paper)
        await self.invoke(ctx)

    async def _end_routes(self, guild_id: int, channel_id: int) -> None:
        now = self.ports.clock.now()
        ended = await self.ports.routes.remove(guild_id=guild_id, channel_id=channel_id, by=THE_BOT, at=now)
        ended += await end_orders(self.ports.configuration, guild_id, channel_id, now)
        if ended:
            log.info("alerts ended with their channel", guild=guild_id, channel=channel_id, routes=ended)

    async def _in_turn(self, ctx: Asked) -> bool:
        self.take_turn(ctx.author.id, ctx.guild.id if ctx.guild else None, ctx.channel.id)
        need_to_answer(ctx)
        return True

    def _line(self, ctx: Asked, error: commands.CommandError) -> str | None:
        if isinstance(error, commands.CommandNotFound):
            line = self._near(ctx)
            return line if line and self._is_welcome(ctx) else None
        if isinstance(error, TooSoon) and ctx.interaction is None:
            is_news = self._pace.is_news(ctx.author.id, error.wait_s, self.options.timer())
            return friendly(error) if is_news else None
        line = friendly(error)
        if line is None:
            return line_for(error, command=ctx.command and ctx.command.qualified_name, guild=ctx.guild and ctx.guild.id)
        if isinstance(error, commands.UserInputError) and ctx.command is not None:
            prefix = self.options.prefix if ctx.interaction is None else None
            line = f"{line} {examples_of(ctx.command.qualified_name, prefix)}".strip()
        return line

    def _near(self, ctx: Asked) -> str | None:
        """Return what may have been meant; None where the message was hardly for us."""
        known = {lesson.command.split()[0] for lesson in all_lessons()}
        near = get_close_matches((ctx.invoked_with or "").lower()[:40], known, n=1, cutoff=0.7)
        if near:
            return f"Did you mean `{self.options.prefix}{near[0]}`? `{self.options.prefix}help` lists everything."
        was_addressed = ctx.prefix not in {self.options.prefix, None}
        return f"I do not know that: `{self.options.prefix}help` lists what I do." if was_addressed else None

    def _is_welcome(self, ctx: Asked) -> bool:
        """Whether to guess what was meant: it may have been for another bot, and nobody is written to for that."""
        try:
            need_to_answer(ctx)
            self.take_turn(ctx.author.id, ctx.guild.id if ctx.guild else None, ctx.channel.id)
        except (Refusal, commands.BotMissingPermissions):
            return False
        return True

    async def _sync(self) -> None:
        """Sync globally only where the commands differ from those last synced: Discord limits how often."""
        described = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
        key = f"commands of {self.application_id}"
        if await self.ports.memory.get(key) == digest:
            return
        try:
            await self.tree.sync()
        except UNANSWERED as error:
            log.warning("the slash commands could not be synced; the next start tries again", reason=str(error))
            return
        await self.ports.memory.set(key, digest)
        log.info("slash commands synced", commands=len(described))


def prefixes(bot: SmallcapBot, message: discord.Message) -> list[str]:
    """Return what a command may begin with: the prefix, a mention of the bot, in a direct message nothing at all."""
    begins = [*commands.when_mentioned(bot, message), bot.options.prefix]
    return begins if message.guild else [*begins, ""]


def intents_for(*, message_content: bool) -> discord.Intents:
    """Return the least that is needed: servers, and messages where prefix commands are wanted."""
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = intents.dm_messages = intents.message_content = message_content
    return intents
