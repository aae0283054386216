"""Which settings bring universes beside Yahoo's prices, and when something is downloaded for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import open_ground
from bot.clock import ReplayClock
from bot.market.furnished import FurnishedSource
from bot.market.ishares import Downloads
from bot.market.yahoo_facts import YahooFacts
from bot.settings import SettingsError, load
from tests.market.holdings_text import put


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch, tmp_path):
    for name in ("DISCORD_TOKEN", "DATABASE_URL", "TIINGO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def test_universes_may_be_a_comma_separated_line(monkeypatch):
    monkeypatch.setenv("SMALLCAP_UNIVERSES", "smallcap, themes")
    assert load().universes == ("smallcap", "themes")


def test_an_unknown_universe_is_refused():
    with pytest.raises(SettingsError, match="universes"):
        load(universes=("midcap",))


async def everything(clock=None, **given):
    settings = load(source="yahoo", symbols=("^RUT",), fred=False, **given)
    async with open_ground(settings, default="yahoo", clock=clock) as ground:
        assert isinstance(ground.source, FurnishedSource)
        return await ground.source.everything()


async def test_members_of_the_files_in_the_state_folder_or_another_are_asked_for():
    put(Path(".smallcap"), "IWM.csv", ["AAA", "BBB"])
    put(Path("other"), "IWM.csv", ["CCC"])
    assert await everything() == ("^RUT",)
    assert await everything(universes=("smallcap",)) == ("^RUT", "AAA", "BBB")
    assert await everything(universes=("smallcap",), holdings=Path("other") / "holdings") == ("^RUT", "CCC")


@pytest.fixture
def refreshed(monkeypatch):
    """Return the funds that were asked for, instead of asking."""
    asked = []

    async def refresh(self):
        asked.append(self._funds)
        return ()

    monkeypatch.setattr(Downloads, "refresh", refresh)
    return asked


async def test_files_are_downloaded_where_that_is_allowed_for_the_universes_named(refreshed):
    await everything(universes=("smallcap", "largecap", "themes"))
    assert refreshed == []
    await everything(universes=("smallcap", "themes"), holdings_download=True)
    await everything(universes=("themes",), holdings_download=True)
    assert refreshed == [("IWM",)]


async def test_a_replay_downloads_nothing(refreshed):
    clock = ReplayClock(datetime(2025, 8, 6, 21, tzinfo=UTC))
    await everything(clock, universes=("smallcap",), holdings_download=True)
    assert refreshed == []


@pytest.mark.parametrize(
    ("given", "clock", "is_asked"),
    [
        ({}, None, True),
        ({"yahoo_facts": False}, None, False),
        ({}, ReplayClock(datetime(2025, 7, 1, 22, tzinfo=UTC)), False),
    ],
    ids=["by default", "switched off", "in a replay"],
)
async def test_estimates_and_options_are_renewed_beside_the_prices(given, clock, is_asked):
    settings = load(source="yahoo", symbols=("^RUT",), fred=False, **given)
    async with open_ground(settings, default="yahoo", clock=clock) as ground:
        (facts,) = (each for each in ground.source.background if isinstance(each, YahooFacts))
        assert ("nothing is asked for" in facts.words) is not is_asked
        assert facts.words in ground.source.renewing
