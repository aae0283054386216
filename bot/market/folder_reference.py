"""What a folder knows beside bars: sectors, the small-cap universe, what symbols are called."""

from __future__ import annotations

import csv
from pathlib import Path

from bot.market.holdings import Holdings, read_holdings
from bot.market.price_csv import UnreadableFile
from bot.market.types import Reference
from bot.market.universe_table import read_sectors

NAMES = {
    "^RUT": "Russell 2000",
    "^GSPC": "S&P 500",
    "^IXIC": "Nasdaq Composite",
    "^DJI": "Dow Jones Industrial Average",
    "^VIX": "Cboe Volatility Index",
    "^IRX": "13-week Treasury bill rate",
    "IWM": "iShares Russell 2000 ETF",
    "SPY": "SPDR S&P 500 ETF",
    "RSP": "Invesco S&P 500 Equal Weight ETF",
    "QQQ": "Invesco QQQ (Nasdaq-100)",
    "QQQE": "Direxion Nasdaq-100 Equal Weighted ETF",
    "QQQJ": "Invesco Nasdaq Next Gen 100 ETF",
    "KRE": "SPDR S&P Regional Banking ETF",
    "SMH": "VanEck Semiconductor ETF",
    "XBI": "SPDR S&P Biotech ETF",
    "FINX": "Global X FinTech ETF",
    "TLT": "iShares 20+ Year Treasury Bond ETF",
    "HYG": "iShares High Yield Corporate Bond ETF",
    "LQD": "iShares Investment Grade Corporate Bond ETF",
    "XLB": "Materials Select Sector SPDR",
    "XLC": "Communication Services Select Sector SPDR",
    "XLE": "Energy Select Sector SPDR",
    "XLF": "Financial Select Sector SPDR",
    "XLI": "Industrial Select Sector SPDR",
    "XLK": "Technology Select Sector SPDR",
    "XLP": "Consumer Staples Select Sector SPDR",
    "XLRE": "Real Estate Select Sector SPDR",
    "XLU": "Utilities Select Sector SPDR",
    "XLV": "Health Care Select Sector SPDR",
    "XLY": "Consumer Discretionary Select Sector SPDR",
    "STRL": "Sterling Infrastructure",
    "LITE": "Lumentum Holdings",
    "AGX": "Argan",
}
SMALL_CAP_FUND = "Russell 2000"


def read_reference(root: Path) -> tuple[Reference, tuple[str, ...]]:
    """Return what `root` knows beside bars, and what is wrong with those files, a line each."""
    faults: list[str] = []
    sectors = _sectors(root / "universe" / "sectors.csv", faults)
    newest = _newest_small_caps(root / "holdings", faults)
    if newest is None:
        return Reference(sectors=sectors, names=NAMES), tuple(faults)
    held = {row.symbol: row for row in reversed(newest.rows)}
    names = {symbol: row.name for symbol, row in held.items()} | NAMES
    universe = tuple(sorted(held))
    return Reference({"smallcap": universe}, {s: r.sector for s, r in held.items()} | sectors, names), tuple(faults)


def _sectors(path: Path, faults: list[str]) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        return read_sectors(path)
    except UnreadableFile as error:
        faults.append(f"universe/{path.name}: {error}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.append(f"universe/{path.name}: cannot be read ({error}); write it again")
    return {}


def _newest_small_caps(folder: Path, faults: list[str]) -> Holdings | None:
    found: list[Holdings] = []
    for path in sorted(folder.glob("*.csv")):
        try:
            found.append(read_holdings(path))
        except UnreadableFile as error:
            faults.append(f"holdings/{path.name}: {error}")
    small = [holdings for holdings in found if SMALL_CAP_FUND in holdings.fund]
    return max(small, key=lambda holdings: holdings.effective_date, default=None)
