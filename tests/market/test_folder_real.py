from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bot.market.folder import FolderSource
from bot.market.types import Status

START, END = date(1985, 1, 1), date(2025, 9, 30)


async def test_a_single_series_has_no_missing_session_and_two_missing_volumes(market_data):
    bars = await FolderSource(market_data).fetch(["^RUT"], start=START, end=END)
    assert bars.prices.sessions[0] == np.datetime64("1987-09-10")
    assert bars.prices.close.shape == (9587, 1)
    assert not np.isnan(bars.prices.close).any()
    assert int(np.isnan(bars.prices.volume).sum()) == 2
    assert bars.outcomes[0].status is Status.OK
    assert bars.outcomes[0].last_session == END


async def test_only_bars_in_the_range_come_back(market_data):
    bars = await FolderSource(market_data).fetch(["^RUT", "SPY"], start=date(2025, 7, 1), end=date(2025, 7, 22))
    assert bars.prices.sessions[0] == np.datetime64("2025-07-01")
    assert bars.prices.sessions[-1] == np.datetime64("2025-07-22")
    assert bars.prices.symbols == ("^RUT", "SPY")


async def test_a_hole_stays_a_hole_and_a_dead_series_is_stale(market_data):
    bars = await FolderSource(market_data).fetch(["LITE", "QQQJ", "^DJI"], start=START, end=END)
    during = np.searchsorted(bars.prices.sessions, np.datetime64("2024-06-03"))
    assert np.isnan(bars.prices.close[during, bars.prices.column("LITE")])
    ends = {outcome.symbol: (outcome.status, outcome.last_session) for outcome in bars.outcomes}
    assert ends["QQQJ"] == (Status.STALE, date(2025, 4, 4))
    assert ends["^DJI"] == (Status.EMPTY, None)


def test_the_holdings_file_becomes_the_small_cap_universe(market_data):
    source = FolderSource(market_data)
    reference = source.reference()
    members = reference.universes["smallcap"]
    assert source.faults() == ()
    assert 1900 < len(members) < 1940
    assert {"SFM", "MOG-A", "ZETA"} <= set(members)
    assert not {"-", "USD", "XTSLA", "RTYM5", "P5N994"} & set(members)
    assert not {"GTXI", "ADRO", "WLLBW", "INH"} & set(members)  # rights and warrants
    (file,) = reference.facts.holdings
    assert (file.universe, file.fund, str(file.effective_date)) == ("smallcap", "IWM", "2025-05-13")
    assert file.weights_frac.sum() == pytest.approx(0.9951, abs=1e-4)
    assert file.sectors[file.symbols.index("STRL")] == "Industrials"
    assert set(reference.sectors.values()) <= set(file.sectors)
    assert reference.names["^RUT"] == "Russell 2000"
