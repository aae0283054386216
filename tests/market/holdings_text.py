"""Holdings files as tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def holdings_text(symbols: Sequence[str], *, day: str = "May 13, 2025", fund: str = "iShares Russell 2000 ETF") -> str:
    """Return a file in iShares' layout; each of `symbols` weighs half a per cent."""
    rows = [f'"{symbol}","{symbol} INC","Energy","Equity","1,000.00","0.50","NASDAQ"' for symbol in symbols]
    header = "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Exchange"
    lines = [fund, f'Fund Holdings as of,"{day}"', "\u00a0", header, *rows, "\u00a0", '"The content contained herein."']
    return "\ufeff" + "\n".join(lines)


def put(root: Path, name: str, symbols: Sequence[str], **said: str) -> Path:
    """Write such a file into the folder holdings of `root`."""
    path = root / "holdings" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(holdings_text(symbols, **said), encoding="utf-8")
    return path
