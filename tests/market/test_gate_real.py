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
    assert 100 < len(moves) < 300
    assert sum(s.until == NEVER for s in moves) <= 15  # spikes that came back, of 1.2 million bars
    waits = {(s.column, s.until): s.until - s.row for s in reversed(moves) if s.until != NEVER}
    assert sum(wait > 4 for wait in waits.values()) <= 5  # without volumes, trebled or fallen to a third
    most = max(len(judged.as_of(row).rows) for row in range(0, len(universe.sessions), 5))
    assert most < 40
    assert not [s for s in judged.suspicions if s.kind in {"contradiction", "twin", "market"}]
    held = {universe.symbols[s.column] for s in moves}
    assert not held & {"^RUT", "^GSPC", "^IXIC", "^VIX", "IWM", "SPY", "RSP", "QQQ"}
    assert np.isfinite(universe.close[-1, universe.column("^RUT")])
