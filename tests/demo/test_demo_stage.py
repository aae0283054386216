"""The demo's stage without a browser: whose messages it shows, what fills them, what may be tried there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import aiohttp
import pytest

from bot.chat.teaching.lessons import lessons_of
from bot.demo.scene import MEMBER, MODERATOR, SECOND
from bot.demo.show import Plan, playing
from bot.demo.tries import DIRECT_TRIES, TRIES

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
DAY_BEFORE_THE_APPROACH = date(2026, 8, 5)
UNDERNEATH = {
    (date(2026, 8, 21), date(2026, 8, 24)): ["▲ Small caps lead: Russell 2000 against S&P 500"],
    (date(2026, 9, 9), date(2026, 9, 15)): [
        "▲ Theme breakout: Industrial equipment",
        "◆ Broadening day: Russell 2000 against S&P 500",
    ],
}
"""First and last session of a replay to what is told of the market underneath."""
ASKS_AGAIN_S, ASKS_AT_MOST = 0.2, 300


class Visitor:
    """Looks at the bar and presses on it, as the page's script does."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def state(self) -> dict:
        async with self._http.get(self._url + "demo/state") as answer:
            return await answer.json()

    async def press(self, action: str, value: str = "") -> dict:
        async with self._http.post(self._url + "demo/do", json={"action": action, "value": value}) as answer:
            return await answer.json()

    async def until(self, is_so, *, asks: int = ASKS_AT_MOST) -> dict:
        for _ in range(asks):
            state = await self.state()
            if is_so(state):
                return state
            await asyncio.sleep(ASKS_AGAIN_S)
        pytest.fail(f"it never came to be so: {state}")


def unread(state: dict) -> dict[str, int]:
    return {channel["name"]: channel["unread"] for channel in state["channels"]}


@asynccontextmanager
async def visiting() -> AsyncIterator[Visitor]:
    """Play the demo; SimCord's clock must be put down by the task that took it up, so no fixture can hold it."""
    plan = Plan(first=DAY_BEFORE_THE_APPROACH, pace_s=3600, is_opened=False)
    async with playing(plan) as page, aiohttp.ClientSession() as http:
        yield Visitor(http, page.url)


async def test_a_members_direct_messages_fill_while_sessions_pass_and_are_the_members_alone():
    async with visiting() as visitor:
        assert set(unread(await visitor.state())) == {"alerts", "bot"}
        first = await visitor.until(lambda state: state["done"] == 1)
        assert unread(first)["@mel"] == 1
        assert "@mona" not in unread(first)

        told = await visitor.press("step")
        assert told["session"] == "Thu 6 Aug 2026"
        assert (unread(told)["@mel"], unread(told)["alerts"]) == (2, 0)

        there = await visitor.press("channel", "@mel")
        assert (there["channel"], unread(there)["@mel"]) == ("@mel", 0)
        assert set(there["tries"]) == {"mel"}
        assert there["generation"] == told["generation"] + 1

        back = await visitor.press("channel", "bot")
        assert set(back["tries"]) == {"mel", "max", "mona"}
        assert {"#alerts", "@mel", "@moderators"} <= set(back["names"].values())


@pytest.mark.parametrize("span", UNDERNEATH, ids=lambda span: str(span[0]))
async def test_a_rotation_a_breakout_and_a_broadening_day_are_announced_once_each_with_their_pictures(span):
    first, last = span
    plan = Plan(first=first, last=last, pace_s=0, is_opened=False)
    async with playing(plan) as page, aiohttp.ClientSession() as http:
        visitor = Visitor(http, page.url)
        await visitor.until(lambda state: state["is_over"], asks=10 * ASKS_AT_MOST)
        await visitor.press("step")  # comes back once what the last session brought has been delivered
        embeds = [embed for message in page._stage._scene.channels["alerts"].history() for embed in message.embeds]
    told = [embed for embed in embeds if "rotation" in told_why(embed) or "themes" in told_why(embed)]
    assert [title_of(embed) for embed in told] == UNDERNEATH[span]
    for embed in told:
        assert embed.image.url
        assert "SIMULATED · REPLAY" in told_why(embed)


def told_why(embed) -> str:
    return embed.footer.text or ""


def title_of(embed) -> str:
    return embed.title or ""


PAGE = Path(__file__).resolve().parents[2] / "docs" / "operators" / "demo.md"


def every_try() -> list[str]:
    assert set(TRIES) == {MEMBER, SECOND, MODERATOR}
    groups = [group for person in (*TRIES.values(), DIRECT_TRIES) for group in person.values()]
    written = re.findall(r"`(![^`]+)`", PAGE.read_text(encoding="utf-8"))
    return sorted({words for group in (*groups, written) for words in group})


@pytest.mark.parametrize("words", every_try())
def test_what_may_be_tried_is_a_command_that_help_teaches(words):
    assert words.startswith("!")
    assert lessons_of(words.split()[0])
