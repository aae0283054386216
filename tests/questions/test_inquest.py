"""Why an alert was sent: the numbers that were kept, and whether they come out the same again."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from bot.alerts.proof import proofs_of
from bot.cards.card import Card
from bot.cards.plain import without_markup
from bot.cards.why_card import moment
from bot.questions.inquest import MOST_WAITING
from bot.questions.parse import QuestionError
from bot.records import DeliveryState, Settlement, StoredEvent
from signals.errors import UnknownSignal
from tests.alerts.worlds import market, session_at
from tests.questions.inquests import CHANNEL, GUILD, NOW, SESSION, USER, Scene, cross, direct, known_at, planned

IDENTICAL = "Computed again from the bars kept with it: identical, byte for byte."


def fields_of(card: Card) -> dict[str, str]:
    return {field.title: field.text for field in card.fields}


async def explained(scene: Scene) -> Card:
    return await scene.inquest.why(await scene.latest())


async def test_an_alert_is_computed_again_from_the_bars_kept_with_it(scene: Scene):
    await scene.scan(planned())
    card = await explained(scene)
    fields = fields_of(card)
    assert card.title == f"Why: Golden cross of VEE, {SESSION:%a} {SESSION.day} {SESSION:%b %Y}"
    assert IDENTICAL in card.text
    assert card.tone == "golden"
    assert f"`close` **{cross().values['close']:,.10g}**: last close, in the unit of the prices" in fields["Numbers"]
    assert fields["Thresholds"] == "fast 50 sessions · slow 200 sessions"
    assert "✗ Holds: 0 (needs at least 3)" in fields["Checks"]
    assert "? " in fields["Checks"] or "✓ " in fields["Checks"]
    assert moment(NOW) in fields["Found"]
    assert "version 1 of its formula" in fields["Found"]
    assert "made up, price basis" in fields["Found"]
    assert card.footer.endswith("not advice")


async def test_bars_that_were_restated_since_change_nothing_of_the_answer(scene: Scene):
    await scene.scan()
    before = await explained(scene)
    halved = {symbol: market().prices.close[:, n] / 2 for n, symbol in enumerate(market().prices.symbols)}
    scene.knowledge.known = known_at(300, revised=halved)
    assert await explained(scene) == before
    scene.knowledge.known = known_at(300, revised={"VEE": np.full(len(halved["VEE"]), np.nan)})
    assert IDENTICAL in (await explained(scene)).text


async def test_what_differs_is_named_with_both_values(scene: Scene):
    [kept] = proofs_of([cross()], scene.knowledge.known)
    reading = json.loads(kept.reading)
    reading["values"]["fast"] += 0.125
    reading["checks"][0]["result"] = "pass"
    altered = json.dumps(reading, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    await scene.scan(proofs=[replace(kept, reading=altered)])
    card = await explained(scene)
    assert card.tone == "warning"
    assert "it **differs**" in card.text
    assert IDENTICAL not in card.text
    was, is_now = reading["values"]["fast"], reading["values"]["fast"] - 0.125
    assert f"values.fast: was {was}, is {is_now}" in card.text
    assert "checks.holds.result: was pass, is fail" in card.text


async def test_another_version_of_the_formula_is_said_to_be_one(scene: Scene):
    [kept] = proofs_of([cross()], scene.knowledge.known)
    older = kept.reading.replace('"version":1', '"version":0')
    await scene.scan(proofs=[replace(kept, reading=older)])
    assert "Its formula was version 0; this program has version 1." in (await explained(scene)).text


async def test_without_kept_bars_nothing_is_pretended(scene: Scene):
    await scene.scan(proofs=[])
    card = await explained(scene)
    assert "No bars were kept with this alert (it is older than the keeping of bars" in card.text
    assert "identical" not in card.text
    assert f"**{cross().values['close']:,.10g}**" in fields_of(card)["Numbers"]
    assert "Checks" not in fields_of(card)
    assert card.footer.endswith("not advice")


async def test_bars_that_cannot_be_read_any_more_are_said_to_be_so(scene: Scene):
    [kept] = proofs_of([cross()], scene.knowledge.known)
    await scene.scan(proofs=[replace(kept, bars=kept.bars[:40])])
    card = await explained(scene)
    assert "it cannot be computed again from them: kept bars is unreadable" in card.text
    assert card.tone == "warning"


async def test_an_alert_that_was_taken_back_says_so(scene: Scene):
    await scene.scan()
    later = NOW + timedelta(days=1)
    run = await scene.store.runs.start("session", session_at(300), later)
    await scene.store.ledger.record(run, (), (), at=later, gone=[cross().identity], until=later + timedelta(days=1))
    card = await explained(scene)
    assert f"It was **taken back** {moment(later)}" in card.text
    assert IDENTICAL in card.text
    assert card.tone == "warning"


async def test_names_that_would_format_or_ping_are_harmless(scene: Scene):
    await scene.scan()
    scene.knowledge.known = replace(scene.knowledge.known, names={"VEE": "@everyone [x](https://x.example) **bold**"})
    card = await explained(scene)
    assert "@everyone" not in card.title
    assert "](" not in card.title.replace("\\]", "")
    assert "@everyone [x]" in without_markup(card.title)


async def test_an_event_that_is_not_in_the_archive_is_answered_from_itself(scene: Scene):
    card = await scene.inquest.why(StoredEvent(999, cross(), NOW))
    assert "No bars were kept" in card.text


async def test_the_events_of_a_message_are_found_in_channels_and_direct_messages(scene: Scene):
    await scene.scan(planned(), direct())
    for message in await scene.store.outbox.claim(10, NOW, 60.0):
        known_as = {"discord_id": 5000 + message.channel_id}
        await scene.store.outbox.settle([Settlement(message.id, message.lease, DeliveryState.SENT, NOW, **known_as)])
    for channel_id in (CHANNEL, USER):
        [told] = await scene.inquest.told(channel_id, 5000 + channel_id)
        assert told.event == cross()
    assert list(await scene.inquest.told(CHANNEL, 1)) == []


async def test_the_loop_goes_on_while_an_alert_is_computed_again(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    await scene.scan()
    asked = scene.inquest
    threads = []
    real = asked._procedure.recompute

    def noted(*given):
        threads.append(threading.current_thread())
        return real(*given)

    object.__setattr__(asked._procedure, "recompute", noted)
    await asked.why(await scene.latest())
    assert threads
    assert threads[0] is not threading.main_thread()


class Gate:
    """Lets the archive's answers wait, and counts what it is asked."""

    def __init__(self, scene: Scene, monkeypatch: pytest.MonkeyPatch, most: int = 1) -> None:
        self.asked, self.open, self.is_full = 0, asyncio.Event(), asyncio.Event()
        self.inquest = scene.inquest
        archive = scene.store.archive

        def gated(real):
            async def answer(*given):
                self.asked += 1
                if self.asked == most:
                    self.is_full.set()
                await self.open.wait()
                return await real(*given)

            return answer

        for name in ("event", "events_about"):
            monkeypatch.setattr(archive, name, gated(getattr(archive, name)))


async def test_who_asks_the_same_at_the_same_time_shares_the_answer(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    await scene.scan(planned())
    event = await scene.latest()
    gate = Gate(scene, monkeypatch, most=2)
    ask = {"user_id": USER, "guild_id": GUILD, "channel_id": CHANNEL}
    whys = [asyncio.create_task(gate.inquest.why(event)) for _ in range(5)]
    whynots = [asyncio.create_task(gate.inquest.whynot("VEE", "cross", **ask)) for _ in range(5)]
    await gate.is_full.wait()
    gate.open.set()
    cards = await asyncio.gather(*whys, *whynots)
    assert gate.asked == 2
    assert all(card is cards[0] for card in cards[:5])
    assert all(card is cards[5] for card in cards[5:])
    await gate.inquest.why(event)
    assert gate.asked == 3  # an answer of before is none of now


async def test_a_crowd_is_turned_away_politely_and_answered_later(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    await scene.scan(planned())
    event = await scene.latest()
    gate = Gate(scene, monkeypatch, most=MOST_WAITING)
    events = [replace(event, id=event.id + n) for n in range(MOST_WAITING + 1)]
    whys = [asyncio.create_task(gate.inquest.why(each)) for each in events[:-1]]
    await gate.is_full.wait()
    with pytest.raises(QuestionError, match="too many such questions are being worked on just now"):
        await gate.inquest.why(events[-1])
    gate.open.set()
    await asyncio.gather(*whys)
    assert (await gate.inquest.why(events[-1])).title.startswith("Why:")


async def test_questions_that_have_no_answer_are_refused_in_words(scene: Scene):
    ask = {"user_id": USER, "guild_id": GUILD, "channel_id": CHANNEL}
    with pytest.raises(QuestionError, match="smallcap raises no alerts: ask about cross"):
        await scene.inquest.whynot("VEE", "smallcap", **ask)
    with pytest.raises(UnknownSignal, match="did you mean cross"):
        await scene.inquest.whynot("VEE", "crss", **ask)
    with pytest.raises(QuestionError, match="there is no symbol VEX here: did you mean VEE"):
        await scene.inquest.whynot("VEX", "cross", **ask)
