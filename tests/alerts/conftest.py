from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'smallcap.sqlite3'}")
    try:
        await opened.open(migrate=True)
        yield opened
    finally:
        await opened.close()
