from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.app import Present
from bot.cards.card import Card
from bot.market.book import SessionUnavailable
from bot.questions.desk import PERIODS, Desk
from bot.questions.parse import Question, QuestionError, parse
from bot.questions.ports import NoGuildThresholds
from signals.cross import CROSS
from signals.errors import InvalidThreshold, UnknownSignal
from tests.cards.markets import market


class Knowledge:
    def __init__(self, known=None):
        self.known = known or market(400)

    def market(self):
        return self.known


class FrontDesk:
    async def status(self):
        return Card("Status", "fine")

    def about(self):
        return Card("About", "a bot")


class PerGuild:
    """Guild 7 looks at shorter windows."""

    async def of(self, guild_id, signal):
        return {"fast": 5, "slow": 20} if (guild_id, signal) == (7, "cross") else {}


def desk(knowledge=None, thresholds=None):
    return Desk(knowledge or Knowledge(), thresholds or NoGuildThresholds(), FrontDesk())


@pytest.fixture
def computed(monkeypatch):
    """Count how often a history is computed."""
    from bot.questions import desk as module

    real, calls = module.history_of, []

    def counted(signal, known, subject, thresholds, chosen):
        calls.append((signal.name, subject, thresholds["fast"]))
        return real(signal, known, subject, thresholds, chosen)

    monkeypatch.setattr(module, "history_of", counted)
    return calls


async def test_cross_is_answered_with_numbers_evidence_and_picture():
    answer = await desk().answer(parse("cross RUT"))
    assert answer.reading.subject == "^RUT"
    assert answer.reading.values["close"] == pytest.approx(market(400).prices.close[-1, 0])
    assert "Russell 2000" in answer.card.title
    assert answer.card.chart is not None
    assert "What followed in the past" in {field.title for field in answer.card.fields}
    assert answer.card.footer.endswith("not advice")


async def test_every_period_gives_a_picture_and_no_other_is_taken():
    asked = desk()
    for period in PERIODS:
        assert (await asked.ask("cross", "RUT", guild_id=None, period=period)).chart is not None
    with pytest.raises(QuestionError, match="choose 6m, 1y, 5y, all"):
        await asked.ask("cross", "RUT", guild_id=None, period="3m")


async def test_the_dashboard_and_evidence_are_answered():
    asked = desk()
    assert (await asked.ask("smallcap", "", guild_id=None)).footer.endswith("not advice")
    card = await asked.evidence("RUT", "death_cross", guild_id=None)
    assert "death cross" in card.title
    assert (await asked.answer(Question("evidence", "RUT", "death_cross"))).reading.signal == "evidence"
    assert (await asked.answer(Question("smallcap"))).reading.signal == "smallcap"


async def test_an_unknown_topic_symbol_or_event_is_answered_with_a_hint():
    asked = desk()
    with pytest.raises(QuestionError, match="no question 'weather'"):
        await asked.answer(Question("weather"))
    with pytest.raises(QuestionError, match=r"did you mean \^RUT"):
        await asked.ask("cross", "RTU", guild_id=None, period="1y")
    with pytest.raises(UnknownSignal, match="choose one of golden_cross"):
        await asked.evidence("RUT", "boom", guild_id=None)


async def test_the_same_question_at_once_is_computed_once(computed):
    asked = desk()
    cards = await asyncio.gather(
        *(asked.ask("cross", text, guild_id=None, period="1y") for text in ("RUT", "r2k", "^RUT"))
    )
    assert computed == [("cross", "^RUT", 50)]
    assert cards[0] is cards[1] is cards[2]
    await asked.evidence("RUT", "golden_cross", guild_id=None)
    assert len(computed) == 1


async def test_a_new_market_is_computed_anew(computed):
    knowledge = Knowledge()
    asked = desk(knowledge)
    await asked.ask("cross", "RUT", guild_id=None, period="1y")
    knowledge.known = market(401)
    card = await asked.ask("cross", "RUT", guild_id=None, period="1y")
    assert len(computed) == 2
    assert "2011" in card.footer


async def test_guilds_have_their_own_thresholds_and_share_what_is_the_same(computed):
    asked = desk(thresholds=PerGuild())
    own, other = [await asked.ask("cross", "RUT", guild_id=guild, period="1y") for guild in (7, 8)]
    await asked.ask("cross", "RUT", guild_id=9, period="1y")
    assert [fast for _, _, fast in computed] == [5, 50]
    assert "5-session average" in own.text
    assert "50-session average" in other.text


async def test_thresholds_that_contradict_each_other_are_refused():
    with pytest.raises(InvalidThreshold, match="below slow"):
        await desk(thresholds=NoGuildThresholds({"fast": 300})).ask("cross", "RUT", guild_id=None, period="1y")


async def test_a_failure_is_not_remembered(monkeypatch):
    from bot.questions import desk as module

    real, calls = module.history_of, []

    def fails_once(*given):
        calls.append(given)
        if len(calls) == 1:
            raise MemoryError("no room")
        return real(*given)

    monkeypatch.setattr(module, "history_of", fails_once)
    asked = desk()
    with pytest.raises(MemoryError):
        await asked.ask("cross", "RUT", guild_id=None, period="1y")
    assert await asked.ask("cross", "RUT", guild_id=None, period="1y")


async def test_who_gives_up_waiting_takes_the_answer_from_nobody_else(computed):
    asked = desk()
    impatient = asyncio.create_task(asked.ask("cross", "RUT", guild_id=None, period="1y"))
    patient = asyncio.create_task(asked.ask("cross", "RUT", guild_id=None, period="1y"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).chart is not None
    assert len(computed) == 1


async def test_only_so_much_is_remembered(monkeypatch):
    from bot.questions import desk as module

    monkeypatch.setattr(module, "_MOST_REMEMBERED", 4)
    asked = desk()
    for symbol in ("RUT", "SPX", "IWM", "RSP"):
        await asked.ask("cross", symbol, guild_id=None, period="1y")
    assert len(asked._remembered) <= 4


async def test_the_loop_goes_on_while_an_answer_is_computed(monkeypatch):
    import threading

    from bot.questions import desk as module

    real, gate = module.history_of, threading.Event()

    def slow(*given):
        assert gate.wait(10)
        return real(*given)

    monkeypatch.setattr(module, "history_of", slow)
    asking = asyncio.create_task(desk().ask("cross", "RUT", guild_id=None, period="1y"))
    for _ in range(5):
        await asyncio.sleep(0.001)
    assert not asking.done()
    gate.set()
    assert await asking


async def test_only_so_many_answers_are_computed_at_once_and_who_asks_the_same_shares_them(monkeypatch, computed):
    import threading

    from bot.questions import desk as module

    real, gate, entered = module.history_of, threading.Event(), threading.Semaphore(0)

    def slow(*given):
        entered.release()
        assert gate.wait(10)
        return real(*given)

    monkeypatch.setattr(module, "history_of", slow)
    monkeypatch.setattr(module, "MOST_COMPUTING", 2)
    asked = desk()

    def ask(symbol: str) -> asyncio.Task[Card]:
        return asyncio.create_task(asked.ask("cross", symbol, guild_id=None, period="1y"))

    begun = [ask(symbol) for symbol in ("RUT", "IWM")]
    for _ in begun:
        assert await asyncio.to_thread(entered.acquire, timeout=10)
    shared = ask("RUT")
    with pytest.raises(QuestionError, match="answering many questions right now: try again in a few seconds"):
        await ask("RSP")
    gate.set()
    assert all(card.chart for card in await asyncio.gather(*begun, shared))
    assert len(computed) == 2
    assert (await ask("RSP")).chart
    assert asked._computing == set()


async def test_the_bound_on_questions_is_wide_enough_for_a_busy_evening():
    from bot.questions.desk import MOST_COMPUTING

    assert MOST_COMPUTING == 64


async def test_a_watchlist_is_answered_with_a_line_for_each_symbol():
    card = await desk().watchlist(("^RUT", "IWM", "GONE"), guild_id=None)
    lines = card.text.split("\n")
    assert [line.split("**")[1] for line in lines] == ["^RUT", "IWM", "GONE"]
    assert "close" in lines[0]
    assert lines[2] == "? **GONE** is not followed here any more"
    assert "2 of 3 covered" in card.footer
    nothing = await desk().watchlist(("GONE",), guild_id=None)
    assert nothing.footer == "not advice"


async def test_while_prices_are_loaded_every_question_is_answered_with_that():
    class Empty:
        def market(self):
            raise SessionUnavailable("no session has been brought in yet")

    asked = desk(Present(Empty()))
    for question in ("cross RUT", "smallcap", "evidence RUT"):
        with pytest.raises(QuestionError, match="still being loaded: try again"):
            await asked.answer(parse(question))
    with pytest.raises(QuestionError, match="still being loaded"):
        asked.resolve("RUT")


async def test_status_and_about_come_from_the_office():
    asked = desk()
    assert (await asked.status()).title == "Status"
    assert asked.about().title == "About"


def test_suggestions_and_kinds_of_events_are_pairs():
    asked = desk()
    assert asked.suggest("rut", 1) == [("^RUT", "Russell 2000")]
    assert asked.resolve("rut") == "^RUT"
    assert asked.events_of("cross") == [(kind.name, kind.title) for kind in CROSS.kinds]


async def test_a_symbol_with_thirty_bars_is_answered_as_unknown():
    answer = await desk(Knowledge(market(30))).answer(parse("cross IWM"))
    assert answer.reading.state == "unknown"
    assert answer.reading.values["fast"] is None
    assert answer.card.footer.endswith("not advice")


async def test_labels_of_the_prices_stand_on_every_answer():
    known = replace(market(400), labels=("replay",))
    for question in ("cross RUT", "smallcap", "evidence RUT"):
        card = (await desk(Knowledge(known)).answer(parse(question))).card
        assert "replay" in card.footer.lower()


@pytest.mark.parametrize("question", ["cross IWM", "evidence IWM"])
async def test_a_symbol_without_a_price_yet_is_answered_with_that(question):
    known = market(50)
    known.prices.close[:, known.prices.column("IWM")] = float("nan")
    with pytest.raises(QuestionError, match=r"no prices of IWM up to 2010-03-12"):
        await desk(Knowledge(known)).answer(parse(question))
