# ruff: noqa: INP001 - a script, not a package
"""Renew docs/images/demo.png: run the demo on the simulated market and photograph `!cross` being answered.

Needs a Chromium (make browser) and Pillow, which comes with the extra `demo`:  .venv/bin/python docs/screenshots.py
"""

from __future__ import annotations

import asyncio
import io
import shutil
from datetime import date
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright, expect

from bot.demo.show import Plan, playing

PICTURE = Path(__file__).parent / "images" / "demo.png"
SIZE = {"width": 1100, "height": 1310}
DAY_OF_THE_CROSS = date(2026, 8, 17)
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--disable-component-update"]


async def photograph() -> bytes:
    """Return the page after the question is answered."""
    plan = Plan(first=DAY_OF_THE_CROSS, pace_s=3600)
    async with playing(plan) as demo, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = await browser.new_page(viewport=SIZE)
        await page.goto(demo.url)
        await expect(page.locator(".embed-title").last).to_contain_text("Golden cross", timeout=30_000)
        await page.locator('[data-demo="channel:bot"]').click()
        await expect(page.locator("#channel-name")).to_have_text("bot")
        await expect(page.locator("body")).to_have_attribute("data-demo", "ready")
        await page.locator('[data-demo="step"]').click()
        await expect(page.locator('[data-demo="channel:alerts"] .unread')).to_have_text("1", timeout=30_000)
        await page.locator('[data-ask="!cross RUT"]').click()
        card = page.locator(".channel-message").last
        await expect(card.locator("img.embed-image")).to_have_js_property("naturalWidth", 1600, timeout=30_000)
        await expect(card.get_by_role("button", name="Evidence")).to_be_in_viewport()
        await page.locator("body").click(position={"x": 5, "y": 600})
        await page.mouse.move(5, 600)
        await page.wait_for_timeout(1000)
        picture = await page.screenshot()
        await browser.close()
    return picture


def main() -> None:
    """Write the picture with as few colours as it needs."""
    picture = Image.open(io.BytesIO(asyncio.run(photograph()))).convert("RGB")
    PICTURE.parent.mkdir(exist_ok=True)
    picture.quantize(colors=256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        PICTURE, optimize=True
    )


if __name__ == "__main__":
    main()
