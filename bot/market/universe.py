"""Universes: which fund stands for which, who belonged to one on a day, and what was known by then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from bot.market.holdings import HoldingsFile
from signals.facts import Facts, Holdings, Series, in_force

SMALLCAP, LARGECAP, RUSSELL1000 = "smallcap", "largecap", "russell1000"
UNIVERSES = (SMALLCAP, LARGECAP, RUSSELL1000)
FUND_OF = {SMALLCAP: "IWM", LARGECAP: "IVV", RUSSELL1000: "IWB"}
"""The fund whose file counts where several of one universe have the same date, and which is downloaded."""
UNIVERSE_OF = {
    "IWM": SMALLCAP,
    "VTWO": SMALLCAP,
    "IVV": LARGECAP,
    "SPY": LARGECAP,
    "VOO": LARGECAP,
    "IWB": RUSSELL1000,
    "VONE": RUSSELL1000,
}
INDICES = {"russell 2000": SMALLCAP, "s&p 500": LARGECAP, "russell 1000": RUSSELL1000}
PLAIN_WORDS = frozenset(
    ("ishares", "spdr", "vanguard", "state", "street", "core", "portfolio", "index", "etf", "fund", "trust", "ucits")
)
"""Words that leave a fund the whole index; any other (growth, value, equal weight) makes it a part or another thing."""
HOUSES = {
    ("ishares", SMALLCAP): "IWM",
    ("ishares", LARGECAP): "IVV",
    ("spdr", LARGECAP): "SPY",
    ("ishares", RUSSELL1000): "IWB",
}


def fund_of(file: HoldingsFile, stem: str) -> str | None:
    """Return the symbol of the fund whose file it is, where it stands for a universe; `stem` is the file's name."""
    name = " ".join(re.sub(r"[^a-z0-9& ]+", " ", file.fund.casefold()).split())
    for index, universe in INDICES.items():
        rest = name.replace(index, " ").split()
        if index in name and PLAIN_WORDS.issuperset(rest):
            houses = (HOUSES.get((word, universe)) for word in rest)
            return _listed(file.symbol) or next(filter(None, houses), FUND_OF[universe])
    is_named = any(index in name for index in INDICES)
    return None if is_named else _listed(file.symbol) or _listed(re.split(r"[^A-Za-z]", stem)[0].upper())


def _listed(symbol: str) -> str | None:
    return symbol if symbol in UNIVERSE_OF else None


def holdings_of(file: HoldingsFile, fund: str) -> Holdings:
    """Return the facts of a file of `fund`."""
    weights = [np.nan if row.weight_pct is None else row.weight_pct / 100 for row in file.rows]
    return Holdings(
        universe=UNIVERSE_OF[fund],
        fund=fund,
        effective_date=file.effective_date,
        symbols=tuple(row.symbol for row in file.rows),
        weights_frac=np.array(weights, dtype=np.float64),
        sectors=tuple(row.sector for row in file.rows),
    )


def thinned(files: Iterable[Holdings]) -> tuple[Holdings, ...]:
    """Return `files` in order of their dates, without those that say nothing new.

    One of a universe and day is kept, and of a run of days with the same members the first of each month. Which files
    are kept up to a day depends on no later one.
    """
    ordered = sorted(files, key=lambda each: (each.effective_date, each.fund != FUND_OF[each.universe], each.fund))
    return tuple(_thinned(ordered))


def _thinned(ordered: Sequence[Holdings]) -> Iterator[Holdings]:
    last: dict[str, Holdings] = {}
    for file in ordered:
        before = last.get(file.universe)
        if before is None or (file.effective_date > before.effective_date and says_more(before, file)):
            last[file.universe] = file
            yield file


def says_more(before: Holdings, file: Holdings) -> bool:
    """Tell whether `file` is worth keeping after `before`: another month, or other members."""
    is_next_month = (before.effective_date.year, before.effective_date.month) != (
        file.effective_date.year,
        file.effective_date.month,
    )
    return is_next_month or set(before.symbols) != set(file.symbols)


def known_by(facts: Facts, session: date) -> Facts:
    """Return `facts` without what was published after the close of `session`; dates ahead stay.

    Of a universe whose every file is later, the earliest stays: it is the best there is, and its date says so.
    """
    files = [file for name in _names(facts) for file in _known(facts.of_universe(name), session)]
    return replace(
        facts,
        holdings=tuple(sorted(files, key=lambda each: each.effective_date)),
        series={name: _cut(series, session) for name, series in facts.series.items()},
        caps=tuple(each for each in facts.caps if each.day <= session),
        membership_lists=tuple(each for each in facts.membership_lists if each.published < session),
    )


def _known(files: Sequence[Holdings], session: date) -> Sequence[Holdings]:
    row = int(in_force(files, np.array([session], dtype="datetime64[D]"))[0])
    return files[: max(row, 0) + 1]


def _cut(series: Series, session: date) -> Series:
    end = int(series.known_at(np.array([session], dtype="datetime64[D]"))[0]) + 1
    return Series(series.name, series.title, series.days[:end], series.values[:end])


def _names(facts: Facts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(file.universe for file in facts.holdings))


def files_at(facts: Facts, session: date) -> dict[str, Holdings]:
    """Return the file in force of each universe at `session`; before the first one, that."""
    return {name: _known(facts.of_universe(name), session)[-1] for name in _names(facts)}


def universes_at(facts: Facts, session: date) -> dict[str, tuple[str, ...]]:
    """Return the members of each universe at `session`."""
    return {name: tuple(sorted(file.symbols)) for name, file in files_at(facts, session).items()}


def sectors_at(facts: Facts, session: date) -> dict[str, str]:
    """Return the sector of each member of a universe at `session`."""
    found: dict[str, str] = {}
    for file in files_at(facts, session).values():
        found |= {symbol: sector for symbol, sector in zip(file.symbols, file.sectors, strict=True) if sector}
    return found
