"""The sender and the command line start without what they do not use; heavy imports happen where they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

HEAVY = {"pandas", "yfinance", "matplotlib", "pyarrow", "exchange_calendars"}


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        ("bot.alerts.deliver, bot.store.store, bot.chat.sender", HEAVY),
        ("bot.__main__", HEAVY | {"discord", "sqlalchemy", "numpy", "pydantic", "structlog"}),
        ("bot.app, bot.live, bot.terminal, bot.doctor", HEAVY | {"discord", "sqlalchemy"}),
        ("signals.catalog", HEAVY | {"discord", "sqlalchemy", "structlog", "bot"}),
        ("bot.cards.studio, bot.cards.cross_card, bot.questions.desk", HEAVY | {"discord", "sqlalchemy"}),
        ("bot.market.book, bot.market.folder, bot.market.sample, bot.market.yahoo", HEAVY | {"discord", "sqlalchemy"}),
    ],
)
def test_imports_bring_nothing_heavy_along(modules, absent):
    program = f"import sys, {modules}\nprint(*sorted({absent!r} & set(sys.modules)))"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.split() == []


def test_nothing_is_built_at_import():
    program = (
        "import os, pathlib, sys, threading\n"
        "before = set(os.listdir('.'))\n"
        "import bot.app, bot.live, bot.terminal, bot.doctor, bot.chat.client, bot.store.store\n"
        "assert set(os.listdir('.')) == before\n"
        "assert threading.active_count() == 1\n"
        "import asyncio\n"
        "import logging\n"
        "assert not logging.getLogger().handlers\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
