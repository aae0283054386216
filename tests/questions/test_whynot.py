"""Why an alert did not come: one case per cause, each named for what it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.cards.why_card import moment
from bot.clock import SetClock
from bot.market.types import Status
from bot.records import DeliveryState
from bot.store.tables import route, run
from signals.cross import CROSS
from tests.alerts.worlds import SIZE, session_at
from tests.questions.inquests import (
    CHANNEL,
    CLOSE,
    DELAY,
    EARLIER,
    GUILD,
    NOW,
    ROW,
    SESSION,
    Scene,
    cross,
    first_cause,
    jump,
    known_at,
    outcome,
    planned,
    stations,
)

LATER = NOW + timedelta(days=2)
DAY = f"{SESSION:%a} {SESSION.day} {SESSION:%b %Y}"
BEFORE = f"{session_at(ROW - 1):%a} {session_at(ROW - 1).day} {session_at(ROW - 1):%b %Y}"


async def no_prices(scene: Scene) -> None:
    scene.knowledge.known = known_at(ROW, holes={"VEE": slice(0, SIZE)})
    scene.bars.ended = [outcome(Status.THROTTLED, "the source asked us to slow down")]


async def never_came(scene: Scene) -> None:
    market = scene.knowledge.known
    scene.knowledge.known = market.only([symbol for symbol in market.prices.symbols if symbol != "VEE"])
    scene.bars.ended = [outcome(Status.EMPTY, "no bar so far")]


async def held(scene: Scene) -> None:
    await scene.scan(events=())
    scene.knowledge.known = known_at(ROW, holes={"VEE": slice(ROW, ROW + 1)})
    scene.bars.bars = [jump(SESSION), jump(session_at(2), "long ago")]


async def no_last_bar(scene: Scene) -> None:
    await scene.scan(events=())
    scene.knowledge.known = known_at(ROW, holes={"VEE": slice(ROW, ROW + 1)})


async def not_due(scene: Scene) -> None:
    scene.clock = SetClock(CLOSE + timedelta(minutes=5))


async def overdue(scene: Scene) -> None:
    del scene


async def failed(scene: Scene) -> None:
    await scene.fail("Yahoo does not answer")


async def under_way(scene: Scene) -> None:
    await scene.store.runs.start("session", SESSION, NOW)


async def came_late(scene: Scene) -> None:
    await scene.scan(events=(), absent=["VEE"])


async def no_event(scene: Scene) -> None:
    scene.knowledge.known = known_at(ROW - 5)
    scene.clock = SetClock(CLOSE - timedelta(days=6))
    await scene.scan(events=(), session=session_at(ROW - 5))


async def other_thresholds(scene: Scene) -> None:
    await scene.store.thresholds.set(guild_id=GUILD, signal="cross", name="slow", value=150, by=5, at=EARLIER)
    await scene.scan()
    await scene.route()


async def unseen(scene: Scene) -> None:
    await scene.scan(events=())


async def taken_back(scene: Scene) -> None:
    await scene.route()
    await scene.scan(planned())
    await scene.scan(session=session_at(ROW + 1), events=(), gone=[cross().identity], until=LATER)


async def no_route(scene: Scene) -> None:
    await scene.scan()


async def other_subjects(scene: Scene) -> None:
    await scene.route("PEAK", "sector:Energy")
    await scene.scan()


async def unimportant(scene: Scene) -> None:
    await scene.route()
    await _amend(scene, importance=4)
    approach = replace(
        cross(), kind="approaching_golden", thresholds={"fast": 50, "slow": 200, "approach_sessions": 10}
    )
    await scene.scan(events=(approach,), proofs=[])


async def silenced(scene: Scene) -> None:
    await scene.route()
    await scene.silence("cross", "", LATER)
    await scene.silence("", "PEAK", LATER)
    await scene.scan(planned(suppressed=f"silenced until {moment(LATER)} by a moderator"))


async def switched_off(scene: Scene) -> None:
    await scene.route()
    await scene.scan(planned())
    message = await scene.claim()
    assert await scene.store.destinations.switch_off(
        message, "no permission to speak: ask `Send`", NOW, notice_text="x"
    )


async def daily(scene: Scene) -> None:
    await scene.route()
    await scene.scan(planned(not_before=NOW + timedelta(hours=2), is_daily=True))


async def retried(scene: Scene) -> None:
    await scene.route()
    await scene.scan(planned())
    await scene.end(DeliveryState.PENDING, due_at=NOW + timedelta(minutes=3), reason="Discord answered 503")


async def waiting(scene: Scene) -> None:
    await scene.route()
    await scene.scan(planned())


async def being_sent(scene: Scene) -> None:
    await waiting(scene)
    await scene.claim()


async def expired(scene: Scene) -> None:
    await waiting(scene)
    await scene.store.outbox.expire(NOW + timedelta(days=1))


async def late_in_digest(scene: Scene) -> None:
    await waiting(scene)
    await scene.store.outbox.gather_missed(NOW + timedelta(days=1), LATER)


async def folded(scene: Scene) -> None:
    await scene.route()
    await scene.scan(planned(suppressed="the Russell 2000 speaks for it"))


async def dead(scene: Scene) -> None:
    await waiting(scene)
    await scene.end(DeliveryState.DEAD, reason="Discord refused it: <@5> [x](y)")


async def routed_after(scene: Scene) -> None:
    await scene.scan()
    await scene.route(at=NOW + timedelta(minutes=1))


async def unplanned(scene: Scene) -> None:
    await scene.route()
    await scene.scan()


async def _amend(scene: Scene, **values) -> None:
    async with scene.store.database.write() as connection:
        await connection.execute(route.update().values(**values))


@dataclass(frozen=True)
class Cause:
    """How it comes about, at which station it keeps the alert, and how it is named."""

    arrange: Callable[[Scene], Awaitable[None]]
    station: str
    words: str


CAUSES = [
    Cause(no_prices, "Prices", "there are no prices of VEE: throttled, the source asked us to slow down"),
    Cause(never_came, "Prices", "there are no prices of VEE: empty, no bar so far"),
    Cause(held, "Prices", f"the quality gate holds the bar of {DAY}: moved +95 % in a day"),
    Cause(no_last_bar, "Prices", f"the bar of {DAY} has not come: the last one is of {BEFORE}"),
    Cause(not_due, "Scan", f"the session of {DAY} is scanned {moment(CLOSE + DELAY)}"),
    Cause(overdue, "Scan", f"has not been scanned yet: it has been due since {moment(CLOSE + DELAY)}"),
    Cause(failed, "Scan", f"Yahoo does not answer; it is tried again {moment(NOW + timedelta(minutes=1))}"),
    Cause(under_way, "Scan", "is being scanned at this moment"),
    Cause(came_late, "Scan", f"its bar had not come when the session of {DAY} was scanned"),
    Cause(no_event, "Event", "no cross: the 50-session average is 3.78% below the 200-session one; flat prices"),
    Cause(other_thresholds, "Event", "but under other thresholds: slow 200 (here 150)"),
    Cause(unseen, "Event", f"the bars as they are now show a golden cross of {DAY}, which was not found"),
    Cause(taken_back, "Event", f"golden cross of {DAY}, found {moment(NOW)}, was taken back {moment(NOW)}"),
    Cause(no_route, "This channel", "no route brings cross into this channel"),
    Cause(other_subjects, "This channel", "its route of cross is for PEAK, sector:Energy: VEE is not among them"),
    Cause(unimportant, "This channel", "is of importance 3: the route takes 4 and more"),
    Cause(silenced, "This channel", f"cross is silenced here until {moment(LATER)}"),
    Cause(switched_off, "This channel", f"this channel is switched off since {moment(NOW)}: no permission to speak"),
    Cause(daily, "This channel", f"goes into the daily message, due {moment(NOW + timedelta(hours=2))}"),
    Cause(retried, "This channel", f"waits until {moment(NOW + timedelta(minutes=3))}: Discord answered 503"),
    Cause(waiting, "This channel", f"golden cross of {DAY}: waits to be sent"),
    Cause(being_sent, "This channel", "is being sent at this moment"),
    Cause(expired, "This channel", "came too late to be told: not sent in time"),
    Cause(late_in_digest, "This channel", "came too late for an alert and goes into a digest"),
    Cause(folded, "This channel", "kept back: the Russell 2000 speaks for it"),
    Cause(dead, "This channel", "could not be delivered: Discord refused it: \\<@\u200b5\\>"),
    Cause(routed_after, "This channel", f"the route was made or changed {moment(NOW + timedelta(minutes=1))}, after"),
    Cause(unplanned, "This channel", "nothing was planned for this channel when that was found"),
]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.arrange.__name__)
async def test_each_cause_is_named_at_its_station(scene: Scene, cause: Cause):
    await cause.arrange(scene)
    card = await scene.whynot()
    lines = stations(card)[cause.station]
    assert [line for line in lines if line.startswith("✗ ") and cause.words in line], lines


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.arrange.__name__)
async def test_it_is_the_first_one_named(scene: Scene, cause: Cause):
    await cause.arrange(scene)
    assert first_cause(await scene.whynot()).startswith(f"**{cause.station}:** ")


async def test_all_causes_that_hold_are_named_in_the_order_of_the_way(scene: Scene):
    await held(scene)
    await scene.silence("cross", "", LATER)
    card = await scene.whynot()
    assert list(stations(card)) == ["Prices", "Scan", "Event", "This channel", "You"]
    assert first_cause(card) == f"**Prices:** The quality gate holds the bar of {DAY}: moved +95 % in a day."
    assert "4 more causes below." in card.text
    assert "long ago" not in str(card)


async def test_the_first_start_makes_history_of_what_was_before(scene: Scene):
    async with scene.store.database.write() as connection:
        await connection.execute(run.delete())
    await scene.begin(ROW)
    [line] = stations(await scene.whynot())["Scan"]
    assert (
        line == f"✗ I was first started after the session of {DAY}: it is history, the next one is the first I report"
    )


async def test_an_alert_that_was_sent_is_linked(scene: Scene):
    await waiting(scene)
    await scene.end(DeliveryState.SENT, discord_id=12345)
    await scene.subscribe(channel_id=CHANNEL)
    card = await scene.whynot()
    link = f"https://discord.com/channels/{GUILD}/{CHANNEL}/12345"
    assert f"✓ golden cross of {DAY}: sent {moment(NOW)}: {link}" in stations(card)["This channel"]
    assert card.text == f"**It was told.** This channel: Golden cross of {DAY}: sent {moment(NOW)}: {link}"


async def test_a_digest_that_told_of_it_is_linked(scene: Scene):
    await late_in_digest(scene)
    await scene.end(DeliveryState.SENT, now=NOW + timedelta(days=1), discord_id=777)
    line = stations(await scene.whynot())["This channel"][-1]
    assert line.startswith(f"✓ golden cross of {DAY}: came too late for an alert and was told in a digest")
    assert line.endswith(f"/{CHANNEL}/777")


async def test_groups_of_symbols_are_known_to_routes_and_subscriptions(scene: Scene):
    scene.knowledge.known = replace(scene.knowledge.known, sectors={"VEE": "Energy"}, universes={"small": ("PEAK",)})
    await scene.route("sector:Energy")
    await scene.subscribe("universe:small")
    await scene.scan()
    found = stations(await scene.whynot())
    assert "✓ its route of cross takes VEE" in found["This channel"]
    assert "you do not follow cross for VEE" in found["You"][0]


async def test_a_thing_that_is_typed_by_name_is_understood(scene: Scene):
    scene.knowledge.known = replace(scene.knowledge.known, names={"VEE": "Vee [Industries]"})
    await scene.scan()
    assert (await scene.whynot("vee")).title == "Why no alert: Golden and death cross of Vee \\[Industries\\] (VEE)"


async def test_the_footer_says_what_it_rests_on(scene: Scene):
    assert "1 of 1 covered" in (await scene.whynot()).footer
    await no_prices(scene)
    assert "0 of 1 covered · PARTIAL" in (await scene.whynot()).footer


def test_every_kind_of_the_signal_has_an_importance() -> None:
    assert all(1 <= kind.importance <= 5 for kind in CROSS.kinds)
