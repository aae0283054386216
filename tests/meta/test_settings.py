from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load

EXAMPLE = Path(__file__).parents[2] / "config" / "example.toml"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch, tmp_path):
    for name in ("DISCORD_TOKEN", "DISCORD_TOKEN_FILE", "DATABASE_URL", "DATABASE_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_example_file_states_the_defaults():
    assert load(EXAMPLE).model_dump() == load().model_dump()


def test_every_field_is_described_and_stands_in_the_example_file():
    text = EXAMPLE.read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"{name} = " in text, name


def test_environment_overrides_the_file(monkeypatch):
    Path("smallcap.toml").write_text('prefix = "?"\nlog_level = "error"\n', encoding="utf-8")
    monkeypatch.setenv("SMALLCAP_PREFIX", "$")
    settings = load()
    assert (settings.prefix, settings.log_level) == ("$", "error")


def test_symbols_may_be_a_comma_separated_line(monkeypatch):
    monkeypatch.setenv("SMALLCAP_SYMBOLS", "^RUT, IWM")
    assert load().symbols == ("^RUT", "IWM")


def test_token_comes_from_a_file_and_is_never_printed(monkeypatch):
    Path("token").write_text("very-secret\n", encoding="utf-8")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "token")
    settings = load()
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(settings)


def test_database_url_of_the_host_is_heard(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/n")
    assert load().database == "postgresql://u:p@h/n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("close_delay_minutes = -1", "close_delay_minutes"),
        ('sorce = "yahoo"', "there is no setting sorce: did you mean source"),
        ("colour = 1", "there is no setting colour: config/example.toml shows"),
        ('source = "folder"', "data"),
        ("prefix = ", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(text, words):
    Path("smallcap.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=words) as caught:
        load()
    assert "\n" not in str(caught.value)


def test_a_settings_file_that_is_not_there_is_an_error():
    with pytest.raises(SettingsError, match=r"example\.toml"):
        load(Path("nowhere.toml"))


def test_token_and_token_file_together_are_refused(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "a")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "b")
    with pytest.raises(SettingsError, match="keep one"):
        load()


def test_an_unreadable_or_empty_token_file_is_an_error(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "missing")
    with pytest.raises(SettingsError, match="DISCORD_TOKEN_FILE"):
        load()
    Path("missing").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="empty"):
        load()


def test_a_folder_of_data_is_the_source_unless_another_is_named(monkeypatch):
    Path("smallcap.toml").write_text('data = "mine"\n', encoding="utf-8")
    assert load().source == "folder"
    monkeypatch.setenv("SMALLCAP_SOURCE", "sample")
    assert load().source == "sample"
    assert load(data=Path("given"), source="folder").data == Path("given")
