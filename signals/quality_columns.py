"""The gates of quality for many symbols: asked at any session, by what was known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.estimates import expected
from signals.fundamentals import Fundamentals
from signals.group_members import financials_among
from signals.lazy_columns import Column, LazyColumns
from signals.quality_gates import GATES, Verdicts, verdicts
from signals.standing import MEASURES, standing, vintages
from signals.types import FloatArray, IntArray, Market, SessionArray

ESTIMATED = ("surprise_pct", "analysts", "mean_rating")
FILED = tuple(part for part in dict.fromkeys(part for gate in GATES for part in gate.parts) if part in MEASURES)
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
        self._filed = market.facts.fundamentals or Fundamentals.in_order((), [])

    @property
    def formulas(self) -> Mapping[str, Callable[[Any], Column]]:
        """What makes each column, shape (T, N)."""
        return {
            **{gate.name: _answer_to(place) for place, gate in enumerate(GATES)},
            "score": lambda own: own.whole[1],
        }

    @property
    def answers(self) -> NDArray[np.int8]:
        """Answers to the gates, shape (T, N, 9)."""
        return np.asarray(self.whole[0])

    @property
    def whole(self) -> tuple[NDArray[np.int8], FloatArray]:
        """Answers of shape (T, N, 9) and scores of shape (T, N), of everybody."""
        if "_answers" not in self._known:
            count, symbols = len(self._market.prices.sessions), len(self._market.prices.symbols)
            answers = np.zeros((count, symbols, len(GATES)), dtype=np.int8)
            scores = np.full((count, symbols), np.nan)
            for start in range(0, symbols, _AT_ONCE):
                columns = np.arange(start, min(start + _AT_ONCE, symbols))
                found = self.asked(columns, slice(0, count))
                answers[:, columns] = found.answers.reshape(count, len(columns), len(GATES))
                scores[:, columns] = found.score.reshape(count, len(columns))
            self._known["_answers"], self._known["_scores"] = answers, scores
        return self._known["_answers"], self._known["_scores"]

    def figures(self, columns: IntArray, rows: slice) -> dict[str, FloatArray]:
        """Return what the gates need of some symbols on some rows: each figure flat, of shape (rows x symbols,)."""
        market, symbols = self._market, [self._market.prices.symbols[column] for column in columns]
        sessions = market.prices.sessions[rows]
        places = np.array([self._filed.company_of(symbol) for symbol in symbols], dtype=np.int64)
        figures = _filed_figures(self._filed, places, sessions)
        for name in ESTIMATED:
            figures[name] = expected(market.facts.estimates, name, symbols, sessions)
        return {name: values.ravel() for name, values in figures.items()}

    def asked(self, columns: IntArray, rows: slice) -> Verdicts:
        """Return what the gates say of some symbols on some rows, flat: the symbols of a row stand side by side."""
        figures = self.figures(columns, rows)
        is_financial = self.financials(columns)
        times = len(self._market.prices.sessions[rows])
        return verdicts(figures, is_financial=np.tile(is_financial, times))

    def stirred(self, first: int, until: int) -> IntArray:
        """Return the symbols of which something became known on rows `first` to `until` - 1; no others change."""
        market, filed = self._market, self._filed
        sessions = market.prices.sessions
        begin = sessions[first - 1] if first else np.datetime64(0, "D") - 10**6
        end = sessions[until - 1]
        companies = set(filed.company[(filed.filed > begin) & (filed.filed <= end)].tolist())
        expected_of: set[str] = set()
        for each in market.facts.estimates:
            if begin < np.datetime64(each.day, "D") <= end:
                expected_of.update(each.symbols)
        symbols = market.prices.symbols
        own = [n for n, name in enumerate(symbols) if name in expected_of or filed.company_of(name) in companies]
        return np.array(own, dtype=np.int64)

    def financials(self, columns: IntArray) -> NDArray[np.bool_]:
        """Tell which of some symbols are banks, insurers and the like."""
        return financials_among(self._market, [self._market.prices.symbols[column] for column in columns])


def _filed_figures(filed: Fundamentals, places: IntArray, sessions: SessionArray) -> dict[str, FloatArray]:
    """Return what each session knew; of a single one without what was known before."""
    if len(sessions) != 1:
        return vintages(filed, places).beside(places, sessions, FILED)
    known = standing(filed, places, np.repeat(sessions, len(places))).values
    return {name: known[name][None] for name in FILED}
