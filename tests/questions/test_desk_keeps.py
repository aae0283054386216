"""What the desk computes once: for a market, for a question; and that it ends with nothing left behind."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.questions import desk as module
from bot.questions.desk import Desk
from bot.questions.parse import Question
from bot.questions.ports import NoGuildThresholds
from signals.errors import UnknownSubject
from tests.cards.markets import market


class Knowledge:
    def __init__(self):
        self.known = market(400)

    def market(self):
        return self.known


@pytest.fixture
def knowledge():
    return Knowledge()


@pytest.fixture
async def desk(knowledge):
    opened = Desk(knowledge, NoGuildThresholds(), office=None)
    yield opened
    await opened.close()


@pytest.fixture
def computed(monkeypatch):
    """Note which histories are computed, and of which market."""
    real, calls = module.history_of, []

    def counted(signal, known, subject, *given):
        calls.append((signal.name, known))
        return real(signal, known, subject, *given)

    monkeypatch.setattr(module, "history_of", counted)
    return calls


def prepared_of(computed, known):
    return sorted(name for name, of in computed if of is known)


OF_THE_MARKET = sorted(signal.name for signal in module._OF_THE_MARKET)


async def settled(desk):
    while desk._preparing is not None and not desk._preparing.done():
        await asyncio.wait([desk._preparing])


async def test_a_market_that_comes_while_another_is_prepared_is_prepared_too(desk, knowledge, computed):
    first = knowledge.known
    desk.freshen()
    await asyncio.sleep(0)
    knowledge.known = second = market(401)
    desk.freshen()
    await settled(desk)
    assert prepared_of(computed, second) == OF_THE_MARKET
    assert len(prepared_of(computed, first)) <= len(OF_THE_MARKET)


async def test_what_is_prepared_is_not_prepared_again(desk, computed):
    desk.freshen()
    await settled(desk)
    desk.freshen()
    await settled(desk)
    assert sorted(name for name, _ in computed) == OF_THE_MARKET


async def test_a_question_that_finds_a_newer_market_lets_it_be_prepared(desk, knowledge, computed):
    desk.freshen()
    await settled(desk)
    knowledge.known = newer = market(401)
    await desk.answer(Question("cross", "RUT"))
    await settled(desk)
    assert prepared_of(computed, newer) == sorted([*OF_THE_MARKET, "cross"])


async def test_a_desk_that_nobody_keeps_fresh_prepares_nothing(desk, knowledge, computed):
    await desk.answer(Question("cross", "RUT"))
    knowledge.known = market(401)
    await desk.answer(Question("cross", "RUT"))
    assert [name for name, _ in computed] == ["cross", "cross"]


async def test_one_signal_that_cannot_be_answered_keeps_no_other_from_being_prepared(desk, monkeypatch):
    real, names = module.history_of, []

    def lacking(signal, *given):
        names.append(signal.name)
        if len(names) == 1:
            raise UnknownSubject("symbol", "^RUT", "there are no prices of it")
        return real(signal, *given)

    monkeypatch.setattr(module, "history_of", lacking)
    desk.freshen()
    await settled(desk)
    assert sorted(names) == OF_THE_MARKET


async def test_a_question_about_the_market_before_takes_nothing_from_the_present_one(desk, knowledge, computed):
    old = knowledge.known
    await desk.answer(Question("cross", "RUT"))
    knowledge.known = market(401)
    await desk.answer(Question("cross", "RUT"))
    assert await desk._once(old, ("late",), lambda: 7) == 7
    await desk.answer(Question("cross", "RUT"))
    assert len(computed) == 2


@pytest.mark.parametrize("question", [Question("cross", "RUT"), Question("evidence", "RUT"), Question("smallcap")])
async def test_a_question_asked_again_needs_no_thread(desk, question, monkeypatch):
    first = await desk.answer(question)

    def refuse(*_given):
        raise AssertionError("it was answered before")

    monkeypatch.setattr(desk._threads, "submit", refuse)
    assert (await desk.answer(question)).card == first.card


async def test_closing_waits_for_what_is_computed_gives_up_what_waits_and_leaves_no_thread(knowledge):
    desk = Desk(knowledge, NoGuildThresholds(), office=None)
    entered, gate, ran = threading.Semaphore(0), threading.Event(), []

    def slow() -> int:
        entered.release()
        assert gate.wait(10)
        return 1

    running = [asyncio.create_task(desk._once(knowledge.known, (n,), slow)) for n in range(module.THREADS)]
    for _ in running:
        assert await asyncio.to_thread(entered.acquire, timeout=10)
    waiting = asyncio.create_task(desk._once(knowledge.known, ("later",), lambda: ran.append(1)))
    desk.freshen()
    await asyncio.sleep(0)
    threads = list(desk._threads._threads)
    closing = asyncio.create_task(desk.close())
    await asyncio.sleep(0.05)
    gate.set()
    await closing
    assert await asyncio.gather(*running) == [1] * module.THREADS
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ran == []
    assert threads
    assert not any(thread.is_alive() for thread in threads)
