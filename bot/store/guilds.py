"""Guilds, as far as anything else refers to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import guild
from bot.store.upsert import insert


async def remember(connection: AsyncConnection, guild_id: int, at: datetime) -> None:
    """Make sure there is a row for `guild_id`, inside the caller's transaction."""
    await connection.execute(insert(connection, guild).values(id=guild_id, first_seen=at).on_conflict_do_nothing())
