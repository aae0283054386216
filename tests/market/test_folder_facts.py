"""Every kind of facts in a folder reaches whoever reads the market, in another process too; what is wrong is named."""

from __future__ import annotations

import pickle
from datetime import date

import numpy as np
import pytest

from bot.clock import SetClock
from bot.market.book import Book
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.store import BarStore
from signals.quality import QUALITY
from signals.recon import RECON
from signals.sessions import close_of

LAST = date(2026, 11, 20)
CALENDAR = exchange_calendar(LAST)
SESSIONS = CALENDAR.sessions[CALENDAR.sessions <= np.datetime64(LAST)][-40:]
FILES = {
    "fundamentals/own.csv": "symbol,period_end,filed,months,revenue,net_income,shares\n"
    "STRL,2025-12-31,2026-02-26,12,2500,310,30.4\nSTRL,2025-09-30,2026-11-19,3,600,70,30.4\n",
    "estimates/2026-11-19.csv": "symbol,forward_eps,surprise_pct,analysts,mean_rating\nSTRL,9.85,3.2,6,1.9\n",
    "caps/2026-10-30.csv": "symbol,total_market_cap_usd,float_frac,exchange,close_usd\n"
    "STRL,9.5e9,0.97,NASDAQ,\nNEWCO,5e9,0.9,NYSE,12\n",
    "recon/official_2026-11-13.csv": "symbol,change\nNEWCO,addition\nSTRL,deletion\n",
    "options/STRL/2026-11-20.csv": "expiry,side,strike,bid,ask\n"
    "2026-12-18,call,100,4.1,4.4\n2026-12-18,put,100,3.9,4.2\n",
    "holdings/IWM.csv": 'iShares Russell 2000 ETF\nFund Holdings as of,"Oct 30, 2026"\n\n'
    "Ticker,Name,Sector,Asset Class,Weight (%)\nSTRL,STERLING,Industrials,Equity,0.5\n",
}
WRONG = {
    "fundamentals/own.csv": ("AGX,2025-12-31,2025-02-26,12,1,1,1\n", "line 4"),
    "estimates/2026-11-19.csv": ("AGX,ten,1,1,1\n", "line 3"),
    "caps/2026-10-30.csv": ("AGX,-5,0.5,NYSE,1\n", "line 4"),
    "recon/official_2026-11-13.csv": ("AGX,moved\n", "line 4"),
}
"""A line more in a file, and how it is named."""


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "data"
    for number, symbol in enumerate(("^RUT", "^GSPC", "STRL")):  # not one like another, or the gate holds them
        close = [f"{100 + number + 0.3 * (n % 7):.2f}" for n in range(len(SESSIONS))]
        bars = "".join(f"{day},100,105,99,{each},{each},1000\n" for day, each in zip(SESSIONS, close, strict=True))
        _write(root, f"prices/{symbol}.csv", f"Date,Open,High,Low,Close,Adj Close,Volume\n{bars}")
    for name, text in FILES.items():
        _write(root, name, text)
    return root


def _write(root, name, text):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


async def view_of(folder):
    clock = SetClock(close_of(CALENDAR, LAST) + np.timedelta64(1, "h").item())
    return await Book(FolderSource(folder), BarStore(folder.parent / "bars"), CALENDAR, clock).bring(LAST)


async def test_a_worker_that_opens_the_view_knows_every_fact(folder):
    view = await view_of(folder)
    assert view.reference.faults == ()
    market = pickle.loads(pickle.dumps(view)).open()  # noqa: S301 - what was pickled a moment ago
    quality = QUALITY.reading(QUALITY.history(market, {}), "STRL", {}).values
    assert (quality["profitable"], quality["surprise"], quality["analysts"]) == (310, 3.2, 1.9)
    recon = RECON.reading(RECON.history(market, {}), "STRL", {}).values
    assert (recon["caps_date"], recon["list_date"], recon["listed"]) == ("2026-10-30", "2026-11-13", "deletion")
    (caps,) = market.facts.caps
    np.testing.assert_array_equal(caps.closes_usd, [np.nan, 12.0])
    assert [chain.day for chain in market.facts.chains["STRL"]] == [LAST]


async def test_what_was_not_known_yet_is_not_told(folder):
    market = (await view_of(folder)).open()
    history = QUALITY.history(market, {})
    told = [QUALITY.reading(history, "STRL", {}, t).values["surprise"] for t in (-3, -2, -1)]
    assert told == [None, 3.2, 3.2]


@pytest.mark.parametrize(("name", "wrong"), WRONG.items(), ids=WRONG)
def test_a_bad_line_is_named_and_every_other_fact_stays(folder, name, wrong):
    line, where = wrong
    before = FolderSource(folder).reference().facts
    (folder / name).write_text(FILES[name] + line)
    after = FolderSource(folder).reference()
    (fault,) = after.faults
    assert fault.startswith(f"{name}: {where}")
    assert after.facts.fundamentals.companies == before.fundamentals.companies
    assert [each.symbols for each in after.facts.estimates] == [each.symbols for each in before.estimates]
    assert [each.symbols for each in after.facts.caps] == [each.symbols for each in before.caps]
    assert after.facts.membership_lists == before.membership_lists
    assert [chain.day for chain in after.facts.chains["STRL"]] == [LAST]


def test_a_chain_that_cannot_be_read_costs_itself_alone(folder):
    bad = folder / "options" / "STRL" / "2026-11-19.csv"
    bad.write_text(FILES["options/STRL/2026-11-20.csv"] + "2026-12-18,call,five,1,2\n")
    after = FolderSource(folder).reference()
    assert [chain.day for chain in after.facts.chains["STRL"]] == [LAST]
    assert after.faults[0].startswith("options/STRL/2026-11-19.csv: line 4: strike is 'five'")
