"""The real market's small caps as arrays: closes of the universe, and of some symbols with files of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from bot.market.holdings import read_holdings
from signals.facts import Facts, Holdings
from signals.types import Market, Prices
from tests.signals.made_up import a_calendar, after_close

LAST = date(2025, 9, 30)


def small_cap_market(folder: Path, *symbols: str, first: str = "2018-01-02", universe: bool = True) -> Market:
    """Return closes of `symbols`, and of the whole universe beside them, on the sessions of ^GSPC."""
    own = {symbol: _closes(folder, symbol) for symbol in symbols}
    if universe:
        rows = pd.read_parquet(folder / "universe" / "closes.parquet")
        wide = rows.pivot_table(index="date", columns="symbol", values="close", dropna=False)
        own |= {symbol: wide[symbol] for symbol in wide.columns if symbol not in own}
    days = _closes(folder, "^GSPC").loc[first : LAST.isoformat()].index
    panel = pd.DataFrame(own).reindex(days)
    sessions = days.to_numpy(dtype="datetime64[D]")
    prices = Prices(sessions, tuple(panel.columns), panel.to_numpy(dtype=float))
    return Market(prices, after_close(LAST), "folder", a_calendar(sessions))


def with_holdings(market: Market, folder: Path) -> Market:
    """Return `market` with what IWM held on 2025-05-13."""
    file = read_holdings(folder / "holdings" / "IWM_holdings_2025-05-13.csv")
    weights = np.array([np.nan if row.weight_pct is None else row.weight_pct / 100 for row in file.rows])
    symbols, sectors = (tuple(getattr(row, name) for row in file.rows) for name in ("symbol", "sector"))
    held = Holdings("smallcap", "IWM", file.effective_date, symbols, weights, sectors)
    return replace(market, facts=Facts(holdings=(held,)))


def _closes(folder: Path, symbol: str) -> pd.Series:
    return pd.read_csv(folder / "prices" / f"{symbol}.csv.gz", index_col="Date", parse_dates=True)["Close"]
