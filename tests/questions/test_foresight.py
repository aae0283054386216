from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bot.alerts.historian import PastUnavailable, ThreadHistorian
from bot.alerts.past import PastEvents, past_of_market
from bot.alerts.scan import Request
from bot.cards.provenance import Grounds
from bot.cards.words import short_session
from bot.people import DIRECT, NO_GUILD, WATCHLIST, Cadence, Preferences, Snooze, Subscriber, Subscription
from bot.questions.foresight import COUNTED_SESSIONS, MOST_WAITING, Foresight
from bot.questions.parse import QuestionError
from signals.cross import CROSS
from signals.errors import InvalidThreshold, UnknownSignal
from signals.types import Basis, Coverage, Event, Market
from tests.cards.markets import market

KNOWN = replace(market(400), universes={"smallcap": ("IWM",)}, sectors={"^RUT": "Index", "^GSPC": "Index"})
SESSIONS: list[date] = KNOWN.prices.sessions.tolist()
LAST = SESSIONS[-1]
GROUNDS = Grounds(LAST, datetime(2011, 7, 15, 21, tzinfo=UTC), "made up", Basis.PRICE, Coverage(5, 5))


@dataclass
class Here:
    """The market that is present, and a view that opens it."""

    known: Market = KNOWN
    released: dict[str, date] = field(default_factory=dict)

    def market(self) -> Market:
        return self.known

    def view(self) -> Here:
        return self

    def open(self) -> Market:
        return self.known


@dataclass
class Told:
    """A past in which the events (subject, kind, sessions before the last) happened, whatever the thresholds."""

    events: list[tuple[str, str, int]] = field(default_factory=list)
    asked: list[list[Request]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    problem: str = ""
    most: int = 1
    is_full: asyncio.Event = field(default_factory=asyncio.Event)

    async def recall(self, _view, requests, sessions, _until=None):
        self.asked.append(list(requests))
        if len(self.asked) == self.most:
            self.is_full.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.problem:
            raise PastUnavailable(self.problem)
        days = tuple(SESSIONS[-sessions:])
        events = sorted((SESSIONS[-1 - back], subject, kind) for subject, kind, back in self.events)
        found = tuple(Event("cross", kind, subject, day, 1, {}, {}) for day, subject, kind in events)
        return [PastEvents(request, days, found, GROUNDS) for request in requests]


class PerGuild:
    """Guild 7 looks at shorter windows; what guild 8 set contradicts itself."""

    async def of(self, guild_id, _signal):
        return {7: {"fast": 5, "slow": 20}, 8: {"fast": 300}}.get(guild_id, {})


def foresight(historian, here=None):
    return Foresight(here or Here(), PerGuild(), historian)


def wants(subject: str = "", *, guild_id: int = NO_GUILD, channel_id: int = DIRECT) -> Subscription:
    return Subscription(1, 5, guild_id, "cross", subject, channel_id, 9, datetime(2011, 1, 1, tzinfo=UTC))


def member(*subscriptions: Subscription, watched: tuple[str, ...] = (), **preferred) -> Subscriber:
    return Subscriber(Preferences(5, **preferred), subscriptions, watched=watched)


async def counts(subscriber: Subscriber, *events: tuple[str, str, int]) -> tuple[int, int]:
    received = await foresight(Told(list(events))).would_have_received(subscriber)
    return received.last_30_days, received.last_365_days


async def test_a_session_is_one_message_however_much_it_brings():
    events = [("IWM", "golden_cross", 3), ("^RUT", "golden_cross", 3), ("IWM", "confirmed", 5)]
    assert await counts(member(wants()), *events) == (2, 2)
    assert await counts(member(wants(), wants("IWM")), *events) == (2, 2)
    assert await counts(member(wants(), cadence=Cadence.DAILY), *events) == (2, 2)


async def test_thirty_and_three_hundred_and_sixty_five_calendar_days_up_to_the_last_session_are_counted():
    back = {(LAST - day).days: len(SESSIONS) - 1 - place for place, day in enumerate(SESSIONS)}
    inside, outside = max(days for days in back if days < 30), min(days for days in back if days >= 30)
    old, older = max(days for days in back if days < 365), min(days for days in back if days >= 365)
    events = [("IWM", "golden_cross", back[days]) for days in (inside, outside, old)]
    assert await counts(member(wants()), *events) == (1, 3)
    assert back[older] > COUNTED_SESSIONS - 5
    received = await foresight(Told()).would_have_received(member(wants()))
    assert received.sessions_known == sum(LAST - timedelta(days=365) < day for day in SESSIONS)


@pytest.mark.parametrize(
    ("subject", "watched", "heard"),
    [
        ("", (), 3),
        ("IWM", (), 1),
        ("universe:smallcap", (), 1),
        ("sector:Index", (), 2),
        ("sector:Nowhere", (), 0),
        (WATCHLIST, ("IWM", "^RUT"), 2),
        (WATCHLIST, (), 0),
    ],
)
async def test_what_was_subscribed_to_is_counted_and_nothing_else(subject, watched, heard):
    events = [("IWM", "golden_cross", 1), ("^RUT", "golden_cross", 2), ("^GSPC", "golden_cross", 4)]
    assert await counts(member(wants(subject), watched=watched), *events) == (heard, heard)


async def test_importance_and_signals_that_are_preferred_are_obeyed():
    events = [("IWM", "golden_cross", 1), ("IWM", "failed", 2), ("IWM", "confirmed", 4)]
    assert await counts(member(wants(), importance=4), *events) == (2, 2)
    assert await counts(member(wants(), signals=("smallcap",)), *events) == (0, 0)
    assert await counts(member(wants(), signals=("cross",)), *events) == (3, 3)


async def test_what_is_told_in_a_channel_is_no_direct_message_and_a_snooze_ends():
    event = ("IWM", "golden_cross", 1)
    assert await counts(member(wants(channel_id=77)), event) == (0, 0)
    snoozed = replace(member(wants()), snoozes=(Snooze(5, "", datetime(2030, 1, 1, tzinfo=UTC)),))
    assert await counts(snoozed, event) == (1, 1)


async def test_thresholds_are_those_of_the_guild_it_was_made_in():
    told = Told()
    await foresight(told).would_have_received(member(wants(), wants(guild_id=7), wants(guild_id=8), wants("IWM")))
    assert [request.thresholds["slow"] for request in told.asked[0]] == [200, 20]


async def test_a_real_market_is_counted_like_its_past():
    here = Here()
    received = await foresight(ThreadHistorian(), here).would_have_received(member(wants(guild_id=7)))
    (past,) = past_of_market(KNOWN, [Request("cross", CROSS.thresholds_with({"fast": 5, "slow": 20}))], 300)
    year = {event.session for event in past.events if event.session > LAST - timedelta(days=365)}
    assert received.last_365_days == len(year) > 20


async def test_a_short_history_says_how_short_it_is():
    received = await foresight(ThreadHistorian(), Here(market(30))).would_have_received(member(wants()))
    assert (received.last_365_days, received.sessions_known) == (0, 30)


async def test_a_rehearsal_tells_what_a_new_value_would_change():
    card = await foresight(ThreadHistorian()).rehearse(7, "cross", "slow", "15", sessions=100)
    requests = [Request("cross", CROSS.thresholds_with({"fast": 5, "slow": slow})) for slow in (20, 15)]
    now, then = past_of_market(KNOWN, requests, 100)
    assert (
        f"slow 15 instead of 20**: {len(then.events)} alerts in the last 100 sessions instead of {len(now.events)}"
        in (card.text)
    )
    assert card.chart is not None
    assert card.chart.kind == "rehearsal"


async def test_windows_that_stay_and_the_default_span_are_counted_once():
    told = Told()
    asked = foresight(told)
    await asked.rehearse(0, "cross", "approach_sessions", 5)
    await asked.rehearse(0, "cross", "approach_sessions", 7, sessions=100)
    await asked.would_have_received(member(wants()))
    assert [[request.thresholds["approach_sessions"] for request in requests] for requests in told.asked] == [
        [10, 5],
        [7],
    ]


@pytest.mark.parametrize(
    ("signal", "name", "value", "error", "words"),
    [
        ("cross", "slow", 20, QuestionError, "slow is 20 already: name another value"),
        ("cross", "slow", "20.0", QuestionError, "already"),
        ("cross", "slow", 4, InvalidThreshold, "fast is 5: must be below slow, which is 4"),
        ("cross", "slow", 4000, InvalidThreshold, "must be between 2 and 400 sessions"),
        ("cross", "slow", "many", InvalidThreshold, "must be a number"),
        ("cross", "sloow", 4, InvalidThreshold, "no such threshold"),
        ("smallcap", "slow", 4, QuestionError, "raises no alerts"),
        ("crosss", "slow", 4, UnknownSignal, "did you mean cross"),
    ],
)
async def test_what_cannot_be_rehearsed_is_refused_in_words(signal, name, value, error, words):
    told = Told()
    with pytest.raises(error, match=words):
        await foresight(told).rehearse(7, signal, name, value)
    assert told.asked == []


@pytest.mark.parametrize("sessions", [0, 20, 2521])
async def test_a_span_that_is_too_short_or_too_long_is_refused(sessions):
    with pytest.raises(QuestionError, match="rehearse over 21 to 2,520 sessions"):
        await foresight(Told()).rehearse(7, "cross", "slow", 30, sessions=sessions)


async def test_a_span_of_days_is_counted_and_named():
    first, last = SESSIONS[-150], SESSIONS[-60]
    card = await foresight(ThreadHistorian()).rehearse(7, "cross", "slow", "15", first=first, last=last)
    requests = [Request("cross", CROSS.thresholds_with({"fast": 5, "slow": slow})) for slow in (20, 15)]
    now, then = (past.since(first) for past in past_of_market(KNOWN, requests, 91, last))
    assert f"{len(then.events)} alerts in 91 sessions instead of {len(now.events)}" in card.text
    assert f"Counted over 91 sessions, {short_session(first)} to {short_session(last)}" in card.text


async def test_a_span_may_be_open_on_either_side_and_begin_between_sessions():
    asked = foresight(ThreadHistorian())
    card = await asked.rehearse(7, "cross", "slow", "15", first=SESSIONS[-31] + timedelta(days=1))
    assert f"Counted over 30 sessions, {short_session(SESSIONS[-30])} to {short_session(LAST)}" in card.text
    card = await asked.rehearse(7, "cross", "slow", "15", sessions=50, last=SESSIONS[-60])
    assert f"Counted over 50 sessions, {short_session(SESSIONS[-109])} to {short_session(SESSIONS[-60])}" in card.text
    card = await asked.rehearse(7, "cross", "slow", "15", first=date(1990, 1, 1), last=LAST + timedelta(days=99))
    assert f"Counted over {len(SESSIONS)} sessions, {short_session(SESSIONS[0])}" in card.text


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2011, 2, 1), date(2011, 1, 1), "1 Jan 2011 is before 1 Feb 2011"),
        (LAST + timedelta(days=1), None, "there are no sessions in that span: name days from"),
        (None, date(1990, 1, 1), "there are no sessions in that span"),
        (date(2011, 1, 1), date(2011, 1, 2), "there are no sessions in that span"),
    ],
)
async def test_a_span_without_sessions_is_refused_in_words(first, last, words):
    told = Told()
    with pytest.raises(QuestionError, match=words):
        await foresight(told).rehearse(7, "cross", "slow", 15, first=first, last=last)
    assert told.asked == []


async def test_a_span_of_more_sessions_than_are_looked_through_is_refused(monkeypatch):
    from bot.questions import foresight as module

    monkeypatch.setattr(module, "MOST_SESSIONS", 100)
    with pytest.raises(QuestionError, match="that span has 101 sessions: rehearse over at most 100"):
        await foresight(Told()).rehearse(7, "cross", "slow", 15, first=SESSIONS[-101])


async def test_identical_questions_in_flight_share_one_answer():
    told = Told(gate=asyncio.Event())
    asked = foresight(told)
    waiting = [asyncio.create_task(asked.rehearse(0, "cross", "slow", 150)) for _ in range(5)]
    await told.is_full.wait()
    told.gate.set()
    cards = await asyncio.gather(*waiting)
    assert len(told.asked) == 1
    assert all(card == cards[0] for card in cards)


async def test_too_many_different_questions_are_turned_away_politely():
    told = Told(gate=asyncio.Event(), most=MOST_WAITING)
    asked = foresight(told)
    waiting = [asyncio.create_task(asked.rehearse(0, "cross", "slow", 150 + n)) for n in range(MOST_WAITING)]
    await told.is_full.wait()
    with pytest.raises(QuestionError, match="try again in a minute"):
        await asked.rehearse(0, "cross", "slow", 300)
    told.gate.set()
    assert len(await asyncio.gather(*waiting)) == MOST_WAITING
    assert await asked.rehearse(0, "cross", "slow", 300)


async def test_a_questioner_who_leaves_does_not_take_the_answer_from_the_others():
    told = Told(gate=asyncio.Event())
    asked = foresight(told)
    first, second = (asyncio.create_task(asked.rehearse(0, "cross", "slow", 150)) for _ in range(2))
    await told.is_full.wait()
    first.cancel()
    told.gate.set()
    assert (await second).title.startswith("Rehearsal")


async def test_a_failure_is_said_and_not_remembered():
    told = Told(problem="the count was cut short: no answer within 60 s")
    asked = foresight(told)
    with pytest.raises(QuestionError, match="cut short: no answer within 60 s: try again in a minute"):
        await asked.rehearse(0, "cross", "slow", 150)
    told.problem = ""
    assert await asked.rehearse(0, "cross", "slow", 150)


async def test_another_market_makes_what_was_counted_grow_old():
    told, here = Told(), Here()

    class Moving:
        def market(self):
            return here.known

        def view(self):
            return here

    asked = foresight(told, Moving())
    await asked.would_have_received(member(wants()))
    await asked.would_have_received(member(wants()))
    assert len(told.asked) == 1
    here = Here(replace(KNOWN))
    await asked.would_have_received(member(wants()))
    assert len(told.asked) == 2


async def test_only_so_many_sets_are_remembered(monkeypatch):
    from bot.questions import foresight as module

    monkeypatch.setattr(module, "MOST_KEPT", 3)
    told = Told()
    asked = foresight(told)
    for slow in (150, 160, 170, 180):
        await asked.rehearse(0, "cross", "slow", slow)
    assert len(asked._known._kept) <= 3
    await asked.rehearse(0, "cross", "slow", 180)
    assert len(told.asked) == 4


async def test_while_prices_are_loaded_every_question_is_answered_with_that():
    class Empty:
        def market(self):
            raise QuestionError("the prices are still being loaded: try again in a minute")

        view = market

    asked = foresight(Told(), Empty())
    with pytest.raises(QuestionError, match="still being loaded"):
        await asked.would_have_received(member(wants()))
    with pytest.raises(QuestionError, match="still being loaded"):
        await asked.rehearse(0, "cross", "slow", 150)


async def test_nobody_receives_anything_from_a_market_without_sessions():
    empty = replace(KNOWN, prices=KNOWN.prices.upto(date(2000, 1, 1)))
    received = await foresight(ThreadHistorian(), Here(empty)).would_have_received(member(wants()))
    assert (received.last_30_days, received.last_365_days, received.sessions_known) == (0, 0, 0)
    with pytest.raises(QuestionError, match="no closed sessions"):
        await foresight(ThreadHistorian(), Here(empty)).rehearse(0, "cross", "slow", 150)


def test_no_year_has_more_sessions_than_are_counted():
    days = np.arange(np.datetime64("2010-01-01"), np.datetime64("2026-01-01"))
    weekdays = np.is_busday(days).astype(int)
    a_year = np.convolve(weekdays, np.ones(365, dtype=int), "valid")
    assert a_year.max() <= COUNTED_SESSIONS
