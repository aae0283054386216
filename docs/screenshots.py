# ruff: noqa: INP001 - a script, not a package
"""Renew docs/images: run the demo on the simulated market and photograph what it answers, in a real browser.

Needs a Chromium (make browser) and Pillow, which comes with the extra `demo`:  make screenshots
Some of them alone:  .venv/bin/python docs/screenshots.py why setup
"""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.cards.words import session_words
from bot.demo.show import Plan, playing
from bot.logs import configure

IMAGES = Path(__file__).parent / "images"
MOST_BYTES = 250_000
LEAST_OF_A_PAGE = 940
"""A lower window would cut the bar off."""

DAY_OF_THE_CROSS = date(2026, 8, 17)
DAY_OF_THE_DIGEST = date(2026, 8, 19)
DAY_OF_THE_ROTATION = date(2026, 8, 21)
DAY_OF_THE_BREAKOUT = date(2026, 9, 9)
DAY_OF_THE_BROADENING = date(2026, 9, 15)
WITHIN_MS = 60_000
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-gpu", "--disable-component-update")
HEIGHT_FROM = """first => {
  const timeline = document.getElementById("channel-timeline");
  const list = document.getElementById("channel-message-list");
  const shown = list.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
  return Math.ceil(window.innerHeight - timeline.clientHeight + shown + 10);
}"""
ARE_DRAWN = (
    """() => [...document.querySelectorAll("img.embed-image")].every(image => image.complete && image.naturalWidth)"""
)


class Visit:
    """A reader of the demo, who asks, presses and chooses."""

    def __init__(self, page: Page, width: int) -> None:
        self.page = page
        self._width = width

    @property
    def last(self) -> Locator:
        """The last message of the channel."""
        return self.page.locator(".channel-message").last

    async def begin(self, url: str, alert: str) -> None:
        """Open the demo, wait for the `alert` of its first day, and go where questions are asked."""
        await self.page.goto(url)
        await expect(self.page.locator(".embed-title").last).to_contain_text(alert)
        await self.go_to("bot")

    async def step(self, day: str) -> None:
        """Let a session pass, so that the demo's clock stands at the same minute in every picture."""
        await self.page.locator('[data-demo="step"]').click()
        await expect(self.page.locator("#demo .when")).to_have_text(day)

    async def go_to(self, channel: str) -> None:
        """Open a channel, or somebody's direct messages."""
        tab = self.page.locator(f'[data-demo="channel:{channel}"]')
        await tab.click()
        await expect(tab).to_have_attribute("aria-pressed", "true")
        await expect(self.page.locator("body")).to_have_attribute("data-demo", "ready")

    async def become(self, name: str) -> None:
        """Be somebody else."""
        await self.page.get_by_label("You are").select_option(label=name)
        await expect(self.page.locator("#viewer-picker option:checked")).to_have_text(name)
        await expect(self.last).to_be_visible()

    async def ask(self, words: str, answer: str) -> Locator:
        """Write `words`, wait for the `answer`, and return the question."""
        await self.page.locator("#channel-composer-input").fill(words)
        await self.page.keyboard.press("Enter")
        await expect(self.last).to_contain_text(answer)
        return self.page.locator(".channel-message", has=self.page.get_by_text(words, exact=True)).first

    async def slash(self, command: str, answer: str) -> Locator:
        """Choose a slash command, wait for the `answer`, and return it."""
        await self.page.locator("#channel-composer-input").press_sequentially(f"/{command}")
        await self.page.get_by_role("option").filter(has_text=f"/{command}").first.click()
        await self.page.locator("#send-message").click()
        await expect(self.last).to_contain_text(answer)
        return self.last

    async def press(self, label: str, answer: str) -> None:
        """Press the last button of that name and wait for the `answer`, in that message or a new one."""
        await self.page.get_by_role("button", name=label, exact=True).last.click()
        await expect(self.last).to_contain_text(answer)

    async def choose(self, present: str, option: str, answer: str) -> None:
        """Choose an option of the select that shows `present`, and wait for the `answer` in its message."""
        await self.last.get_by_role("combobox").filter(has_text=present).click()
        await self.page.get_by_role("option").filter(has_text=option).first.click()
        await expect(self.last).to_contain_text(answer)

    async def photograph(self, first: Locator) -> bytes:
        """Return a picture of everything from `first` to the end: of the page, or the channel where that is short."""
        await expect(first).to_be_attached()
        await self.page.evaluate("document.activeElement?.blur()")
        await self.page.mouse.move(self._width - 5, 5)
        await self.page.wait_for_function(ARE_DRAWN)
        height = await first.evaluate(HEIGHT_FROM)
        await self.page.set_viewport_size({"width": self._width, "height": height})
        await self.page.wait_for_timeout(1500)
        is_short = height < LEAST_OF_A_PAGE
        return await (self.page.locator("#channel-layout") if is_short else self.page).screenshot()


async def demo(visit: Visit) -> Locator:
    """Ask how a symbol stands: the picture of the README."""
    await expect(visit.page.locator('[data-demo="channel:alerts"] .unread')).to_have_text("1")
    return await visit.ask("!cross RUT", "What followed in the past")


async def members(visit: Visit) -> Locator:
    """Keep a list, and vote."""
    await visit.ask("!watch add STRL IWM", "on your list now")
    first = await visit.ask("!watch list", "Your watchlist")
    await visit.ask("!ratings RUT", "from 1 member")
    await visit.press("4 ★", "from 2 members")
    return first


async def why(visit: Visit) -> Locator:
    """Ask for the numbers that made an alert."""
    await visit.go_to("alerts")
    await visit.press("Why?", "Only you can see this")
    return visit.last


async def whynot(visit: Visit) -> Locator:
    """Ask what kept an alert quiet."""
    return await visit.ask("!whynot KRE", "Why no alert")


async def subscribers(visit: Visit) -> Locator:
    """Subscribe, and say when nothing may arrive."""
    await visit.go_to("@mel")
    await visit.ask("!subscribe KRE", "With this you would have received")
    first = await visit.ask("!subscriptions", "Your subscriptions")
    await visit.ask("!preferences", "Your preferences")
    await visit.choose("No quiet hours", "22:00", "With this you would have received")
    return first


async def moderators(visit: Visit) -> Locator:
    """See what goes where, whether it can, and who decided it."""
    await visit.become("mona")
    first = await visit.ask("!route list", "Routes of this server")
    await visit.ask("!silence KRE 3d", "is silent for 3 days")
    await visit.ask("!alerts doctor", "Check-up of alerts")
    await visit.ask("!audit", "Changes in this server")
    return first


async def setup(visit: Visit) -> Locator:
    """Walk through the wizard."""
    await visit.go_to("alerts")
    await visit.become("mona")
    await visit.slash("setup", "Setup, 1 of 2")
    await visit.choose("Normal", "Calm", "calm")
    return visit.last


async def rehearsal(visit: Visit) -> Locator:
    """Try a threshold on the past before it is stored."""
    await visit.become("mona")
    return await visit.ask("!threshold rehearse cross slow 150", "Only with 200")


async def announced(visit: Visit) -> Locator:
    """Look at the alert of the day."""
    await visit.go_to("alerts")
    return visit.last


async def briefing(visit: Visit) -> Locator:
    """Ask for the last session in print."""
    return await visit.ask("!briefing smallcap", "Golden Cross Briefing")


async def digest(visit: Visit) -> Locator:
    """Order the day in three lines where no alerts come, and see it arrive after the next session."""
    await visit.become("mona")
    first = await visit.ask("!paper here digest", "after every session")
    await visit.step(session_words(DAY_OF_THE_DIGEST))
    await expect(visit.page.locator(".embed-title").last).to_contain_text("The day, ")
    return first


async def keyword(visit: Visit) -> Locator:
    """Choose words that ask for a briefing, and say them."""
    await visit.become("mona")
    first = await visit.ask("!keyword add rotation morning note", "morning note")
    await visit.become("mel")
    await visit.ask("Morning note", "Rotation Monitor")
    return first


async def stock(visit: Visit) -> Locator:
    """Ask for everything about one symbol."""
    return await visit.ask("!stock STRL", "Sterling Infrastructure")


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens in a picture, how wide it is, on which day, and which alert the day begins with.

    Without a day `after` the picture is of the day itself: an alert stands as it came.
    """

    play: Callable[[Visit], Awaitable[Locator]]
    width: int = 900
    day: date = DAY_OF_THE_CROSS
    alert: str = "Golden cross"
    after: date | None = date(2026, 8, 18)


SCENES = {
    "demo": Scene(demo, 1100),
    "members": Scene(members),
    "why": Scene(why),
    "whynot": Scene(whynot),
    "subscribers": Scene(subscribers),
    "moderators": Scene(moderators),
    "setup": Scene(setup),
    "rehearsal": Scene(rehearsal),
    "stock": Scene(stock),
    "briefing": Scene(briefing),
    "digest": Scene(digest),
    "keyword": Scene(keyword),
    "rotation": Scene(announced, 1100, DAY_OF_THE_ROTATION, "Small caps lead", None),
    "breakout": Scene(announced, 900, DAY_OF_THE_BREAKOUT, "Theme breakout", None),
    "broadening": Scene(announced, 900, DAY_OF_THE_BROADENING, "Broadening day", None),
}


async def taken(browser: Browser, name: str) -> bytes:
    """Return a picture, of a demo of its own."""
    scene = SCENES[name]
    async with playing(Plan(first=scene.day, pace_s=3600)) as shown:
        page = await browser.new_page(viewport={"width": scene.width, "height": 1000})
        visit = Visit(page, scene.width)
        await visit.begin(shown.url, scene.alert)
        if scene.after is not None:
            await visit.step(session_words(scene.after))
        picture = await visit.photograph(await scene.play(visit))
        await page.close()
    return picture


def write(name: str, picture: bytes) -> None:
    """Write a picture with as few colours as it needs."""
    IMAGES.mkdir(exist_ok=True)
    path = IMAGES / f"{name}.png"
    full = Image.open(io.BytesIO(picture)).convert("RGB")
    few = full.quantize(colors=256, method=Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{path} has {size} bytes; {MOST_BYTES} are the most: show less in it")
    sys.stdout.write(f"{path.name}: {full.width} x {full.height}, {size // 1000} kB\n")


async def main(names: list[str]) -> None:
    """Renew the pictures that are named."""
    configure("console", "error")
    expect.set_options(timeout=WITHIN_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for name in names:
            write(name, await taken(browser, name))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or list(SCENES)))
