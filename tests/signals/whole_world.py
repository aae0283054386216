"""A made-up market with everything a signal may ask for: funds, members that come and go, holes, facts with dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from signals.deal_facts import FORMS, DealFiling, Deals
from signals.facts import Appointment, Facts, Holdings, Member, OptionChain, Series, Theme
from signals.insider_facts import InsiderTrade, InsiderTrades
from signals.types import Market, Prices
from tests.signals.chains import World, a_chain, on_day, parabola
from tests.signals.filings import expected_of, filed_by
from tests.signals.made_up import a_calendar, after_close
from tests.signals.recon_world import LEAST_DAYS, reconstitution_facts

SEED = 20251121
INDICES = ("^RUT", "^GSPC", "^IXIC", "^DJI", "RSP", "SPY", "IWM", "QQQ", "QQQJ", "QQQE", "DIA", "KRE", "^VIX")
SPDRS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
MEMBERS = tuple(f"M{n:02}" for n in range(24))
SYMBOLS = (*INDICES, *SPDRS, *MEMBERS)
GHOST, FLAT, LATE_COMER, GONE = "M20", "M21", "M22", "M23"
"""No bar at all; one price for ever; listed in the middle; delisted in the middle."""


def a_world(count: int = 900, *, seed: int = SEED, holes: bool = True) -> Market:
    """Return `count` sessions; `holes` takes out one bar in two hundred, and some sessions of a few symbols."""
    rng = np.random.default_rng(seed)
    days = np.busday_offset(np.datetime64("2019-06-03", "D"), np.arange(count + 30), roll="forward")
    closes = _closes(count, rng)
    volume = rng.lognormal(12, 0.8, closes.shape).round()
    volume[rng.random(closes.shape) < 0.005] = 0.0
    if holes:
        closes[rng.random(closes.shape) < 0.0002] = np.nan
        for symbol in ("M03", "M04", "QQQE", "XLE"):
            start = int(rng.integers(count // 2, max(count // 2 + 1, count - 20)))
            closes[start : start + 3, SYMBOLS.index(symbol)] = np.nan
        volume[np.isnan(closes)] = np.nan
    prices = Prices(days[:count], SYMBOLS, closes, adj_close=closes * 0.98, volume=volume)
    return Market(
        prices,
        after_close(days[max(0, count - 1)].item()),
        "made up",
        a_calendar(days),
        universes={"nasdaq": MEMBERS[4:14], "smallcap": MEMBERS[:16]},
        sectors=dict.fromkeys(MEMBERS, "Energy"),
        facts=_facts(days, rng),
    )


def first_rows(world: Market, count: int) -> Market:
    """Return what was known after the first `count` sessions; facts that are dated later are still in it."""
    sessions = world.prices.sessions
    last = sessions[count - 1].item() if count else sessions[0].item() - timedelta(days=1)
    return replace(world, prices=world.prices.upto(last), as_of=after_close(last))


def with_closes(world: Market, closes: np.ndarray, symbols: Sequence[str] | None = None) -> Market:
    """Return the same market with other closes, and columns in another order where `symbols` say so."""
    prices = world.prices
    changed = Prices(prices.sessions, prices.symbols, closes, adj_close=closes * 0.98, volume=prices.volume)
    return replace(world, prices=changed if symbols is None else changed.only(symbols))


def split(world: Market, factors: np.ndarray) -> Market:
    """Return the same market with closes `factors` times as high, each company with as many fewer shares."""
    filed, by_symbol = world.facts.fundamentals, dict(zip(world.prices.symbols, factors.tolist(), strict=True))
    of_company = np.array([by_symbol[company] for company in filed.companies])
    shares = filed.values["shares"] / of_company[filed.company]
    estimates = tuple(
        replace(each, forward_eps=each.forward_eps * [by_symbol[symbol] for symbol in each.symbols])
        for each in world.facts.estimates
    )
    facts = replace(
        world.facts,
        fundamentals=replace(filed, values=filed.values | {"shares": shares}),
        estimates=estimates,
    )
    return replace(with_closes(world, world.prices.close * factors), facts=facts)


def _closes(count: int, rng: np.random.Generator) -> np.ndarray:
    market = 0.012 * rng.standard_normal((count, 1))
    own = 0.02 * rng.standard_normal((count, len(SYMBOLS)))
    own[:, : len(INDICES) + len(SPDRS)] *= 0.35
    closes = 40.0 * np.exp(np.cumsum(market + own, axis=0))
    closes[:, SYMBOLS.index("^VIX")] = 22.0 + 8.0 * np.sin(np.arange(count) / 25.0) + rng.standard_normal(count)
    closes[:, SYMBOLS.index(GHOST)] = np.nan
    closes[:, SYMBOLS.index(FLAT)] = 12.5
    closes[: count // 2, SYMBOLS.index(LATE_COMER)] = np.nan
    closes[count // 2 :, SYMBOLS.index(GONE)] = np.nan
    return closes


def _facts(days: np.ndarray, rng: np.random.Generator) -> Facts:
    files = (
        _file("smallcap", "IWM", days[60].item(), MEMBERS[:16]),
        _file(
            "smallcap", "IWM", days[min(260, len(days) - 1)].item() + timedelta(days=1), (*MEMBERS[2:18], "UNPRICED")
        ),
        _file("smallcap", "IWM", days[min(610, len(days) - 1)].item(), MEMBERS[1:19]),
        _file("largecap", "IVV", days[40].item(), MEMBERS[8:16]),
        _file("nasdaq", "QQQ", days[50].item(), MEMBERS[4:14]),
    )
    themes = (
        Theme("chips", "Chips", tuple(Member(symbol, days[10].item()) for symbol in MEMBERS[:5])),
        Theme("banks", "Banks", tuple(Member(symbol, days[min(300, len(days) - 1)].item()) for symbol in MEMBERS[5:9])),
        Theme("ghosts", "Ghosts", (Member(GHOST, days[10].item()), Member("UNPRICED", days[10].item()))),
    )
    since = np.busday_offset("2008-01-02", np.arange(4000), roll="forward")
    recon = reconstitution_facts(days) if len(days) >= LEAST_DAYS else {}
    return Facts(
        holdings=(*files, *recon.pop("holdings", ())),
        themes=themes,
        series={
            name: _series(name, since, rng) for name in ("DFF", "DFEDTARU", "DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2")
        },
        appointments=tuple(
            Appointment(kind, day.item(), kind, "made up") for kind in ("fomc", "cpi", "jobs") for day in days[::30]
        ),
        chains={symbol: _chains(days, rng) for symbol in ("M05", GHOST)},
        fundamentals=filed_by(MEMBERS, days, np.random.default_rng(SEED + 1)),
        estimates=expected_of(MEMBERS, days, np.random.default_rng(SEED + 2)),
        insiders=_insiders(days, np.random.default_rng(SEED + 3)),
        deals=_deals(days, np.random.default_rng(SEED + 4)),
        **recon,
    )


def _insiders(days: np.ndarray, rng: np.random.Generator) -> InsiderTrades:
    """Return purchases and sales of a few members, of which all forms are there, and of one of which they are not."""
    symbols = (*MEMBERS[4:9], GHOST)
    trades = []
    for place, day in enumerate(days[14::11].tolist()):
        filed = day + timedelta(days=int(rng.integers(0, 5)))
        symbol, owner = symbols[rng.integers(len(symbols))], f"Owner {rng.integers(5)}"
        code = "P" if rng.random() < 0.6 else "S"
        line = InsiderTrade(symbol, filed, day, code, 500.0, 40.0, owner, "Director", is_acquired=code == "P")
        trades.append(line._replace(is_planned=place % 3 == 0, price_usd=np.nan if place % 9 == 4 else 40.0))
        if place % 7 == 3:
            trades.append(line._replace(filed=filed + timedelta(days=6), shares=450.0, is_amendment=True))
    covered = (days[0].item() - timedelta(days=200), days[-1].item())
    return InsiderTrades.of(trades, dict.fromkeys((*symbols[:-2], GHOST), covered))


def _deals(days: np.ndarray, rng: np.random.Generator) -> Deals:
    """Return filings that name a member, a company without prices or, as an offer does, both; all of them are there."""
    filings = []
    for place, day in enumerate(days[14::6].tolist()):
        symbol = MEMBERS[rng.integers(len(MEMBERS))]
        form, number = tuple(FORMS)[place % 3], f"0000000001-19-{place:06}"
        filings.append(DealFiling(day, form, symbol, place, symbol if place % 4 else "", number))
        if form == "SC TO-T":
            filings.append(DealFiling(day, form, "Bidder", 9_000 + place, "", number))
    return Deals(tuple(filings), ((days[0].item() - timedelta(days=800), days[-1].item()),))


def _chains(days: np.ndarray, rng: np.random.Generator) -> tuple[OptionChain, ...]:
    """Return a chain every 17th session, the last one (of 900) included; some are known a day late or have no bids."""
    smile = parabola(World(), 30, 0.3, -0.2, 0.5)
    chains = []
    for place, day in enumerate(days[15::17].tolist()):
        contracts = rng.integers(0, 90, 26).astype(float)
        bare = {"bid": np.zeros(26)} if place % 5 == 4 else {}
        known = day + timedelta(days=1) if place % 7 == 2 else day
        chains.append(on_day(a_chain(smile, volume=contracts, **bare), day, known=known))
    return tuple(chains)


def _file(universe: str, fund: str, day: date, symbols: tuple[str, ...]) -> Holdings:
    weights = np.arange(len(symbols), 0, -1.0)
    weights /= weights.sum()
    weights[3] = np.nan
    sectors = tuple(("Energy", "Financials", "Utilities", "")[n % 4] for n in range(len(symbols)))
    return Holdings(universe, fund, day, symbols, weights, sectors)


def _series(name: str, days: np.ndarray, rng: np.random.Generator) -> Series:
    kept = rng.random(len(days)) > 0.02
    values = np.round(3.0 + np.cumsum(0.06 * rng.standard_normal(len(days))), 2)
    return Series(name, name, days[kept], values[kept])
