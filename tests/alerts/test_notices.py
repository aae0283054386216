from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.alerts.notices import GRACE, Herald, held_back_words, made_good_words, switched_off_words
from bot.alerts.ports import SendFailed
from bot.clock import SetClock
from bot.people import DIRECT, Noun, Subscription
from bot.records import Address, MessageKind, Planned
from bot.store.store import Store
from signals.types import Event
from tests.alerts.deliveries import AT, EXPIRES, deliverer, fill
from tests.alerts.worlds import FakeDiscord


def an_event() -> Event:
    return Event("cross", "golden_cross", "^RUT", date(2025, 8, 6), 1, {"fast": 50}, {"close": 1.0})


SYSTEM, OWNER = Address(50), Address(99, is_direct=True)


@dataclass
class FakeModerators:
    found: list[Address] = field(default_factory=lambda: [SYSTEM, OWNER])
    problem: SendFailed | None = None

    async def addresses(self, guild_id: int) -> list[Address]:
        assert guild_id
        if self.problem is not None:
            raise self.problem
        return self.found


def herald(store: Store, moderators: FakeModerators, clock: SetClock) -> Herald:
    return Herald(store.notices, store.destinations, moderators, clock, "session")


async def lose(store: Store, channel: int, discord: FakeDiscord | None = None) -> FakeDiscord:
    discord = discord or FakeDiscord()
    discord.revoked.add(channel)
    await fill(store, [channel])
    await deliverer(store, discord).drain()
    return discord


async def test_the_system_channel_is_told_once_of_a_channel_that_was_lost(store: Store):
    discord = await lose(store, 11)
    tells = herald(store, FakeModerators(), SetClock(AT))
    assert await tells.tell() == 1
    assert await tells.tell() == 0
    await deliverer(store, discord).drain()
    [told] = discord.posted.values()
    assert (told.channel_id, told.is_direct, told.kind) == (50, False, MessageKind.NOTICE)
    assert told.payload is not None
    assert "switched off" in told.payload["content"]


async def test_the_owner_is_told_where_the_system_channel_is_the_one_that_was_lost(store: Store):
    discord = await lose(store, SYSTEM.channel_id)
    assert await herald(store, FakeModerators(), SetClock(AT)).tell() == 1
    await deliverer(store, discord).drain()
    assert [(m.channel_id, m.is_direct) for m in discord.posted.values()] == [(99, True)]


async def test_the_owner_is_told_where_the_system_channel_refuses_and_nobody_hears_of_that(store: Store):
    discord = await lose(store, 11)
    discord.revoked.add(50)
    tells = herald(store, FakeModerators(), SetClock(AT))
    for _ in range(4):
        await tells.tell()
        await deliverer(store, discord).drain()
    assert [(m.channel_id, m.is_direct) for m in discord.posted.values()] == [(99, True)]
    assert len(discord.calls) == 3, "the channel, the system channel, the owner"


async def test_where_everybody_refuses_the_notice_is_given_up(store: Store):
    discord = await lose(store, 11)
    discord.revoked |= {50, 99}
    tells = herald(store, FakeModerators(), SetClock(AT))
    for _ in range(5):
        await tells.tell()
        await deliverer(store, discord).drain()
    assert len(discord.calls) == 3
    assert await store.notices.waiting() == []


async def test_a_guild_the_gateway_has_not_told_of_yet_is_told_later(store: Store):
    await lose(store, 11)
    moderators = FakeModerators(problem=SendFailed("not connected", permanent=False))
    tells = herald(store, moderators, SetClock(AT))
    assert await tells.tell() == 0
    moderators.problem = None
    assert await tells.tell() == 1


async def test_a_guild_without_anybody_to_tell_is_given_up(store: Store):
    await lose(store, 11)
    assert await herald(store, FakeModerators([]), SetClock(AT)).tell() == 0
    assert await store.notices.waiting() == []


async def refused_member(store: Store, *, guild_id: int = 1) -> FakeDiscord:
    """Let a member who asked in channel 90 refuse a direct message."""
    await store.members.subscribe(Subscription(0, 5, guild_id, "cross", "", DIRECT, 90, AT))
    event = an_event()
    run = await store.runs.start("session", event.session, AT)
    assert run is not None
    plan = Planned(event.identity, None, guild_id, 5, "you follow it", 5, EXPIRES, is_direct=True, subscription_id=1)
    await store.ledger.record(run, [event], [plan], at=AT)
    discord = FakeDiscord()
    discord.revoked.add(5)
    await deliverer(store, discord).drain()
    return discord


async def test_a_member_who_refuses_direct_messages_is_told_once_where_they_asked_and_the_moderators_are_not(
    store: Store,
):
    discord = await refused_member(store)
    tells = herald(store, FakeModerators(), SetClock(AT))
    assert await tells.tell() == 1
    assert await tells.tell() == 0
    await deliverer(store, discord).drain()
    [told] = discord.posted.values()
    assert (told.channel_id, told.is_direct, told.kind) == (90, False, MessageKind.NOTICE)
    assert told.payload is not None
    assert told.payload["content"].startswith("<@5> I could not write to you")
    assert told.payload["pings"] == {"role": None, "users": [5]}


async def test_where_the_member_cannot_be_told_in_that_channel_nobody_is(store: Store):
    discord = await refused_member(store)
    discord.revoked.add(90)
    tells = herald(store, FakeModerators(), SetClock(AT))
    for _ in range(3):
        await tells.tell()
        await deliverer(store, discord).drain()
    assert discord.posted == {}
    assert len(discord.calls) == 2, "the member, the channel"
    assert await store.notices.waiting() == []


async def test_a_member_who_asked_in_a_direct_message_cannot_be_told_and_nobody_else_is(store: Store):
    await refused_member(store, guild_id=0)
    assert await herald(store, FakeModerators(), SetClock(AT)).tell() == 0


async def test_a_session_that_fails_for_longer_than_the_grace_is_told(store: Store):
    await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    held = await store.runs.start("session", date(2025, 8, 6), AT)
    assert held is not None
    await store.runs.fail(held, "only 3 of 14 symbols have a bar", AT)
    clock = SetClock(AT + GRACE - timedelta(seconds=1))
    tells = herald(store, FakeModerators(), clock)
    assert await tells.tell() == 0
    clock.set(AT + GRACE)
    assert await tells.tell() == 1
    assert await tells.tell() == 0
    [message] = await store.outbox.claim(10, clock.now(), 60)
    assert message.payload is not None
    assert "only 3 of 14 symbols" in message.payload["content"]


def test_words_name_the_session_the_reason_and_what_to_do():
    day = date(2025, 8, 6)
    assert "6 Aug 2025" in held_back_words(day, "the source is down")
    assert "nobody needs to do anything" in held_back_words(day, "the source is down")
    assert "scanned after all" in made_good_words(day)
    lost = SendFailed("no permission", permanent=True)
    assert "<#11>" in switched_off_words(11, lost, is_direct=False)
    assert "alerts here" in switched_off_words(11, lost, is_direct=False)
    member = switched_off_words(11, lost, is_direct=True)
    assert member.startswith("<@11> I could not write to you")
    assert "`/subscribe` again" in member
    papers = switched_off_words(11, lost, gets={Noun.ORDER})
    assert papers.startswith("**Papers to <#11> are")
    assert "say `paper here` in it again (`/paper list`:" in papers
    both = switched_off_words(11, lost, gets={Noun.ORDER, Noun.ROUTE})
    assert both.startswith("**Alerts and papers to <#11> are")
    assert "say `alerts here` or `paper here` in it again (`/alerts list` and `/paper list`:" in both
    gone = switched_off_words(11, SendFailed("gone", permanent=True, is_gone=True), is_direct=False)
    assert "alerts here" not in gone


def test_a_reason_is_quoted_short_and_without_markup():
    words = held_back_words(date(2025, 8, 6), "@everyone **look** " + "x" * 5000 + "\nand more")
    assert len(words) < 700
    assert "**look**" not in words
