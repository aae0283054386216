"""Splits that the prices are adjusted for: figures a share are put into the shares of those prices.

A company is worth its shares outstanding times its close. Closes are in the shares of today, and what was filed before
a split is in the shares of then: taken as it is, a company seems to be worth a half once its share is split in two.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.market.durable import only_writer, write_durably
from signals.estimates import Estimates
from signals.facts import Facts
from signals.fundamentals import SHARES, Fundamentals

HEADER = ("symbol", "day", "new_per_old")
FILE = "splits.csv"


@dataclass(frozen=True, slots=True, order=True)
class Split:
    """From `day` on there are so many new shares for each old one."""

    symbol: str
    day: date
    new_per_old: float


def read_splits(path: Path, refused: Callable[[OSError], str]) -> tuple[tuple[Split, ...], list[str]]:
    """Return the splits in the file `path`, in order, and what is wrong with it, a line each; none where there is none.

    `refused` puts a file that cannot be opened into words.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        return (), []
    except OSError as error:
        return (), [f"{path.name}: {refused(error)}"]
    except (UnicodeDecodeError, csv.Error) as error:
        return (), [f"{path.name}: cannot be read ({error}); write it again"]
    if not rows or tuple(cell.strip().lower() for cell in rows[0]) != HEADER:
        return (), [f"{path.name}: line 1: the header is {','.join(HEADER)}"]
    found, faults = set(), []
    for line, cells in enumerate(rows[1:], start=2):
        if any(map(str.strip, cells)):
            split = _split([cell.strip() for cell in cells])
            if split is None:
                faults.append(f"{path.name}: line {line} is no split such as NVDA,2024-06-10,10; mend it")
            else:
                found.add(split)
    return tuple(sorted(found)), faults


def keep_splits(path: Path, splits: Iterable[Split]) -> None:
    """Add `splits` to the file `path`, durably; of one symbol and day the newer word counts.

    A file that cannot be read whole is set aside as ``splits.csv.damaged``, so that nothing of it is lost.
    """
    new = {(split.symbol, split.day): split for split in splits}
    if not new:
        return
    with only_writer(path.with_suffix(".lock")):
        found, faults = read_splits(path, str)
        known = {(split.symbol, split.day): split for split in found}
        both = known | new
        if both != known:
            if faults:
                path.replace(path.with_name(f"{path.name}.damaged"))
            lines = [f"{each.symbol},{each.day},{each.new_per_old!r}" for each in sorted(both.values())]
            write_durably(path, "\n".join([",".join(HEADER), *lines, ""]).encode())


def _split(cells: Sequence[str]) -> Split | None:
    try:
        symbol, day, ratio = cells
        split = Split(symbol.upper(), date.fromisoformat(day), float(ratio))
    except ValueError:
        return None
    return split if symbol and math.isfinite(split.new_per_old) and split.new_per_old > 0 else None


def restated(facts: Facts, splits: tuple[Split, ...]) -> Facts:
    """Return `facts` with shares outstanding and earnings per share in the shares after all `splits`."""
    if not splits:
        return facts
    filed = facts.fundamentals
    return replace(
        facts,
        fundamentals=filed if filed is None else _shares(filed, splits),
        estimates=tuple(_per_share(each, splits) for each in facts.estimates),
    )


@lru_cache(maxsize=4)
def _shares(filed: Fundamentals, splits: tuple[Split, ...]) -> Fundamentals:
    """Return what was filed, each cover's shares multiplied by the splits after its day; the same where none is."""
    if SHARES not in filed.values:
        return filed
    factor = np.ones(len(filed.company))
    for company, day, ratio in sorted({(filed.company_of(each.symbol), each.day, each.new_per_old) for each in splits}):
        factor[(filed.company == company) & (filed.period_end < np.datetime64(day, "D"))] *= ratio
    if bool(np.all(factor == 1.0)):
        return filed
    return replace(filed, values={**filed.values, SHARES: filed.values[SHARES] * factor})


@lru_cache(maxsize=512)
def _per_share(estimates: Estimates, splits: tuple[Split, ...]) -> Estimates:
    later: dict[str, float] = {}
    for split in splits:
        if split.day > estimates.day:
            later[split.symbol] = later.get(split.symbol, 1.0) * split.new_per_old
    factors = np.array([later.get(symbol, 1.0) for symbol in estimates.symbols])
    if bool(np.all(factors == 1.0)):
        return estimates
    return replace(estimates, forward_eps=estimates.forward_eps / factors)
