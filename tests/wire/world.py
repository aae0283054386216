"""Where the loopback Discord's bot is: guilds, their channels, and what it may do in each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.wire.shapes import (
    ALERTS,
    APPLICATION,
    BOT_CHANNEL,
    EVERYONE,
    GUILD,
    MANAGE_GUILD,
    MEMBER,
    MODERATOR,
    member_json,
    role_json,
    user_json,
)

TEXT, DIRECT = 0, 1
BUILT = 910_000_000_000_000_000
"""Ids of built guilds start here; one apart in the bits that Discord's sharding formula looks at."""
DIRECT_BASE = 990_000_000_000_000_000


@dataclass(slots=True)
class Channel:
    """A text channel of a guild, or the direct messages with `recipient`."""

    id: int
    guild_id: int | None
    name: str
    permissions: int = EVERYONE
    """What the bot may do here."""
    exists: bool = True
    recipient: int | None = None

    @property
    def kind(self) -> int:
        return TEXT if self.recipient is None else DIRECT

    def may(self, needed: int) -> bool:
        return self.recipient is not None or self.permissions & needed == needed


@dataclass(slots=True)
class Guild:
    """A guild; its default role may do what `EVERYONE` says, a channel's overwrite tells the rest."""

    id: int
    owner_id: int
    name: str
    system_channel_id: int | None = None
    bot_is_member: bool = True
    channels: list[Channel] = field(default_factory=list)


@dataclass
class World:
    """All there is."""

    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    refuses_direct: set[int] = field(default_factory=set)
    """People whose privacy settings keep the bot's direct messages away."""

    @classmethod
    def loopback(cls) -> World:
        """Return the one guild most tests need."""
        guild = Guild(GUILD, MODERATOR + 99, "Loopback", BOT_CHANNEL)
        guild.channels = [Channel(ALERTS, GUILD, "alerts"), Channel(BOT_CHANNEL, GUILD, "bot")]
        world = cls()
        world.add(guild)
        return world

    @classmethod
    def build(cls, guilds: int, channels: int = 1, permissions: int = EVERYONE) -> World:
        """Return so many guilds with so many channels each; the first channel takes the system messages."""
        world = cls()
        for n in range(guilds):
            home = BUILT + (n << 22)
            rooms = [Channel(home + 1 + m, home, f"channel-{m}", permissions) for m in range(channels)]
            world.add(Guild(home, MODERATOR + 99, f"guild-{n}", rooms[0].id if rooms else None, channels=rooms))
        return world

    def add(self, guild: Guild) -> None:
        """Let `guild` and its channels be."""
        self.guilds[guild.id] = guild
        self.channels.update((channel.id, channel) for channel in guild.channels)

    def direct_with(self, user: int) -> Channel:
        """Return the direct messages with `user`, the same each time."""
        return self.channels.setdefault(DIRECT_BASE + user, Channel(DIRECT_BASE + user, None, "", recipient=user))

    def has_left(self, channel: Channel) -> bool:
        """Whether the bot is no longer in the channel's guild."""
        return channel.guild_id is not None and not self.guilds[channel.guild_id].bot_is_member

    def joined(self) -> list[Guild]:
        """Return the guilds the bot is in."""
        return [guild for guild in self.guilds.values() if guild.bot_is_member]


def channel_json(channel: Channel) -> dict[str, Any]:
    shared = {"id": str(channel.id), "type": channel.kind, "last_message_id": None, "flags": 0}
    if channel.recipient is not None:
        return {**shared, "recipients": [user_json(channel.recipient)]}
    overwrites = []
    if channel.permissions != EVERYONE:
        allow, deny = channel.permissions & ~EVERYONE, EVERYONE & ~channel.permissions
        overwrites = [{"id": str(APPLICATION), "type": 1, "allow": str(allow), "deny": str(deny)}]
    return {
        **shared,
        "name": channel.name,
        "position": 0,
        "guild_id": str(channel.guild_id),
        "permission_overwrites": overwrites,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "topic": None,
        "parent_id": None,
    }


def guild_json(guild: Guild) -> dict[str, Any]:
    """Return what Get Guild says of it: no channels, no members."""
    moderators = role_json(guild.id + 1, "moderators", EVERYONE | MANAGE_GUILD)
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "banner": None,
        "owner_id": str(guild.owner_id),
        "region": "",
        "afk_channel_id": None,
        "afk_timeout": 60,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [role_json(guild.id, "@everyone", EVERYONE), moderators],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "system_channel_id": str(guild.system_channel_id) if guild.system_channel_id else None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "preferred_locale": "en-US",
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "description": None,
        "vanity_url_code": None,
    }


def guild_create_json(guild: Guild) -> dict[str, Any]:
    """Return what the gateway tells when the bot meets the guild."""
    people = (APPLICATION, MODERATOR, MEMBER)
    return {
        **guild_json(guild),
        "large": False,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "member_count": len(people),
        "unavailable": False,
        "voice_states": [],
        "members": [{**member_json(user, guild.id), "user": user_json(user)} for user in people],
        "channels": [
            {**channel_json(channel), "position": n} for n, channel in enumerate(guild.channels) if channel.exists
        ],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
