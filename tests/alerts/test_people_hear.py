"""From a session to what arrives: subscriptions, quiet hours, days, snoozes, mentions and indices, on a real store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.alerts.deliver import Deliverer
from bot.alerts.scanner import ThreadScanner
from bot.alerts.schedule import run_instant
from bot.alerts.watch import Timing, Watch
from bot.clock import SetClock
from bot.people import DIRECT, Cadence, Edit, Noun, Preferences, Snooze, Subscription
from bot.records import DeliveryState, MessageKind, Outbound
from bot.store.store import Store
from signals.cross import CROSS
from signals.types import Market
from tests.alerts.deliveries import deliverer, states
from tests.alerts.worlds import FakeBook, FakeDiscord, WorldView, calendar, closes, golden_row, session_at

TIMING = Timing(calendar())
ROW = golden_row()
"""VEE crosses on it, and three rows later its cross is confirmed."""
CONFIRMED = ROW + 3
TURNING = closes()["VEE"]


def due_at(row: int) -> datetime:
    return run_instant(TIMING.calendar, session_at(row), TIMING.delay)


LONG_AGO = due_at(ROW - 5)


@dataclass(frozen=True)
class SmallCaps(WorldView):
    """A market with an index, and a universe of two symbols that do as it does."""

    def open(self) -> Market:
        return replace(super().open(), universes={"smallcap": ("VEE", "TWIN")}, sectors={"VEE": "Energy"})


class SmallCapBook(FakeBook):
    async def bring(self, session: date) -> WorldView:
        return SmallCaps(session, revised={"TWIN": TURNING, "^RUT": TURNING})


@dataclass
class World:
    """A bot between its first start, a session before VEE crosses, and what arrives."""

    store: Store
    watch: Watch
    clock: SetClock
    discord: FakeDiscord
    delivers: Deliverer

    async def play(self, row: int) -> None:
        """Let the session of `row` become due, and deliver what can be delivered then."""
        self.clock.set(due_at(row))
        await self.watch.run_due()
        await self.delivers.drain()

    async def wait_until(self, instant: datetime) -> None:
        self.clock.set(instant)
        await self.delivers.drain()

    def arrived(self) -> list[tuple[int, MessageKind, list[str]]]:
        """Return (where, kind, subjects) of all that arrived."""
        return [
            (message.channel_id, message.kind, [stored.event.subject for stored in message.events])
            for message in self.discord.posted.values()
        ]

    def message(self) -> Outbound:
        """Return the only message there is."""
        [only] = self.discord.posted.values()
        return only

    async def follow(self, user_id: int = 5, subject: str = "VEE", channel_id: int = DIRECT, **given) -> None:
        facts = {"guild_id": 1, "signal": "cross", "asked_in": 90, "created_at": LONG_AGO, **given}
        await self.store.members.subscribe(Subscription(0, user_id, subject=subject, channel_id=channel_id, **facts))

    async def prefer(self, user_id: int = 5, **wishes) -> None:
        await self.store.members.prefer(Preferences(user_id, "Europe/Berlin", **wishes), LONG_AGO)

    async def set(self, noun: Noun, key: str, after: Mapping[str, object]) -> None:
        await self.store.configuration.change(
            guild_id=1, by=7, at=LONG_AGO, action="set", edits=[Edit(noun, key, after)]
        )

    async def route(self, channel_id: int = 11, *subjects: str, **given) -> None:
        plain = {"subjects": list(subjects), "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}
        await self.set(Noun.ROUTE, f"{channel_id} cross", plain | given)


@pytest.fixture(params=[FakeBook])
async def world(store: Store, request: pytest.FixtureRequest) -> World:
    clock, discord = SetClock(due_at(ROW - 1)), FakeDiscord()
    watch = Watch(request.param(), store, ThreadScanner(), (CROSS,), TIMING, clock)
    await watch.run_due()
    return World(store, watch, clock, discord, deliverer(store, discord, clock))


async def test_a_member_gets_what_they_follow_as_a_direct_message(world: World):
    await world.follow()
    await world.follow(6, "PEAK")
    await world.play(ROW)
    assert sorted(world.arrived()) == [(5, MessageKind.ALERT, ["VEE"]), (6, MessageKind.ALERT, ["PEAK"])]
    first = next(iter(world.discord.posted.values()))
    assert (first.is_direct, first.whys) == (True, ("you follow cross for VEE (/subscriptions)",))
    assert await states(world.store) == {"sent": 2}


async def test_quiet_hours_delay_and_never_drop_even_past_the_next_close(world: World):
    await world.follow()
    await world.prefer(quiet_from=time(21), quiet_to=time(7))
    await world.play(ROW)  # 21:20 in Berlin, on a Friday
    assert await states(world.store) == {"pending": 1}
    morning = datetime(2025, 2, 22, 6, tzinfo=UTC)
    await world.wait_until(morning - timedelta(seconds=1))
    assert world.arrived() == []
    await world.wait_until(morning)
    assert world.arrived() == [(5, MessageKind.ALERT, ["VEE"])]
    assert await states(world.store) == {"sent": 1}


async def test_the_daily_message_collects_what_two_sessions_brought_before_its_hour(world: World):
    await world.follow()
    await world.prefer(cadence=Cadence.DAILY, daily_at=time(23))
    await world.play(CONFIRMED)  # the bot was away for three sessions; it is 21:20 in Berlin
    assert world.arrived() == []
    await world.wait_until(datetime(2025, 2, 26, 22, tzinfo=UTC))
    message = world.message()
    assert (message.kind, message.session) == (MessageKind.DAILY, session_at(CONFIRMED))
    assert [stored.event.kind for stored in message.events] == ["golden_cross", "confirmed"]
    assert await states(world.store) == {"sent": 2}


async def test_a_channel_may_want_one_message_a_day_as_well(world: World):
    await world.set(Noun.GUILD, "time_zone", {"value": "Europe/Berlin"})
    await world.route(11, "VEE", cadence="daily", daily_at="23:00", role_id=77)
    await world.play(ROW)
    assert world.arrived() == []
    await world.wait_until(datetime(2025, 2, 21, 22, tzinfo=UTC))
    assert world.arrived() == [(11, MessageKind.DAILY, ["VEE"])]
    assert world.message().role_id == 77


async def test_what_is_snoozed_or_silenced_or_too_small_is_counted_as_kept_back(world: World):
    await world.follow(5)
    await world.store.members.snooze(Snooze(5, "cross", due_at(ROW + 1)))
    await world.follow(6)
    await world.prefer(6, signals=("smallcap",))
    await world.route(11, "VEE")
    await world.set(Noun.SILENCE, "cross VEE", {"until": due_at(ROW + 1).isoformat()})
    await world.route(12, "VEE", importance=5)
    await world.play(ROW)
    assert world.arrived() == [], "the silence is the guild's, and so of both its channels"
    assert await states(world.store) == {"suppressed": 4}
    await world.play(CONFIRMED)
    assert sorted(world.arrived()) == [(5, MessageKind.ALERT, ["VEE"]), (11, MessageKind.ALERT, ["VEE"])]
    assert await states(world.store) == {"suppressed": 5, "sent": 2}


async def test_who_asked_to_be_told_here_is_mentioned_in_that_channel_alone(world: World):
    await world.route(11, "VEE", role_id=77)
    await world.route(12, "VEE")
    await world.follow(5, channel_id=11)
    await world.follow(6, "PEAK", channel_id=11)
    await world.follow(8, channel_id=13)
    await world.play(ROW)
    pinged = {each.channel_id: (each.role_id, each.mentions) for each in world.discord.posted.values()}
    assert pinged == {11: (77, (5,)), 12: (None, ())}


@pytest.mark.parametrize("world", [SmallCapBook], indirect=True)
async def test_an_index_speaks_for_its_members_and_its_list_shows_them_all(world: World):
    await world.route(11)
    await world.follow(5, "universe:smallcap")
    await world.follow(5, "^RUT")
    await world.follow(6, "sector:Energy")
    await world.play(ROW)
    assert sorted(world.arrived()) == [
        (5, MessageKind.ALERT, ["^RUT"]),
        (6, MessageKind.ALERT, ["VEE"]),
        (11, MessageKind.ALERT, ["PEAK", "^RUT"]),
    ]
    own = next(message for message in world.discord.posted.values() if message.channel_id == 5)
    assert own.whys == ("you follow cross for ^RUT (/subscriptions), with 2 of its members' own",)
    listed = await world.store.ledger.told_in(own.id, 5)
    assert sorted(stored.event.subject for stored in listed) == ["TWIN", "VEE", "^RUT"]
    assert await states(world.store) == {"sent": 4, "suppressed": 4}


async def test_a_member_follows_the_thresholds_of_the_guild_they_asked_in(world: World):
    await world.set(Noun.THRESHOLD, "cross fast", {"value": 52})
    await world.follow(5)
    await world.follow(6, guild_id=0)
    for row in (ROW, ROW + 1):
        await world.play(row)
    used = [
        (message.channel_id, stored.event.thresholds["fast"], stored.event.session)
        for message in world.discord.posted.values()
        for stored in message.events
    ]
    assert used == [(6, 50, session_at(ROW)), (5, 52, session_at(ROW + 1))]


async def test_what_no_longer_holds_is_said_to_members_after_their_quiet_hours(world: World):
    await world.follow()
    await world.play(ROW)
    await world.prefer(quiet_from=time(21), quiet_to=time(7))
    book = world.watch.book
    assert isinstance(book, FakeBook)
    book.revised = {"VEE": closes()["VEE"][0] - 0.5 * (closes()["FLAT"] / 50.0).cumsum()}
    await world.play(ROW + 1)
    assert [kind for _, kind, _ in world.arrived()] == [MessageKind.ALERT]
    await world.wait_until(datetime(2025, 2, 25, 6, tzinfo=UTC))
    assert [kind for _, kind, _ in world.arrived()] == [MessageKind.ALERT, MessageKind.RETRACTION]
    counts = await world.store.outbox.counts()
    assert counts[DeliveryState.SENT] == counts["computed"] == 1
