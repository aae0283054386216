"""Destinations that were switched off, taken for sound again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import destination


async def forgive(connection: AsyncConnection, channel_id: int) -> None:
    """Take the destination for sound again, inside the caller's transaction."""
    await connection.execute(sa.delete(destination).where(destination.c.channel_id == channel_id))
