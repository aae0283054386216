"""A small slice of every scene that `make faults` plays at full length; the seed is printed, a failure replays."""

from __future__ import annotations

import os

import pytest

from benchmarks.faults import deliveries, timekeeping

SEED = int(os.environ.get("SMALLCAP_SEED", "20250806"))
pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SCENES = {
    "kills": lambda: deliveries.kills(seed=SEED, kills=12, guilds=20, channels=10, ticks=3),
    "lost answers": lambda: deliveries.lost_answers(seed=SEED, guilds=10, channels=10),
    "revoked channels": lambda: deliveries.revoked(seed=SEED, guilds=10, channels=10, ticks=4),
    "shut doors": lambda: deliveries.doors(seed=SEED, watched_s=1.0),
    "owners": lambda: deliveries.owners(seed=SEED, guilds=30),
    "pace": lambda: deliveries.pace(seed=SEED, guilds=15, channels=10),
    "run instants": lambda: timekeeping.instants(seed=SEED),
    "crash loop": lambda: timekeeping.crash_loop(seed=SEED, days=1.2),
    "schedulers": lambda: timekeeping.schedulers(seed=SEED, kills=12),
}


@pytest.mark.parametrize("scene", SCENES)
async def test_the_promises_hold_under_faults(scene: str):
    print(f"seed {SEED}: SMALLCAP_SEED={SEED} plays the same again")  # noqa: T201 - shown where it fails
    lines = await SCENES[scene]()
    for line in (line for line in lines if "÷" not in line.figure):  # a test times nothing
        assert line.is_met, f"{line.figure}: {line.found}, must be {line.must_be}"
