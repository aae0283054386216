"""The Yahoo process as it would be without the preset time zone: yfinance looks it up, and keeps a failed look-up."""

from __future__ import annotations

from bot.market import yahoo_worker

if __name__ == "__main__":
    yahoo_worker.TIME_ZONE = None
    yahoo_worker.main()
