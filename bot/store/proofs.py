"""What events rest on, kept in the transaction that stores them; many events of a symbol share their bars."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Proof
from bot.store.slices import slices
from bot.store.tables import bars, proof
from bot.store.upsert import insert

HANDFUL = 50
"""So many packs of bars at a time that the event loop turns between them."""


async def keep_proofs(connection: AsyncConnection, new: Mapping[str, int], proofs: Iterable[Proof]) -> None:
    """Store the proofs of the events `new`, by identity, inside the caller's transaction; others are dropped."""
    known: dict[int, str] = {}
    rows: list[dict[str, Any]] = []
    packs: dict[str, bytes] = {}
    for kept in proofs:
        if kept.identity in new:
            # One object where a scan made one: its digest is taken once.
            digest = known.get(id(kept.bars)) or hashlib.sha256(kept.bars).hexdigest()
            known[id(kept.bars)] = digest
            packs[digest] = kept.bars
            rows.append({"event_id": new[kept.identity], "reading": kept.reading, "bars_digest": digest})
    contents = [{"digest": digest, "content": content} for digest, content in packs.items()]
    once = insert(connection, bars).on_conflict_do_nothing(index_elements=["digest"])
    for part in slices(contents, HANDFUL):
        await connection.execute(once, part)
    for part in slices(rows, HANDFUL):
        await connection.execute(sa.insert(proof), part)
