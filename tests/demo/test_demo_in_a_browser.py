"""The demo as a newcomer meets it: in a real browser, which sees nothing but this machine."""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
WITHIN_MS = 60_000
PIXELS = """image => {
  if (!image.complete || !image.naturalWidth) return "";
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL();
}"""


@pytest.fixture(scope="module")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium is installed: make browser, or apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def still(running_demo, chromium):
    """Return where a demo is whose sessions pass at the press of a button."""
    with running_demo("--port", "0", "--from", "2026-08-05", "--pace", "3600") as demo:
        yield demo.url()


@pytest.fixture
def playing(running_demo, chromium):
    """Return where a demo is that plays fast."""
    with running_demo("--port", "0", "--from", "2026-08-05", "--pace", "0.5") as demo:
        yield demo.url()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium):
    """Return a browser that all tests share: each opens a page without anything the others left in it."""
    expect.set_options(timeout=WITHIN_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser):
    """Return a function that opens an address; in the end nothing may have gone wrong in it."""
    wrong: list[str] = []
    async with AsyncExitStack() as stack:

        async def at(url: str) -> Page:
            page = await browser.new_page(viewport={"width": 1100, "height": 800})
            stack.push_async_callback(page.close)
            own = (url, "blob:", "data:")
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("request", lambda sent: None if sent.url.startswith(own) else wrong.append(sent.url))
            await page.goto(url)
            await until_ready(page)
            return page

        yield at
    assert not wrong


@pytest_asyncio.fixture(loop_scope="module")
async def page(opened, still):
    return await opened(still)


async def until_ready(page: Page) -> None:
    await expect(page.locator("body")).to_have_attribute("data-demo", "ready")


async def say(page: Page, words: str) -> None:
    await page.locator("#channel-composer-input").fill(words)
    await page.keyboard.press("Enter")


async def go_to(page: Page, channel: str, *, title: str = "") -> None:
    tab = page.locator(f'[data-demo="channel:{channel}"]')
    await tab.click()
    await expect(tab).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#channel-name")).to_have_text(title or channel)
    await until_ready(page)


async def digest_of_last_chart(page: Page) -> str:
    chart = page.locator("img.embed-image").last
    await expect(chart).to_have_attribute("src", re.compile("^blob:"))
    return hashlib.sha256((await chart.evaluate(PIXELS)).encode()).hexdigest()


async def until_chart_is_not(page: Page, digest: str) -> None:
    for _ in range(WITHIN_MS // 100):
        if await digest_of_last_chart(page) != digest:
            return
        await page.wait_for_timeout(100)
    pytest.fail("the chart did not change")


async def test_alerts_arrive_with_charts_until_the_replay_is_paused(opened, playing):
    page = await opened(playing)
    titles = page.locator(".embed-title")
    approaching = titles.filter(has_text="Approaching a golden cross: Russell 2000")
    await expect(approaching).to_have_count(1)
    message = page.locator(".channel-message", has=approaching)
    await expect(message.locator("img.embed-image")).to_have_js_property("naturalWidth", 1600)
    await expect(message).to_contain_text("this channel follows cross for 7 symbols")
    await expect(message.locator("time").first).to_contain_text("8/6/26")
    await say(page, "!smallcap")
    await expect(titles.filter(has_text="US small caps against the rest")).to_have_count(1)

    when, toggle = page.locator("#demo .when"), page.locator('[data-demo="toggle"]')
    await toggle.click()
    await expect(toggle).to_have_text("Play")
    await page.wait_for_timeout(1500)  # a session that was under way may still arrive
    stood = await when.text_content()
    await page.wait_for_timeout(1500)
    assert await when.text_content() == stood
    await page.locator('[data-demo="step"]').click()
    await expect(when).not_to_have_text(stood or "")
    await toggle.click()
    await expect(titles.filter(has_text="Golden cross: Russell 2000")).to_have_count(1)


async def test_a_typed_question_is_answered_and_its_buttons_change_the_chart(page):
    await go_to(page, "bot")
    await say(page, "!cross RUT")
    card = page.locator(".channel-message", has_text="Russell 2000 (^RUT)").last
    await expect(card.get_by_role("button", name="1 year")).to_have_class(re.compile("button-style-1"))
    one_year = await digest_of_last_chart(page)

    await card.get_by_role("button", name="5 years").click()
    await expect(card.get_by_role("button", name="5 years")).to_have_class(re.compile("button-style-1"))
    await until_chart_is_not(page, one_year)

    await card.get_by_role("button", name="Evidence").click()
    await expect(page.locator(".channel-message").last).to_contain_text("Only you can see this")
    await expect(page.locator(".embed-title").last).to_contain_text(re.compile("golden cross|death cross"))


async def test_what_a_reader_picks_is_asked_and_read_at_its_end(page):
    await go_to(page, "bot")
    await page.locator('[data-ask="!smallcap"]').click()
    last = page.locator(".channel-message").last
    await expect(last).to_contain_text("US small caps against the rest")
    await expect(last.locator("img.embed-image")).to_be_in_viewport(ratio=0.9)


async def test_a_member_is_refused_what_a_moderator_may_do(page):
    await go_to(page, "bot")
    await page.get_by_label("You are").select_option(label="mel")
    await say(page, "!alerts list")
    await expect(page.locator(".channel-message").last).to_contain_text("Only members with Manage Server may do that")

    await page.get_by_label("You are").select_option(label="mona")
    await page.locator('[data-ask="!alerts list"]').click()
    await expect(page.locator(".channel-message").last).to_contain_text("#alerts gets cross of ^RUT")
    await go_to(page, "alerts")
    await expect(page.locator("#viewer-picker option:checked")).to_have_text("mona")
    await page.get_by_label("You are").select_option(label="mel")


async def test_slash_commands_are_offered_and_a_refusal_is_for_the_asker_alone(page):
    await go_to(page, "bot")
    box = page.locator("#channel-composer-input")
    await box.press_sequentially("/cross")
    await page.get_by_role("option").filter(has_text="/cross").click()
    await page.get_by_role("option", name="symbol").click()
    await page.keyboard.type("STRLL")
    await page.locator("#send-message").click()
    last = page.locator(".channel-message").last
    await expect(last).to_contain_text("There is no symbol STRLL here: did you mean STRL")
    await expect(last).to_contain_text("Only you can see this")


async def test_a_panel_is_worked_with_its_selects_its_buttons_and_its_form(page):
    await go_to(page, "bot")
    await page.get_by_label("You are").select_option(label="mel")
    await page.locator('[data-ask="!preferences"]').click()
    panel = page.locator(".channel-message").last
    await expect(panel).to_contain_text("Your preferences")
    await panel.get_by_role("combobox").filter(has_text="1: Everything").click()
    await page.get_by_role("option").filter(has_text="3: Notable").click()
    await expect(panel).to_contain_text("Stored: each message at once, importance 3 and up")

    await panel.get_by_role("button", name="Time zone").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("textbox").fill("Berlin")
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_have_count(0)
    await expect(panel).to_contain_text("Europe/Berlin")
    await expect(panel).to_contain_text("Importance 3 and up")


async def test_direct_messages_are_a_channel_that_their_owner_alone_looks_at(page):
    await go_to(page, "bot")
    await page.get_by_label("You are").select_option(label="mona")
    await expect(page.locator('[data-ask="!audit"]')).to_be_visible()
    await go_to(page, "@mel", title="smallcap")
    await expect(page.locator(".channel-message").first).to_contain_text("This is where your alerts will come")
    await expect(page.locator("#viewer-picker option")).to_have_text(["mel"])
    await page.locator('[data-ask="!subscriptions"]').click()
    last = page.locator(".channel-message").last
    await expect(last).to_contain_text("cross of ^RUT: by direct message, by the thresholds of Small caps")

    await go_to(page, "bot")
    await expect(page.locator("#viewer-picker option:checked")).to_have_text("mona")
    await page.get_by_label("You are").select_option(label="mel")


async def test_a_role_and_a_channel_in_a_card_are_read_by_their_names(page):
    await go_to(page, "bot")
    await page.get_by_label("You are").select_option(label="mona")
    await say(page, "!route edit #alerts role:@moderators")
    last = page.locator(".channel-message").last
    await expect(last).to_contain_text("Stored")
    await page.locator('[data-ask="!route list"]').click()
    await expect(last).to_contain_text("pinging @moderators, set by @mona")
    await expect(last).not_to_contain_text("<")
    await page.get_by_label("You are").select_option(label="mel")


async def test_news_in_the_other_channel_is_counted_until_it_is_read(page):
    await go_to(page, "bot")
    alerts = page.locator('[data-demo="channel:alerts"]')
    await expect(alerts.locator(".unread")).to_have_count(0)
    await page.locator('[data-demo="step"]').click()
    await expect(alerts.locator(".unread")).to_have_text("1")
    await go_to(page, "alerts")
    await expect(alerts.locator(".unread")).to_have_count(0)
    await expect(page.locator(".embed-title").last).to_contain_text("Approaching a golden cross: Russell 2000")
