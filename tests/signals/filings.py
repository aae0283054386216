"""Filings made up for a test, and the slow way to know what was known."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from signals.estimates import Estimates
from signals.fundamentals import Fundamentals
from signals.standing import Standing, standing

MISSING = {"missing", "unknown"}


def answers(name: str) -> dict:
    return tomllib.loads((Path(__file__).parents[1] / "answers" / f"{name}.toml").read_text(encoding="utf-8"))


def numbers(cells: list[object]) -> np.ndarray:
    return np.array([np.nan if cell in MISSING else cell for cell in cells], dtype=float)


def filed(*rows: tuple[str, str, int, Mapping[str, float]], company: str = "A") -> Fundamentals:
    """Return what one company filed: (period_end, filed, months, values)."""
    told = [(0, date.fromisoformat(end), date.fromisoformat(day), months, values) for end, day, months, values in rows]
    return Fundamentals.in_order((company,), told)


def on(fundamentals: Fundamentals, *days: str) -> Standing:
    """Return what was known of its first company on some days."""
    return standing(fundamentals, np.zeros(len(days), dtype=np.int64), np.array(days, dtype="datetime64[D]"))


def told(value: float, *, is_meaningless: bool = False) -> float | str:
    """Return a number as the answers write it."""
    if is_meaningless:
        return "n.m."
    return "unknown" if np.isnan(value) else round(float(value), 9)


def filed_by(symbols: Sequence[str], days: np.ndarray, rng: np.random.Generator) -> Fundamentals:
    """Return two years of quarters before `days` and those during them, each filed about six weeks after its end."""
    rows = []
    first, last = days[0].item() - timedelta(days=760), days[-1].item()
    for company in range(len(symbols)):
        margin, debt = rng.normal(0.08, 0.06), rng.uniform(20, 90)
        end = first
        while end < last:
            filed_on = end + timedelta(days=int(rng.integers(25, 55)))
            sales = float(100 + rng.normal(0, 10))
            earned = sales * (margin + rng.normal(0, 0.05))
            flows = {"revenue": sales, "net_income": 0.7 * earned, "operating_income": earned, "depreciation": 4.0}
            flows |= {"operating_cash_flow": earned + rng.normal(0, 5), "capex": float(rng.uniform(1, 8))}
            debt = max(1.0, debt + rng.normal(0, 25))
            sheet = {"debt_long": debt, "cash": 10.0, "equity": float(60 + rng.normal(0, 25)), "shares": 20.0}
            rows += [(company, end, filed_on, 3, flows), (company, end, filed_on, 0, sheet)]
            end += timedelta(days=91)
    remarks = {symbols[-1]: "its accounts follow IFRS"}
    return Fundamentals.in_order(tuple(symbols), rows, remarks=remarks)


def expected_of(symbols: Sequence[str], days: np.ndarray, rng: np.random.Generator) -> tuple[Estimates, ...]:
    """Return what is expected of companies, every sixty sessions."""
    count = len(symbols)
    return tuple(
        Estimates(
            day.item(),
            tuple(symbols),
            rng.normal(1.5, 1.0, count),
            rng.normal(0, 4, count),
            rng.integers(1, 6, count).astype(np.float64),
            rng.uniform(1, 4, count),
        )
        for day in days[::60]
    )
