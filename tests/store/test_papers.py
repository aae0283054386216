"""Orders of papers, the messages they bring, and the words that ask for one."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from bot.people import MUTE, THE_BOT, DuePaper, Edit, Noun, Order, PaperName, Rhythm
from bot.records import DeliveryState, MessageKind
from bot.store.edits import key_parts, stated
from bot.store.store import Store
from tests.store.outbox_steps import (
    AT,
    EXPIRES,
    SESSION,
    an_event,
    back,
    claim,
    end,
    freeze,
    planned,
    record,
    sent,
    states,
)

HERE, THERE, MOD = 11, 12, 70
HOUR = timedelta(hours=1)
SIX = AT + 2 * HOUR
WEEKLY = {"rhythm": "weekly", "at": "18:00"}


async def change(store: Store, *edits: Edit, guild_id: int = 1) -> None:
    await store.configuration.change(guild_id=guild_id, by=MOD, at=AT, action="papers", edits=edits)


async def ordered(store: Store, paper: PaperName = PaperName.SMALLCAP, channel_id: int = HERE) -> DuePaper:
    await change(store, Edit(Noun.ORDER, f"{channel_id} {paper}", {"rhythm": "daily"}))
    order = Order(1, channel_id, paper, Rhythm.DAILY, None, MOD, AT)
    return DuePaper(order, SIX, EXPIRES)


async def reasons(store: Store) -> list[tuple[str, str]]:
    statement = sa.text("SELECT state, reason FROM message ORDER BY id")
    async with store.database.read() as connection:
        return [(row.state, row.reason) for row in await connection.execute(statement)]


async def test_an_order_is_stored_replaced_told_and_ended(store: Store):
    await change(store, Edit(Noun.ORDER, "11 smallcap", {"rhythm": "daily"}), Edit(Noun.ORDER, "11 digest", WEEKLY))
    assert await store.configuration.rows(1, AT) == {
        (Noun.ORDER, "11 digest"): WEEKLY,
        (Noun.ORDER, "11 smallcap"): {"rhythm": "daily", "at": None},
    }
    await change(store, Edit(Noun.ORDER, "11 smallcap", WEEKLY))
    orders = {order.paper: order for order in await store.orders.all()}
    assert orders[PaperName.SMALLCAP] == Order(1, HERE, PaperName.SMALLCAP, Rhythm.WEEKLY, time(18), MOD, AT)
    assert await store.configuration.undo(guild_id=1, by=MOD, at=AT) is not None
    assert (await store.configuration.rows(1, AT))[Noun.ORDER, "11 smallcap"] == {"rhythm": "daily", "at": None}
    await change(store, Edit(Noun.ORDER, "11 smallcap", None), Edit(Noun.ORDER, "11 digest", None))
    assert await store.orders.all() == []


@pytest.mark.parametrize("key", ["11", "11 cross", "x smallcap", "smallcap 11", "11 smallcap "])
def test_what_is_no_order_is_refused(key: str):
    with pytest.raises(ValueError, match="no key"):
        key_parts(Noun.ORDER, key)


@pytest.mark.parametrize("value", [{}, {"rhythm": "hourly"}, {"rhythm": "daily", "at": "25:00"}, {**WEEKLY, "x": 1}])
def test_what_no_order_can_be_is_refused(value):
    with pytest.raises(ValueError, match=r"rhythm|hourly|hour"):
        stated(Noun.ORDER, "11 smallcap", value, AT)


@pytest.mark.parametrize("value", [{}, {"paper": "digest"}, {"paper": ""}, {"paper": 3}, {"words": "smallcap"}])
def test_what_no_words_can_ask_for_is_refused(value):
    with pytest.raises(ValueError, match=r"paper|briefing|word"):
        stated(Noun.KEYWORD, "morning note", value, AT)


async def test_a_paper_waits_for_its_hour_speaks_of_no_event_and_is_counted_as_no_delivery(store: Store):
    due = await ordered(store)
    await record(store, papers=[due])
    assert await claim(store, SIX - HOUR) == []
    assert await store.outbox.next_due(AT) == SIX
    [message] = await claim(store, SIX)
    assert (message.kind, message.paper, message.events) == (MessageKind.PAPER, "smallcap", ())
    assert (message.channel_id, message.guild_id, message.session, message.expires_at) == (HERE, 1, SESSION, EXPIRES)
    assert await freeze(store, message, {"content": "a paper"})
    assert await sent(store, message, at=SIX)
    assert await states(store) == {}
    assert (await store.outbox.messages())["paper"] == {"sent": 1}


async def test_a_run_that_is_taken_over_after_a_crash_opens_each_paper_once(store: Store):
    due = [await ordered(store), await ordered(store, PaperName.DIGEST), await ordered(store, channel_id=THERE)]
    first = await store.runs.start("session", SESSION, AT)
    assert first is not None
    again = await store.runs.start("session", SESSION, AT + HOUR)
    assert again is not None
    assert await store.ledger.record(again, [], [], at=AT + HOUR, papers=due) is not None
    assert await store.ledger.record(first, [], [], at=AT + HOUR, papers=due) is None
    assert (await store.outbox.messages())["paper"] == {"pending": 3}


async def test_what_was_recorded_is_there_after_a_restart_and_a_claim_that_lapsed_goes_to_the_next(url, store, keep):
    await record(store, papers=[await ordered(store)])
    [lost] = await claim(store, SIX)
    other = keep(Store(url))
    assert await claim(other, SIX) == []
    [found] = await claim(other, SIX + HOUR)
    assert (found.id, found.paper, found.nonce) == (lost.id, "smallcap", lost.nonce)
    assert not await sent(store, lost)
    assert await sent(other, found)


async def test_news_of_the_same_session_go_before_the_paper(store: Store):
    event, due = an_event(), await ordered(store)
    await record(store, planned(event), events=(event,), papers=[due])
    [first] = await claim(store, SIX)
    assert first.kind is MessageKind.ALERT
    await sent(store, first, at=SIX)
    [second] = await claim(store, SIX)
    assert second.kind is MessageKind.PAPER


async def test_a_paper_that_nobody_could_send_expires_and_no_digest_tells_of_it(store: Store):
    await record(store, papers=[await ordered(store)])
    assert await store.outbox.gather_missed(EXPIRES, EXPIRES + HOUR) == 0
    assert (await store.outbox.messages())["paper"] == {"expired": 1}
    assert await claim(store, EXPIRES) == []


async def test_an_order_that_ended_before_the_run_was_recorded_brings_nothing(store: Store):
    due = await ordered(store)
    await change(store, Edit(Noun.ORDER, "11 smallcap", None))
    await record(store, papers=[due])
    assert (await store.outbox.messages())["paper"] == {}


@pytest.mark.parametrize("how_far", ["waiting", "being composed", "composed"])
async def test_what_waits_of_an_order_that_ends_is_kept_back_and_nothing_else(store: Store, how_far: str):
    await record(store, papers=[await ordered(store), await ordered(store, channel_id=THERE)])
    if how_far != "waiting":
        mine = next(message for message in await claim(store, SIX) if message.channel_id == HERE)
        if how_far == "composed":
            await freeze(store, mine, {"content": "a paper"})
            await end(store, mine, DeliveryState.PENDING, due_at=SIX)
    await change(store, Edit(Noun.ORDER, "11 smallcap", None))
    (state, reason), (other, _) = await reasons(store)
    assert (state, reason) == ("suppressed", "the channel no longer asks for it")
    assert other != "suppressed"
    if how_far == "being composed":
        assert not await freeze(store, mine, {"content": "a paper"})


@pytest.mark.parametrize("again", ["ordered", "undone", "imported"])
async def test_what_was_kept_back_goes_after_all_where_the_order_is_made_again_in_time(store: Store, again: str):
    await record(store, papers=[await ordered(store), await ordered(store, channel_id=THERE)])
    await change(store, Edit(Noun.ORDER, "11 smallcap", None), Edit(Noun.ORDER, "12 smallcap", None))
    if again == "undone":
        await store.configuration.undo(guild_id=1, by=MOD, at=AT)
    else:
        rhythm = WEEKLY if again == "imported" else {"rhythm": "daily"}
        await change(store, *(Edit(Noun.ORDER, f"{channel} smallcap", rhythm) for channel in (HERE, THERE)))
    assert await claim(store, SIX - HOUR) == []
    found = await claim(store, SIX)
    assert [(message.channel_id, message.paper, message.attempt) for message in found] == [
        (HERE, "smallcap", 1),
        (THERE, "smallcap", 1),
    ]


async def test_what_is_too_old_or_was_followed_by_another_is_not_taken_up_again(store: Store):
    await record(store, papers=[await ordered(store)])
    later = SESSION + timedelta(days=1)
    await record(store, session=later, papers=[await ordered(store)])
    await change(store, Edit(Noun.ORDER, "11 smallcap", None))
    await change(store, Edit(Noun.ORDER, "11 smallcap", WEEKLY))
    assert (await store.outbox.messages())["paper"] == {"suppressed": 1, "pending": 1}
    [message] = await claim(store, SIX)
    assert message.session == later
    await sent(store, message)
    off, on = Edit(Noun.ORDER, "11 smallcap", None), Edit(Noun.ORDER, "11 smallcap", WEEKLY)
    await change(store, off)
    await change(store, on)
    assert (await store.outbox.messages())["paper"] == {"suppressed": 1, "sent": 1}
    await record(store, session=later + timedelta(days=1), papers=[await ordered(store)])
    await change(store, off)
    await store.configuration.change(guild_id=1, by=MOD, at=EXPIRES, action="papers", edits=[on])
    assert (await store.outbox.messages())["paper"] == {"suppressed": 2, "sent": 1}


async def test_papers_are_claimed_by_themselves_and_after_everything_else(store: Store):
    events = (an_event(), an_event("IWM"))
    plans = [planned(event, channel) for event, channel in zip(events, (21, 22), strict=True)]
    await record(store, *plans, events=events, papers=[await ordered(store), await ordered(store, channel_id=THERE)])
    first = await claim(store, SIX, limit=1)
    second = await claim(store, SIX, limit=10)
    third = await claim(store, SIX, limit=10)
    assert [[message.kind for message in each] for each in (first, second, third)] == [
        [MessageKind.ALERT],
        [MessageKind.ALERT],
        [MessageKind.PAPER] * 2,
    ]


@pytest.mark.parametrize("how", ["retried", "waiting"])
async def test_moderators_are_told_once_of_a_paper_that_could_not_be_made(store: Store, how: str):
    await record(store, papers=[await ordered(store), await ordered(store, channel_id=THERE)])
    for message in await claim(store, SIX):
        if how == "waiting":
            await back(store, message, EXPIRES - HOUR, reason="QuestionError: it cannot be printed")
        else:
            await end(store, message, DeliveryState.EXPIRED, reason="QuestionError: it cannot be printed")
    await store.outbox.expire(EXPIRES)
    assert (await store.outbox.messages())["paper"] == {"expired": 2}
    [notice] = await store.notices.waiting()
    assert (notice.guild_id, notice.about_channel_id) == (1, None)
    assert notice.text.startswith("**The smallcap paper of Wed 6 Aug 2025 could not be made in time**")
    await store.outbox.expire(EXPIRES + HOUR)
    assert len(await store.notices.waiting()) == 1


@pytest.mark.parametrize("how_far", ["never claimed", "composed", "given back"])
async def test_nobody_is_told_of_a_paper_that_expired_for_another_reason(store: Store, how_far: str):
    await record(store, papers=[await ordered(store)])
    if how_far != "never claimed":
        [message] = await claim(store, SIX)
        if how_far == "composed":
            await freeze(store, message, {"content": "a paper"})
        await end(store, message, DeliveryState.PENDING, due_at=SIX, is_untried=how_far == "given back")
    await store.outbox.expire(EXPIRES)
    assert (await store.outbox.messages())["paper"] == {"expired": 1}
    assert await store.notices.waiting() == []


async def test_a_guild_that_the_bot_has_left_gets_no_papers_until_it_is_back(store: Store):
    due = await ordered(store)
    await store.guilds.leave(1, AT)
    await record(store, papers=[due])
    assert (await store.outbox.messages())["paper"] == {}
    await store.guilds.rejoin(1)
    await record(store, session=SESSION + timedelta(days=1), papers=[due])
    assert (await store.outbox.messages())["paper"] == {"pending": 1}


async def test_what_a_guild_has_is_purged_in_the_order_in_which_a_run_is_recorded(store: Store, statements: list[str]):
    await ordered(store)
    await store.guilds.leave(1, AT)
    statements.clear()
    await store.guilds.purge(EXPIRES)
    first = next(statement for statement in statements if statement.startswith("DELETE"))
    assert "standing_order" in first, "else the two wait for each other for ever"


async def test_what_is_set_for_a_channel_is_known(store: Store):
    assert await store.destinations.gets(HERE) == set()
    await ordered(store)
    assert await store.destinations.gets(HERE) == {Noun.ORDER}
    await store.routes.add(guild_id=1, channel_id=HERE, signal="cross", subjects=(), by=MOD, at=AT)
    assert await store.destinations.gets(HERE) == {Noun.ORDER, Noun.ROUTE}


async def test_a_channel_that_is_switched_off_gets_none_until_it_is_ordered_again(store: Store):
    await record(store, papers=[await ordered(store)])
    [message] = await claim(store, SIX)
    await store.destinations.switch_off(message, "it is shut", SIX, notice_text="tell them")
    assert [found.channel_id for found in await store.destinations.off(1)] == [HERE]
    assert await store.destinations.count_off() == 1
    [notice] = await store.notices.waiting()
    assert (notice.guild_id, notice.about_channel_id) == (1, HERE)
    due = DuePaper((await store.orders.all())[0], SIX, EXPIRES)
    next_day = SESSION + timedelta(days=1)
    await record(store, session=next_day, papers=[due])
    assert (await store.outbox.messages())["paper"] == {"dead": 1}
    await record(store, session=next_day + timedelta(days=1), papers=[await ordered(store)])
    assert (await store.outbox.messages())["paper"] == {"dead": 1, "pending": 1}
    assert await store.destinations.off(1) == []


async def test_the_orders_of_a_channel_that_is_gone_end_with_it_and_the_audit_says_so(store: Store):
    await record(store, papers=[await ordered(store), await ordered(store, PaperName.DIGEST)])
    [message] = await claim(store, SIX)
    await store.destinations.switch_off(message, "it is gone", SIX, notice_text="tell them", is_gone=True)
    assert await store.orders.all() == []
    [last, *_] = await store.configuration.audit(1)
    assert (last.by, [(edit.noun, edit.after) for edit in last.edits]) == (THE_BOT, [(Noun.ORDER, None)] * 2)


async def test_a_guild_that_only_gets_papers_is_told_of_a_session_that_fails(store: Store):
    await ordered(store)
    run = await store.runs.start("session", SESSION, AT)
    assert run is not None
    await store.runs.fail(run, "no prices", AT)
    assert await store.notices.tell_failure(run.id, "it failed", AT + HOUR) == 1


async def test_two_moderators_who_order_at_once_are_both_heard(url: str, store: Store, keep):
    other = keep(Store(url))
    daily = {"rhythm": "daily"}
    await asyncio.gather(
        change(store, Edit(Noun.ORDER, "11 smallcap", daily)), change(other, Edit(Noun.ORDER, "11 rotation", daily))
    )
    assert {order.paper for order in await store.orders.all()} == {PaperName.SMALLCAP, PaperName.ROTATION}


async def test_keywords_are_those_of_their_guild_and_new_the_moment_they_are_set(store: Store):
    assert await store.configuration.keywords() == {}
    await change(store, Edit(Noun.KEYWORD, "morning note", {"paper": "rotation"}))
    assert await store.configuration.keywords() == {1: {"morning note": "rotation"}}
    await change(store, Edit(Noun.KEYWORD, "rpm", {"paper": MUTE}), guild_id=2)
    assert await store.configuration.keywords() == {1: {"morning note": "rotation"}, 2: {"rpm": MUTE}}
    await store.configuration.undo(guild_id=2, by=MOD, at=AT)
    assert await store.configuration.keywords() == {1: {"morning note": "rotation"}}
    await change(store, Edit(Noun.KEYWORD, "morning note", None))
    assert await store.configuration.keywords() == {}


async def test_keywords_are_read_once_however_many_messages_are_compared(store: Store, statements: list[str]):
    for _ in range(3):
        await store.configuration.keywords()
    assert sum("keyword" in statement for statement in statements) == 1


async def test_the_keywords_of_a_guild_that_was_purged_are_forgotten(store: Store):
    await change(store, Edit(Noun.KEYWORD, "morning note", {"paper": "rotation"}))
    assert await store.configuration.keywords() != {}
    await store.guilds.leave(1, AT)
    assert await store.guilds.purge(EXPIRES) == [1]
    assert await store.configuration.keywords() == {}
