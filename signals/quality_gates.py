"""Clean financials as nine questions: each passes, fails or is unknown, with its number; never a recommendation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from signals.leverage_debt import Ratios, debt_to_equity, net_debt_to_ebitda
from signals.types import BoolArray, Check, FloatArray, IntArray, Result
from signals.valuation_multiples import NOT_MEANINGFUL
from signals.windows import EQUAL_WITHIN

LEAST_KNOWN = 5
"""A score needs as many gates that are known."""
LEAST_ANALYSTS = 2
PASSES, FAILS, UNKNOWN = 1, -1, 0


@dataclass(frozen=True, slots=True)
class Gate:
    """One question.

    Attributes
    ----------
    rule : str
        How the number has to stand to the bound.
    bound : float
        The number it is asked against.
    parts : tuple of str
        The figures it needs; any of them missing leaves it unknown.
    """

    name: str
    title: str
    rule: Literal["above", "at_least", "below", "at_most"]
    bound: float
    parts: tuple[str, ...]


GATES = (
    Gate("profitable", "net income over twelve months above 0, US dollars", "above", 0.0, ("net_income",)),
    Gate("growing", "revenue above that of a year before, %", "above", 0.0, ("revenue_growth_pct",)),
    Gate("free_cash", "free cash flow over twelve months above 0, US dollars", "above", 0.0, ("free_cash_flow",)),
    Gate("net_debt", "net debt/EBITDA below 3", "below", 3.0, ("debt", "cash", "ebitda")),
    Gate("debt_to_equity", "debt/equity below 1", "below", 1.0, ("debt", "equity")),
    Gate(
        "margin",
        "operating margin not down by more than 2 points",
        "at_least",
        -2.0,
        ("operating_margin_change_points",),
    ),
    Gate("surprise", "last earnings at or above estimates, %", "at_least", 0.0, ("surprise_pct",)),
    Gate("insiders", "insiders bought in the open market in 90 days", "above", 0.0, ("insider_purchases",)),
    Gate("analysts", "mean rating of 2 analysts or more at most 2.5", "at_most", 2.5, ("analysts", "mean_rating")),
)
_FINANCIAL = "not asked of financials"


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """The answers of V companies to the gates, in the order of `GATES`.

    Attributes
    ----------
    numbers : ndarray of float64, shape (V, 9)
        What was asked about; NaN where unknown or not meaningful.
    answers : ndarray of int8, shape (V, 9)
        1 passes, -1 fails, 0 unknown.
    is_meaningless : ndarray of bool, shape (V, 9)
        A ratio whose denominator is known and not above 0: it fails.
    is_missing : ndarray of bool, shape (V, 9)
        Where a part that the gate needs is missing.
    """

    numbers: FloatArray
    answers: NDArray[np.int8]
    is_meaningless: BoolArray
    is_missing: BoolArray

    @property
    def passed(self) -> IntArray:
        """Gates passed, shape (V,)."""
        return np.asarray((self.answers == PASSES).sum(axis=1), dtype=np.int64)

    @property
    def known(self) -> IntArray:
        """Gates passed or failed, shape (V,)."""
        return np.asarray((self.answers != UNKNOWN).sum(axis=1), dtype=np.int64)

    @property
    def score(self) -> FloatArray:
        """Passed / known, shape (V,), 0 to 1; NaN where fewer than 5 are known."""
        is_enough = self.known >= LEAST_KNOWN
        return np.asarray(np.where(is_enough, self.passed / np.maximum(1, self.known), np.nan))


def verdicts(figures: Mapping[str, FloatArray], *, is_financial: BoolArray) -> Verdicts:
    """Ask every gate of every company.

    Parameters
    ----------
    figures : mapping of str to ndarray of float64, each of shape (V,)
        What the `parts` of `GATES` name: those of `signals.standing.MEASURES`, ``surprise_pct`` (of the last earnings),
        ``insider_purchases`` (open-market purchases in 90 days), ``analysts`` and ``mean_rating`` (1 to 5). NaN where
        unknown; a name that is left out is unknown of all.
    is_financial : ndarray of bool, shape (V,)
        Their debt is not set against EBITDA: that gate is unknown.

    Returns
    -------
    Verdicts
        A ratio that is not meaningful fails. Bounds hold within 1e-9.

    Examples
    --------
    >>> figures = {"net_income": np.array([5.0, -1.0]), "revenue_growth_pct": np.array([3.0, np.nan])}
    >>> verdicts(figures, is_financial=np.array([False, False])).answers[:, :3].tolist()
    [[1, 1, 0], [-1, 0, 0]]
    """
    nothing = np.full(len(is_financial), np.nan)

    def figure(name: str) -> FloatArray:
        return figures.get(name, nothing)

    ratios = {
        "net_debt": _unasked(net_debt_to_ebitda(figure("debt"), figure("cash"), figure("ebitda")), is_financial),
        "debt_to_equity": debt_to_equity(figure("debt"), figure("equity")),
    }
    shown = {gate.name: figure(gate.parts[-1]) for gate in GATES} | {name: each.values for name, each in ratios.items()}
    is_meaningless = np.zeros((len(nothing), len(GATES)), dtype=np.bool_)
    is_missing = np.zeros_like(is_meaningless)
    answers = np.zeros(is_meaningless.shape, dtype=np.int8)
    for place, gate in enumerate(GATES):
        if gate.name in ratios:
            is_meaningless[:, place] = ratios[gate.name].is_meaningless
        lacks = np.any([np.isnan(figure(part)) for part in gate.parts], axis=0)
        is_missing[:, place] = lacks & ~is_meaningless[:, place]
        answers[:, place] = _answers(gate, shown[gate.name], is_meaningless[:, place])
    by_analysts = [gate.name for gate in GATES].index("analysts")
    analysts = figure("analysts")
    answers[np.isnan(analysts), by_analysts] = UNKNOWN
    answers[analysts < LEAST_ANALYSTS, by_analysts] = FAILS
    is_missing[analysts < LEAST_ANALYSTS, by_analysts] = False
    return Verdicts(np.column_stack([shown[gate.name] for gate in GATES]), answers, is_meaningless, is_missing)


def checks_of(found: Verdicts, place: int) -> tuple[Check, ...]:
    """Return what the gates say of one company; in place of a number that is not meaningful stands ``n.m.``.

    Parameters
    ----------
    found : Verdicts
        From `verdicts`.
    place : int
        Which company.

    Examples
    --------
    >>> found = verdicts({"debt": np.array([5.0]), "equity": np.array([-1.0])}, is_financial=np.array([False]))
    >>> [(check.name, check.result.value, check.value) for check in checks_of(found, 0) if check.value]
    [('debt_to_equity', 'fail', 'n.m.')]
    """
    results = {PASSES: Result.PASS, FAILS: Result.FAIL, UNKNOWN: Result.UNKNOWN}
    checks = []
    for column, gate in enumerate(GATES):
        number = float(found.numbers[place, column])
        known = None if np.isnan(number) else number
        value = NOT_MEANINGFUL if found.is_meaningless[place, column] else known
        checks.append(Check(gate.name, results[int(found.answers[place, column])], value, gate.bound, gate.title))
    return tuple(checks)


def missing_of(figures: Mapping[str, FloatArray], place: int, *, is_financial: bool) -> dict[str, tuple[str, ...]]:
    """Return, by gate, why it cannot be asked of one company: the parts that are missing.

    Parameters
    ----------
    figures : mapping of str to ndarray of float64, each of shape (V,)
        As in `verdicts`.
    place : int
        Which company.
    is_financial : bool
        Whether it is a bank, an insurer or the like.

    Examples
    --------
    >>> missing_of({"debt": np.array([5.0])}, 0, is_financial=False)["net_debt"]
    ('cash', 'ebitda')
    """
    one = {name: values[place : place + 1] for name, values in figures.items()}
    found = verdicts(one, is_financial=np.array([is_financial]))
    missing: dict[str, tuple[str, ...]] = {}
    for column, gate in enumerate(GATES):
        if gate.name == "net_debt" and is_financial:
            missing[gate.name] = (_FINANCIAL,)
        elif found.is_missing[0, column]:
            missing[gate.name] = tuple(part for part in gate.parts if part not in one or np.isnan(one[part][0]))
    return missing


def _unasked(ratios: Ratios, is_financial: BoolArray) -> Ratios:
    return Ratios(np.where(is_financial, np.nan, ratios.values), ratios.is_meaningless & ~is_financial)


def _answers(gate: Gate, numbers: FloatArray, is_meaningless: BoolArray) -> NDArray[np.int8]:
    if gate.rule == "above":
        passes = numbers > gate.bound
    elif gate.rule == "at_least":
        passes = numbers >= gate.bound - EQUAL_WITHIN
    elif gate.rule == "below":
        passes = numbers < gate.bound - EQUAL_WITHIN
    else:
        passes = numbers <= gate.bound + EQUAL_WITHIN
    known = np.where(passes, PASSES, FAILS)
    return np.where(is_meaningless, FAILS, np.where(np.isnan(numbers), UNKNOWN, known)).astype(np.int8)
