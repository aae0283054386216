"""What the simulated companies filed: quarters, years and balance sheets, each known weeks after its period's end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.market.sample_companies import Traits, traits
from bot.market.sample_finances import QUARTERS, YEAR, Finances, finances
from bot.market.sample_listing import COMPANIES
from bot.market.sample_returns import REPORT_EVERY
from bot.market.sec_facts import FOLLOWS_IFRS
from signals.fundamentals import FLOWS, Fundamentals
from signals.types import BoolArray, FloatArray, IntArray, SessionArray

if TYPE_CHECKING:
    from bot.market.sample_market import SampleMarket

FIRST_MONTH = np.datetime64("2022-03", "M")
"""The month in which the first quarter ends."""
SOONEST, LATEST = 25, 50
"""Days from the end of a period to its filing."""
_LONGEST_CLOSURE = 4
JANUARY = ("WNVN", "STCK", "GRDL", "YRL", "STDH", "GMD", "PRN")
"""Shops, whose fiscal years end in January."""
NO_DEBT_LINE = ("FRNR", "THRN", "CRV", "BRDL", "TVN")
NEGATIVE_EQUITY = ("TRH", "GRL", "HSN", "MRHL", "SKLY")
FOREIGN = {"SKFD": FOLLOWS_IFRS, "PRR": FOLLOWS_IFRS}
"""Filers of which there are no figures, and why."""
CLASSES = {"GLDT-B": "GLDT"}
SPLIT_IN_THREE = ("HRN", "CRX")
"""Companies whose debt stands in three lines; that of the others stands in two."""
RESTATED, RESTATED_ON = "MRRN", np.datetime64("2026-09-08", "D")
"""A company that files again, on that day, what it had earned in the quarter before the last one."""
_Column = NDArray[Any]
WITHOUT_SALES = tuple(company.symbol for company in COMPANIES if company.theme == "biotech")[::3]


@dataclass(frozen=True, slots=True, eq=False)
class Reports:
    """The companies' quarters, each array of shape (quarters, companies), the oldest first.

    `reported` is the row of the session on which the market heard of a quarter.
    """

    figures: Finances
    ends: SessionArray
    filed: SessionArray
    reported: IntArray


def reports_of(market: SampleMarket) -> Reports:
    """Return every quarter of every company, those that are not filed included."""
    companies = traits()
    caps = market.caps()
    shifted = np.array([company.symbol in JANUARY for company in COMPANIES]).astype(np.int64)
    months = FIRST_MONTH + 3 * np.arange(QUARTERS)[:, None] + shifted
    ends = (months + 1).astype("datetime64[D]") - 1
    filed, reported = _filed(companies, ends, caps.sessions)
    return Reports(finances(companies, caps.close[-1]), ends, filed, reported)


def filings_of(market: SampleMarket, reports: Reports) -> Fundamentals:
    """Return what is filed, as a table: of each quarter a row of the period and one of the balance sheet."""
    symbols = tuple(company.symbol for company in COMPANIES)
    figures = {name: np.rint(getattr(reports.figures, name)) for name in (*FLOWS, "cash", "equity", "debt")}
    is_year = np.arange(QUARTERS) % YEAR == YEAR - 1  # the fourth quarter is filed as the year
    again = _again(figures, symbols.index(RESTATED))
    _make_holes(figures, symbols)
    flows = {name: _with_years(figures[name], is_year) for name in FLOWS}
    sheets = {"cash": figures["cash"], "equity": figures["equity"], **_debts(figures["debt"], symbols)}
    sheets["shares"] = np.tile([market.shares[symbol] for symbol in symbols], (QUARTERS, 1))
    files = np.flatnonzero(~np.isin(symbols, list(FOREIGN)))
    spans = np.where(is_year, 12, 3)[:, None] + np.zeros(len(symbols), dtype=np.int64)
    nothing = np.full(spans.shape, np.nan)
    places = np.tile(np.arange(len(symbols)), (QUARTERS, 1))

    def rows(of_a_period: _Column, of_a_day: _Column, restated: object) -> _Column:
        each = (of_a_period[:, files].ravel(), of_a_day[:, files].ravel(), np.array([restated], of_a_period.dtype))
        return np.concatenate(each)

    company, filed = (rows(places, places, symbols.index(RESTATED)), rows(reports.filed, reports.filed, RESTATED_ON))
    order = np.lexsort((filed, company))
    values = {name: rows(flow, nothing, again.get(name, np.nan))[order] for name, flow in flows.items()}
    values |= {name: rows(nothing, sheet, np.nan)[order] for name, sheet in sheets.items()}
    ends = rows(reports.ends, reports.ends, reports.ends[-2, symbols.index(RESTATED)])
    months = rows(spans, np.zeros_like(spans), 3)
    return Fundamentals(
        symbols, company[order], ends[order], filed[order], months[order], values, dict(CLASSES), dict(FOREIGN)
    )


def _filed(companies: Traits, ends: SessionArray, sessions: SessionArray) -> tuple[SessionArray, IntArray]:
    """Return the session on which each quarter is filed, and the row of that on which the market heard of it.

    The market hears of a company's quarter where its price has its quarterly jump. A company that speaks early files
    early, too.
    """
    heard = np.arange(0, len(sessions) - REPORT_EVERY + 1, REPORT_EVERY)[:, None] + companies.reports_on
    after = sessions[heard][None] >= (ends + SOONEST - REPORT_EVERY // 4)[:, None]
    which = np.where(after.any(axis=1), after.argmax(axis=1), len(heard) - 1)
    reported = np.take_along_axis(heard, which, axis=0)
    order = (companies.reports_on - companies.reports_on.min()) / np.ptp(companies.reports_on)
    soonest = SOONEST + _LONGEST_CLOSURE
    wanted = ends + np.rint(soonest + (LATEST - soonest) * order).astype(np.int64)
    filed = sessions[np.searchsorted(sessions, wanted, side="right") - 1]
    return filed, reported


def _make_holes(figures: dict[str, FloatArray], symbols: tuple[str, ...]) -> None:
    figures["debt"][:, np.isin(symbols, NO_DEBT_LINE)] = np.nan
    figures["revenue"][:, np.isin(symbols, WITHOUT_SALES)] = np.nan
    figures["equity"][:, np.isin(symbols, NEGATIVE_EQUITY)] *= -0.5


def _with_years(quarters: FloatArray, is_year: BoolArray) -> FloatArray:
    found = quarters.copy()
    found[is_year] = quarters[: YEAR * is_year.sum()].reshape(-1, YEAR, quarters.shape[1]).sum(axis=1)
    return found


def _debts(debt: FloatArray, symbols: tuple[str, ...]) -> dict[str, FloatArray]:
    current = np.rint(0.08 * debt)
    short = np.where(np.isin(symbols, SPLIT_IN_THREE), np.rint(0.05 * debt), np.nan)
    return {"debt_long": debt - current - np.nan_to_num(short), "debt_current": current, "debt_short": short}


def _again(figures: dict[str, FloatArray], column: int) -> dict[str, float]:
    """Return the quarter before the last one as it is filed again: with a loss larger than the year's profit."""
    less = np.rint(1.3 * figures["net_income"][-YEAR:, column].sum())
    return {name: float(figures[name][-2, column] - less) for name in ("net_income", "operating_income")}
