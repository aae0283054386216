"""What moderators have set, as a whole: read, changed, looked back on, undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.people import EXCHANGE_ZONE, THE_BOT, Change, Edit, GuildSettings, Silence
from bot.store import changes, guilds
from bot.store.changes import IS_UNDONE, Check, Intent, Rows
from bot.store.database import Database
from bot.store.paper_tables import keyword
from bot.store.rows import silence_of
from bot.store.tables import change, guild, silence


class Configuration:
    """Everything that is set in guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keywords: dict[int, dict[str, str]] | None = None
        self._written = 0

    async def settings(self, guild_id: int) -> GuildSettings:
        """Return what is set for the guild as a whole; the defaults where nothing is."""
        statement = sa.select(guild.c.moderator_role_id, guild.c.time_zone).where(guild.c.id == guild_id)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return GuildSettings(guild_id)
        return GuildSettings(guild_id, row.moderator_role_id, row.time_zone or EXCHANGE_ZONE)

    async def zones(self) -> dict[int, str]:
        """Return the time zone of every guild that has set one."""
        statement = sa.select(guild.c.id, guild.c.time_zone).where(guild.c.time_zone.is_not(None))
        async with self._database.read() as connection:
            return {row.id: row.time_zone for row in await connection.execute(statement)}

    async def silences(self, guild_id: int, now: datetime) -> list[Silence]:
        """Return the guild's silences that have not ended."""
        return await self._silences(sa.and_(silence.c.guild_id == guild_id, silence.c.until > now))

    async def all_silences(self, now: datetime) -> list[Silence]:
        """Return every guild's silences that have not ended."""
        return await self._silences(silence.c.until > now)

    async def rows(self, guild_id: int, now: datetime) -> Rows:
        """Return everything that is set and has not ended, by noun and key, in the form of `Edit.after`."""
        async with self._database.read() as connection:
            return await changes.everything(connection, guild_id, now)

    async def keywords(self) -> Mapping[int, Mapping[str, str]]:
        """Return what words ask for in each guild that has set any; from memory, as every message is compared with it.

        This process alone changes it.
        """
        if self._keywords is not None:
            return self._keywords
        written, found = self._written, defaultdict[int, dict[str, str]](dict)
        async with self._database.read() as connection:
            for row in await connection.execute(sa.select(keyword.c.guild_id, keyword.c.words, keyword.c.paper)):
                found[row.guild_id][row.words] = row.paper
        if written == self._written:  # else it was read while somebody wrote
            self._keywords = dict(found)
        return dict(found)

    def forget(self) -> None:
        """Read keywords anew: something has been written."""
        self._keywords = None
        self._written += 1

    async def change(
        self,
        *,
        guild_id: int,
        by: int,
        at: datetime,
        action: str,
        edits: Sequence[Edit],
        check: Check | None = None,
    ) -> Change:
        """Make all of `edits` or none; return the change once it is stored, each edit with what was `before`.

        Edits that change nothing are left out; where none is left, nothing is kept and the change has the number 0.

        Raises
        ------
        ValueError
            If an edit's key or value is none of its noun.
        """
        try:
            async with self._database.write() as connection:
                return await changes.apply(connection, Intent(guild_id, by, at, action, edits), check)
        finally:
            self.forget()

    async def audit(self, guild_id: int, *, limit: int = 10, before: int | None = None) -> list[Change]:
        """Return the latest changes (those before the change numbered `before`), the newest first."""
        which = change.c.guild_id == guild_id
        if before is not None:
            which = sa.and_(which, change.c.id < before)
        async with self._database.read() as connection:
            return await changes.kept(connection, which, limit)

    async def undo(self, *, guild_id: int, by: int, at: datetime, only: int | None = None) -> Change | None:
        """Take back the latest change of a moderator that stands; None where there is none, or where it is not `only`.

        Undos themselves, what they took back, and what the bot changed by itself are passed over.
        """
        try:
            return await self._undo(guild_id, by, at, only)
        finally:
            self.forget()

    async def _undo(self, guild_id: int, by: int, at: datetime, only: int | None) -> Change | None:
        stands = sa.and_(change.c.guild_id == guild_id, change.c.by != THE_BOT, change.c.undoes.is_(None), ~IS_UNDONE)
        async with self._database.write() as connection:
            if not await guilds.lock(connection, guild_id):
                return None
            latest = await changes.kept(connection, stands, 1)
            if not latest or only not in {None, latest[0].id}:
                return None
            [last] = latest
            back = [Edit(each.noun, each.key, each.before) for each in last.edits]
            intent = Intent(guild_id, by, at, f"undo {last.action}", back, undoes=last.id)
            return await changes.apply(connection, intent)

    async def _silences(self, which: sa.ColumnElement[bool]) -> list[Silence]:
        statement = sa.select(silence).where(which).order_by(silence.c.guild_id, silence.c.signal, silence.c.subject)
        async with self._database.read() as connection:
            return [silence_of(row) for row in await connection.execute(statement)]
