"""What everybody filed under one tag for one period, from the SEC's frames answer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.market.sec_facts import MEND, day_of, months_of, number_of, shown
from bot.market.sec_filed import ACCESSION

FACT = np.dtype(
    [("cik", "<i8"), ("months", "<i8"), ("end", "<M8[D]"), ("accession", "S20"), ("value", "<f8"), ("seen", "<M8[D]")]
)
"""A fact as it is kept: whose, months it spans (0: of a day), its last day, its filing, and the day it came first."""
_LARGEST_CIK = 9_999_999_999
_SHOWN_FAULTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What an answer says.

    Attributes
    ----------
    facts : ndarray of `FACT`
        What was understood.
    odd_spans : int
        Facts that were left out because they span neither 3 nor 12 months.
    faults : tuple of str
        What is wrong with the answer, a line each.
    is_whole : bool
        Whether it answers what was asked, however many of its facts were understood.
    """

    facts: NDArray[np.void] = field(default_factory=lambda: np.empty(0, FACT))
    odd_spans: int = 0
    faults: tuple[str, ...] = ()
    is_whole: bool = False


def frame_of(body: bytes, asked: tuple[str, str, str, str], seen: date) -> Frame:
    """Return what an answer says; whatever is wrong with it is among its faults.

    Parameters
    ----------
    asked : tuple of str
        Taxonomy, tag, unit and period that were asked for: an answer to another question is none.
    seen : date
        The day it came.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Frame(faults=(f"is no JSON ({shown(error)}); {MEND}",))
    if not isinstance(said, dict) or not isinstance(said.get("data"), list):
        return Frame(faults=(f"has no data; {MEND}",))
    told = tuple(said.get(name) for name in ("taxonomy", "tag", "uom", "ccp"))
    if told != asked:
        other = next(
            f"{own!r} where {shown(given)} came" for own, given in zip(asked, told, strict=True) if own != given
        )
        return Frame(faults=(f"answers another question ({other}); {MEND}",))
    is_instant = asked[-1].endswith("I")
    wrong: Counter[str] = Counter()
    rows: list[tuple[Any, ...]] = []
    odd = 0
    for given in said["data"]:
        try:
            row = _fact(given, is_instant=is_instant)
        except ValueError as error:
            wrong[str(error)] += 1
        else:
            rows += [(*row, seen)] if row is not None else []
            odd += row is None
    faults = [f"{reason}{f' ({count} such)' if count > 1 else ''}; left out, {MEND}" for reason, count in wrong.items()]
    if len(faults) > _SHOWN_FAULTS:
        faults[_SHOWN_FAULTS:] = [f"and {len(faults) - _SHOWN_FAULTS} more like these"]
    return Frame(np.array(rows, dtype=FACT), odd, tuple(faults), is_whole=bool(rows) or not faults)


def _fact(given: Any, *, is_instant: bool) -> tuple[Any, ...] | None:
    """Return a fact, None where it spans other months; raise `ValueError` with what is wrong where it is none."""
    if not isinstance(given, dict):
        raise ValueError(f"{shown(given)} is no fact")  # noqa: TRY004 - one kind of error for whatever an answer holds
    cik, accession = given.get("cik"), given.get("accn")
    if not isinstance(cik, int) or isinstance(cik, bool) or not 0 < cik <= _LARGEST_CIK:
        raise ValueError(f"cik is {shown(cik)}, no number of a company")
    if not isinstance(accession, str) or not ACCESSION.fullmatch(accession):
        raise ValueError(f"accn is {shown(accession)}, no number of a filing")
    end = _day(given, "end")
    months = 0 if is_instant else months_of(_day(given, "start"), end)
    value = number_of(given.get("val"))
    if value is None:
        raise ValueError(f"val is {shown(given.get('val'))}, no number")
    return None if months is None else (cik, months, end, accession.encode(), value)


def _day(given: dict[str, Any], name: str) -> date:
    day = day_of(given.get(name))
    if day is None:
        raise ValueError(f"{name} is {shown(given.get(name))}, no date")
    return day
