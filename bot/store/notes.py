"""Small facts that outlive the process, such as the digest of the command tree last synced."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import meta
from bot.store.upsert import insert


class Notes:
    """Text by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """Return the note called `key`; None where there is none."""
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(sa.select(meta.c.value).where(meta.c.key == key))
        return found

    async def set(self, key: str, value: str) -> None:
        """Write the note called `key`."""
        async with self._database.write() as connection:
            await connection.execute(
                insert(connection, meta)
                .values(key=key, value=value)
                .on_conflict_do_update(index_elements=["key"], set_={"value": value})
            )
