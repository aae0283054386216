"""What a reading of rates, spreads and volatility is checked for: is it calm, and are its inputs fresh."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from signals.macro_series import KNOWN_FOR_DAYS, NAMES
from signals.types import Check, Result, Scalar, Thresholds


def checks_of(values: Mapping[str, Scalar], session: date, thresholds: Thresholds) -> tuple[Check, ...]:
    """Ask whether a session's figures are within the limits that raise events, and how old the oldest of them is.

    Parameters
    ----------
    values : mapping
        Those of a reading.
    session : date
        The day it speaks of.
    thresholds : mapping
        All of them.

    Returns
    -------
    tuple of Check
        ``ten_year_move``: the size of the 10-year's last change, basis points, below `ten_year_move_bp`;
        ``curve_sign``: 10-year minus 2-year yield, points, above 0; ``credit_widening``: the high-yield spread's change
        over 21 sessions, basis points, below `credit_widening_bp`; ``vix_high``: the VIX below `vix_high`; ``fresh``:
        calendar days since the oldest input, at most 10. Unknown where the figure is missing, the last one where any
        input has never been known.

    Examples
    --------
    >>> from signals.macro import MACRO
    >>> values = {"DGS10.change_1d_bp": -20.0, "curve.level_pct": 0.5, "^VIX.level_points": 16.3}
    >>> found = checks_of(values, date(2025, 9, 30), MACRO.thresholds_with())
    >>> [(check.name, check.result.value) for check in found[:4]]
    [('ten_year_move', 'fail'), ('curve_sign', 'pass'), ('credit_widening', 'unknown'), ('vix_high', 'pass')]
    """
    move, curve, credit, vix = (
        _number(values.get(name))
        for name in ("DGS10.change_1d_bp", "curve.level_pct", "BAMLH0A0HYM2.change_21d_bp", "^VIX.level_points")
    )
    move = None if move is None else abs(move)
    large, wide, high = (float(thresholds[name]) for name in ("ten_year_move_bp", "credit_widening_bp", "vix_high"))
    age = _oldest_days(values, session)
    return (
        _check(
            "ten_year_move", move, large, passes=(move or 0.0) < large, title="size of the 10-year's last change, bp"
        ),
        _check("curve_sign", curve, 0.0, passes=(curve or 0.0) > 0.0, title="10-year minus 2-year yield, points"),
        _check(
            "credit_widening", credit, wide, passes=(credit or 0.0) < wide, title="high-yield spread in 21 sessions, bp"
        ),
        _check("vix_high", vix, high, passes=(vix or 0.0) < high, title="VIX"),
        _check("fresh", age, KNOWN_FOR_DAYS, passes=(age or 0) <= KNOWN_FOR_DAYS, title="days since the oldest input"),
    )


def _number(value: Scalar) -> float | None:
    return None if value is None else float(value)


def _oldest_days(values: Mapping[str, Scalar], session: date) -> int | None:
    """Return how old the oldest input is; None where any has no day. The curve is no input: it is made of two."""
    days = [values.get(f"{name}.observed") for name in NAMES if name != "curve"]
    if None in days:
        return None
    return max((session - date.fromisoformat(str(day))).days for day in days)


def _check(name: str, value: float | None, bound: float, *, passes: bool, title: str) -> Check:
    result = Result.UNKNOWN if value is None else Result.PASS if passes else Result.FAIL
    return Check(name, result, value, bound, title)
