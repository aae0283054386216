"""Typed settings, built once by `load`: environment over ``smallcap.toml`` over these defaults."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

CONFIG_FILE = "smallcap.toml"
HOSTS_NAMES = {"DISCORD_TOKEN": "discord_token", "DATABASE_URL": "database_url", "TIINGO_API_KEY": "tiingo_key"}
"""What hosts and others call some settings; each may also be a file named under the same name with ``_FILE``."""


class SettingsError(Exception):
    """A setting is wrong: one line per setting, with what to write instead."""


class Settings(BaseSettings):
    """Everything an operator may decide.

    Each field can be given as ``SMALLCAP_<FIELD>`` in the environment or as ``<field>`` in ``smallcap.toml``.
    `discord_token`, `database_url` and `tiingo_key` also answer to the names hosts use: ``DISCORD_TOKEN``,
    ``DATABASE_URL`` and ``TIINGO_API_KEY``; they, and they alone, may also come from a file named by that name with
    ``_FILE`` after it.
    """

    model_config = SettingsConfigDict(env_prefix="SMALLCAP_", extra="forbid", frozen=True)

    discord_token: SecretStr | None = Field(None, description="The bot's token, from Discord's developer portal.")
    database_url: SecretStr | None = Field(
        None,
        description="Where settings, events and deliveries live: sqlite:///path or postgresql://user:password@host/name."
        " Default: smallcap.sqlite3 in the state folder.",
    )
    state: Path = Field(Path(".smallcap"), description="Folder for the database, bars and caches.")
    source: Literal["yahoo", "tiingo", "folder", "sample"] | None = Field(
        None, description="Where prices come from. Default: yahoo for the live bot, the simulated sample elsewhere."
    )
    data: Path | None = Field(None, description='The folder of your own data; source is "folder" then, unless you say.')
    symbols: Annotated[tuple[str, ...], NoDecode] = Field(
        (
            *("^RUT", "^GSPC", "^IXIC", "^DJI", "^VIX", "RSP", "IWM", "SPY", "QQQ", "QQQE", "QQQJ", "KRE"),
            *("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY", "STRL", "LITE", "AGX"),
        ),
        description="Symbols the Yahoo source keeps up to date.",
    )
    universes: Annotated[tuple[Literal["smallcap", "largecap", "russell1000", "themes"], ...], NoDecode] = Field(
        (),
        description="Groups whose members Yahoo or Tiingo are asked for besides: smallcap (Russell 2000), largecap"
        " (S&P 500) and russell1000 by the newest holdings file of each, and themes.",
    )
    holdings: Path | None = Field(
        None,
        description="Folder of holdings files (IWM, IWB, IVV or SPY as CSV) for the universes. Default: holdings in the"
        " state folder.",
    )
    holdings_download: bool = Field(
        default=False,
        description="Whether the holdings of IWM, IVV and IWB are fetched from iShares once a day, for the universes"
        " named; its terms allow personal use.",
    )
    tiingo_key: SecretStr | None = Field(
        None, description="Your token at Tiingo, needed where source or second_source is tiingo."
    )
    second_source: Literal["tiingo"] | None = Field(
        None,
        description="A second source of closes: a bar on which both differ by more than 0.5 % is held, a held move"
        " that both show is let go. Default: none.",
    )
    second_symbols: Annotated[tuple[str, ...], NoDecode] = Field(
        ("IWM", "SPY", "RSP", "QQQ", "QQQE", "QQQJ", "KRE"),
        description="Symbols whose close is compared with the second source at every session, a request each.",
    )
    fred: bool = Field(
        default=True,
        description="Whether the series of the macro signal are downloaded from FRED, with Yahoo's or Tiingo's prices.",
    )
    yahoo_facts: bool = Field(
        default=True,
        description="Whether analysts' estimates and option chains are fetched from Yahoo beside its prices, slowly and"
        " in the background: of what members watch, of the symbols above, and of the members of universes.",
    )
    edgar_contact: str | None = Field(
        None,
        description="Your name and e-mail address, which the SEC wants to be told with every request: with it, what"
        " companies filed is fetched from EDGAR beside Yahoo's or Tiingo's prices. Default: EDGAR is not asked.",
    )
    history_years: int = Field(12, ge=2, le=40, description="Years of history the Yahoo source loads at first.")
    close_delay_minutes: int = Field(
        20, ge=0, le=600, description="Minutes after the exchange's close before a session is scanned."
    )
    prefix: str = Field("!", min_length=1, max_length=5, description="What prefix commands begin with.")
    message_content: bool = Field(
        default=True,
        description="Whether prefix commands work (they need the Message Content intent); slash commands always do.",
    )
    sends_per_second: float = Field(
        45.0, gt=0, le=50, description="Even pace of alert messages, in all channels together."
    )
    expiry_hours: float | None = Field(
        None, gt=0, le=240, description="Hours an alert stays worth sending. Default: until the next session's close."
    )
    identifies_per_day: int = Field(
        200,
        ge=10,
        le=1000,
        description="New sessions with Discord in any 24 hours, a tenth of them at once; at 1,000 it resets the token.",
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="Logs for people, for machines, or as the terminal suggests."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important log line shown."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_between_the_lines(cls, given: dict[str, object]) -> dict[str, object]:
        for name in ("symbols", "universes", "second_symbols"):
            listed = given.get(name)
            if isinstance(listed, str):
                given[name] = tuple(part.strip() for part in listed.split(",") if part.strip())
        if given.get("data") is not None and given.get("source") is None:
            given["source"] = "folder"
        return given

    @model_validator(mode="after")
    def _folder_has_data(self) -> Settings:
        if self.source == "folder" and self.data is None:
            raise ValueError('source = "folder" needs data = "<the folder>"')
        return self

    @model_validator(mode="after")
    def _tiingo_has_a_key(self) -> Settings:
        if "tiingo" not in {self.source, self.second_source}:
            return self
        if self.tiingo_key is None or not self.tiingo_key.get_secret_value().strip():
            raise ValueError("Tiingo needs tiingo_key: set SMALLCAP_TIINGO_KEY, TIINGO_API_KEY or TIINGO_API_KEY_FILE")
        if self.source == self.second_source:
            raise ValueError('source and second_source are both "tiingo": a second source is another one')
        return self

    @field_validator("edgar_contact")
    @classmethod
    def _contact_can_be_written_to(cls, given: str | None) -> str | None:
        contact = (given or "").strip()
        if contact and ("@" not in contact or not (contact.isascii() and contact.isprintable())):
            raise ValueError('the SEC wants a name and an e-mail address, such as "Jane Doe jane@example.com"')
        return contact or None

    @property
    def database(self) -> str:
        """The database URL in force."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.state / 'smallcap.sqlite3'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic-settings'
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file; what the command line says (`init_settings`) stands above both."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(config: Path | None = None, **given: object) -> Settings:
    """Build the settings from the environment, the TOML file `config` and what the command line gave.

    Raises
    ------
    SettingsError
        If a value is missing, unknown or out of bounds, or a file cannot be read.
    """
    path = config or Path(CONFIG_FILE)
    if config is not None and not config.is_file():
        raise SettingsError(
            f"there is no settings file {config}: copy config/example.toml there, or leave the option out"
        )
    stated = {name: value for name, value in given.items() if value is not None}
    stated = {**_hosts_names(), **stated}

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return FromFile(**stated)  # type: ignore[arg-type]  # pydantic checks the values, that is its work
    except ValidationError as error:
        raise SettingsError("; ".join(_words(dict(found)) for found in error.errors())) from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None


def _words(found: dict[str, Any]) -> str:
    """Return one error of pydantic's as one line."""
    name = ".".join(str(part) for part in found["loc"]) or "settings"
    if found["type"] != "extra_forbidden":
        return f"{name}: {found['msg']}"
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"did you mean {near[0]}?" if near else "config/example.toml shows all there are"
    return f"there is no setting {name}: {hint}"


def _hosts_names() -> dict[str, str]:
    """Return what stands under the names that hosts use, from the environment or a file it names."""
    found: dict[str, str] = {}
    for name, setting in HOSTS_NAMES.items():
        value = os.environ.get(name)
        path = os.environ.get(f"{name}_FILE")
        if value and path:
            raise SettingsError(f"{name} and {name}_FILE are both set: keep one")
        if path:
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{name}_FILE cannot be read: {error}") from None
            if not value:
                raise SettingsError(f"{name}_FILE names an empty file: {path}")
        if value:
            found[setting] = value
    return found
