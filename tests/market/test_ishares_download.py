from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import web

from bot.clock import SetClock
from bot.market.furnished import FurnishedSource, Furniture
from bot.market.holdings import read_holdings
from bot.market.ishares import ADDRESSES, Downloads, read_attempts
from bot.market.types import Bars, Outcome, Reference, Status
from signals.types import Prices
from tests.market.holdings_text import holdings_text
from tests.market.yahoo_server import weekdays

NOW = datetime(2026, 11, 27, 18, 20, tzinfo=UTC)
IVV, IWB = "iShares Core S&P 500 ETF", "iShares Russell 1000 ETF"
SYMBOLS = ["AAA", "BBB", "CCC", "DDD", "EEE"]
PAGE = "<!DOCTYPE html><html><body>Please accept our cookies</body></html>"


def file(symbols=SYMBOLS, day="Nov 27, 2026", fund="iShares Russell 2000 ETF"):
    return holdings_text(symbols, day=day, fund=fund)


class Shares:
    """An iShares on loopback: `says` is what it answers, `asked` what it was asked."""

    def __init__(self):
        self.says = {"IWM": (200, file()), "IVV": (200, file(["AAPL", "MSFT"], fund=IVV))}
        self.asked = []

    async def answer(self, request):
        fund = request.match_info["fund"]
        self.asked.append(fund)
        assert request.query["fileType"] == "csv"
        status, body = self.says[fund]
        if status == 0:
            request.transport.abort()
            return web.Response()
        return web.Response(status=status, body=body.encode() if isinstance(body, str) else body)


@pytest_asyncio.fixture
async def shares():
    shares = Shares()
    app = web.Application()
    app.router.add_get("/{fund}.ajax", shares.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    shares.addresses = {f: f"http://127.0.0.1:{port}/{f}.ajax?fileType=csv&fileName={f}_holdings" for f in ADDRESSES}
    yield shares
    await runner.cleanup()


@pytest.fixture
def clock():
    return SetClock(NOW)


@pytest.fixture
def downloads(shares, clock, tmp_path):
    return Downloads(tmp_path / "holdings", clock, funds=["IWM", "IVV"], addresses=shares.addresses, timeout_s=5)


def kept(downloads):
    return sorted(path.name for path in downloads.folder.glob("*.csv"))


async def test_each_file_is_kept_under_its_fund_and_day(downloads, shares):
    assert await downloads.refresh() == ()
    assert kept(downloads) == ["IVV_2026-11-27.csv", "IWM_2026-11-27.csv"]
    body = (downloads.folder / "IWM_2026-11-27.csv").read_bytes()
    assert body == file().encode()  # as it came, byte for byte
    assert downloads.faults() == ()


async def test_the_russell_1000_is_fetched_like_the_others(shares, clock, tmp_path):
    shares.says["IWB"] = (200, file(["AAPL", "MSFT"], fund=IWB))
    loads = Downloads(tmp_path / "holdings", clock, funds=["IWB"], addresses=shares.addresses, timeout_s=5)
    assert await loads.refresh() == ()
    assert kept(loads) == ["IWB_2026-11-27.csv"]


async def test_a_fund_is_asked_once_a_day_across_restarts(downloads, shares, clock):
    await downloads.refresh()
    await downloads.refresh()
    again = Downloads(downloads.folder, clock, funds=["IWM", "IVV"], addresses=shares.addresses)
    clock.set(NOW + timedelta(hours=5))
    await again.refresh()
    assert shares.asked == ["IWM", "IVV"]
    clock.set(NOW + timedelta(hours=6))  # the next day, in UTC
    shares.says["IWM"] = (200, file(["AAA", "BBB", "CCC", "DDD", "FFF"], day="Nov 28, 2026"))
    await again.refresh()
    assert shares.asked == ["IWM", "IVV"] * 2
    assert kept(again) == ["IVV_2026-11-27.csv", "IWM_2026-11-27.csv", "IWM_2026-11-28.csv"]


async def test_what_is_kept_of_a_day_stays(downloads, shares, clock):
    await downloads.refresh()
    clock.set(NOW + timedelta(days=1))
    shares.says["IWM"] = (200, file(["AAA", "BBB", "CCC", "DDD", "XXX"]))
    assert await downloads.refresh() == ()
    assert read_holdings(downloads.folder / "IWM_2026-11-27.csv").rows[-1].symbol == "EEE"


async def test_of_days_with_the_same_members_the_first_of_a_month_is_kept(downloads, shares, clock):
    for day, name in [(28, "Nov 28, 2026"), (30, "Nov 30, 2026"), (31, "Dec 1, 2026")]:
        clock.set(datetime(2026, 11, 1, 22, tzinfo=UTC) + timedelta(days=day - 1))
        shares.says["IWM"] = (200, file(SYMBOLS[::-1] if day == 30 else SYMBOLS, day=name))
        await downloads.refresh()
    assert kept(downloads)[1:] == ["IWM_2026-11-28.csv", "IWM_2026-12-01.csv"]


async def test_a_broken_file_of_the_same_day_is_replaced(downloads, shares):
    downloads.folder.mkdir()
    (downloads.folder / "IWM_2026-11-27.csv").write_text("half a fi")
    assert await downloads.refresh() == ()
    assert len(read_holdings(downloads.folder / "IWM_2026-11-27.csv").rows) == 5


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ((503, "busy"), "iShares answered 503"),
        ((302, ""), "iShares answered 302"),
        ((0, ""), "the connection to 127.0.0.1 broke"),
        ((200, PAGE), "what iShares sent is a web page, no CSV"),
        ((200, ""), "what iShares sent is empty"),
        ((200, "PK\x03\x04"), "what iShares sent is a workbook"),
        ((200, file()[:60]), "what iShares sent no line with the columns"),
        ((200, file(fund=IVV)), "what iShares sent is of another fund, 'iShares Core S&P 500 ETF'"),
        ((200, file(day="-")), "what iShares sent has no date yet"),
        ((200, file(day="Nov 28, 2026")), "speaks of 2026-11-28, which is yet to come"),
        ((200, file(SYMBOLS[:3])), "has 3 shares where that of 2026-11-26 has 5; it is put into"),
    ],
)
async def test_a_failure_is_told_and_leaves_what_is_there(downloads, shares, says, words):
    downloads.folder.mkdir()
    before = file(day="Nov 26, 2026")
    (downloads.folder / "IWM_2026-11-26.csv").write_text(before, encoding="utf-8")
    shares.says["IWM"] = says
    (fault,) = await downloads.refresh()
    assert fault.startswith("IWM holdings, 2026-11-27 18:20 UTC: ")
    assert words in fault
    assert kept(downloads) == ["IVV_2026-11-27.csv", "IWM_2026-11-26.csv"]
    assert (downloads.folder / "IWM_2026-11-26.csv").read_text(encoding="utf-8") == before


async def test_after_a_failure_a_fund_is_left_alone_for_an_hour_and_a_success_takes_the_fault_away(
    downloads, shares, clock
):
    shares.says["IWM"] = (503, "")
    await downloads.refresh()
    clock.set(NOW + timedelta(minutes=59))
    assert len(await downloads.refresh()) == 1
    assert shares.asked == ["IWM", "IVV"]
    clock.set(NOW + timedelta(minutes=60))
    shares.says["IWM"] = (200, file())
    assert await downloads.refresh() == ()
    assert shares.asked == ["IWM", "IVV", "IWM"]


async def test_no_server_at_all_and_a_folder_that_cannot_be_written_to_are_told(shares, clock, tmp_path):
    away = Downloads(tmp_path / "a", clock, funds=["IWM"], addresses={"IWM": "http://127.0.0.1:9/x"}, timeout_s=2)
    (fault,) = await away.refresh()
    assert "no connection to 127.0.0.1" in fault
    (tmp_path / "file").write_text("")
    blocked = Downloads(tmp_path / "file", clock, funds=["IWM"], addresses=shares.addresses, timeout_s=2)
    await blocked.refresh()
    assert read_attempts(tmp_path / "file") == {}


async def test_a_damaged_note_of_the_last_attempt_costs_one_more_question(downloads, shares):
    await downloads.refresh()
    for damage in ("", "[]", '{"IWM": {}}', json.dumps({"IWM": {"at": "yesterday", "fault": ""}})):
        (downloads.folder / ".downloads.json").write_text(damage)
        assert downloads.faults() == ()
    await downloads.refresh()
    assert shares.asked == ["IWM", "IVV"] * 2


class Quotes:
    """Bars of whatever it is asked for."""

    name, labels = "Yahoo", ()

    def __init__(self):
        self.asked = []
        self.is_closed = False

    def reference(self):
        return Reference(names={"AAA": "Triple A"})

    async def fetch(self, symbols, *, start, end):
        self.asked.append(symbols)
        sessions = weekdays(start, end).sessions
        import numpy as np

        prices = Prices(sessions, tuple(symbols), np.ones((len(sessions), len(symbols))))
        return Bars(prices, self.name, NOW, tuple(Outcome(symbol, Status.OK) for symbol in symbols))

    async def close(self):
        self.is_closed = True


def furnished(downloads, quotes, groups=("smallcap",), symbols=("^RUT", "AAA")):
    furniture = Furniture(downloads.folder.parent, None, symbols, groups, (downloads,))
    return FurnishedSource(quotes, furniture)


SPAN = {"start": date(2026, 11, 2), "end": date(2026, 11, 28)}


async def test_everything_is_the_symbols_and_the_members_of_the_newest_file(downloads, shares, clock):
    quotes = Quotes()
    source = furnished(downloads, quotes)
    await source.fetch(None, **SPAN)
    assert quotes.asked == [("^RUT", "AAA", "BBB", "CCC", "DDD", "EEE")]
    clock.set(NOW + timedelta(days=3))
    shares.says["IWM"] = (200, file(["NEW", *SYMBOLS[1:]], day="Nov 30, 2026"))
    await source.fetch(None, **SPAN)
    assert quotes.asked[-1] == ("^RUT", "AAA", "NEW", "BBB", "CCC", "DDD", "EEE")
    await source.fetch(["BBB"], **SPAN)
    assert quotes.asked[-1] == ["BBB"]
    assert shares.asked == ["IWM", "IVV"] * 2  # a question about some symbols downloads nothing
    await source.close()
    assert quotes.is_closed


async def test_who_left_is_asked_for_a_year(downloads, shares, clock):
    quotes = Quotes()
    source = furnished(downloads, quotes, symbols=())
    await source.fetch(None, **SPAN)
    for day, name in ((date(2026, 12, 28), "Dec 28, 2026"), (date(2027, 12, 28), "Dec 28, 2027")):
        clock.set(datetime(day.year, day.month, day.day, 21, tzinfo=UTC))
        shares.says["IWM"] = (200, file(["NEW", *SYMBOLS[1:]], day=name))
        await source.fetch(None, **SPAN)
    assert ["AAA" in asked for asked in quotes.asked] == [True, True, True]
    clock.set(datetime(2027, 12, 31, 21, tzinfo=UTC))
    shares.says["IWM"] = (200, file(["NEW", *SYMBOLS[1:]], day="Dec 30, 2027"))
    await source.fetch(None, **SPAN)
    assert "AAA" in quotes.asked[-1]
    clock.set(datetime(2028, 1, 31, 21, tzinfo=UTC))
    shares.says["IWM"] = (200, file(["NEW", *SYMBOLS[1:]], day="Jan 31, 2028"))
    await source.fetch(None, **SPAN)
    assert "AAA" not in quotes.asked[-1]


async def test_only_the_universes_named_are_facts_and_names_of_the_source_win(downloads):
    source = furnished(downloads, Quotes())
    await source.fetch(None, **SPAN)
    reference = source.reference()
    assert {each.universe for each in reference.facts.holdings} == {"smallcap"}
    assert set(reference.universes) == {"smallcap"}
    assert (reference.names["AAA"], reference.names["BBB"]) == ("Triple A", "BBB INC")
    assert reference.faults == ()
    assert furnished(downloads, Quotes(), groups=()).reference().facts.holdings == ()


async def test_themes_bring_their_members(downloads):
    quotes = Quotes()
    source = furnished(downloads, quotes, groups=("themes",), symbols=("^RUT",))
    await source.fetch(None, **SPAN)
    themes = source.reference().facts.themes
    assert quotes.asked == [tuple(dict.fromkeys(["^RUT", *(m.symbol for t in themes for m in t.members)]))]


async def test_a_universe_without_a_file_and_a_download_that_failed_are_told(downloads, shares):
    shares.says["IWM"] = (200, PAGE)
    quotes = Quotes()
    source = furnished(downloads, quotes)
    await source.fetch(None, **SPAN)
    assert quotes.asked == [("^RUT", "AAA")]
    missing, failed = source.reference().faults
    assert missing.startswith("no holdings file of the universe smallcap in ")
    assert failed.startswith("IWM holdings, 2026-11-27 18:20 UTC: what iShares sent is a web page")


async def test_the_day_after_a_bad_download_the_former_file_is_still_used(downloads, shares, clock):
    quotes = Quotes()
    source = furnished(downloads, quotes)
    await source.fetch(None, **SPAN)
    clock.set(NOW + timedelta(days=60))
    shares.says["IWM"] = (200, "")
    await source.fetch(None, **SPAN)
    assert quotes.asked[0] == quotes.asked[1]
    assert source.reference().universes["smallcap"] == tuple(SYMBOLS)
