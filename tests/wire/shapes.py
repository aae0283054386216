"""Who and what the loopback Discord knows, in the shapes of Discord's API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

APPLICATION = 900_000_000_000_000_001
GUILD = 900_000_000_000_000_010
MODERATOR = 900_000_000_000_000_021
MEMBER = 900_000_000_000_000_022
ALERTS = 900_000_000_000_000_031
BOT_CHANNEL = 900_000_000_000_000_032
TOKEN = "loopback-token"  # noqa: S105 - opens nothing but this server

VIEW, SEND, EMBED, ATTACH, HISTORY = 1 << 10, 1 << 11, 1 << 14, 1 << 15, 1 << 16
EVERYONE = VIEW | SEND | EMBED | ATTACH | HISTORY
MANAGE_GUILD = 1 << 5


@dataclass
class Stored:
    """A message as the server keeps it."""

    id: int
    channel_id: int
    payload: dict[str, Any]
    files: dict[str, bytes]
    edits: int = 0


def user_json(user: int) -> dict[str, Any]:
    names = {APPLICATION: "smallcap", MODERATOR: "mona", MEMBER: "mel"}
    return {
        "id": str(user),
        "username": names[user],
        "discriminator": "0",
        "global_name": names[user].title(),
        "avatar": None,
        "bot": user == APPLICATION,
    }


def permissions_of(user: int) -> int:
    return EVERYONE | (MANAGE_GUILD if user == MODERATOR else 0)


def member_json(user: int) -> dict[str, Any]:
    roles = [str(GUILD + 1)] if user == MODERATOR else []
    return {
        "roles": roles,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "nick": None,
        "avatar": None,
        "flags": 0,
        "communication_disabled_until": None,
        "premium_since": None,
    }


def role_json(role: int, name: str, permissions: int) -> dict[str, Any]:
    return {
        "id": str(role),
        "name": name,
        "permissions": str(permissions),
        "position": 0,
        "color": 0,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
    }


def channels_json() -> list[dict[str, Any]]:
    return [
        {
            "id": str(channel),
            "type": 0,
            "name": name,
            "position": n,
            "guild_id": str(GUILD),
            "permission_overwrites": [],
            "nsfw": False,
            "rate_limit_per_user": 0,
            "topic": None,
            "parent_id": None,
            "last_message_id": None,
            "flags": 0,
        }
        for n, (channel, name) in enumerate([(ALERTS, "alerts"), (BOT_CHANNEL, "bot")])
    ]


def guild_json() -> dict[str, Any]:
    roles = [role_json(GUILD, "@everyone", EVERYONE), role_json(GUILD + 1, "moderators", EVERYONE | MANAGE_GUILD)]
    return {
        "id": str(GUILD),
        "name": "Loopback",
        "icon": None,
        "splash": None,
        "banner": None,
        "owner_id": str(MODERATOR + 99),
        "region": "",
        "afk_channel_id": None,
        "afk_timeout": 60,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": roles,
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "system_channel_id": str(BOT_CHANNEL),
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "preferred_locale": "en-US",
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "large": False,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "member_count": 3,
        "unavailable": False,
        "voice_states": [],
        "members": [{**member_json(u), "user": user_json(u)} for u in (APPLICATION, MODERATOR, MEMBER)],
        "channels": channels_json(),
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "description": None,
        "vanity_url_code": None,
    }


def message_json(stored: Stored) -> dict[str, Any]:
    attachments = [
        {
            "id": str(n),
            "filename": name,
            "size": len(content),
            "url": f"https://cdn.discordapp.com/{name}",
            "proxy_url": f"https://cdn.discordapp.com/{name}",
        }
        for n, (name, content) in enumerate(stored.files.items())
    ]
    return {
        "id": str(stored.id),
        "channel_id": str(stored.channel_id),
        "type": 0,
        "author": user_json(APPLICATION),
        "content": stored.payload.get("content") or "",
        "embeds": stored.payload.get("embeds") or [],
        "components": stored.payload.get("components") or [],
        "attachments": attachments,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "edited_timestamp": None,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "flags": 0,
        "nonce": stored.payload.get("nonce"),
    }
