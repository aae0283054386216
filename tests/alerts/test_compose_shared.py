"""What many messages of one session share is made once: the market, the histories of all of it, the drafts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from signals.catalog import by_name
from signals.types import Event
from tests.alerts.test_compose import Library, Pictures, composer, event, message
from tests.alerts.worlds import SIZE, market, session_at


def of_the_market(count=1):
    """Return events of a signal about the whole market, such as a scan of several sets of thresholds finds."""
    signal = by_name("macro")
    own = {"ten_year_move_bp": 15.0}
    known = signal.history(market(), {})
    days = known.sessions[-count:].tolist()
    values = {"level_pct": 4.5, "change_1d_bp": 40.0, "observed": "2025-02-24"}
    return [Event("macro", "ten_year_move", "DGS10", day, signal.version, own, values) for day in days]


@pytest.fixture
def made(monkeypatch):
    """Note which histories are made."""
    from bot.alerts import compose as module

    real, calls = module.history_of, []

    def counted(signal, known, subject, *given):
        calls.append(signal.name)
        return real(signal, known, subject, *given)

    monkeypatch.setattr(module, "history_of", counted)
    return calls


async def test_the_market_is_opened_and_a_history_of_all_of_it_made_once_for_all_messages(made):
    library = Library()
    composing = composer(library)
    last = session_at(SIZE - 1)
    first, second, third = of_the_market(3)
    sets = [(first,), (second,), (first, third), (first, second, third)]
    messages = [replace(message(*events), session=last) for events in sets]
    for n, each in enumerate(messages):  # stored events have numbers of their own
        stored = tuple(replace(known, id=10 * n + known.id) for known in each.events)
        messages[n] = replace(each, events=stored)
    await asyncio.gather(*(composing.compose(each) for each in messages))
    assert (library.asked, made) == ([last], ["macro"])


async def test_who_is_told_directly_gets_the_draft_of_the_channels(made):
    pictures = Pictures()
    composing = composer(pictures=pictures)
    told = message(event("golden_cross"))
    direct = await composing.compose(replace(told, is_direct=True, whys=("you follow VEE",)))
    channel = await composing.compose(told)
    assert (len(made), len(pictures.charts)) == (1, 1)
    assert direct.payload["embeds"][0]["footer"] != channel.payload["embeds"][0]["footer"]


async def test_a_history_that_could_not_be_made_is_tried_again(monkeypatch):
    from bot.alerts import compose as module

    real, calls = module.history_of, []

    def fails_once(*given):
        calls.append(given)
        if len(calls) == 1:
            raise MemoryError("no room")
        return real(*given)

    monkeypatch.setattr(module, "history_of", fails_once)
    composing, (found,) = composer(), of_the_market()
    with pytest.raises(MemoryError):
        await composing.compose(message(found))
    assert (await composing.compose(message(found))).payload["embeds"]
