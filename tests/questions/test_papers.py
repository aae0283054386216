"""The newsstand: whoever asks for a paper of a session, it is written and printed once."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest

from bot.cards.briefings import NAMES
from bot.cards.briefings.paper import Paper, Section, Words
from bot.cards.digest_card import LINES
from bot.cards.studio import PictureUnavailable
from bot.clock import SetClock
from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.people import BRIEFINGS
from bot.questions.papers import A_WHILE, Newsstand, digest_of
from bot.questions.parse import QuestionError
from signals.errors import InsufficientHistory
from signals.types import Market
from tests.signals.made_up import a_market

MARKET = a_market([[1.0], [2.0], [3.0]], ("STRL",))
LAST: date = MARKET.prices.sessions[-1].item()
EARLIER: date = MARKET.prices.sessions[0].item()


@dataclass
class View:
    market: Market

    def open(self) -> Market:
        return self.market


@dataclass
class Press:
    """Knows a market, looks up older ones, writes and prints; counts each."""

    present: Market = MARKET
    written: list[tuple[str, Market]] = field(default_factory=list)
    printed: list[Paper] = field(default_factory=list)
    looked_up: list[date] = field(default_factory=list)
    broken: Exception | None = None
    unwritten: Exception | None = None
    clock: SetClock = field(default_factory=lambda: SetClock(datetime(2025, 8, 6, 20, 30, tzinfo=UTC)))
    at_once: int = 0
    most_at_once: int = 0
    slow_s: float = 0.0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def market(self) -> Market:
        return self.present

    async def at(self, session: date) -> View:
        self.looked_up.append(session)
        return View(replace(MARKET, source="older"))

    def write(self, name: str, market: Market) -> Paper:
        with self._counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.slow_s)
        with self._counting:
            self.at_once -= 1
        self.written.append((name, market))
        if self.unwritten is not None:
            raise self.unwritten
        return Paper(
            name, NAMES[name], LAST, "one sentence", (Section("Dashboard", (Words("x"),)),), footer="no advice"
        )

    async def pdf(self, paper: Paper) -> bytes:
        self.printed.append(paper)
        if self.broken is not None:
            raise self.broken
        return b"%PDF"

    def newsstand(self) -> Newsstand:
        return Newsstand(self, self, self, self.write, self.clock)


def test_everything_that_can_be_printed_can_be_asked_for():
    assert set(BRIEFINGS) == set(NAMES)


async def test_command_button_keyword_and_schedule_share_one_paper():
    press = Press()
    stand = press.newsstand()
    asked = [stand.briefing("smallcap") for _ in range(20)] + [stand.briefing("smallcap", LAST) for _ in range(20)]
    found = await asyncio.gather(*asked)
    assert (len(press.written), len(press.printed), press.looked_up) == (1, 1, [])
    assert all(each is found[0] for each in found)
    card = found[0].card
    assert (card.text, card.footer) == ("one sentence", "no advice")
    assert card.title.startswith("Small Cap Golden Cross Briefing, ")
    assert found[0].file_name == f"smallcap-briefing-{LAST}.pdf"
    assert "Dashboard" in card.fields[0].text


async def test_a_new_market_brings_a_new_paper_and_an_older_session_one_of_its_own():
    press = Press()
    stand = press.newsstand()
    await stand.briefing("smallcap")
    press.present = replace(MARKET, source="restated")
    await stand.briefing("smallcap")
    for _ in range(2):
        await stand.briefing("smallcap", EARLIER)
    assert [market.source for _, market in press.written] == [MARKET.source, "restated", "older"]
    assert press.looked_up == [EARLIER]


async def test_a_market_over_which_another_session_has_closed_is_not_taken_for_its_own_session():
    press = Press(present=replace(MARKET, prices=MARKET.prices.upto(EARLIER)))
    await press.newsstand().briefing("smallcap", EARLIER)
    assert press.looked_up == [EARLIER]


async def test_what_cannot_be_printed_is_told_and_printed_when_asked_again():
    press = Press(broken=PictureUnavailable("too much is waiting"))
    stand = press.newsstand()
    with pytest.raises(QuestionError, match="cannot be printed just now: try again in a minute"):
        await stand.briefing("smallcap")
    press.broken = None
    press.clock.set(press.clock.now() + A_WHILE)
    assert (await stand.briefing("smallcap")).content == b"%PDF"


@pytest.mark.parametrize("session", [None, EARLIER])
async def test_a_failure_to_print_is_shared_for_a_minute_and_nothing_is_written_twice(session):
    press = Press(broken=PictureUnavailable("too much is waiting"))
    stand = press.newsstand()
    for minute in range(3):
        press.clock.set(press.clock.now() + A_WHILE)
        for _ in range(5):
            with pytest.raises(QuestionError, match="cannot be printed just now"):
                await stand.briefing("smallcap", session)
        assert (len(press.written), len(press.printed)) == (1, minute + 1)
    press.broken = None
    press.clock.set(press.clock.now() + A_WHILE)
    assert (await stand.briefing("smallcap", session)).content == b"%PDF"
    assert len(press.written) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [(InsufficientHistory("prices", 1, "too little is known"), QuestionError), (KeyError("a defect"), RuntimeError)],
)
async def test_a_failure_to_write_is_shared_for_a_minute_too(error, kind):
    press = Press(unwritten=error)
    stand = press.newsstand()
    with pytest.raises(type(error)):
        await stand.briefing("smallcap")
    with pytest.raises(kind, match=r"too little|a defect"):
        await stand.briefing("smallcap")
    assert len(press.written) == 1
    press.unwritten = None
    press.clock.set(press.clock.now() + A_WHILE)
    assert (await stand.briefing("smallcap")).content == b"%PDF"


async def test_papers_are_written_one_at_a_time():
    press = Press(slow_s=0.02)
    stand = press.newsstand()
    await asyncio.gather(*(stand.briefing(name, session) for name in BRIEFINGS for session in (None, EARLIER)))
    assert (len(press.written), press.most_at_once) == (4, 1)


async def test_an_unknown_briefing_is_refused():
    with pytest.raises(QuestionError, match="there are smallcap and rotation"):
        await Press().newsstand().briefing("digest")


def test_a_digest_is_three_lines_and_one_picture_of_the_session():
    calendar = exchange_calendar(date(2026, 11, 28))
    source = SampleSource(calendar)
    reference, prices = source.reference(), source.market().prices
    closed = calendar.closes[calendar.sessions.searchsorted(prices.sessions[-1])].item()
    market = Market(
        prices,
        closed.replace(tzinfo=UTC),
        "simulated market",
        calendar,
        labels=("simulated",),
        universes=reference.universes,
        sectors=reference.sectors,
        names=reference.names,
        facts=reference.facts,
    )
    card = digest_of(market)
    assert [line.partition(":")[0] for line in card.text.splitlines()] == [f"**{title}" for title, _ in LINES.values()]
    assert "unknown" not in card.text
    assert card.chart is not None
    assert (card.chart.kind, card.fields) == ("smallcap", ())
    assert "simulated" in card.footer.lower()
