"""What was told and what it rested on, read again by those who ask why."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.records import DeliveryState, Filed, MessageKind, Proof
from bot.store.store import Store
from bot.store.tables import bars
from tests.store.outbox_steps import AT, EXPIRES, SESSION, an_event, claim, end, planned, record, sent

LATER = EXPIRES + timedelta(days=2)


def proof_of(event, reading="{}", content=b"bars") -> Proof:
    return Proof(event.identity, reading, content)


async def ids(store: Store) -> dict[str, int]:
    return {stored.event.identity: stored.id for stored in await store.ledger.latest(200)}


async def kept_bars(store: Store) -> int:
    async with store.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(bars))


async def test_proofs_are_kept_with_their_events_and_equal_bars_once(store: Store):
    one, two, bare = an_event("AAA"), an_event("AAA", "confirmed"), an_event("BBB")
    proofs = [proof_of(one, '{"a":1}'), proof_of(two, '{"a":2}', bytes(bytearray(b"bars")))]
    await record(store, events=(one, two, bare), proofs=proofs)
    known = await ids(store)
    assert await store.archive.proof_of(known[one.identity]) == proofs[0]
    assert await store.archive.proof_of(known[two.identity]) == proofs[1]
    assert await store.archive.proof_of(known[bare.identity]) is None
    assert await store.archive.proof_of(999) is None
    assert await kept_bars(store) == 1


async def test_what_an_event_rested_on_when_it_was_found_is_not_replaced(store: Store):
    event = an_event("AAA")
    await record(store, events=(event,), proofs=[proof_of(event, "first")])
    again = [proof_of(event, "second", b"other"), proof_of(an_event("ZZZ"), "of nothing stored")]
    await record(store, events=(event,), session=SESSION + timedelta(days=1), proofs=again)
    kept = await store.archive.proof_of((await ids(store))[event.identity])
    assert kept == proof_of(event, "first")
    assert await kept_bars(store) == 1


async def test_many_proofs_are_kept_at_once(store: Store):
    events = tuple(an_event(f"S{n}") for n in range(130))
    await record(
        store, events=events, proofs=[proof_of(event, event.subject, event.subject.encode()) for event in events]
    )
    known = await ids(store)
    found = [await store.archive.proof_of(known[event.identity]) for event in events[:100:33]]
    assert [kept.bars for kept in found if kept] == [b"S0", b"S33", b"S66", b"S99"]
    assert await kept_bars(store) == 130


async def test_a_message_is_found_by_the_number_discord_gave_it(store: Store):
    one, two = an_event("AAA"), an_event("BBB")
    await record(store, planned(one), planned(two), planned(one, 22), events=(one, two))
    for message in await claim(store):
        await sent(store, message, discord_id=9000 + message.channel_id)
    assert [told.event for told in await store.archive.message_events(11, 9011)] == [one, two]
    assert [told.event for told in await store.archive.message_events(22, 9022)] == [one]
    assert await store.archive.message_events(11, 9022) == []
    assert await store.archive.message_events(11, 5) == []


async def test_a_direct_message_is_found_by_its_member(store: Store):
    event = an_event()
    await record(store, planned(event, 77, is_direct=True), events=(event,))
    [message] = await claim(store)
    await sent(store, message, discord_id=501)
    assert [told.event for told in await store.archive.message_events(77, 501)] == [event]


async def test_the_message_of_a_day_tells_of_what_was_folded_into_it_too(store: Store):
    one, two = an_event("^RUT"), an_event("AAA")
    daily = {"not_before": AT + timedelta(hours=2), "is_daily": True}
    folded = planned(two, suppressed="^RUT speaks for it", is_folded=True, **daily)
    await record(store, planned(one, **daily), folded, events=(one, two))
    [message] = await claim(store, AT + timedelta(hours=3))
    await sent(store, message, discord_id=502)
    assert message.kind is MessageKind.DAILY
    assert {told.event.subject for told in await store.archive.message_events(11, 502)} == {"^RUT", "AAA"}
    [delivered] = await store.archive.deliveries_about("AAA", "cross", 11, SESSION)
    assert (delivered.state, delivered.reason) == (DeliveryState.SUPPRESSED, "^RUT speaks for it")
    assert (delivered.message_state, delivered.discord_id) == (DeliveryState.SENT, 502)


async def test_digests_and_retractions_are_found_too(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    await store.outbox.gather_missed(LATER, LATER + timedelta(days=1))
    [digest] = await claim(store, LATER)
    await sent(store, digest, discord_id=601, at=LATER)
    gone = {"gone": [event.identity], "until": LATER + timedelta(days=3), "at": LATER}
    await record(store, session=SESSION + timedelta(days=1), **gone)
    [retraction] = await claim(store, LATER)
    await sent(store, retraction, discord_id=602, at=LATER)
    assert (digest.kind, retraction.kind) == (MessageKind.DIGEST, MessageKind.RETRACTION)
    for discord_id in (601, 602):
        assert [told.event for told in await store.archive.message_events(11, discord_id)] == [event]
    [delivered] = await store.archive.deliveries_about("^RUT", "cross", 11, SESSION)
    assert delivered.state is DeliveryState.EXPIRED
    assert (delivered.message_kind, delivered.discord_id) == (MessageKind.DIGEST, 601)
    assert delivered.sent_at == LATER


async def test_events_about_a_subject_come_latest_first_and_say_whether_they_were_taken_back(store: Store):
    old, new, other = an_event("AAA"), an_event("AAA", session=SESSION + timedelta(days=1)), an_event("BBB")
    await record(store, events=(old, other))
    await record(store, events=(new,), session=SESSION + timedelta(days=1))
    await record(store, session=SESSION + timedelta(days=2), gone=[old.identity], until=LATER, at=LATER)
    found = await store.archive.events_about("AAA", "cross", SESSION)
    assert [(filed.stored.event, filed.retracted_at) for filed in found] == [(new, None), (old, LATER)]
    assert [filed.stored.event for filed in await store.archive.events_about("AAA", "cross", new.session)] == [new]
    assert await store.archive.events_about("AAA", "smallcap", SESSION) == []
    assert await store.archive.event(found[1].stored.id) == Filed(found[1].stored, LATER)
    assert await store.archive.event(999) is None


@pytest.mark.parametrize(
    ("state", "reason"),
    [(DeliveryState.SENT, ""), (DeliveryState.DEAD, "no permission"), (DeliveryState.PENDING, "503")],
)
async def test_what_became_of_an_event_in_a_channel_is_told_with_its_reason(store: Store, state, reason):
    event = an_event("AAA")
    await record(store, planned(event), planned(event, 22), events=(event,))
    for message in await claim(store):
        if message.channel_id == 11:
            given = {"discord_id": 700} if state is DeliveryState.SENT else {"reason": reason}
            await end(store, message, state, **given, due_at=AT if state is DeliveryState.PENDING else None)
    [delivered] = await store.archive.deliveries_about("AAA", "cross", 11, SESSION)
    assert (delivered.about.event, delivered.why, delivered.state, delivered.reason) == (
        event,
        "it asked",
        state,
        reason,
    )
    assert delivered.message_kind is MessageKind.ALERT
    assert await store.archive.deliveries_about("AAA", "cross", 33, SESSION) == []
    assert await store.archive.deliveries_about("AAA", "cross", 11, SESSION + timedelta(days=1)) == []


async def test_what_was_kept_back_has_no_message(store: Store):
    event = an_event("AAA")
    await record(store, planned(event, suppressed="silenced"), events=(event,))
    [delivered] = await store.archive.deliveries_about("AAA", "cross", 11, SESSION)
    assert (delivered.state, delivered.reason, delivered.message_state) == (DeliveryState.SUPPRESSED, "silenced", None)
