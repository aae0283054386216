"""Whether a symbol is crowded: a high RSI, or much volume together with many more calls traded than puts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from signals.definition import Threshold
from signals.types import Check, Result, Scalar, Thresholds

ONLY_CALLS = "only calls"
"""Stands for the calls of each put where no put was traded."""

CROWDED_RSI = Threshold("crowded_rsi", "limit", "points", 80.0, 50.0, 100.0, "crowded from this RSI14 on")
CROWDED_TOGETHER = (
    Threshold("crowded_relative_volume", "limit", "ratio", 3.0, 0.0, 50.0, "volume against usual, with the calls"),
    Threshold("crowded_call_put", "limit", "ratio", 3.0, 0.0, 50.0, "calls traded for each put, with the volume"),
)


def crowding_checks(
    values: Mapping[str, Scalar], thresholds: Thresholds, *, traded: tuple[float, float], volume_from: str | None
) -> tuple[Check, ...]:
    """Return the three checks of the flag, each with its number.

    Parameters
    ----------
    values : mapping
        A reading's, with ``rsi14`` and ``rvol20``.
    thresholds : mapping
        With ``crowded_rsi``, ``crowded_relative_volume`` and ``crowded_call_put``.
    traded : tuple of float
        Calls and puts traded in the session of those values, in contracts; NaN where unknown.
    volume_from : str or None
        Whose volume it is.

    Examples
    --------
    >>> thresholds = {"crowded_rsi": 80.0, "crowded_relative_volume": 3.0, "crowded_call_put": 3.0}
    >>> found = crowding_checks({"rsi14": 60.0, "rvol20": 4.0}, thresholds, traded=(900, 100), volume_from="STRL")
    >>> [check.result.value for check in found], found[2].value
    (['fail', 'pass', 'pass'], 9.0)
    """
    calls, puts = traded
    is_known = math.isfinite(calls) and math.isfinite(puts)
    each: Scalar = None
    if is_known:
        each = calls / puts if puts else ONLY_CALLS if calls else 0.0
    chain = "" if is_known else " (no option chain is given)"
    return (
        _check("rsi", values["rsi14"], thresholds, "RSI14"),
        _check("relative_volume", values["rvol20"], thresholds, f"relative volume ({volume_from or 'no volume'})"),
        _check("call_put", each, thresholds, f"call volume against put volume{chain}"),
    )


def crowding_state(checks: tuple[Check, ...]) -> str:
    """Return whether a symbol is crowded: by its RSI, or by its volume and its calls together.

    Parameters
    ----------
    checks : tuple of Check
        From `crowding_checks`.

    Examples
    --------
    >>> crowding_state(tuple(Check("", result, None, None) for result in (Result.FAIL, Result.PASS, Result.UNKNOWN)))
    'unknown'
    """
    rsi, volume, calls = (check.result for check in checks)
    if rsi is Result.PASS or (volume, calls) == (Result.PASS, Result.PASS):
        return "crowded"
    return "not crowded" if rsi is Result.FAIL and Result.FAIL in (volume, calls) else "unknown"


def _check(name: str, value: Scalar, thresholds: Thresholds, title: str) -> Check:
    bound = float(thresholds[f"crowded_{name}"])
    if value is None:
        result = Result.UNKNOWN
    else:
        result = Result.PASS if value == ONLY_CALLS or float(value) >= bound else Result.FAIL
    return Check(name, result, value, bound, title)
