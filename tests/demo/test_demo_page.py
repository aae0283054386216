"""The demo's web server: who may speak to it, what it passes on, what it mends on the way."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from aiohttp import web

from bot.demo.page import Page, PortTaken, need_free

HTML = "<html><head><title>SimCord Preview</title></head><body>channel</body></html>"


class FakeStage:
    def __init__(self, origin: str = "") -> None:
        self.preview_origin = origin
        self.capability = "secret"
        self.quiet = asyncio.Lock()
        self.done: list[tuple[str, str]] = []
        self.viewer = ""

    def state(self):
        return {"channel": "alerts"}

    def viewed_as(self, user_id):
        self.viewer = user_id

    async def do(self, action, value):
        if action != "pause":
            raise ValueError(f"the demo has no {action}")
        self.done.append((action, value))


class FakePreview:
    """What SimCord's page would say, and what it was told."""

    def __init__(self) -> None:
        self.receipts: list[dict] = []
        self.told: list[dict] = []
        self.origins: list[str | None] = []

    async def index(self, _request):
        return web.Response(
            text=HTML, content_type="text/html", headers={"Content-Security-Policy": "script-src 'self'"}
        )

    async def act(self, request):
        self.told.append(await request.json())
        self.origins.append(request.headers.get("Origin"))
        return web.json_response(self.receipts.pop(0))


@pytest.fixture
async def preview():
    fake = FakePreview()
    app = web.Application()
    app.router.add_get("/", fake.index)
    app.router.add_post("/api/action", fake.act)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


@pytest.fixture
async def stage(preview):
    return FakeStage(preview.origin)


@pytest.fixture
async def page(stage):
    page = Page(stage)
    await page.start()
    yield page
    await page.stop()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


async def status(http, page, path="demo/state", **given) -> int:
    async with http.request(given.pop("method", "GET"), page.url + path, **given) as answer:
        return answer.status


async def test_it_listens_on_loopback_alone(page):
    assert page.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1", "[::1]"])
async def test_another_name_for_it_is_refused(http, page, host):
    assert await status(http, page, headers={"Host": host}) == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1", "null", ""])
async def test_another_pages_requests_are_refused(http, page, origin):
    assert (
        await status(http, page, "demo/do", method="POST", json={"action": "pause"}, headers={"Origin": origin}) == 403
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_page_may_link_here_but_not_borrow_the_secret(http, page, site):
    assert await status(http, page, "demo/enter.js", headers={"Sec-Fetch-Site": site}) == 403
    assert await status(http, page, "", headers={"Sec-Fetch-Site": site}) == 200
    assert await status(http, page, "demo/enter.js", headers={"Sec-Fetch-Site": "same-origin"}) == 200


async def test_its_own_requests_are_obeyed(http, page, stage):
    own = page.url.rstrip("/")
    async with http.post(page.url + "demo/do", json={"action": "pause"}, headers={"Origin": own}) as answer:
        assert (answer.status, await answer.json()) == (200, {"channel": "alerts"})
    assert stage.done == [("pause", "")]


@pytest.mark.parametrize("body", ['{"action": "fly"}', "{}", "[]", "not json", '"pause"', "null"])
async def test_what_it_does_not_know_is_refused(http, page, body):
    assert await status(http, page, "demo/do", method="POST", data=body) == 400


@pytest.mark.parametrize("name", ["nothing.js", "page.py", "..%2fpage.py", "%2e%2e/page.py"])
async def test_only_its_own_files_are_served(http, page, name):
    assert await status(http, page, f"demo/{name}") in {404, 405}


@pytest.mark.parametrize("name", ["demo.js", "demo.css", "follow.js", "patience.js", "smallcap.png"])
async def test_its_files_are_served(http, page, name):
    assert await status(http, page, f"demo/{name}") == 200


async def test_the_column_stands_beside_simcords_page_under_its_own_rules(http, page):
    async with http.get(page.url) as answer:
        html = await answer.text()
        assert answer.headers["Content-Security-Policy"] == "script-src 'self'"
    assert html.index("/demo/enter.js") < html.index("</head>") < html.index("channel") < html.index("/demo/demo.js")
    assert "<title>smallcap demo</title>" in html


async def test_without_a_preview_it_asks_for_patience(http, page, stage):
    stage.preview_origin = ""
    assert await status(http, page, "") == 503
    stage.preview_origin = "http://127.0.0.1:9"
    assert await status(http, page, "api/state") == 503


async def act(http, page, sent):
    own = page.url.rstrip("/")
    async with http.post(page.url + "api/action", data=json.dumps(sent), headers={"Origin": own}) as answer:
        return await answer.json()


def rejected(code, revision=7):
    return {"rejected": True, "settlement": "rejected", "revision": revision, "diagnostics": [{"code": code}]}


async def test_a_click_that_a_new_session_overtook_is_made_again(http, page, preview):
    preview.receipts = [rejected("stale-revision"), {"settlement": "settled"}]
    assert await act(http, page, {"kind": "click", "published_revision": 6}) == {"settlement": "settled"}
    assert [told["published_revision"] for told in preview.told] == [6, 7]
    assert preview.origins == [preview.origin] * 2


async def test_what_is_refused_for_another_reason_is_not_made_again(http, page, preview):
    preview.receipts = [rejected("busy")]
    assert (await act(http, page, {"kind": "click", "published_revision": 6}))["rejected"]
    assert len(preview.told) == 1


async def test_a_refusal_by_the_bot_counts_as_answered(http, page, preview):
    preview.receipts = [{"settlement": "failed", "uncertain": True, "diagnostics": [{"code": "action-callback-error"}]}]
    receipt = await act(http, page, {"kind": "send_message"})
    assert (receipt["settlement"], receipt["uncertain"], receipt["diagnostics"]) == ("settled", False, [])


async def test_a_timeout_stays_one(http, page, preview):
    codes = [{"code": "action-callback-error"}, {"code": "action-timeout"}]
    preview.receipts = [{"settlement": "failed", "diagnostics": codes}]
    assert (await act(http, page, {"kind": "send_message"}))["settlement"] == "failed"


async def test_actions_wait_until_the_stage_is_quiet(http, page, preview, stage):
    preview.receipts = [{"settlement": "settled"}]
    async with stage.quiet:
        waiting = asyncio.create_task(act(http, page, {"kind": "click"}))
        await asyncio.sleep(0.05)
        assert not preview.told
    assert await waiting == {"settlement": "settled"}


async def test_whom_the_reader_chose_to_be_is_remembered(http, page, preview, stage):
    preview.receipts = [{"settlement": "settled"}]
    await act(http, page, {"kind": "viewer", "viewer_id": "42"})
    assert stage.viewer == "42"


async def test_a_port_in_use_is_said_in_one_line(page):
    with pytest.raises(PortTaken, match=f"^port {page.port} is in use: name another one with --port"):
        need_free(page.port)
    second = Page(FakeStage())
    with pytest.raises(PortTaken):
        await second.start(page.port)
    need_free(0)
