"""Late events are told to those who had asked in time, and by the formula that looked for them in their own session."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.alerts.watch import Watch
from bot.clock import SetClock
from bot.people import Subscription
from bot.records import MessageKind
from bot.store.store import Store
from tests.alerts.test_late import JUMP, MACRO, ROW, FactBook, begun, due_at, rates, sent
from tests.alerts.worlds import session_at

HOUR = timedelta(hours=1)
OWN_MOVE = {"guild_id": 2, "signal": "macro", "name": "ten_year_move_bp", "value": 20.0, "by": 7}


async def scanned_on_time(store: Store, watch: Watch, clock: SetClock, book: FactBook, last: int) -> None:
    """Scan the sessions from `ROW` to `last`, each with all that was known at its close."""
    for row in range(ROW, last + 1):
        book.series = rates(row)
        clock.set(due_at(row))
        await watch.run_due()
        await sent(store, clock)


async def route(store: Store, at: datetime, guild_id: int = 2, importance: int = 1) -> None:
    given = {"guild_id": guild_id, "channel_id": 10 * guild_id + 1, "signal": "macro", "subjects": (), "by": 7}
    await store.routes.add(**given, at=at, importance=importance)


async def test_who_begins_to_follow_a_signal_is_told_nothing_of_the_sessions_before(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    await store.thresholds.set(**OWN_MOVE, at=due_at(ROW - 20))
    await scanned_on_time(store, watch, clock, book, ROW + 2)
    await route(store, clock.now() + HOUR)
    book.series = rates(ROW + 3)
    clock.set(due_at(ROW + 3))
    [report] = await watch.run_due()
    assert (report.events, await sent(store, clock)) == (0, [])


async def test_a_late_value_is_told_only_to_guilds_and_members_that_asked_before_its_session(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    clock.set(due_at(ROW))
    await watch.run_due()
    await route(store, clock.now() + HOUR)
    wish = Subscription(0, 5, 3, "macro", "", 0, 31, clock.now() + HOUR)
    await store.members.subscribe(wish)
    await store.members.subscribe(replace(wish, user_id=6, guild_id=1))
    book.series = rates(ROW)
    clock.set(due_at(ROW + 1))
    [report] = await watch.run_due()
    assert (report.events, report.deliveries) == (1, 2)
    told = await store.outbox.claim(10, clock.now(), 60)
    assert {message.channel_id for message in told} == {11, 6}  # the guild of that member had asked


async def test_a_route_that_was_changed_since_still_hears_of_a_late_value(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    clock.set(due_at(ROW))
    await watch.run_due()
    await route(store, clock.now() + HOUR, guild_id=1, importance=2)
    book.series = rates(ROW)
    clock.set(due_at(ROW + 1))
    await watch.run_due()
    assert await sent(store, clock) == [JUMP]


async def test_a_late_value_is_told_although_another_threshold_of_its_signal_was_changed_since(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    [other] = [t for t in MACRO.thresholds if t.name not in MACRO.kind("ten_year_move").thresholds][:1]
    own = {**OWN_MOVE, "guild_id": 1}
    await store.thresholds.set(**own, at=due_at(ROW - 20))
    clock.set(due_at(ROW))
    await watch.run_due()
    changed = {**own, "name": other.name, "value": (float(other.default) + other.upper) / 2}
    await store.thresholds.set(**changed, at=clock.now() + HOUR)
    book.series = rates(ROW)
    clock.set(due_at(ROW + 1))
    await watch.run_due()
    assert await sent(store, clock) == [JUMP]


async def test_a_signal_tells_nothing_of_the_sessions_before_it_was_there(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    watch.signals = ()
    await scanned_on_time(store, watch, clock, book, ROW + 1)
    watch.signals = (MACRO,)
    book.series = rates(ROW + 2)
    clock.set(due_at(ROW + 2))
    [report] = await watch.run_due()
    assert (report.events, await sent(store, clock)) == (0, [])


async def test_a_new_version_of_a_formula_does_not_tell_the_past_again(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    watch.signals = (replace(MACRO, version=MACRO.version - 1),)
    book.series = rates(ROW, jump=0.0)  # what the formula before made of it: nothing
    for row in (ROW, ROW + 1):
        clock.set(due_at(row))
        await watch.run_due()
    watch.signals = (MACRO,)
    book.series = rates(ROW + 2)
    clock.set(due_at(ROW + 2))
    [report] = await watch.run_due()
    assert (report.events, await sent(store, clock)) == (0, [])


async def test_what_comes_late_after_an_upgrade_is_told_of_the_sessions_since(store: Store):
    watch, clock, book = await begun(store, ROW - 2)
    watch.signals = (replace(MACRO, version=MACRO.version - 1),)
    clock.set(due_at(ROW - 1))
    await watch.run_due()
    watch.signals = (MACRO,)
    for row in (ROW, ROW + 1):
        clock.set(due_at(row))
        await watch.run_due()
        book.series = rates(ROW)
    assert await sent(store, clock) == [(MessageKind.ALERT, "ten_year_move", session_at(ROW))]
