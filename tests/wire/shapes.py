"""The people, the ids and the messages of the loopback Discord, in the shapes of Discord's API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
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
DISCORD_EPOCH_MS = 1_420_070_400_000
REPLY = 19


@dataclass(slots=True)
class Stored:
    """A message as the server keeps it."""

    id: int
    channel_id: int
    payload: dict[str, Any]
    files: dict[str, bytes]
    edits: int = 0
    nonce: str | None = None
    instant: float = 0.0
    """When it was stored, on the server's clock."""
    author: int = APPLICATION
    sizes: dict[str, int] = field(default_factory=dict)
    """How large the files were; known where their content was not kept."""


def user_json(user: int) -> dict[str, Any]:
    name = {APPLICATION: "smallcap", MODERATOR: "mona", MEMBER: "mel"}.get(user, f"user-{user}")
    return {
        "id": str(user),
        "username": name,
        "discriminator": "0",
        "global_name": name.title(),
        "avatar": None,
        "bot": user == APPLICATION,
    }


def permissions_of(user: int) -> int:
    return EVERYONE | (MANAGE_GUILD if user == MODERATOR else 0)


def member_json(user: int, guild: int = GUILD) -> dict[str, Any]:
    roles = [str(guild + 1)] if user == MODERATOR else []
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


def application_json() -> dict[str, Any]:
    return {
        "id": str(APPLICATION),
        "name": "smallcap",
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 1 << 19,
        "owner": user_json(MODERATOR),
        "summary": "",
        "team": None,
    }


def message_json(stored: Stored, *, shows_nonce: bool = True) -> dict[str, Any]:
    payload = stored.payload
    attachments = [
        {
            "id": str(n),
            "filename": name,
            "size": stored.sizes.get(name, len(content)),
            "url": f"https://cdn.discordapp.com/{name}",
            "proxy_url": f"https://cdn.discordapp.com/{name}",
        }
        for n, (name, content) in enumerate(stored.files.items())
    ]
    written = datetime.fromtimestamp(((stored.id >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)
    message = {
        "id": str(stored.id),
        "channel_id": str(stored.channel_id),
        "type": 0,
        "author": user_json(stored.author),
        "content": payload.get("content") or "",
        "embeds": payload.get("embeds") or [],
        "components": payload.get("components") or [],
        "attachments": attachments,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "edited_timestamp": None,
        "timestamp": written.isoformat(),
        "flags": payload.get("flags") or 0,
    }
    if reference := payload.get("message_reference"):
        message |= {"type": REPLY, "message_reference": {"channel_id": str(stored.channel_id), **reference}}
    if shows_nonce:
        message["nonce"] = stored.nonce
    return message
