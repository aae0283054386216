"""What the members of a guild think of symbols."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from bot.people import Rated
from bot.store import guilds
from bot.store.database import Database
from bot.store.member_tables import rating
from bot.store.upsert import insert

STARS = range(1, 6)


class Ratings:
    """One to five stars, per guild, symbol and member."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rate(self, *, guild_id: int, user_id: int, symbol: str, stars: int, at: datetime) -> None:
        """Store a member's stars for a symbol, in the place of those they gave before."""
        given = {"stars": stars, "rated_at": at}
        async with self._database.write() as connection:
            await guilds.remember(connection, guild_id, at)
            await connection.execute(
                insert(connection, rating)
                .values(guild_id=guild_id, user_id=user_id, symbol=symbol, **given)
                .on_conflict_do_update(index_elements=["guild_id", "symbol", "user_id"], set_=given)
            )

    async def rated(self, guild_id: int, symbol: str) -> Rated:
        """Return how a symbol is rated; all counts are 0 where nobody has."""
        found = await self._select(sa.and_(rating.c.guild_id == guild_id, rating.c.symbol == symbol))
        return found[0] if found else Rated(symbol, (0, 0, 0, 0, 0))

    async def board(self, guild_id: int, *, least: int = 3) -> list[Rated]:
        """Return the symbols that at least so many members rated, the highest mean first (then the larger n)."""
        found = [each for each in await self._select(rating.c.guild_id == guild_id) if each.n >= least]
        return sorted(found, key=lambda each: (-each.mean, -each.n, each.symbol))

    async def _select(self, which: sa.ColumnElement[bool]) -> list[Rated]:
        statement = (
            sa.select(rating.c.symbol, rating.c.stars, sa.func.count().label("members"))
            .where(which)
            .group_by(rating.c.symbol, rating.c.stars)
        )
        counts: dict[str, dict[int, int]] = defaultdict(dict)
        async with self._database.read() as connection:
            for row in await connection.execute(statement):
                counts[row.symbol][row.stars] = int(row.members)
        return [_rated(symbol, by_stars) for symbol, by_stars in sorted(counts.items())]


def _rated(symbol: str, by_stars: dict[int, int]) -> Rated:
    one, two, three, four, five = (by_stars.get(stars, 0) for stars in STARS)
    return Rated(symbol, (one, two, three, four, five))
