"""What a later scan asks of the store: which events it knows, whose thresholds are new, and what only waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.people import Subscription
from bot.store.store import Store
from signals.types import Event

AT = datetime(2025, 7, 22, 20, 20, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SESSION, NEXT = date(2025, 7, 22), date(2025, 7, 23)
FOUND = Event("macro", "ten_year_move", "DGS10", SESSION, 1, {"ten_year_move_bp": 15.0}, {})


async def scanned(store: Store, session: date, *events: Event, gone: tuple[str, ...] = ()) -> None:
    held = await store.runs.start("session", session, AT)
    assert held is not None
    await store.ledger.record(held, events, [], at=AT, gone=gone)


async def test_events_are_known_by_their_identity_even_where_they_were_taken_back(store: Store):
    other = replace(FOUND, session=NEXT)
    await scanned(store, SESSION, FOUND)
    await scanned(store, NEXT, other, gone=(FOUND.identity,))
    assert [event.identity for event in await store.ledger.posted(SESSION, NEXT)] == [other.identity]
    assert await store.ledger.identities(SESSION, NEXT) == {FOUND.identity, other.identity}
    assert await store.ledger.identities(SESSION, SESSION) == {FOUND.identity}


async def test_who_changed_thresholds_since_is_known_with_the_instant_of_the_last_change(store: Store):
    given = {"guild_id": 1, "signal": "macro", "by": 7}
    await store.thresholds.set(**given, name="ten_year_move_bp", value=20.0, at=AT)
    await store.thresholds.set(guild_id=2, signal="cross", name="slow", value=150, by=7, at=AT - timedelta(days=1))
    assert await store.thresholds.changed_since(AT) == {}
    own = (1, "macro", "ten_year_move_bp")
    assert await store.thresholds.changed_since(AT - timedelta(hours=1)) == {own: AT}
    await store.thresholds.reset(**given, at=LATER)
    assert await store.thresholds.changed_since(AT - timedelta(days=2)) == {
        own: LATER,
        (2, "cross", "slow"): AT - timedelta(days=1),
    }


async def test_who_follows_a_signal_since_lately_is_known_by_the_first_route_or_subscription(store: Store):
    macro = {"signal": "macro", "subjects": (), "by": 7}
    hour = timedelta(hours=1)
    await store.routes.add(**macro, guild_id=1, channel_id=11, at=AT)
    await store.routes.add(**macro, guild_id=1, channel_id=12, at=LATER)
    await store.routes.add(**macro, guild_id=2, channel_id=21, at=LATER)
    await store.routes.add(**macro, guild_id=2, channel_id=21, at=LATER + hour, importance=2)
    await store.routes.add(**macro, guild_id=4, channel_id=41, at=AT)
    await store.routes.remove(guild_id=4, channel_id=41, by=7, at=LATER)
    await store.routes.add(**macro, guild_id=4, channel_id=41, at=LATER + hour)
    await store.members.subscribe(Subscription(0, 5, 3, "macro", "", 0, 31, LATER))
    expected = {(2, "macro"): LATER, (3, "macro"): LATER, (4, "macro"): LATER + hour}
    assert await store.thresholds.followed_since(AT) == expected
    assert await store.thresholds.followed_since(LATER + hour) == {}
    await store.routes.add(**macro, guild_id=1, channel_id=11, at=LATER, importance=2)
    await store.routes.remove(guild_id=1, channel_id=12, by=7, at=LATER)
    assert await store.thresholds.followed_since(AT) == expected


async def test_it_is_known_what_each_session_was_scanned_for(store: Store):
    await store.runs.baseline("session", date(2025, 7, 21), AT)
    held = await store.runs.start("session", SESSION, AT)
    assert held is not None
    assert await store.runs.scanned("session", SESSION, NEXT) == {}
    await store.ledger.record(held, [], [], at=AT, versions={"macro": 2, "cross": 1})
    scanned = await store.runs.scanned("session", date(2025, 7, 1), NEXT)
    assert scanned == {date(2025, 7, 21): {}, SESSION: {"macro": 2, "cross": 1}}


async def test_a_run_that_waits_fails_only_once_it_fails(store: Store):
    held = await store.runs.start("session", SESSION, AT)
    assert held is not None
    assert await store.runs.fail(held, "the rest is on its way", AT, is_waiting=True)
    assert [run.reason for run in await store.runs.failed("session")] == ["the rest is on its way"]
    assert await store.notices.unsaid_failures("session", LATER) == []
    again = await store.runs.start("session", SESSION, LATER)
    assert again is not None
    assert await store.runs.fail(again, "the source is down", LATER)
    assert await store.notices.unsaid_failures("session", LATER - timedelta(minutes=10)) == []
    assert [reason for *_, reason in await store.notices.unsaid_failures("session", LATER)] == ["the source is down"]
