"""When EDGAR is asked: a bot of today whose operator says who asks; what was kept is read in any case."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.app import open_ground
from bot.clock import ReplayClock
from bot.market.edgar_table import SOURCE
from bot.market.furnished import FurnishedSource
from bot.settings import SettingsError, load

CONTACT = "Jane Doe jane@example.com"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch, tmp_path):
    for name in ("DISCORD_TOKEN", "DATABASE_URL", "TIINGO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


async def renewing(clock=None, **given):
    settings = load(source="yahoo", fred=False, **given)
    async with open_ground(settings, default="yahoo", clock=clock) as ground:
        assert isinstance(ground.source, FurnishedSource)
        return [line for line in ground.source.renewing if line.startswith(SOURCE)]


async def test_without_a_contact_edgar_is_off_and_says_so():
    assert await renewing() == [f"{SOURCE}: not asked (it is once edgar_contact says who asks)"]


async def test_with_a_contact_it_is_asked():
    assert await renewing(edgar_contact=CONTACT) == [f"{SOURCE}: nothing yet"]


async def test_a_replay_asks_nobody():
    (line,) = await renewing(edgar_contact=CONTACT, clock=ReplayClock(datetime(2025, 8, 6, 21, tzinfo=UTC)))
    assert "not asked" in line


@pytest.mark.parametrize("contact", ["Jane", "jane@example.com\nX-Other: 1", "Jané jane@example.com"])
def test_a_contact_that_is_none_is_refused(contact):
    with pytest.raises(SettingsError, match=r"edgar_contact.*a name and an e-mail address"):
        load(edgar_contact=contact)


def test_an_empty_contact_is_none():
    assert load(edgar_contact=" ").edgar_contact is None
