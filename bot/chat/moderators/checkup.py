"""What `alerts doctor` finds: what the bot may do in every routed channel, what is switched off, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord
import structlog

from bot.cards.words import escape, listed
from bot.chat.moderators.config_file import OF_CHANNELS
from bot.chat.moderators.invite import needed_in
from bot.chat.moderators.orders import orders_in
from bot.chat.moderators.places import lacks
from bot.chat.moderators.roles import ping_trouble, taking_trouble
from bot.chat.ports import Ports
from bot.chat.whereabouts import CHANNEL_GONE
from bot.chat.words import joined, permission_words, sentence
from bot.people import Edit
from bot.records import Destination, Route

log = structlog.get_logger(__name__)

MOST_ASKED_AFTER = 20
"""So many channels that the gateway has not told of are asked after at once: archived threads, or gone for good."""
BLOCK = 1200
TRY_AGAIN, END_GONE = "Try again", "Remove routes of gone channels"
_UNTOLD = "nobody has told of it yet: look again later"
_FOR_COMFORT = {"manage_roles", "read_message_history"}
"""What alerts arrive without."""
_GONE, _HIDDEN = 10003, 50001
"""Discord's codes for a channel that is gone, and one that the bot may not see."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one channel is.

    Attributes
    ----------
    needed : tuple of (str, bool)
        What alerts need there, by Discord's names, and whether the bot has it; empty where nobody knows.
    ills : tuple of str
        What is the matter, each with its fix.
    off : Destination or None
        It is switched off, or takes plain words alone.
    """

    channel_id: int
    needed: tuple[tuple[str, bool], ...] = ()
    ills: tuple[str, ...] = ()
    is_gone: bool = False
    off: Destination | None = None

    @property
    def is_well(self) -> bool:
        """Whether alerts arrive there, pings and pictures included."""
        return not self.ills

    @property
    def may_be_tried(self) -> bool:
        """Whether it is switched off or plain, and the bot may post there now."""
        is_allowed = all(has for name, has in self.needed if name not in _FOR_COMFORT)
        return self.off is not None and bool(self.needed) and is_allowed


@dataclass(frozen=True, slots=True)
class Checkup:
    """How a server's channels are, the ailing ones first."""

    findings: tuple[Finding, ...]
    has_roles: bool = False

    @property
    def ailing(self) -> int:
        """How many channels need mending."""
        return sum(not finding.is_well for finding in self.findings)


async def examine(guild: discord.Guild, ports: Ports) -> Checkup:
    """Look at every channel that gets alerts or papers."""
    routes, off = await ports.routes.list(guild.id), await ports.destinations.off(guild.id)
    rows = await ports.configuration.rows(guild.id, ports.clock.now())
    channels: dict[int, list[Route]] = {}
    for route in routes:
        channels.setdefault(route.channel_id, []).append(route)
    for channel_id, _, _ in orders_in(rows):
        channels.setdefault(channel_id, [])
    ailing = {found.channel_id: found for found in off}
    unknown = [channel_id for channel_id in channels if guild.get_channel_or_thread(channel_id) is None]
    asked_after = {channel_id: await _asked_after(guild, channel_id) for channel_id in unknown[:MOST_ASKED_AFTER]}
    moderators = (await ports.configuration.settings(guild.id)).moderator_role_id
    findings = [
        _finding(
            guild,
            _Wanted(channel_id, tuple(sorted({route.role_id for route in of if route.role_id}))),
            ailing.get(channel_id),
            asked_after.get(channel_id, ""),
            moderators,
        )
        for channel_id, of in channels.items()
    ]
    return Checkup(
        tuple(sorted(findings, key=lambda finding: finding.is_well)),
        has_roles=any(route.role_id for route in routes),
    )


async def revive(guild: discord.Guild, ports: Ports, by: int) -> list[int]:
    """Take channels for sound again in which the bot may do now what it must; return which.

    Their routes and orders are stated again as they are: that says somebody wants them, and changes nothing.
    """
    well = {finding.channel_id for finding in (await examine(guild, ports)).findings if finding.may_be_tried}
    await _restate(guild.id, ports, by, well, "alerts doctor: try again", is_end=False)
    return sorted(well)


async def prune(guild: discord.Guild, ports: Ports, by: int) -> list[int]:
    """End the routes and orders of channels that are gone; return which."""
    gone = {finding.channel_id for finding in (await examine(guild, ports)).findings if finding.is_gone}
    await _restate(guild.id, ports, by, gone, "alerts doctor: end routes of channels that are gone", is_end=True)
    return sorted(gone)


def finding_words(finding: Finding) -> str:
    """Return how a channel is, as a block of lines."""
    mark = "✓" if finding.is_well else "✗"
    held = [f"{'✓' if has else '✗'} {permission_words(name)}" for name, has in finding.needed]
    lines = [f"{mark} **<#{finding.channel_id}>**", *([" · ".join(held)] if held else []), *finding.ills]
    return listed(lines, BLOCK)


async def _restate(guild_id: int, ports: Ports, by: int, channels: set[int], action: str, *, is_end: bool) -> None:
    now = ports.clock.now()
    rows = await ports.configuration.rows(guild_id, now)
    edits = [
        Edit(noun, key, None if is_end else row)
        for (noun, key), row in rows.items()
        if noun in OF_CHANNELS and int(key.partition(" ")[0]) in channels
    ]
    if edits:
        await ports.configuration.change(guild_id=guild_id, by=by, at=now, action=action, edits=edits)


async def _asked_after(guild: discord.Guild, channel_id: int) -> str:
    """Return what Discord says of a channel that the gateway has not told of: gone, or why nobody can see it."""
    try:
        await guild.fetch_channel(channel_id)
    except discord.InvalidData:
        return CHANNEL_GONE  # another server's
    except discord.HTTPException as error:
        if error.code == _GONE:
            return CHANNEL_GONE
        log.info("channel_not_examined", channel=channel_id, code=error.code)
        if error.code == _HIDDEN:
            return "the bot cannot see it: give it View Channel"
        return "Discord does not say how it is now: look again later"
    return "it is an archived thread: alerts open it again"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A channel in which something is to be posted, and the roles that it pings."""

    channel_id: int
    roles: tuple[int, ...]


def _finding(
    guild: discord.Guild, wanted: _Wanted, off: Destination | None, said: str, moderators: int | None
) -> Finding:
    channel_id, roles = wanted.channel_id, wanted.roles
    place = guild.get_channel_or_thread(channel_id)
    if place is None:
        is_gone = said == CHANNEL_GONE
        fix = f": press “{END_GONE}”" if is_gone else ""
        return Finding(channel_id, ills=(f"✗ {sentence(said or _UNTOLD)[:-1]}{fix}.",), is_gone=is_gone, off=off)
    missing = lacks(place)
    needed = tuple((name, name not in missing) for name in needed_in(place))
    if roles:
        needed = (*needed, ("manage_roles", guild.me.guild_permissions.manage_roles))
    of_roles = (ill for role in roles for ill in _role_ills(place, guild.get_role(role), moderators))
    ills = [*_lacking(missing), *_off(off, missing), *of_roles]
    return Finding(channel_id, needed, tuple(ills), off=off)


def _lacking(missing: Sequence[str]) -> list[str]:
    if not missing:
        return []
    return [f"→ In the channel's settings, under Permissions, allow my role {joined(map(permission_words, missing))}."]


def _off(off: Destination | None, missing: Sequence[str]) -> list[str]:
    if off is None:
        return []
    next_step = f"Mend that, then press “{TRY_AGAIN}”" if missing else f"It can be mended now: press “{TRY_AGAIN}”"
    if off.off_since is None:
        return [f"✗ It gets plain words only. {next_step}."]
    return [f"✗ Switched off <t:{int(off.off_since.timestamp())}:R>: {escape(off.reason)}. {next_step}."]


def _role_ills(
    place: discord.abc.GuildChannel | discord.Thread, role: discord.Role | None, moderators: int | None
) -> list[str]:
    if role is None:
        return ["✗ Its role is gone: say `route edit role:none`, or `alerts role` for a new one."]
    unheard = ping_trouble(role, place.permissions_for(place.guild.me))
    untaken = taking_trouble(role, moderators)
    return [
        *([f"✗ {sentence(unheard)}"] if unheard else []),
        *([f"✗ Members cannot take its role by a button: {untaken}."] if untaken else []),
    ]
