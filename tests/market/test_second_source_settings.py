"""Which settings make a second source, or Tiingo the main one, and where the key may stand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import open_ground
from bot.clock import ReplayClock
from bot.market.tiingo import TiingoSource
from bot.settings import SettingsError, load

SECRET = "s3cret"  # noqa: S105 - it opens nothing


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch, tmp_path):
    for name in ("DISCORD_TOKEN", "DATABASE_URL", "TIINGO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["SMALLCAP_TIINGO_KEY", "TIINGO_API_KEY", "TIINGO_API_KEY_FILE"])
def test_the_key_comes_from_the_environment_or_a_file_and_is_never_printed(monkeypatch, name):
    Path("key").write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.setenv(name, "key" if name.endswith("_FILE") else SECRET)
    settings = load(second_source="tiingo")
    assert settings.tiingo_key is not None
    assert settings.tiingo_key.get_secret_value() == SECRET
    assert SECRET not in f"{settings!r} {settings.model_dump()}"


@pytest.mark.parametrize("given", [{"source": "tiingo"}, {"second_source": "tiingo"}])
@pytest.mark.parametrize("key", [None, " "])
def test_without_a_key_tiingo_is_refused(given, key):
    with pytest.raises(SettingsError, match="Tiingo needs tiingo_key: set SMALLCAP_TIINGO_KEY"):
        load(**given, tiingo_key=key)


def test_the_second_source_is_another_one():
    with pytest.raises(SettingsError, match="a second source is another one"):
        load(source="tiingo", second_source="tiingo", tiingo_key=SECRET)


def test_the_compared_symbols_may_be_a_comma_separated_line(monkeypatch):
    monkeypatch.setenv("SMALLCAP_SECOND_SYMBOLS", "IWM, STRL")
    assert load().second_symbols == ("IWM", "STRL")


async def second_of(clock=None, **given):
    async with open_ground(load(**given), default="sample", clock=clock) as ground:
        return ground.book._second


async def test_a_second_source_stands_beside_real_prices_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("TIINGO_API_KEY", SECRET)
    monkeypatch.setenv("SMALLCAP_SECOND_SOURCE", "tiingo")
    (tmp_path / "prices").mkdir()
    assert await second_of() is None  # the sample market is simulated
    assert await second_of(source="yahoo") is not None
    assert await second_of(data=tmp_path) is not None
    monkeypatch.delenv("SMALLCAP_SECOND_SOURCE")
    assert await second_of(source="yahoo") is None


async def test_a_replay_asks_nobody(monkeypatch):
    monkeypatch.setenv("TIINGO_API_KEY", SECRET)
    clock = ReplayClock(datetime(2025, 8, 6, 21, tzinfo=UTC))
    assert await second_of(clock, source="yahoo", second_source="tiingo") is None


async def test_tiingo_as_the_main_source_has_bars_of_its_own(monkeypatch):
    async with open_ground(load(source="tiingo", tiingo_key=SECRET), default="yahoo") as ground:
        assert ground.source.name == TiingoSource.name
        assert (Path(".smallcap") / "bars" / "tiingo").is_dir()
