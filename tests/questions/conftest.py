from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.store import Store
from tests.questions.inquests import Scene


@pytest.fixture
async def scene(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    path = tmp_path / "smallcap.sqlite3"
    shutil.copy(migrated_file, path)
    store = Store(f"sqlite:///{path}")
    try:
        await store.open()
        made = Scene(store)
        await made.begin()
        yield made
    finally:
        await store.close()
