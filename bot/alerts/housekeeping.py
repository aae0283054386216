"""What is kept of those who have left goes a while after: guilds without the bot, members who left a guild."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.alerts.ports import SendFailed
from bot.clock import Clock

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
"""So long what is kept waits: a guild's for the bot to be invited again, a member's for their return."""
ASKED_AGAIN = timedelta(days=7)
"""So often it is asked whether somebody is still a member."""
ROUND_S = 3600.0
A_ROUND = 200
"""So many members are asked after in a round: Discord counts each as a request."""
BETWEEN_S = 1.0


class Guilds(Protocol):
    """What is kept of guilds."""

    async def purge(self, before: datetime) -> Sequence[int]:
        """Delete everything of the guilds left before that instant; return which."""
        ...


class Memberships(Protocol):
    """Members of whom something is kept for one guild."""

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[int, int]]:
        """Return pairs of guild and member that were not asked after since that instant."""
        ...

    async def checked(self, guild_id: int, user_id: int, at: datetime, is_there: bool) -> None:  # noqa: FBT001 - a fact, not a switch
        """Note whether a member is still there."""
        ...

    async def purge(self, before: datetime) -> int:
        """Delete what is kept for a guild of members gone since before that instant; return how many rows."""
        ...


class Attendance(Protocol):
    """Who is still there."""

    async def is_member(self, guild_id: int, user_id: int) -> bool | None:
        """Return whether the user is a member of the guild; None where the bot is none itself.

        Raises
        ------
        SendFailed
            If Discord does not answer now.
        """
        ...


@dataclass(slots=True)
class Housekeeper:
    """Goes round once an hour."""

    guilds: Guilds
    memberships: Memberships
    attendance: Attendance
    clock: Clock
    between_s: float = BETWEEN_S

    async def run(self) -> None:
        """Go round until cancelled; a round that fails is tried again in an hour."""
        while True:
            try:
                await self.go_round()
            except Exception:
                log.exception("housekeeping_failed")  # the database may be away
            await asyncio.sleep(ROUND_S)

    async def go_round(self) -> None:
        """Ask after members, then delete what has been kept long enough."""
        await self._ask()
        before = self.clock.now() - KEPT
        guilds = await self.guilds.purge(before)
        rows = await self.memberships.purge(before)
        if guilds or rows:
            log.info("purged", guilds=len(guilds), rows_of_members=rows)

    async def _ask(self) -> None:
        for guild_id, user_id in await self.memberships.due(self.clock.now() - ASKED_AGAIN, A_ROUND):
            try:
                is_there = await self.attendance.is_member(guild_id, user_id)
            except SendFailed as failure:
                log.info("members_not_asked_after", reason=failure.reason)
                return
            if is_there is not None:
                await self.memberships.checked(guild_id, user_id, self.clock.now(), is_there)
            await asyncio.sleep(self.between_s)
