"""More at once than a statement takes parameters, and more channels than statements are good for."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.records import DeliveryState, MessageKind, Settlement
from bot.store.slices import slices
from bot.store.store import Store
from bot.store.tables import message
from tests.store.outbox_steps import AT, EXPIRES, SESSION, an_event, claim, planned, record

LATE = EXPIRES + timedelta(hours=1)
WEEK = LATE + timedelta(days=7)
MANY = 33_000
"""PostgreSQL takes 32,767 parameters with a statement."""
NARROW = 5_500
"""As many does the narrow database take: what keeps to it for more rows than that keeps to any limit above it."""
CROWD = 6_000

COPY = "INSERT INTO {table} ({columns}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to})"


async def multiply(store: Store, to: int) -> None:
    """Copy the one message there is, and its delivery, into as many channels more."""
    columns = (
        "kind, run_id, guild_id, session, state, priority, rank, created_at, not_before, due_at, expires_at, attempt"
    )
    message_copies = COPY.format(table="message", columns=f"{columns}, channel_id, identity, nonce", to=to)
    own = "event_id, guild_id, route_id, state, why, expires_at"
    delivery_copies = COPY.format(table="delivery", columns=f"{own}, channel_id, message_id", to=to)
    async with store.database.write() as connection:
        [first] = (await connection.execute(sa.select(message.c.id))).scalars()
        await connection.execute(
            sa.text(
                f"{message_copies} SELECT {columns}, 1000 + i, 'copy ' || i, 'n' || i FROM n, message"  # noqa: S608 - our own words
                f" WHERE message.id = {first}"
            )
        )
        await connection.execute(
            sa.text(
                f"{delivery_copies} SELECT {', '.join(f'd.{name}' for name in own.split(', '))}, m.channel_id, m.id"  # noqa: S608 - our own words
                f" FROM n, message m, delivery d WHERE m.identity = 'copy ' || i AND d.message_id = {first}"
            )
        )


@pytest.fixture
def narrow(store: Store) -> Store:
    """Let the store's database refuse statements of more parameters than few databases would."""
    engine = store.database._connected().sync_engine
    engine.dialect.insertmanyvalues_max_parameters = NARROW

    @sa.event.listens_for(engine, "before_cursor_execute")
    def refuse(_connection, _cursor, statement, parameters, _context, executemany) -> None:
        most = max((len(row) for row in parameters), default=0) if executemany else len(parameters)
        assert most <= NARROW, f"{most} parameters: {statement[:80]}"

    return store


@pytest.fixture
async def crowd(narrow: Store) -> Store:
    event = an_event()
    await record(narrow, planned(event), events=(event,))
    await multiply(narrow, CROWD - 1)
    return narrow


async def test_more_than_a_statement_takes_can_expire_and_be_told_in_digests(crowd: Store):
    assert await crowd.outbox.expire(LATE) == CROWD
    assert await crowd.outbox.gather_missed(LATE, WEEK) == CROWD
    assert (await crowd.outbox.messages())["digest"] == {"pending": CROWD}


async def test_more_than_a_statement_takes_can_be_kept_back(crowd: Store):
    gone = await record(crowd, session=SESSION + timedelta(days=1), gone=[an_event().identity], until=WEEK)
    assert gone.retracted == 1
    assert (await crowd.outbox.messages())["alert"] == {"suppressed": CROWD}
    assert (await crowd.outbox.counts())["suppressed"] == CROWD


async def test_two_processes_that_gather_at_once_open_one_digest_per_channel(url: str, store: Store, keep):
    other = keep(Store(url))
    event = an_event()
    await record(store, *(planned(event, 100 + n) for n in range(200)), events=(event,))
    gathered = await asyncio.gather(*(which.outbox.gather_missed(LATE, WEEK) for which in (store, other)))
    assert sorted(gathered) == [0, 200]
    digests = await claim(store, LATE, limit=400)
    assert [len(digest.events) for digest in digests] == [1] * 200


@pytest.fixture
def by_sevens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "__defaults__", (7,))


async def test_what_goes_part_by_part_is_sent_and_taken_back_in_full(store: Store, by_sevens):
    events = tuple(an_event(f"S{n}") for n in range(9))
    plans = [planned(event, 100 + n) for event in events for n in range(20)]
    await record(store, *plans, events=events)
    messages = await claim(store, limit=20)
    endings = [Settlement(m.id, m.lease, DeliveryState.SENT, AT, discord_id=m.id) for m in messages]
    assert len(await store.outbox.settle(endings)) == 20
    assert (await store.outbox.counts())["sent"] == 180
    gone = [event.identity for event in events]
    await record(store, session=SESSION + timedelta(days=1), gone=gone, until=WEEK)
    replies = await claim(store, limit=50)
    assert [(reply.channel_id, len(reply.events)) for reply in replies] == [(100 + n, 9) for n in range(20)]


async def test_more_identities_than_a_statement_takes_can_be_gone(narrow: Store):
    event = an_event()
    await record(narrow, planned(event), events=(event,))
    unheard_of = [f"never stored {n}" for n in range(MANY)]
    gone = [*unheard_of, event.identity]
    assert (await record(narrow, session=SESSION + timedelta(days=1), gone=gone, until=WEEK)).retracted == 1


async def test_what_was_missed_in_many_channels_takes_few_statements(store: Store, statements):
    event = an_event()
    await record(store, *(planned(event, 100 + n) for n in range(1500)), events=(event,))
    await store.outbox.expire(LATE)
    statements.clear()
    assert await store.outbox.gather_missed(LATE, WEEK) == 1500
    assert len(statements) < 25
    digests = await claim(store, LATE, limit=1500)
    assert [(digest.channel_id, digest.kind, len(digest.events)) for digest in digests] == [
        (100 + n, MessageKind.DIGEST, 1) for n in range(1500)
    ]


def test_slices_keep_the_order_and_lose_nothing():
    assert list(slices(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(slices([])) == []
