"""What is kept of guilds that the bot has left, and of members who have left a guild, goes in the end."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.people import DIRECT, NO_GUILD, Edit, Noun, Subscription
from bot.records import DeliveryState
from bot.store.store import Store
from bot.store.tables import delivery, message, metadata
from tests.store.outbox_steps import AT, SESSION, an_event, claim, end, planned, record, sent, states

ANN, BOB = 501, 502
OURS, THEIRS = 1, 2
DAY = timedelta(days=1)
WEEK = AT + timedelta(days=7)


def wish(user_id: int, guild_id: int, **given) -> Subscription:
    asked = {"signal": "cross", "subject": "", "channel_id": DIRECT, "asked_in": 33, "created_at": AT}
    return Subscription(**{"id": 0, "user_id": user_id, "guild_id": guild_id, **asked, **given})


def direct(event, subscription: Subscription, **given):
    to = {"route_id": None, "subscription_id": subscription.id, "is_direct": True, "guild_id": subscription.guild_id}
    return planned(event, subscription.user_id, **{**to, **given})


async def settle_in(store: Store, guild_id: int, user_id: int) -> Subscription:
    """Set everything that can be set in a guild, by moderators and by a member."""
    edits = [
        Edit(Noun.ROUTE, f"{guild_id}1 cross", {"subjects": []}),
        Edit(Noun.THRESHOLD, "cross slow", {"value": 150}),
        Edit(Noun.SILENCE, "cross STRL", {"until": WEEK.isoformat()}),
        Edit(Noun.GUILD, "time_zone", {"value": "Asia/Tokyo"}),
        Edit(Noun.ORDER, f"{guild_id}1 smallcap", {"rhythm": "daily"}),
        Edit(Noun.KEYWORD, "morning note", {"paper": "rotation"}),
    ]
    await store.configuration.change(guild_id=guild_id, by=7, at=AT, action="set everything", edits=edits)
    await store.configuration.undo(guild_id=guild_id, by=7, at=AT)
    await store.configuration.change(guild_id=guild_id, by=7, at=AT, action="again", edits=edits)
    await store.ratings.rate(guild_id=guild_id, user_id=user_id, symbol="STRL", stars=5, at=AT)
    await store.memberships.checked(guild_id, user_id, AT, is_there=True)
    return await store.members.subscribe(wish(user_id, guild_id))


async def broken(store: Store, guild_id: int) -> None:
    """Let a channel of the guild refuse an alert, so that there is a destination and a notice."""
    event = an_event("AAON", session=SESSION + DAY * guild_id)
    channel = int(f"{guild_id}9")
    await record(store, planned(event, channel, guild_id=guild_id), events=(event,), session=event.session)
    [failed] = [found for found in await claim(store) if found.channel_id == channel]
    await store.destinations.switch_off(failed, "it is gone", AT, notice_text="tell them")


async def rows_of(store: Store, guild_id: int) -> dict[str, int]:
    """Return in which tables a guild has rows, and how many."""
    found = {}
    async with store.database.read() as connection:
        for table in metadata.sorted_tables:
            column = table.c.id if table.name == "guild" else table.c.get("guild_id")
            if column is not None:
                statement = sa.select(sa.func.count()).select_from(table).where(column == guild_id)
                found[table.name] = int(await connection.scalar(statement) or 0)
    return {name: count for name, count in found.items() if count}


SETTINGS = {"guild", "route", "threshold", "silence", "change", "standing_order", "keyword"}
EVERYWHERE = SETTINGS | {"rating", "membership", "subscription", "delivery", "message", "notice", "destination"}


async def test_everything_of_a_guild_left_long_ago_goes_and_nothing_of_others(store: Store):
    ours, theirs = await settle_in(store, OURS, ANN), await settle_in(store, THEIRS, BOB)
    for guild_id in (OURS, THEIRS):
        await broken(store, guild_id)
    event = an_event()
    plans = [planned(event, 11), planned(event, 21, guild_id=THEIRS), direct(event, ours), direct(event, theirs)]
    await record(store, *plans, events=(event,))
    for found in await claim(store):
        await sent(store, found, found.id)
    gone = {"session": SESSION + 5 * DAY, "gone": [event.identity], "until": WEEK}
    await record(store, **gone)
    before, kept = await rows_of(store, OURS), await rows_of(store, THEIRS)
    assert set(before) == set(kept) == EVERYWHERE, "the test must look for what is there"
    await store.guilds.leave(OURS, AT)
    assert await store.guilds.purge(AT) == []
    assert await rows_of(store, OURS) == before
    assert await store.guilds.purge(AT + DAY) == [OURS]
    assert await rows_of(store, OURS) == {}
    assert await rows_of(store, THEIRS) == kept
    assert await states(store) == {"dead": 1, "sent": 2}
    assert await store.guilds.purge(AT + DAY) == []


async def test_a_guild_that_is_joined_again_in_time_keeps_everything(store: Store):
    await settle_in(store, OURS, ANN)
    before = await rows_of(store, OURS)
    await store.guilds.leave(OURS, AT)
    assert await store.guilds.present() == []
    await store.guilds.rejoin(OURS)
    assert await store.guilds.present() == [OURS]
    assert await store.guilds.purge(AT + 365 * DAY) == []
    assert await rows_of(store, OURS) == before


async def test_leaving_said_again_counts_from_the_first_time_and_nothing_is_kept_of_strangers(store: Store):
    await settle_in(store, OURS, ANN)
    await store.guilds.leave(OURS, AT)
    await store.guilds.leave(OURS, AT + 30 * DAY)
    await store.guilds.leave(99, AT)
    await store.guilds.rejoin(99)
    assert await rows_of(store, 99) == {}
    assert await store.guilds.purge(AT + DAY) == [OURS]


async def test_a_direct_message_that_tells_of_another_guilds_subscription_too_loses_only_this_ones(store: Store):
    ours = await store.members.subscribe(wish(ANN, OURS, subject="^RUT"))
    theirs = await store.members.subscribe(wish(ANN, THEIRS, subject="IWM"))
    first, second = an_event(), an_event("IWM")
    await record(store, direct(first, ours), direct(second, theirs), events=(first, second))
    await store.guilds.leave(OURS, AT)
    await store.guilds.purge(AT + DAY)
    [found] = await claim(store)
    assert [stored.event.subject for stored in found.events] == ["IWM"]
    assert found.guild_id == NO_GUILD
    assert await sent(store, found)
    assert await states(store) == {"sent": 1}


async def test_a_member_who_refuses_direct_messages_is_not_tried_again_because_a_guild_was_purged(store: Store):
    ours = await store.members.subscribe(wish(ANN, OURS, subject="^RUT"))
    await store.members.subscribe(wish(ANN, THEIRS, subject="IWM"))
    await store.members.subscribe(wish(BOB, OURS))
    event = an_event()
    plans = [direct(event, ours), direct(event, wish(BOB, OURS), subscription_id=None)]
    await record(store, *plans, events=(event,))
    for found in await claim(store):
        await store.destinations.switch_off(found, "they do not take them", AT, notice_text="told where they asked")
    await store.guilds.leave(OURS, AT)
    await store.guilds.purge(AT + DAY)
    assert await store.members.direct_off(ANN) == "they do not take them"
    assert await store.members.direct_off(BOB) is None
    assert await rows_of(store, OURS) == {}


async def test_what_is_on_its_way_to_a_purged_guild_is_lost_to_its_sender(store: Store):
    await settle_in(store, OURS, ANN)
    event = an_event()
    await record(store, planned(event), events=(event,))
    [found] = await claim(store)
    await store.guilds.leave(OURS, AT)
    await store.guilds.purge(AT + DAY)
    assert not await end(store, found, DeliveryState.SENT, discord_id=1)
    assert await states(store) == {}
    async with store.database.read() as connection:
        for table in (delivery, message):
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


# Members ----------------------------------------------------------------------------------------------------------


async def rate(store: Store, guild_id: int, user_id: int) -> None:
    await store.ratings.rate(guild_id=guild_id, user_id=user_id, symbol="STRL", stars=5, at=AT)


async def test_members_of_whom_something_is_kept_for_a_guild_are_due_those_never_asked_after_first(store: Store):
    await rate(store, OURS, ANN)
    await rate(store, THEIRS, ANN)
    await store.members.subscribe(wish(ANN, OURS))
    await store.members.subscribe(wish(BOB, OURS))
    await store.members.subscribe(wish(503, NO_GUILD))
    await store.members.watch(504, ["STRL"], AT)
    pairs = [(OURS, ANN), (OURS, BOB), (THEIRS, ANN)]
    assert await store.memberships.due(AT, 10) == pairs
    assert await store.memberships.due(AT, 2) == pairs[:2]
    await store.memberships.checked(OURS, ANN, AT, is_there=True)
    assert await store.memberships.due(AT, 10) == pairs[1:]
    assert await store.memberships.due(AT + DAY, 10) == [*pairs[1:], pairs[0]]
    await store.guilds.leave(THEIRS, AT)
    assert await store.memberships.due(AT, 10) == [(OURS, BOB)]


async def test_what_is_kept_for_a_guild_goes_some_time_after_the_member_was_first_missed(store: Store):
    for guild_id in (OURS, THEIRS):
        await rate(store, guild_id, ANN)
    gone, stays = await store.members.subscribe(wish(ANN, OURS)), await store.members.subscribe(wish(BOB, OURS))
    event = an_event()
    await record(store, direct(event, gone), direct(event, stays), events=(event,))
    await store.memberships.checked(OURS, ANN, AT, is_there=False)
    await store.memberships.checked(OURS, ANN, AT + 5 * DAY, is_there=False)
    await store.memberships.checked(OURS, BOB, AT, is_there=True)
    assert await store.memberships.purge(AT) == 0
    assert await store.memberships.purge(AT + DAY) == 2
    assert (await store.members.subscriber(ANN)).subscriptions == ()
    assert [(await store.ratings.rated(guild_id, "STRL")).n for guild_id in (OURS, THEIRS)] == [0, 1]
    assert (await store.members.subscriber(BOB)).subscriptions == (stays,)
    assert await states(store) == {"pending": 1, "suppressed": 1}
    assert (await rows_of(store, OURS))["membership"] == 1, "nobody is asked after of whom nothing is kept"


async def test_who_is_seen_again_in_time_keeps_everything(store: Store):
    await rate(store, OURS, ANN)
    await store.memberships.checked(OURS, ANN, AT, is_there=False)
    await store.memberships.checked(OURS, ANN, AT + DAY, is_there=True)
    assert await store.memberships.purge(AT + 365 * DAY) == 0
    assert (await store.ratings.rated(OURS, "STRL")).n == 1
