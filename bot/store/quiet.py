"""When members who have quiet hours may next be written to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import Preferences
from bot.store.member_tables import preference
from bot.store.slices import slices

Quiet = Callable[[Preferences, datetime], datetime | None]
"""Returns the end of the quiet hours that hold at an instant; None where none do."""


def never(_preferences: Preferences, _at: datetime) -> None:
    """Say that nobody has quiet hours."""


async def ends(
    connection: AsyncConnection, members: Collection[int], quiet: Quiet, at: datetime
) -> dict[int, datetime]:
    """Return those of the members whose quiet hours hold at `at`, and until when."""
    found: dict[int, datetime] = {}
    columns = (preference.c.user_id, preference.c.time_zone, preference.c.quiet_from, preference.c.quiet_to)
    for part in slices(list(members)):
        which = sa.and_(preference.c.user_id.in_(part), preference.c.quiet_from.is_not(None))
        for row in await connection.execute(sa.select(*columns).where(which)):
            until = quiet(Preferences(row.user_id, row.time_zone, row.quiet_from, row.quiet_to), at)
            if until is not None:
                found[row.user_id] = until
    return found
