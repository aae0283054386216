from __future__ import annotations

from datetime import date

import numpy as np

from bot.market.folder import FolderSource
from bot.market.gate import NEVER, Gate


async def test_real_small_caps_are_held_dozens_of_times_a_year_and_almost_always_let_go(market_data):
    bars = await FolderSource(market_data).fetch(None, start=date(2018, 1, 1), end=date(2025, 9, 30))
    universe = bars.prices
    judged = Gate(universe)
    moves = [s for s in judged.suspicions if s.kind in {"jump", "split"}]
    assert 100 < len(moves) < 250
    assert sum(s.until == NEVER for s in moves) <= 6  # spikes that came back, of 1.2 million bars
    assert max(s.until - s.row for s in moves if s.until != NEVER) <= 4
    most = max(len(judged.as_of(row).rows) for row in range(0, len(universe.sessions), 5))
    assert most < 15
    held = {universe.symbols[s.column] for s in moves}
    assert not held & {"^RUT", "^GSPC", "^IXIC", "^VIX", "IWM", "SPY", "RSP", "QQQ"}
    assert np.isfinite(universe.close[-1, universe.column("^RUT")])
