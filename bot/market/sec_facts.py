"""One company's figures from the SEC's companyfacts answer; what cannot be used is said, and stops nothing."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.market.sec_filings import Fact, Row, rows_of
from bot.market.sec_tags import BALANCE_TAGS, FLOW_TAGS, IFRS, SHARE_TAGS, TAXONOMIES, US_GAAP
from signals.fundamentals import Fundamentals

DOLLARS, SHARES = "USD", "shares"
SPANS = {3: (75, 120), 6: (150, 205), 9: (235, 300), 12: (340, 380)}
"""Months, and the days they may have: quarters have 12 to 17 weeks."""
FOLLOWS_IFRS = "its accounts follow IFRS, not US GAAP: they are not set beside the figures of others"
NO_DOLLARS = "its accounts are in {units}, not in US dollars: they are not set beside the figures of others"
NOTHING = "nothing that was filed is among the figures that are looked for"
MEND = "ask the SEC for it again"
_LONGEST_SHOWN = 40
_LARGEST = 10**30
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ODD_SPAN = "of another span than 3, 6, 9 or 12 months"


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What the SEC's answer says of a company.

    Attributes
    ----------
    cik : int
        The SEC's number of it; 0 where the answer has none.
    rows : tuple of Row
        Its figures, filing by filing.
    read : int
        Facts of the tags that are looked for which were understood.
    left_out : mapping of str to int
        Facts of those tags that were not, by reason.
    remark : str
        What has to be said in the place of figures; empty where there are some.
    faults : tuple of str
        What is wrong with the answer, a line each.
    """

    cik: int = 0
    name: str = ""
    rows: tuple[Row, ...] = ()
    read: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    remark: str = ""
    faults: tuple[str, ...] = ()


def company_facts(body: bytes) -> CompanyFacts:
    """Return what an answer of companyfacts says; whatever is wrong with it is among its faults.

    Figures in another currency than US dollars, or by other rules than US GAAP, are counted and never mixed in.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        return _unusable(f"is no JSON ({shown(error)})")
    if not isinstance(said, dict) or not isinstance(said.get("facts"), dict):
        return _unusable("has no facts")
    cik = _cik(said.get("cik"))
    name = said.get("entityName")
    taxonomies = said["facts"]
    reader = _Reader()
    for tag in sorted(FLOW_TAGS | BALANCE_TAGS | SHARE_TAGS):
        reader.take(taxonomies, TAXONOMIES.get(tag, US_GAAP), tag)
    if not cik:
        reader.faults.insert(0, f"has no number of the company; {MEND}")
    rows = rows_of(reader.facts)
    return CompanyFacts(
        cik=cik,
        name=" ".join(name.encode("utf-8", "replace").decode().split()) if isinstance(name, str) else "",
        rows=rows if cik else (),
        read=len(reader.facts),
        left_out=dict(reader.left_out),
        remark=_remark(rows, taxonomies, reader.left_out),
        faults=tuple(reader.faults),
    )


def _unusable(fault: str) -> CompanyFacts:
    return CompanyFacts(faults=(f"{fault}; {MEND}",))


def _cik(given: Any) -> int:
    """Return the SEC's number, which it gives as a number and, padded, as a text."""
    text = str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len("0001997711") else 0


def _remark(rows: tuple[Row, ...], taxonomies: Mapping[str, Any], left_out: Mapping[str, int]) -> str:
    if any(name != SHARES for row in rows for name in row.values):
        return ""
    if taxonomies.get(IFRS):
        return FOLLOWS_IFRS
    units = sorted(reason.removeprefix("in ") for reason in left_out if reason.startswith("in "))
    return NO_DOLLARS.format(units=", ".join(units)) if units else NOTHING


class _Reader:
    """Walks through an answer and keeps what it understands."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.left_out: Counter[str] = Counter()
        self.faults: list[str] = []

    def take(self, taxonomies: Mapping[str, Any], taxonomy: str, tag: str) -> None:
        """Read whatever was filed under a tag."""
        concepts = taxonomies.get(taxonomy, {})
        concept = concepts.get(tag, {}) if isinstance(concepts, dict) else None
        units = concept.get("units", {}) if isinstance(concept, dict) else None
        if not isinstance(units, dict):
            self.faults.append(f"{taxonomy}/{tag}: is not laid out as the SEC does; {MEND}")
            return
        wrong: Counter[str] = Counter()
        for unit, given in units.items():
            if not isinstance(given, list):
                wrong["its facts are no list"] += 1
            elif unit != (SHARES if tag in SHARE_TAGS else DOLLARS):
                self.left_out[f"in {shown(unit)}"] += len(given)
            else:
                for fact, reason in (_fact(tag, row) for row in given):
                    if fact is not None:
                        self.facts.append(fact)
                    elif reason == _ODD_SPAN:
                        self.left_out[reason] += 1
                    else:
                        wrong[reason] += 1
        for reason, count in wrong.items():
            self.left_out["wrong"] += count
            such = f" ({count} such)" if count > 1 else ""
            self.faults.append(f"{taxonomy}/{tag}: {reason}{such}; left out, {MEND}")


def _fact(tag: str, row: Any) -> tuple[Fact | None, str]:
    """Return a fact, or why it is none."""
    if not isinstance(row, dict):
        return None, f"{shown(row)} is no fact"
    days: dict[str, date] = {}
    wanted = ("start", "end", "filed") if tag in FLOW_TAGS else ("end", "filed")
    for name in wanted:
        day = day_of(row.get(name))
        if day is None:
            return None, f"{name} is {shown(row.get(name))}, no date"
        days[name] = day
    value = number_of(row.get("val"))
    if value is None:
        return None, f"val is {shown(row.get('val'))}, no number"
    if days["filed"] < days["end"]:
        return None, f"filed {days['filed']}, before its period ended"
    months = months_of(days["start"], days["end"]) if tag in FLOW_TAGS else 0
    if months is None:
        return None, _ODD_SPAN
    return Fact(tag, days["end"], days["filed"], months, value), ""


def months_of(start: date, end: date) -> int | None:
    """Return how many months a period has by its days; None where it is none of `SPANS`."""
    days = (end - start).days + 1
    return next((months for months, (least, most) in SPANS.items() if least <= days <= most), None)


def day_of(given: Any) -> date | None:
    """Return the date that an answer gives as a text; None where it is none."""
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def number_of(given: Any) -> float | None:
    """Return the number that an answer gives; None where it is none."""
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return None
    try:
        value = float(given)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def shown(given: Any) -> str:
    """Return what an answer gives, short enough for a line."""
    is_number = isinstance(given, int) and not isinstance(given, bool)
    text = "a number of many digits" if is_number and abs(given) > _LARGEST else " ".join(str(given).split())
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def gathered_facts(companies: Mapping[str, CompanyFacts], classes: Mapping[str, str]) -> Fundamentals:
    """Return the figures of companies, by the symbol of each, as one table; `classes` name their further symbols."""
    symbols = tuple(sorted(companies))
    rows = [
        (place, row.period_end, row.filed, row.months, row.values)
        for place, symbol in enumerate(symbols)
        for row in companies[symbol].rows
    ]
    known = {symbol: own for symbol, own in classes.items() if own in companies and symbol not in companies}
    remarks = {symbol: companies[symbol].remark for symbol in symbols if companies[symbol].remark}
    return Fundamentals.in_order(symbols, rows, classes=known, remarks=remarks)
