from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.store import Store


@pytest.fixture
async def store(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "smallcap.sqlite3"
    shutil.copy(migrated_file, path)
    opened = Store(f"sqlite:///{path}")
    try:
        await opened.open()
        yield opened
    finally:
        await opened.close()
