"""What insiders traded from CSV files of a folder: a line of a form each, and of which days all forms are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from bot.market.csv_rows import Cells, day_of, files_in, flag_of, number_of, rows_in, shown, symbol_of
from bot.market.price_csv import UnreadableFile
from signals.insider_facts import MOST_USD, InsiderTrade, InsiderTrades

HEADER = (
    "symbol,filed,traded,code,shares,price_usd,owner"
    "[,role][,side][,derivative][,planned][,form][,period]"
)  # fmt: skip
COVERED, COVERED_HEADER = "covered.csv", "symbol,first,last"
FORMS = frozenset(("", "4", "4/A", "5", "5/A"))
_DISPOSED = frozenset("SDF")
_LONGEST_NAME = 120
_Span = tuple[date, date]


def read_insiders(folder: Path, refused: Callable[[OSError], str]) -> tuple[InsiderTrades | None, list[str]]:
    """Return what the CSV files of `folder` say, None where they say nothing, and what is wrong with them."""
    trades: list[InsiderTrade] = []
    spans: dict[str, list[_Span]] = defaultdict(list)
    faults: list[str] = []

    def read(path: Path) -> list[str]:
        text = path.read_text(encoding="utf-8-sig")
        if path.name == COVERED:
            found, wrong = rows_in(text, COVERED_HEADER, _covered)
            for symbol, span in found:
                spans[symbol].append(span)
            return wrong
        own, wrong = rows_in(text, HEADER, _trade)
        trades.extend(own)
        return wrong

    files_in(folder, refused, read, faults)
    covered = {}
    for symbol, own in spans.items():
        joined = joined_spans(own)
        covered[symbol] = joined[-1]
        if len(joined) > 1:
            faults.append(f"{folder.name}/{COVERED}: {symbol} has days that are not covered; the last span is used")
    return (InsiderTrades.of(trades, covered) if trades or covered else None), faults


def joined_spans(spans: list[_Span]) -> list[_Span]:
    """Return spans of days in order; those that touch or overlap become one."""
    joined: list[_Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + timedelta(days=1):
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def span_of(cells: Cells) -> _Span:
    """Return the first and the last day of a row."""
    first, last = day_of(cells["first"]), day_of(cells["last"])
    if last < first:
        raise UnreadableFile(f"the last day {last} lies before the first, {first}")
    return first, last


def _covered(cells: Cells) -> tuple[str, _Span]:
    return symbol_of(cells["symbol"]), span_of(cells)


def _trade(cells: Cells) -> InsiderTrade:
    code, side, form = cells["code"].upper(), cells["side"].upper(), cells["form"].upper()
    if code and not (code.isascii() and code.isalpha() and len(code) == 1):
        raise UnreadableFile(f"code is {shown(cells['code'])}; write the form's letter")
    if side not in {"", "A", "D"}:
        raise UnreadableFile(f"side is {shown(cells['side'])}; write A (acquired) or D (disposed of)")
    if form not in FORMS:
        raise UnreadableFile(f"form is {shown(cells['form'])}; write 4, 4/A, 5 or 5/A")
    if not cells["owner"] or len(cells["owner"]) > _LONGEST_NAME:
        raise UnreadableFile(f"owner is {shown(cells['owner'])}")
    shares, price = number_of(cells["shares"], "shares"), number_of(cells["price_usd"], "price_usd")
    if shares * price >= MOST_USD:
        raise UnreadableFile(f"shares times price are ${shares * price:,.0f}")
    return InsiderTrade(
        symbol=symbol_of(cells["symbol"]),
        filed=day_of(cells["filed"]),
        traded=day_of(cells["traded"]),
        code=code,
        shares=shares,
        price_usd=price,
        owner=cells["owner"],
        role=cells["role"][:_LONGEST_NAME],
        is_acquired=side == "A" if side else code not in _DISPOSED,
        is_derivative=flag_of(cells["derivative"], "derivative"),
        is_planned=flag_of(cells["planned"], "planned"),
        is_amendment=form.endswith("/A"),
        period=day_of(cells["period"]) if cells["period"] else None,
    )
