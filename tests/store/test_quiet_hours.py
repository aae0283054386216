"""Members who are not to be written to for a while: nothing is dropped, and nothing reaches them then."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.people import Preferences
from bot.records import MessageKind, Outbound
from bot.store.member_tables import preference
from bot.store.store import Store
from tests.store.outbox_steps import AT, EXPIRES, SESSION, an_event, claim, planned, record, sent, states

HOUR = timedelta(hours=1)
MORNING = AT + 9 * HOUR
LATE = EXPIRES + HOUR
WEEK = AT + timedelta(days=7)


async def direct(store: Store, *, n: int = 0, at=AT, user_id: int = 5, **given) -> None:
    event = an_event(session=SESSION + timedelta(days=n))
    plan = planned(event, user_id, is_direct=True, route_id=None, **given)
    await record(store, plan, events=(event,), session=event.session, at=at)


async def prefer(store: Store, user_id: int, quiet_from: time | None) -> None:
    row = {"user_id": user_id, "time_zone": "Europe/Berlin", "quiet_from": quiet_from, "quiet_to": quiet_from}
    rest = {"cadence": "instant", "daily_at": time(18), "importance": 1, "signals": [], "updated_at": AT}
    async with store.database.write() as connection:
        await connection.execute(preference.insert().values(**row, **rest))


def until(end: datetime):
    """Say that it is quiet for everybody who has quiet hours, and note who was asked about."""
    asked: list[Preferences] = []

    def quiet(preferences: Preferences, _at: datetime) -> datetime | None:
        asked.append(preferences)
        return end

    return quiet, asked


def kinds(messages: list[Outbound]) -> list[tuple[int, MessageKind]]:
    return [(each.channel_id, each.kind) for each in messages]


async def test_an_alert_waits_for_the_end_of_quiet_hours_and_holds_up_nobody(store: Store):
    await direct(store, not_before=MORNING)
    await direct(store, n=1)
    [second] = await claim(store)
    assert second.session == SESSION + timedelta(days=1)
    await sent(store, second)
    assert await store.outbox.next_due(AT) == MORNING
    [first] = await claim(store, MORNING)
    assert (first.session, first.is_direct, first.expires_at) == (SESSION, True, EXPIRES)
    assert await states(store) == {"claimed": 1, "sent": 1}


async def test_an_alert_that_is_wanted_after_the_next_close_lives_for_an_hour_then(store: Store):
    await direct(store, not_before=LATE)
    assert await store.outbox.expire(LATE) == 0
    [one] = await claim(store, LATE)
    assert one.expires_at == LATE + HOUR


async def test_an_alert_found_too_late_is_told_as_late_even_to_who_slept(store: Store):
    await direct(store, at=LATE, not_before=LATE + HOUR)
    assert await states(store) == {"expired": 1}


async def test_what_was_missed_is_told_after_quiet_hours_and_to_others_at_once(store: Store):
    await prefer(store, 5, time(22))
    await prefer(store, 6, None)
    event = an_event()
    members = [planned(event, user, is_direct=True) for user in (5, 6, 7)]
    await record(store, *members, planned(event, 11), events=(event,))
    quiet, asked = until(LATE + 8 * HOUR)
    assert await store.outbox.gather_missed(LATE, WEEK, quiet) == 4
    assert asked == [Preferences(5, "Europe/Berlin", time(22), time(22))]
    assert sorted(kinds(await claim(store, LATE))) == [(channel, MessageKind.DIGEST) for channel in (6, 7, 11)]
    assert await store.outbox.next_due(LATE) is not None
    assert kinds(await claim(store, LATE + 8 * HOUR))[-1:] == [(5, MessageKind.DIGEST)]


async def test_that_an_event_no_longer_holds_is_told_after_quiet_hours(store: Store):
    await prefer(store, 5, time(22))
    await direct(store)
    [one] = await claim(store)
    await sent(store, one, discord_id=700)
    quiet, _ = until(MORNING)
    await record(store, session=SESSION + timedelta(days=1), gone=[an_event().identity], until=WEEK, quiet=quiet)
    assert await claim(store) == []
    [reply] = await claim(store, MORNING)
    assert (reply.kind, reply.replies_to, reply.is_direct) == (MessageKind.RETRACTION, 700, True)
