"""A made-up market as wide as the real one: members with holdings files, indices, funds, themes, rates, dates ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from signals.facts import Appointment, Facts, Holdings, Member, Series, Theme
from signals.types import Calendar, FloatArray, Market, Prices, SessionArray

SEED = 20251121
FIRST = date(2016, 1, 4)
LISTED = ("^RUT", "^GSPC", "^IXIC", "^DJI", "RSP", "SPY", "IWM", "QQQ", "QQQJ", "QQQE", "DIA", "KRE", "^VIX")
FUNDS = (*LISTED, "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
SECTORS = ("Energy", "Financials", "Health Care", "Industrials", "Information Technology", "Materials", "Utilities")
SERIES = ("DFF", "DFEDTARU", "DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2")
THEMES, IN_A_THEME = 8, 10


def whole_market(symbols: int = 3000, sessions: int = 2520) -> Market:
    """Return closes with one common factor and volumes in whole shares, and every fact that a signal asks for."""
    rng = np.random.default_rng(SEED)
    days = np.busday_offset(FIRST, np.arange(sessions + 30), roll="forward").astype("datetime64[D]")
    closes = 40.0 * np.exp(
        np.cumsum(0.01 * rng.standard_normal((sessions, 1)) + 0.02 * rng.standard_normal((sessions, symbols)), axis=0)
    )
    volumes = rng.lognormal(12, 0.8, closes.shape).round()
    members = tuple(f"S{n:04}" for n in range(symbols - len(FUNDS)))
    closes[:, FUNDS.index("^VIX")] = 20.0 * np.exp(0.3 * np.sin(np.arange(sessions) / 40.0))
    calendar = Calendar(days, (days + np.timedelta64(20, "h")).astype("datetime64[s]"))
    last = days[sessions - 1]
    return Market(
        Prices(days[:sessions], (*FUNDS, *members), closes, volume=volumes),
        datetime.combine(last.item(), datetime.max.time(), UTC),
        "made up",
        calendar,
        universes={"nasdaq": members[: len(members) // 30]},
        facts=_facts(members, days[:sessions], rng),
    )


def _facts(members: tuple[str, ...], days: SessionArray, rng: np.random.Generator) -> Facts:
    appointment = Appointment("fomc", days[-1].item(), "Rate decision", "made up")
    return Facts(
        holdings=(*_files(members, days), _file("largecap", "IVV", days[5].item(), members[-len(members) // 6 :])),
        themes=tuple(_theme(n, members, days[20].item()) for n in range(THEMES)),
        series={name: Series(name, name, days, _rates(len(days), rng)) for name in SERIES},
        appointments=(appointment,),
    )


def _files(members: tuple[str, ...], days: SessionArray) -> list[Holdings]:
    """Return the small caps' members, a twentieth of them another every half year."""
    held, step = 2 * len(members) // 3, len(members) // 60
    return [
        _file("smallcap", "IWM", day.item(), members[n * step : n * step + held]) for n, day in enumerate(days[5::126])
    ]


def _file(universe: str, fund: str, day: date, members: tuple[str, ...]) -> Holdings:
    weights = 1.0 / np.arange(20, 20 + len(members))
    sectors = tuple(SECTORS[n % len(SECTORS)] for n in range(len(members)))
    return Holdings(universe, fund, day, members, weights / weights.sum(), sectors)


def _theme(number: int, members: tuple[str, ...], since: date) -> Theme:
    first = number * IN_A_THEME
    listed = tuple(Member(symbol, since) for symbol in members[first : first + IN_A_THEME])
    return Theme(f"theme-{number + 1}", f"Theme {number + 1}", listed)


def _rates(count: int, rng: np.random.Generator) -> FloatArray:
    return np.round(3.0 + np.cumsum(0.04 * rng.standard_normal(count)), 2)
