"""Breadth counted the slow way, with pandas on one table of closes and with loops over its sessions."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from bot.market.holdings import read_holdings
from signals.facts import Facts, Holdings
from signals.types import Market, Prices
from tests.signals.made_up import a_calendar, after_close, some_sessions


def listed(symbols: object, effective: date, universe: str = "smallcap") -> Holdings:
    names = tuple(symbols)
    return Holdings(universe, "IWM", effective, names, np.full(len(names), np.nan), ("",) * len(names))


def real_closes(folder: Path) -> pd.DataFrame:
    """Return the index and the stocks of the universe's file that IWM held in May 2025, a column each."""
    held = {row.symbol for row in read_holdings(folder / "holdings" / "IWM_holdings_2025-05-13.csv").rows}
    long = pd.read_parquet(folder / "universe" / "closes.parquet")
    table = long.pivot_table(index="date", columns="symbol", values="close")
    table = table[[symbol for symbol in table.columns if symbol in held]]
    index = pd.read_csv(folder / "prices" / "^RUT.csv.gz", index_col="Date", parse_dates=True)["Close"]
    table.insert(0, "^RUT", index.reindex(table.index))
    return table


def table_of(closes: np.ndarray, names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(closes, index=pd.DatetimeIndex(some_sessions(len(closes))), columns=names)


def market_of(table: pd.DataFrame, *, effective: date | None = None, universes: dict | None = None) -> Market:
    days = table.index.to_numpy().astype("datetime64[D]")
    prices = Prices(days, tuple(table.columns), table.to_numpy(dtype=float))
    files = (listed(table.columns[1:], effective),) if effective else ()
    return Market(
        prices,
        after_close(days[-1].item()),
        "made up",
        a_calendar(days),
        universes=universes or {},
        facts=Facts(holdings=files),
    )


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Return breadth of all columns but the first, which is the index."""
    index, members = table.iloc[:, 0], table.iloc[:, 1:]
    out = pd.DataFrame(index=table.index)
    for window in (50, 200):
        average = members.rolling(window, min_periods=window).mean()
        known = average.notna()
        out[f"covered_{window}"] = known.sum(axis=1)
        out[f"above_{window}_pct"] = 100 * ((members / average - 1 > 1e-9) & known).sum(axis=1) / known.sum(axis=1)
    change = members.diff()
    out["compared"] = change.notna().sum(axis=1)
    out["advances"] = (change > 0).sum(axis=1).where(out["compared"] > 0)
    out["declines"] = (change < 0).sum(axis=1).where(out["compared"] > 0)
    out["advancing_frac"] = out["advances"] / (out["advances"] + out["declines"])
    out["ad_line"] = (out["advances"] - out["declines"]).cumsum()
    before = members.shift(1)
    known = members.rolling(252, min_periods=252).count() == 252
    out["covered_252"] = known.sum(axis=1)
    is_high = (members > before.rolling(251, min_periods=251).max()) & known
    is_low = (members < before.rolling(251, min_periods=251).min()) & known
    out["new_highs"] = is_high.sum(axis=1).where(out["covered_252"] > 0)
    out["new_lows"] = is_low.sum(axis=1).where(out["covered_252"] > 0)
    for sessions in (1, 5, 21):
        own, typical = (each / each.shift(sessions) - 1 for each in (index, members))
        out[f"median_minus_index_{sessions}_pct"] = 100 * (typical.median(axis=1) - own)
    out["index_from_high_pct"] = 100 * (index / index.rolling(252, min_periods=252).max() - 1)
    out["is_index_high"] = index > index.shift(1).rolling(251, min_periods=251).max()
    out["advancing_ema_frac"] = averaged(out["advancing_frac"].tolist())
    return out


def averaged(ratios: list[float], window: int = 10) -> list[float]:
    averages: list[float] = []
    for row, ratio in enumerate(ratios):
        last = ratios[max(0, row - window + 1) : row + 1]
        before = averages[-1] if averages else math.nan
        if math.isnan(ratio):
            averages.append(math.nan)
        elif not math.isnan(before):
            averages.append(before * (1 - 2 / (window + 1)) + ratio * 2 / (window + 1))
        else:
            is_whole = len(last) == window and not any(map(math.isnan, last))
            averages.append(sum(last) / window if is_whole else math.nan)
    return averages


def happened(found: pd.DataFrame, members: int) -> dict[str, list[str]]:
    """Return the sessions of each kind of event at the default thresholds, found row by row."""
    covered = found["covered_200"]
    is_sound = ((covered > 0) & (covered >= 0.9 * members)).tolist()
    above, average = found["above_200_pct"].tolist(), found["advancing_ema_frac"].tolist()
    up, down = crossings(above, is_sound)
    rows = {
        "breadth_thrust": thrusts(average, is_sound),
        "divergence": thin_highs(
            above, found["is_index_high"].tolist(), is_sound, found["index_from_high_pct"].tolist()
        ),
        "above_200_up": up,
        "above_200_down": down,
    }
    days = [day.strftime("%Y-%m-%d") for day in found.index]
    return {kind: [days[row] for row in where] for kind, where in rows.items()}


def crossings(above: list[float], is_sound: list[bool]) -> tuple[list[int], list[int]]:
    side, up, down = 0, [], []
    for row, share in enumerate(above):
        now = 1 if share >= 55 else -1 if share <= 45 else side
        if not is_sound[row] or now == side:
            continue
        if side:
            (up if now == 1 else down).append(row)
        side = now
    return up, down


def thrusts(average: list[float], is_sound: list[bool]) -> list[int]:
    low, high, rows = -1, -1, []
    for row, share in enumerate(average):
        if is_sound[row] and share > 0.615:
            if low > high and row - low <= 10:
                rows.append(row)
            high = row
        if is_sound[row] and share < 0.40:
            low = row
    return rows


def thin_highs(
    above: list[float], is_index_high: list[bool], is_sound: list[bool], from_high: list[float]
) -> list[int]:
    thin, rows, is_known_before = -100, [], False
    for row, share in enumerate(above):
        if is_sound[row] and is_index_high[row] and share < 70:
            if row - thin > 21 and is_known_before:
                rows.append(row)
            thin = row
        is_known_before |= is_sound[row] and not math.isnan(share + from_high[row])
    return rows
