"""Merger filings from CSV files of a folder: a line of the form index each, and of which days all are there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bot.market.csv_rows import Cells, day_of, files_in, rows_in, shown, symbol_of
from bot.market.insiders_csv import joined_spans, span_of
from bot.market.price_csv import UnreadableFile
from signals.deal_facts import FORMS, DealFiling, Deals

HEADER = "filed,form,company[,cik][,symbol][,accession]"
COVERED, COVERED_HEADER = "covered.csv", "first,last"
_LONGEST_NAME = 160


def read_deals(folder: Path, refused: Callable[[OSError], str]) -> tuple[Deals | None, list[str]]:
    """Return what the CSV files of `folder` say, None where they say nothing, and what is wrong with them."""
    filings: set[DealFiling] = set()
    spans: list[tuple[date, date]] = []
    faults: list[str] = []

    def read(path: Path) -> list[str]:
        text = path.read_text(encoding="utf-8-sig")
        if path.name == COVERED:
            found, wrong = rows_in(text, COVERED_HEADER, span_of)
            spans.extend(found)
            return wrong
        own, wrong = rows_in(text, HEADER, _filing)
        filings.update(each for each in own if each is not None)
        return wrong

    files_in(folder, refused, read, faults)
    if not filings and not spans:
        return None, faults
    ordered = sorted(filings, key=lambda each: (each.filed, each.form, each.accession, each.cik, each.company))
    return Deals(tuple(ordered), tuple(joined_spans(spans))), faults


def _filing(cells: Cells) -> DealFiling | None:
    """Return a row, None where it is of a form that is not counted."""
    form, company, cik = cells["form"].upper(), cells["company"], cells["cik"] or "0"
    if not form or not company or len(company) > _LONGEST_NAME:
        raise UnreadableFile(f"{shown(form)} of {shown(company)} is no form of a company")
    if not re.fullmatch(r"\d{1,10}", cik, re.ASCII):
        raise UnreadableFile(f"cik is {shown(cik)}")
    filed, symbol = day_of(cells["filed"]), symbol_of(cells["symbol"]) if cells["symbol"] else ""
    return DealFiling(filed, form, company, int(cik), symbol, cells["accession"]) if form in FORMS else None
