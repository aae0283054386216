"""Why an alert did not come to a member: one case per cause, each named for what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.cards.why_card import moment
from bot.people import Cadence
from bot.records import DeliveryState
from tests.questions.inquests import (
    EARLIER,
    GUILD,
    NOW,
    SESSION,
    Scene,
    cross,
    direct,
    stations,
)

LATER = NOW + timedelta(days=2)
DAY = f"{SESSION:%a} {SESSION.day} {SESSION:%b %Y}"


async def unfollowed(scene: Scene) -> None:
    del scene


async def off_the_list(scene: Scene) -> None:
    await scene.subscribe("watchlist")
    await scene.watch("PEAK")


async def elsewhere(scene: Scene) -> None:
    await scene.subscribe(channel_id=99)


async def left_out(scene: Scene) -> None:
    await scene.subscribe()
    await scene.prefer(signals=("smallcap",))


async def too_unimportant(scene: Scene) -> None:
    await scene.subscribe("")
    await scene.prefer(importance=5)
    undone = replace(cross(), kind="failed")
    await scene.scan(events=(undone,), proofs=[])


async def snoozed(scene: Scene) -> None:
    await scene.subscribe()
    for signal, until in (("cross", LATER), ("smallcap", LATER), ("", NOW)):
        await scene.snooze(signal, until)


async def quiet(scene: Scene) -> None:
    await scene.subscribe()
    span = {"time_zone": "UTC", "quiet_from": time(20, 0), "quiet_to": time(6, 0)}
    await scene.prefer(**span)


async def refused(scene: Scene) -> None:
    await scene.subscribe()
    await scene.scan(direct())
    await scene.refuse("Discord does not let me write to you")


async def once_a_day(scene: Scene) -> None:
    await scene.subscribe("watchlist")
    await scene.watch("VEE")
    await scene.prefer(cadence=Cadence.DAILY)
    await scene.scan(direct(not_before=NOW + timedelta(hours=1), is_daily=True))


async def delayed(scene: Scene) -> None:
    await scene.subscribe()
    await scene.scan(direct(not_before=NOW + timedelta(hours=9)))


async def kept_back(scene: Scene) -> None:
    await scene.subscribe()
    await scene.scan(direct(suppressed=f"you snoozed cross until {moment(NOW)}"))


async def subscribed_after(scene: Scene) -> None:
    await scene.scan()
    await scene.subscribe(created_at=NOW + timedelta(minutes=2))


async def not_planned(scene: Scene) -> None:
    await scene.scan()
    await scene.subscribe()


MEMBER_CAUSES = [
    (unfollowed, "you do not follow cross for VEE: `/subscribe` does that"),
    (off_the_list, "you follow cross for your list, and VEE is not on it: `/watch add VEE`"),
    (elsewhere, "you follow cross for VEE in <#99>, not here"),
    (left_out, "your preferences take smallcap alone: cross is not among them"),
    (too_unimportant, "is of importance 4: your preferences take 5 and more"),
    (snoozed, f"you snoozed cross until {moment(LATER)}"),
    (quiet, "your quiet hours hold until <t:"),
    (refused, "your direct messages are switched off: Discord does not let me write to you"),
    (once_a_day, f"goes into the daily message, due {moment(NOW + timedelta(hours=1))}"),
    (delayed, f"golden cross of {DAY}: waits until {moment(NOW + timedelta(hours=9))}"),
    (kept_back, f"kept back: you snoozed cross until {moment(NOW)}"),
    (subscribed_after, f"you subscribed {moment(NOW + timedelta(minutes=2))}, after that was found"),
    (not_planned, "nothing was planned for you when that was found"),
]


@pytest.mark.parametrize(("arrange", "words"), MEMBER_CAUSES, ids=lambda given: getattr(given, "__name__", ""))
@pytest.mark.parametrize("guild_id", [GUILD, None], ids=["in a guild", "in a direct message"])
async def test_what_keeps_it_from_the_member_is_named(scene: Scene, arrange, words: str, guild_id: int | None):
    await arrange(scene)
    lines = stations(await scene.whynot(guild_id=guild_id))["You"]
    causes = [line for line in lines if line.startswith("✗ ")]
    assert words in causes[0], lines
    assert len(causes) == (2 if arrange is refused else 1), lines  # the message that was refused is a cause as well


async def test_in_a_direct_message_there_is_no_channel_and_the_subscriptions_guild_decides(scene: Scene):
    await scene.store.thresholds.set(guild_id=GUILD, signal="cross", name="slow", value=150, by=5, at=EARLIER)
    await scene.subscribe()
    await scene.scan()
    found = stations(await scene.whynot(guild_id=None))
    assert "This channel" not in found
    assert "slow 200 (for you 150)" in found["Event"][-1]


async def test_a_direct_message_that_was_sent_needs_no_link(scene: Scene):
    await scene.subscribe("")
    await scene.scan(direct())
    await scene.end(DeliveryState.SENT, discord_id=12345)
    lines = stations(await scene.whynot())["You"]
    assert f"✓ golden cross of {DAY}: sent {moment(NOW)}" in lines
