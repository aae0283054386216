"""The gates of quality for many symbols: asked at any session, by what was known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.estimates import expected
from signals.fundamentals import Fundamentals
from signals.group_members import financials_among
from signals.insider_counts import WINDOW_DAYS, purchases_in, spells_of
from signals.lazy_columns import Column, LazyColumns
from signals.quality_gates import GATES, Verdicts, verdicts
from signals.standing import MEASURES, standing, vintages
from signals.types import BoolArray, FloatArray, IntArray, Market, SessionArray

ESTIMATED = ("surprise_pct", "analysts", "mean_rating")
FILED = tuple(part for part in dict.fromkeys(part for gate in GATES for part in gate.parts) if part in MEASURES)
FEW_ROWS = 5
"""Up to so many rows are looked at each by itself: what was known before them need not be gone through."""
_AT_ONCE = 64
"""Symbols that are asked in one go, so that the memory stays small."""


def _answer_to(place: int) -> Callable[[Any], Column]:
    return lambda own: own.answers[:, :, place]


class QualityColumns(LazyColumns):
    """Answers of every symbol at every session, made for those that are asked for.

    Parameters
    ----------
    market : Market
        T sessions, N symbols.
    """

    def __init__(self, market: Market) -> None:
        super().__init__()
        self._market = market
        self.filed = (market.facts.fundamentals or Fundamentals.in_order((), [])).only(market.prices.symbols)
        """What its companies filed."""
        companies = [self.filed.company_of(symbol) for symbol in market.prices.symbols]
        self.companies = np.array(companies, dtype=np.int64)
        """The place of each symbol's company in `filed`, -1 where there is none; shape (N,)."""

    @property
    def formulas(self) -> Mapping[str, Callable[[Any], Column]]:
        """What makes each column, shape (T, N)."""
        return {
            **{gate.name: _answer_to(place) for place, gate in enumerate(GATES)},
            "score": lambda own: own.whole[1],
        }

    @cached_property
    def is_financial(self) -> BoolArray:
        """Which symbols of whom anything was filed are banks, insurers and the like, shape (N,)."""
        found = np.zeros(len(self.companies), dtype=np.bool_)
        filers = np.flatnonzero(self.companies >= 0)
        found[filers] = financials_among(self._market, [self._market.prices.symbols[place] for place in filers])
        return found

    @property
    def answers(self) -> NDArray[np.int8]:
        """Answers to the gates, shape (T, N, 9)."""
        return self.whole[0]

    @cached_property
    def whole(self) -> tuple[NDArray[np.int8], FloatArray]:
        """Answers of shape (T, N, 9) and scores of shape (T, N), of everybody."""
        shape = count, _ = len(self._market.prices.sessions), len(self.companies)
        answers = np.zeros((*shape, len(GATES)), dtype=np.int8)
        scores = np.full(shape, np.nan)
        told = np.flatnonzero(self._is_told)
        for start in range(0, len(told), _AT_ONCE):
            columns = told[start : start + _AT_ONCE]
            found = self.asked(columns, slice(0, count))
            answers[:, columns] = found.answers.reshape(count, len(columns), len(GATES))
            scores[:, columns] = found.score.reshape(count, len(columns))
        return answers, scores

    @property
    def _is_told(self) -> BoolArray:
        """Of which symbols anything is known on any day, shape (N,)."""
        facts = self._market.facts
        named = {symbol for each in facts.estimates for symbol in each.symbols}
        if facts.insiders is not None:
            named |= {*facts.insiders.companies, *facts.insiders.classes}
        return (self.companies >= 0) | np.array([name in named for name in self._market.prices.symbols], dtype=np.bool_)

    def fill(self, since: int) -> None:
        """Compute nothing: a reading asks the gates of its own row alone."""
        del since

    def figures(self, columns: IntArray, rows: IntArray) -> dict[str, FloatArray]:
        """Return what the gates need of some symbols, each on a row of its own: each figure of shape (M,)."""
        market = self._market
        days = market.prices.sessions[rows]
        figures = dict(standing(self.filed, self.companies[columns], days, names=FILED).values)
        symbols = [market.prices.symbols[column] for column in columns]
        sessions, place = np.unique(days, return_inverse=True)
        beside = _beside_filings(market, symbols, sessions)
        return figures | {name: values[place, np.arange(len(columns))] for name, values in beside.items()}

    def asked_at(self, columns: IntArray, rows: IntArray) -> Verdicts:
        """Return what the gates say of some symbols, each on a row of its own."""
        return verdicts(self.figures(columns, rows), is_financial=self.is_financial[columns])

    def days(self, column: int, row: int) -> dict[str, str | None]:
        """Return the day of a symbol's last report, the day that it speaks of, and the day of its estimates."""
        market, session = self._market, self._market.prices.sessions[row]
        own = (self.filed.company == self.companies[column]) & (self.filed.filed <= session)
        rows = np.flatnonzero(own & (self.filed.months > 0))
        symbol = market.prices.symbols[column]
        stood = [each.day for each in market.facts.estimates if each.day <= session.item() and symbol in each.symbols]
        return {
            "filed": str(self.filed.filed[rows[-1]]) if len(rows) else None,
            "period_end": str(self.filed.period_end[rows].max()) if len(rows) else None,
            "estimates": stood[-1].isoformat() if stood else None,
        }

    def asked(self, columns: IntArray, rows: slice) -> Verdicts:
        """Return what the gates say of some symbols on some rows, flat: the symbols of a row stand side by side."""
        market, symbols = self._market, [self._market.prices.symbols[column] for column in columns]
        sessions = market.prices.sessions[rows]
        if len(sessions) <= FEW_ROWS + 1:
            times = np.arange(len(market.prices.sessions))[rows]
            return self.asked_at(np.tile(columns, len(times)), np.repeat(times, len(columns)))
        own = self.filed.only(symbols)
        companies = np.array([own.company_of(symbol) for symbol in symbols], dtype=np.int64)
        figures = vintages(own, np.arange(len(own.companies)), names=FILED).beside(companies, sessions, FILED)
        figures |= _beside_filings(market, symbols, sessions)
        flat = {name: values.ravel() for name, values in figures.items()}
        return verdicts(flat, is_financial=np.tile(self.is_financial[columns], len(sessions)))

    def stirred(self, first: int, until: int) -> IntArray:
        """Return the symbols of which something became known on rows `first` to `until` - 1; no others change."""
        market, filed = self._market, self.filed
        sessions = market.prices.sessions
        begin = sessions[first - 1] if first else np.datetime64(0, "D") - 10**6
        end = sessions[until - 1]
        is_stirred = np.zeros(len(self.companies), dtype=np.bool_)
        news = np.zeros(len(filed.companies) + 1, dtype=np.bool_)  # the last is the company of which nothing is known
        news[filed.company[(filed.filed > begin) & (filed.filed <= end)]] = True
        is_stirred |= news[self.companies]
        named = {
            name
            for each in market.facts.estimates
            if begin < np.datetime64(each.day, "D") <= end
            for name in each.symbols
        }
        named |= _traded(market, first, until)
        is_stirred |= np.array([name in named for name in market.prices.symbols], dtype=np.bool_)
        return np.flatnonzero(is_stirred)


def _beside_filings(market: Market, symbols: Sequence[str], sessions: SessionArray) -> dict[str, FloatArray]:
    """Return what analysts expect and insiders bought of some symbols at some sessions, each of shape (T, M)."""
    facts = market.facts
    figures = {name: expected(facts.estimates, name, symbols, sessions) for name in ESTIMATED}
    return figures | {"insider_purchases": purchases_in(facts, symbols, sessions)}


def _traded(market: Market, first: int, until: int) -> set[str]:
    """Return the symbols whose insiders' purchases may count otherwise on some row from `first` to `until` - 1.

    A purchase begins or ceases to count, or the day comes from which all forms of 90 days are there.
    """
    trades, sessions = market.facts.insiders, market.prices.sessions
    if trades is None:
        return set()
    spells = spells_of(trades, trades.is_purchase, sessions)
    changes = np.concatenate([spells.start, spells.end])
    lines = np.concatenate([spells.lines, spells.lines])[(changes >= first) & (changes < until)]
    known = {company: day + timedelta(days=WINDOW_DAYS - 1) for company, (day, _) in trades.covered.items()}
    begin, end = sessions[max(0, first - 1)].item(), sessions[until - 1].item()
    stirred = {trades.companies[place] for place in np.unique(trades.company[lines]).tolist()}
    stirred |= {company for company, day in known.items() if (first == 0 or begin < day) and day <= end}
    return stirred | {symbol for symbol, company in trades.classes.items() if company in stirred}
