from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.card import Chart
from bot.cards.studio import PictureUnavailable, Studio

ROOT = Path(__file__).resolve().parents[2]


def draw_pid(chart: Chart) -> bytes:
    """Say who drew; written down so that a test can count."""
    with Path(chart.data["log"]).open("a") as log:
        log.write(f"{os.getpid()}\n")
    if chart.data.get("dies") and len(Path(chart.data["log"]).read_text().splitlines()) <= chart.data["dies"]:
        os.kill(os.getpid(), signal.SIGKILL)
    if chart.data.get("fails"):
        raise KeyError("close")
    time.sleep(chart.data.get("takes_s", 0))
    return str(os.getpid()).encode()


def drawers(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().splitlines()] if log.exists() else []


async def until_someone_draws(log: Path) -> int:
    while not drawers(log):  # noqa: ASYNC110 - another process draws: nothing in this one can be waited for
        await asyncio.sleep(0.02)
    return drawers(log)[0]


def chart(log: Path, **data: object) -> Chart:
    return Chart("cross", {"log": str(log), **data}, "alt")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


async def test_it_draws_in_another_process_and_equal_charts_once(log: Path) -> None:
    async with Studio(draw=draw_pid) as studio:
        first, second = await asyncio.gather(studio.png(chart(log)), studio.png(chart(log)))
        third = await studio.png(chart(log))
    assert first == second == third != str(os.getpid()).encode()
    assert len(drawers(log)) == 1


async def test_the_same_chart_in_the_other_theme_is_another_picture(log: Path) -> None:
    async with Studio(draw=draw_pid) as studio:
        await studio.png(chart(log))
        await studio.png(replace(chart(log), theme="light"))
    assert len(drawers(log)) == 2


async def test_it_survives_the_death_of_its_worker_once_per_picture(log: Path) -> None:
    async with Studio(draw=draw_pid) as studio:
        assert await studio.png(chart(log, dies=1))
        with pytest.raises(PictureUnavailable, match="died twice"):
            await studio.png(chart(log, dies=99))
        assert await studio.png(chart(log, other=1))


async def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_drawn(log: Path) -> None:
    async with Studio(draw=draw_pid, timeout_s=6.0) as studio:
        with pytest.raises(PictureUnavailable, match="given up"):
            await studio.png(chart(log, takes_s=60))
        assert await studio.png(chart(log))


async def test_a_failed_picture_says_why_and_is_not_remembered(log: Path) -> None:
    async with Studio(draw=draw_pid) as studio:
        for _ in range(2):
            with pytest.raises(PictureUnavailable, match="KeyError"):
                await studio.png(chart(log, fails=True))
    assert len(drawers(log)) == 2


async def test_a_full_queue_refuses_instead_of_piling_up(log: Path) -> None:
    async with Studio(draw=draw_pid, most_waiting=2) as studio:
        under_way = [asyncio.create_task(studio.png(chart(log, n=n))) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(PictureUnavailable, match="waiting already"):
            await studio.png(chart(log, n=3))
        await asyncio.gather(*under_way)


async def test_the_oldest_pictures_are_forgotten(log: Path) -> None:
    async with Studio(draw=draw_pid, most_kept=2) as studio:
        for n in (1, 2, 3, 1):
            await studio.png(chart(log, n=n))
    assert len(drawers(log)) == 4


async def test_closing_gives_up_what_is_under_way_and_leaves_no_process(log: Path) -> None:
    studio = Studio(draw=draw_pid)
    task = asyncio.create_task(studio.png(chart(log, takes_s=60)))
    drawer = await until_someone_draws(log)
    await studio.close()
    with pytest.raises((PictureUnavailable, asyncio.CancelledError)):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(drawer, 0)
    with pytest.raises(PictureUnavailable, match="closed"):
        await studio.png(chart(log))


async def test_the_worker_ends_with_a_bot_that_was_killed() -> None:
    code = (
        "import time\n"
        "from bot.worker import Worker\n"
        "if __name__ == '__main__':\n"
        "    print(Worker().pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert bot.stdout is not None
    worker = int(await bot.stdout.readline())
    bot.kill()
    await bot.wait()
    for _ in range(400):
        if has_ended(worker):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the worker outlived its bot")


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or dead and not yet buried by its foster parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
