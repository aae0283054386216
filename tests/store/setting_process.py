"""A process that does nothing but change settings, the victim of the crash test: ``URL_OF_DATABASE FIRST_VALUE``.

It says each value once it is stored.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from bot.people import Edit, Noun
from bot.store.store import Store

AT = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)


async def main(url: str, first: int) -> None:
    """Set one threshold and one route after the other until killed."""
    store = Store(url)
    await store.open()
    value = first
    while True:
        edits = [
            Edit(Noun.THRESHOLD, "cross slow", {"value": value}),
            Edit(Noun.ROUTE, f"{value} cross", {"subjects": ["^RUT"]}),
        ]
        await store.configuration.change(guild_id=1, by=7, at=AT, action=f"number {value}", edits=edits)
        sys.stdout.write(f"{value}\n")
        sys.stdout.flush()
        value += 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
