"""Fixtures every room's tests may ask for."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

ROOT = Path(__file__).resolve().parent.parent
MARKET_DATA = Path(os.environ.get("SMALLCAP_MARKET_DATA", ROOT.parent / "shared" / "market"))


WAITING = ("tests/wire/", "tests/demo/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what waits more than it works, so that it waits beside the others and not behind them."""
    items.sort(key=lambda item: not item.nodeid.startswith(WAITING))


def pytest_collection_finish() -> None:
    """Spare the collector what stays to the end: thousands of tests and all that they import."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Return the folder of real market data; skip where it is absent (it may not be redistributed)."""
    if not (MARKET_DATA / "prices").is_dir():
        pytest.skip(f"no real market data at {MARKET_DATA}: set SMALLCAP_MARKET_DATA to a folder of your own")
    return MARKET_DATA


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database without a row, for tests to copy: bringing one into being takes most of a second."""
    from bot.store.schema import migrate

    path = tmp_path_factory.mktemp("migrated") / "smallcap.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """Undo what a test that starts the program has set up for logs: others look at what is logged by default.

    Failures are logged plainly: a traceback with everything its frames knew takes a second to write.
    """
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    yield
    structlog.reset_defaults()


def swept() -> None:
    """Collect what tests that cut sockets on purpose have left, so that it surfaces in no other test's name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="session", autouse=True)
def swept_at_the_end() -> Iterator[None]:
    """Leave nothing to be found once there is no test any more to be blamed."""
    yield
    swept()
