from __future__ import annotations

import asyncio
import itertools
import time

from bot.alerts.pace import Pacer


async def turns(pacer: Pacer, count: int) -> list[float]:
    """Ask for so many turns at once; return when each came."""
    came: list[float] = []

    async def take() -> None:
        await pacer.turn()
        came.append(time.perf_counter())

    await asyncio.gather(*(take() for _ in range(count)))
    return came


async def test_turns_come_evenly_and_in_the_order_they_were_asked_for():
    pacer, order = Pacer(200.0), []

    async def take(n: int) -> None:
        await pacer.turn()
        order.append(n)

    began = time.perf_counter()
    await asyncio.gather(*(take(n) for n in range(40)))
    assert order == list(range(40))
    assert time.perf_counter() - began >= 0.99 * 38.5 / 200


async def test_a_loop_that_was_held_up_does_not_let_out_a_burst():
    pacer = Pacer(100.0)
    taking = asyncio.create_task(turns(pacer, 30))
    await asyncio.sleep(0.05)
    time.sleep(0.2)  # noqa: ASYNC251 - what a picture drawn on the loop would do
    came = await taking
    gaps = [later - earlier for earlier, later in itertools.pairwise(came)]
    assert max(gaps) >= 0.2
    assert sum(gap < 0.004 for gap in gaps) == 0, "nobody goes out beside another"


async def test_idleness_is_not_saved_up():
    pacer = Pacer(100.0)
    await pacer.turn()
    await asyncio.sleep(0.3)
    came = await turns(pacer, 10)
    assert came[-1] - came[0] >= 0.99 * 8.5 / 100


async def test_whoever_gives_up_waiting_leaves_the_turn_to_the_next():
    pacer = Pacer(1.0)
    await pacer.turn()
    first = asyncio.create_task(pacer.turn())
    second = asyncio.create_task(pacer.turn())
    await asyncio.sleep(0.01)
    first.cancel()
    began = time.perf_counter()
    await second
    assert time.perf_counter() - began < 1.9, "a wasted turn would make it two seconds"


async def test_whoever_makes_two_requests_leaves_room_for_both():
    pacer = Pacer(100.0)
    began = time.perf_counter()
    for _ in range(10):
        await pacer.turn(2)
    assert time.perf_counter() - began >= 0.99 * 17.5 / 100
