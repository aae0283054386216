"""Fixtures every room's tests may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MARKET_DATA = Path(os.environ.get("SMALLCAP_MARKET_DATA", ROOT.parent / "shared" / "market"))


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Return the folder of real market data; skip where it is absent (it may not be redistributed)."""
    if not (MARKET_DATA / "prices").is_dir():
        pytest.skip(f"no real market data at {MARKET_DATA}: set SMALLCAP_MARKET_DATA to a folder of your own")
    return MARKET_DATA
