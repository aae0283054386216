"""What a folder knows beside bars: sectors, universes, series, themes, dates ahead, what symbols are called."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from bot.market.calendar_file import read_calendar
from bot.market.deals_csv import read_deals
from bot.market.estimates_csv import read_estimates
from bot.market.fred_csv import read_series
from bot.market.fundamentals_csv import read_fundamentals
from bot.market.holdings import WORKBOOK, HoldingsFile, read_holdings
from bot.market.insiders_csv import read_insiders
from bot.market.option_csv import read_chains
from bot.market.price_csv import UnreadableFile
from bot.market.recon_csv import read_caps, read_lists
from bot.market.recon_dates import read_reconstitutions
from bot.market.splits import FILE as SPLITS
from bot.market.splits import read_splits, restated
from bot.market.themes_file import read_themes
from bot.market.toml_file import BadFile
from bot.market.types import Reference
from bot.market.universe import fund_of, holdings_of, thinned, universes_at
from bot.market.universe_table import read_sectors
from signals.facts import Appointment, Facts, Holdings, Series, Theme

_Fact = TypeVar("_Fact")
OTHER_FUND = (
    "{fund!r} stands for no universe: files of IWM (Russell 2000), IWB (Russell 1000), IVV or SPY (S&P 500) do;"
    " move it elsewhere"
)

NAMES = {
    "^RUT": "Russell 2000",
    "^GSPC": "S&P 500",
    "^IXIC": "Nasdaq Composite",
    "^DJI": "Dow Jones Industrial Average",
    "^VIX": "Cboe Volatility Index",
    "^IRX": "13-week Treasury bill rate",
    "IWM": "iShares Russell 2000 ETF",
    "SPY": "SPDR S&P 500 ETF",
    "RSP": "Invesco S&P 500 Equal Weight ETF",
    "QQQ": "Invesco QQQ (Nasdaq-100)",
    "QQQE": "Direxion Nasdaq-100 Equal Weighted ETF",
    "QQQJ": "Invesco Nasdaq Next Gen 100 ETF",
    "KRE": "SPDR S&P Regional Banking ETF",
    "SMH": "VanEck Semiconductor ETF",
    "XBI": "SPDR S&P Biotech ETF",
    "FINX": "Global X FinTech ETF",
    "TLT": "iShares 20+ Year Treasury Bond ETF",
    "HYG": "iShares High Yield Corporate Bond ETF",
    "LQD": "iShares Investment Grade Corporate Bond ETF",
    "XLB": "Materials Select Sector SPDR",
    "XLC": "Communication Services Select Sector SPDR",
    "XLE": "Energy Select Sector SPDR",
    "XLF": "Financial Select Sector SPDR",
    "XLI": "Industrial Select Sector SPDR",
    "XLK": "Technology Select Sector SPDR",
    "XLP": "Consumer Staples Select Sector SPDR",
    "XLRE": "Real Estate Select Sector SPDR",
    "XLU": "Utilities Select Sector SPDR",
    "XLV": "Health Care Select Sector SPDR",
    "XLY": "Consumer Discretionary Select Sector SPDR",
    "STRL": "Sterling Infrastructure",
    "LITE": "Lumentum Holdings",
    "AGX": "Argan",
}
SECTORS = {
    "Basic Materials": "Materials",
    "Communication Services": "Communication",
    "Consumer Cyclical": "Consumer Discretionary",
    "Consumer Defensive": "Consumer Staples",
    "Financial Services": "Financials",
    "Healthcare": "Health Care",
    "Technology": "Information Technology",
}
"""Yahoo's names of sectors as iShares writes them: a market has one name for each."""
MEND = "see that the bot may read it"


@dataclass(frozen=True, slots=True)
class _Held:
    """The holdings files of a folder, and what their shares are called."""

    files: tuple[Holdings, ...]
    names: Mapping[str, str]


def read_reference(root: Path, *, holdings: Path | None = None) -> Reference:
    """Return what the folder `root` knows beside bars; `holdings` where those stand in a folder elsewhere.

    What a file of it cannot tell is told as a fault and costs that file alone.
    """
    faults: list[str] = []
    sectors = _sectors(root / "universe" / "sectors.csv", faults)
    held = _holdings(holdings or root / "holdings", faults)
    series = _series(root / "fred", faults)
    chains, wrong = read_chains(root / "options", _refused)
    faults.extend(wrong)
    fundamentals, wrong = read_fundamentals(root / "fundamentals", _refused)
    faults.extend(wrong)
    estimates, wrong = read_estimates(root / "estimates", _refused)
    faults.extend(wrong)
    caps, wrong = read_caps(root / "caps", _refused)
    faults.extend(wrong)
    lists, wrong = read_lists(root / "recon", _refused)
    faults.extend(wrong)
    insiders, wrong = read_insiders(root / "insiders", _refused)
    faults.extend(wrong)
    deals, wrong = read_deals(root / "deals", _refused)
    faults.extend(wrong)
    facts = Facts(
        held.files,
        _themes(root / "themes.toml", faults),
        series,
        _dates(root / "calendar.toml", faults),
        chains=chains,
        fundamentals=fundamentals,
        estimates=estimates,
        insiders=insiders,
        deals=deals,
        caps=caps,
        membership_lists=lists,
        reconstitutions=_own_or_bundled(read_reconstitutions, root / "reconstitutions.toml", faults),
    )
    universes = universes_at(facts, date.max)
    return Reference(universes, sectors, {**held.names, **NAMES}, facts, tuple(faults))


def in_todays_shares(facts: Facts, root: Path) -> tuple[Facts, list[str]]:
    """Return `facts` in the shares of the prices, by ``splits.csv`` of the folder, and what is wrong with that file."""
    splits, faults = read_splits(root / SPLITS, _refused)
    return restated(facts, splits), faults


def _sectors(path: Path, faults: list[str]) -> dict[str, str]:
    try:
        if not path.is_file():
            return {}
        return {symbol: SECTORS.get(sector, sector) for symbol, sector in read_sectors(path).items()}
    except UnreadableFile as error:
        faults.append(f"universe/{path.name}: {error}")
    except OSError as error:
        faults.append(f"universe/{path.name}: {_refused(error)}")
    except (UnicodeDecodeError, csv.Error) as error:
        faults.append(f"universe/{path.name}: cannot be read ({error}); write it again")
    return {}


def _holdings(folder: Path, faults: list[str]) -> _Held:
    read: list[tuple[Holdings, HoldingsFile]] = []
    for path in _visible(folder, faults):
        try:
            if not path.is_file():
                continue
            file = _parsed(path, *_size_and_time(path))
        except UnreadableFile as error:
            faults.append(f"holdings/{path.name}: {error}")
            continue
        except OSError as error:
            faults.append(f"holdings/{path.name}: {_refused(error)}")
            continue
        fund = fund_of(file, path.stem)
        if fund is None:
            faults.append(f"holdings/{path.name}: {OTHER_FUND.format(fund=file.fund)}")
        else:
            read.append((holdings_of(file, fund), file))
    read.sort(key=lambda pair: pair[0].effective_date)
    names = {row.symbol: row.name for _, file in read for row in file.rows}
    return _Held(thinned(files for files, _ in read), names)


def _visible(folder: Path, faults: list[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []
    except OSError as error:
        faults.append(f"{folder.name}: {_refused(error)}")
        return []


def _refused(error: OSError) -> str:
    return f"cannot be read ({error.strerror}); {MEND}"


@lru_cache(maxsize=1024)
def _parsed(path: Path, _size: int, _time: int) -> HoldingsFile:
    """Return what `path` holds; a year of daily files is read once."""
    if path.suffix.lower() in {".csv", ".txt"}:
        return read_holdings(path)
    raise UnreadableFile(f"is no CSV: {WORKBOOK if path.suffix.lower().startswith('.xls') else 'move it elsewhere'}")


def _size_and_time(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def _series(folder: Path, faults: list[str]) -> Mapping[str, Series]:
    try:
        series, wrong = read_series(folder)
    except OSError as error:
        faults.append(f"{folder.name}: {_refused(error)}")
        return {}
    faults.extend(wrong)
    return series


def _themes(path: Path, faults: list[str]) -> tuple[Theme, ...]:
    return _own_or_bundled(read_themes, path, faults)


def _dates(path: Path, faults: list[str]) -> tuple[Appointment, ...]:
    return _own_or_bundled(read_calendar, path, faults)


def _own_or_bundled(
    read: Callable[[Path | None], tuple[_Fact, ...]], path: Path, faults: list[str]
) -> tuple[_Fact, ...]:
    """Return what the operator's file at `path` says; without one, or where it is faulty, what the bundled one does."""
    used = "the one that comes with the program is used"
    try:
        if path.is_file():
            return read(path)
    except BadFile as error:
        faults.append(f"{error}; {used}")
    except OSError as error:
        faults.append(f"{path.name}: {_refused(error)}; {used}")
    try:
        return read(None)
    except BadFile as error:
        faults.append(str(error))
    return ()
