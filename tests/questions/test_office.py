from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bot import __version__
from bot.alerts.watch import Timing
from bot.clock import SetClock
from bot.market.gate import Held, Kind
from bot.market.types import Outcome, Status
from bot.office import Office
from bot.questions.parse import QuestionError
from bot.records import DeliveryState, Run, RunState
from signals.facts import Facts, Holdings
from tests.cards.markets import market

KNOWN = market(100)
LAST = KNOWN.prices.sessions[-1].item()
NOW = KNOWN.as_of


class Bars:
    def __init__(self, outcomes=(), held=(), faults=()):
        self._outcomes, self._held, self._faults = outcomes, held, faults

    def faults(self):
        return self._faults

    def outcomes(self):
        return self._outcomes

    def held(self):
        return self._held

    def update(self):
        return "last update: 3 of 3 symbols, 1 s"


class Runs:
    def __init__(self, last=None, failed=()):
        self._last, self._failed = last, list(failed)

    async def last(self, _job):
        return self._last

    async def failed(self, _job):
        return self._failed


class Outbox:
    async def counts(self):
        return {"computed": 1234, **dict.fromkeys(DeliveryState, 0), DeliveryState.SENT: 1234}

    async def possible_duplicates(self):
        return 2


class Breakers:
    async def count_off(self):
        return 3


class Knowledge:
    def __init__(self, known=KNOWN):
        self._known = known

    def market(self):
        if self._known is None:
            raise QuestionError("the prices are still being loaded: try again in a minute")
        return self._known


def run_of(session, state, reason=""):
    return Run(
        id=1,
        job="session",
        session=session,
        state=state,
        reason=reason,
        started_at=NOW,
        finished_at=NOW,
    )


def office(*, bars=None, knowledge=None, runs=None, outbox=None, now=NOW):
    timing = Timing(market(130).calendar, delay=timedelta(minutes=20))
    return Office(bars or Bars(), knowledge or Knowledge(), runs, outbox, timing, SetClock(now), Breakers())


async def fields_of(asked):
    return {field.title: field.text for field in (await asked.status()).fields}


async def test_status_tells_the_last_session_and_every_symbol_that_is_not_whole():
    outcomes = [
        Outcome("^RUT", Status.OK),
        Outcome("IWM", Status.THROTTLED, "Yahoo asked us to slow down"),
        Outcome("DOW", Status.STALE, "ends on 2025-01-02"),
    ]
    text = (await fields_of(office(bars=Bars(outcomes))))["Prices"]
    assert f"made up: last session {LAST:%a} {LAST.day} {LAST:%b %Y}" in text
    assert "1 of 3 symbols came in whole" in text
    assert "IWM: throttled, Yahoo asked us to slow down" in text
    assert "DOW: stale, ends on 2025-01-02" in text
    assert "^RUT:" not in text


async def test_status_tells_how_the_update_goes_while_prices_are_loaded_too():
    assert "last update: 3 of 3 symbols, 1 s" in (await fields_of(office()))["Prices"].splitlines()
    assert "last update: 3 of 3 symbols, 1 s" in (await fields_of(office(knowledge=Knowledge(None))))["Prices"]


async def test_status_of_many_broken_symbols_stays_within_a_field():
    outcomes = [Outcome(f"S{n}", Status.FAILED, "the connection failed " * 5) for n in range(500)]
    held = [Held(f"S{n}", LAST, "moved +50 % " * 5, Kind.JUMP, LAST) for n in range(500)]
    fields = await fields_of(office(bars=Bars(outcomes, held)))
    assert all(len(text) <= 1024 for text in fields.values())
    assert "more" in fields["Prices"]
    assert "more" in fields["Held back"]


async def test_status_lists_held_bars_the_latest_first():
    held = [
        Held("OLD", date(2010, 2, 1), "moved +50 %", Kind.JUMP, date(2010, 2, 1)),
        Held("NEW", LAST, "looks like a split of 10 to 1", Kind.SPLIT, LAST),
    ]
    lines = (await fields_of(office(bars=Bars(held=held))))["Held back"].splitlines()
    assert lines[0].startswith("NEW, ")
    assert "looks like a split" in lines[0]
    assert lines[1].startswith("OLD, ")
    assert (await fields_of(office()))["Held back"] == "nothing"


async def test_status_tells_scans_failures_and_when_the_next_one_is_due():
    runs = Runs(run_of(LAST, RunState.FINISHED), [run_of(date(2010, 3, 1), RunState.FAILED, "no bars came")])
    text = (await fields_of(office(runs=runs)))["Scans"]
    assert f"last: {LAST:%a} {LAST.day} {LAST:%b %Y}" in text
    assert "Mon 1 Mar 2010 failed: no bars came" in text
    assert "next: " in text
    assert "none yet" in (await fields_of(office(runs=Runs())))["Scans"]


async def test_status_says_that_the_calendar_has_ended():
    late = datetime(2035, 1, 1, tzinfo=UTC)
    assert "the calendar ends, upgrade" in (await fields_of(office(runs=Runs(), now=late)))["Scans"]


async def test_status_counts_deliveries():
    text = (await fields_of(office(outbox=Outbox())))["Deliveries"]
    assert "sent 1,234" in text
    assert all(state.value in text for state in DeliveryState)


async def test_without_a_running_bot_status_says_so():
    fields = await fields_of(office())
    assert fields["Scans"] == "none here: this is no running bot"
    assert fields["Deliveries"] == "none here"


async def test_while_prices_are_loaded_status_still_tells_the_rest():
    fields = await fields_of(office(knowledge=Knowledge(None), outbox=Outbox()))
    assert "still being loaded" in fields["Prices"]
    assert "sent 1,234" in fields["Deliveries"]


async def test_simulated_or_replayed_prices_are_labelled():
    labelled = office(knowledge=Knowledge(replace(KNOWN, labels=("simulated", "replay"))))
    assert (await labelled.status()).footer == "SIMULATED · REPLAY · not advice"
    assert labelled.about().footer == "SIMULATED · REPLAY · not advice"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Yahoo", "personal use only"),
        ("simulated market", "no real company"),
        ("folder mine", "The operator provides the data"),
    ],
)
def test_about_names_the_source_and_what_may_be_done_with_it(source, words):
    card = office(knowledge=Knowledge(replace(KNOWN, source=source))).about()
    fields = {field.title: field.text for field in card.fields}
    assert fields["Source of prices"] == source
    assert words in fields["Licence of the data"]
    assert "20 minutes after the exchange's close" in fields["Delay"]
    assert "Not advice" in fields
    assert __version__ in card.text


def test_about_is_answered_while_prices_are_loaded():
    fields = {field.title: field.text for field in office(knowledge=Knowledge(None)).about().fields}
    assert "still being loaded" in fields["Source of prices"]
    assert "20 minutes" in fields["Delay"]
    assert "Not advice" in fields


async def test_status_tells_the_coverage_of_the_last_session_by_universe():
    known = market(100)
    known.prices.close[-1, known.prices.column("IWM")] = float("nan")
    known = replace(known, universes={"smallcap": ("IWM", "RSP", "GONE")})
    text = (await fields_of(office(knowledge=Knowledge(known))))["Coverage"]
    assert text.split("\n")[1:] == [
        "everything followed: 4 of 5",
        "smallcap: 1 of 3, below 90 %: no alert of what is counted over it",
    ]
    assert (await fields_of(office(knowledge=Knowledge(None))))["Coverage"] == "nothing yet"


def holdings(days_ago, universe="smallcap", fund="IWM"):
    day = NOW.date() - timedelta(days=days_ago)
    return Holdings(universe, fund, day, ("IWM", "RSP"), np.full(2, 0.5), ("", ""))


async def test_status_tells_the_file_of_each_universe_whether_it_is_stale_and_what_is_wrong_with_files():
    facts = Facts(holdings=(holdings(90), holdings(36), holdings(35, "largecap", "IVV")))
    bars = Bars(faults=("IWM holdings, 2025-05-13 20:20 UTC: iShares answered 503",))
    text = (await fields_of(office(bars=bars, knowledge=Knowledge(replace(KNOWN, facts=facts)))))["Universes"]
    day = NOW.date() - timedelta(days=36)
    assert text.split("\n") == [
        f"smallcap: 2 shares, IWM of {day}: stale, 36 days old; still used",
        f"largecap: 2 shares, IVV of {day + timedelta(days=1)}",
        "IWM holdings, 2025-05-13 20:20 UTC: iShares answered 503",
    ]


async def test_status_says_that_a_universe_is_known_of_later_days_alone():
    facts = Facts(holdings=(holdings(-3),))
    text = (await fields_of(office(knowledge=Knowledge(replace(KNOWN, facts=facts)))))["Universes"]
    assert text.endswith(": a later day, none is known of that time")


async def test_status_is_silent_about_files_where_there_are_none():
    assert "Universes" not in await fields_of(office())
