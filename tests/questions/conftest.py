from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.schema import migrate
from bot.store.store import Store
from tests.questions.inquests import Scene


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "smallcap.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def scene(migrated: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    path = tmp_path / "smallcap.sqlite3"
    shutil.copy(migrated, path)
    store = Store(f"sqlite:///{path}")
    try:
        await store.open()
        made = Scene(store)
        await made.begin()
        yield made
    finally:
        await store.close()
