"""`quality` of 4,500 companies from what they filed in six quarters, beside what a user would write with pandas.

Ours is the whole answer to a question about all of them: gates, scores, RSI, the change over a month, the first page
with its picture's data. pandas computes the six gates that rest on reports alone (sums over four quarters with groupby
and rolling, the last balance sheet with merge_asof) and nothing else; the answers to those are compared before anything
is timed. The last line is a scan of the busiest night: one company in ten has filed, everybody's estimates are new.
The bounds are on CPU seconds, which are the clock's on a machine of its own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.cards.quality_list import roster_page
from bot.questions.rosters import roster_of
from signals.estimates import Estimates
from signals.facts import Facts
from signals.fundamentals import Fundamentals
from signals.quality import QUALITY, standings
from signals.types import Calendar, FloatArray, Market, Prices

COMPANIES, QUARTERS, SESSIONS, SCANNED, SEED, ROUNDS = 4500, 6, 756, 3000, 20251121, 5
FLOWS = ("revenue", "net_income", "operating_income", "depreciation", "operating_cash_flow", "capex")
SHEET = ("cash", "equity", "debt_long", "debt_current", "debt_short", "shares")
GATES = ("profitable", "growing", "free_cash", "net_debt", "debt_to_equity", "margin")
MOST_CPU_S, MOST_SCAN_CPU_S = 1.0, 0.2
LAST = date(2025, 9, 30)


def rows() -> pd.DataFrame:
    """Return what was filed, a row per company and quarter: twelve figures, known about six weeks after its end."""
    rng = np.random.default_rng(SEED)
    ends = [date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31)]
    ends.append(date(2025, 6, 30))
    shape = (COMPANIES, QUARTERS)
    sales = 100.0 * np.exp(np.cumsum(0.05 * rng.standard_normal(shape), axis=1))
    earned = sales * (0.06 + 0.06 * rng.standard_normal(shape))
    figures = {
        "revenue": sales,
        "net_income": 0.75 * earned,
        "operating_income": earned,
        "depreciation": 0.04 * sales,
        "operating_cash_flow": earned + 3.0 * rng.standard_normal(shape),
        "capex": 0.03 * sales,
        "cash": rng.uniform(5, 50, shape),
        "equity": 120.0 + 60.0 * rng.standard_normal(shape),
        "debt_long": rng.uniform(10, 120, shape),
        "debt_current": rng.uniform(0, 10, shape),
        "debt_short": rng.uniform(0, 10, shape),
        "shares": np.full(shape, 20.0),
    }
    late = rng.integers(25, 55, shape)
    filed = np.array(ends, dtype="datetime64[D]") + late.astype("timedelta64[D]")
    company = np.repeat(np.arange(COMPANIES), QUARTERS)
    table = {"company": company, "period_end": np.tile(np.array(ends, dtype="datetime64[s]"), COMPANIES)}
    return pd.DataFrame(
        {
            **table,
            "filed": filed.ravel().astype("datetime64[s]"),
            **{name: each.ravel() for name, each in figures.items()},
        }
    )


def market_of(filed: pd.DataFrame, symbols: tuple[str, ...]) -> Market:
    """Return the market that knows it, with three years of closes and estimates of two days."""
    rng = np.random.default_rng(SEED + 1)
    days = np.busday_offset(np.datetime64(LAST, "D"), np.arange(-SESSIONS + 1, 1), roll="backward")
    closes = 40.0 * np.exp(np.cumsum(0.02 * rng.standard_normal((SESSIONS, COMPANIES)), axis=0))
    count = len(filed)
    whose = np.tile(filed["company"].to_numpy(), 2)
    order = np.lexsort((np.tile(filed["filed"].to_numpy(), 2), whose))
    twice = pd.concat([filed, filed], ignore_index=True).iloc[order]
    is_flow = (np.repeat([True, False], count))[order]
    fundamentals = Fundamentals(
        symbols,
        twice["company"].to_numpy(np.int64),
        twice["period_end"].to_numpy("datetime64[D]"),
        twice["filed"].to_numpy("datetime64[D]"),
        np.where(is_flow, 3, 0),
        {name: np.where(is_flow == (name in FLOWS), twice[name], np.nan) for name in (*FLOWS, *SHEET)},
    )
    estimates = tuple(_estimates(day, symbols, rng) for day in (LAST - timedelta(days=1), LAST))
    instant = datetime.combine(LAST, datetime.min.time(), UTC) + timedelta(hours=21)
    return Market(
        Prices(days, symbols, closes),
        instant,
        "made up",
        Calendar(days, days.astype("datetime64[s]") + np.timedelta64(20, "h")),
        facts=Facts(fundamentals=fundamentals, estimates=estimates),
    )


def _estimates(day: date, symbols: tuple[str, ...], rng: np.random.Generator) -> Estimates:
    count = len(symbols)
    return Estimates(
        day,
        symbols,
        rng.normal(1.5, 1.0, count),
        rng.normal(2.0, 4.0, count),
        rng.integers(2, 9, count).astype(float),
        rng.uniform(1.0, 4.0, count),
    )


def by_pandas(filed: pd.DataFrame, day: pd.Timestamp) -> FloatArray:
    """Return the answers to the six gates as a user would write them: 1 passes, -1 fails, 0 unknown."""
    known = filed[filed["filed"] <= day].sort_values(["company", "period_end"])
    whose = known.groupby("company")
    years = whose[list(FLOWS)].rolling(4).sum().reset_index(level=0, drop=True)
    before = whose[["revenue", "operating_income"]].shift(4)
    known = known.assign(
        profit=years["net_income"],
        free=years["operating_cash_flow"] - years["capex"],
        ebitda=years["operating_income"] + years["depreciation"],
        growth=100 * (known["revenue"] / before["revenue"] - 1),
        margin=100 * (known["operating_income"] / known["revenue"] - before["operating_income"] / before["revenue"]),
        debt=known[["debt_long", "debt_current", "debt_short"]].sum(axis=1),
    )
    asked = pd.DataFrame({"company": np.arange(COMPANIES), "day": day.as_unit("s")})
    last = pd.merge_asof(asked, known.sort_values("filed"), left_on="day", right_on="filed", by="company")
    net = np.where(last["ebitda"] > 0, (last["debt"] - last["cash"]) / last["ebitda"], np.inf)
    ratio = np.where(last["equity"] > 0, last["debt"] / last["equity"], np.inf)
    gates = (last["profit"] > 0, last["growth"] > 0, last["free"] > 0, net < 3, ratio < 1, last["margin"] >= -2)
    parts = (last["profit"], last["growth"], last["free"], last["ebitda"], last["debt"], last["margin"])
    return np.column_stack(
        [np.where(part.isna(), 0, np.where(gate, 1, -1)) for gate, part in zip(gates, parts, strict=True)]
    )


def best(call: Callable[[], object]) -> tuple[float, float]:
    """Return the least seconds and the least CPU seconds of some rounds."""
    seconds, cpu = [], []
    for _ in range(ROUNDS):
        began, began_cpu = time.perf_counter(), time.process_time()
        call()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
    return min(seconds), min(cpu)


def a_busy_night(market: Market) -> Market:
    """Return a market in which one company in ten filed its last report in the last session."""
    own = market.only(market.prices.symbols[:SCANNED])
    filed = market.facts.fundamentals
    assert filed is not None
    is_last = (filed.period_end == filed.period_end.max()) & (filed.company % 10 == 0)
    late = replace(filed, filed=np.where(is_last, own.prices.sessions[-1], filed.filed))
    return replace(own, facts=replace(own.facts, fundamentals=late))


def main() -> bool:
    """Print the comparison; return whether both figures were met."""
    from rich.console import Console
    from rich.table import Table

    filed = rows()
    symbols = tuple(f"S{n:04}" for n in range(COMPANIES))
    market = market_of(filed, symbols)
    day = pd.Timestamp(LAST)

    found = standings(QUALITY.history(market, {}), symbols).verdicts.answers[:, : len(GATES)]
    np.testing.assert_array_equal(found, by_pandas(filed, day))

    def answer() -> object:
        return roster_page(roster_of(market, "everything followed", symbols))

    whole_s, whole_cpu = best(answer)
    gates_s, gates_cpu = best(lambda: standings(QUALITY.history(market, {}), symbols))
    pandas_s, pandas_cpu = best(lambda: by_pandas(filed, day))
    night = a_busy_night(market)
    events = QUALITY.events(QUALITY.history(night, {}), {}, since=-1)
    scan_s, scan_cpu = best(lambda: QUALITY.events(QUALITY.history(night, {}), {}, since=-1))

    title = f"{COMPANIES:,} companies x {len(FLOWS) + len(SHEET)} concepts x {QUARTERS} quarters, equal answers"
    table = Table(title=title)
    for column in ("how", "s", "CPU s"):
        table.add_column(column, justify="left" if column == "how" else "right")
    table.add_row("smallcap-signals: the whole answer", f"{whole_s:.3f}", f"{whole_cpu:.3f}")
    table.add_row("smallcap-signals: the nine gates", f"{gates_s:.3f}", f"{gates_cpu:.3f}")
    table.add_row("pandas: six of the gates", f"{pandas_s:.3f}", f"{pandas_cpu:.3f}")
    table.add_row(f"a night's scan of {SCANNED:,}: {len(events):,} events", f"{scan_s:.3f}", f"{scan_cpu:.3f}")
    Console(width=100).print(table)
    is_met = whole_cpu < MOST_CPU_S and scan_cpu < MOST_SCAN_CPU_S
    bounds = f"whole answer below {MOST_CPU_S:g} CPU s, scan below {MOST_SCAN_CPU_S:g} CPU s"
    print(f"{bounds}: {'met' if is_met else 'NOT MET'}")
    return is_met


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
