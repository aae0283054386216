"""What analysts expect of a company, from Yahoo's summary of it: every figure that is usable, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.market.yahoo_json import Nothing, Unusable, first_result, float_of, list_of, mapping_of, shown, utc_day

MODULES = ("earningsTrend", "earningsHistory", "financialData", "quoteType")
"""Parts of the summary that are asked for, all in one request."""
DOLLARS = "USD"
YEAR = timedelta(days=365)
LAST_REPORT = timedelta(days=200)
"""A quarter that ended longer ago is not the last one any more."""
BEST, WORST = 1.0, 5.0
_LARGEST_PCT = 100_000.0
_MOST_ANALYSTS = 1000


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one company; NaN where it is not known.

    Attributes
    ----------
    forward_eps : float
        Earnings per share of the twelve months after the day, dollars: of this fiscal year and the next, each by the
        share of those months that lies in it.
    surprise_pct : float
        The last quarter's earnings against what had been expected, per cent.
    analysts, mean_rating : float
        How many rate it, and their mean, 1 (buy) to 5 (sell).
    """

    forward_eps: float
    surprise_pct: float
    analysts: float
    mean_rating: float

    @property
    def is_anything(self) -> bool:
        """Whether any of it is known."""
        figures = (self.forward_eps, self.surprise_pct, self.analysts, self.mean_rating)
        return any(map(math.isfinite, figures))


@dataclass(frozen=True, slots=True)
class EstimateAnswer:
    """What Yahoo's answer gives.

    Attributes
    ----------
    expected : Expected or None
        None where it is nothing.
    detail : str
        What is missing and why, for people.
    is_broken : bool
        There is nothing because the answer makes no sense: what was known before may still hold.
    """

    expected: Expected | None
    detail: str = ""
    is_broken: bool = False


def estimate_of(symbol: str, body: bytes, *, day: date) -> EstimateAnswer:
    """Return what `body`, Yahoo's summary of `symbol` asked for on `day`, says of analysts and earnings.

    A part that is missing or makes no sense costs its own figures alone.
    """
    try:
        result = first_result(body, "quoteSummary")
        _require_symbol(result, symbol)
    except Unusable as error:
        return EstimateAnswer(None, str(error), is_broken=not isinstance(error, Nothing))
    lacking: list[Unusable] = []
    analysts, mean_rating = _part(result, "financialData", _ratings, lacking) or (math.nan, math.nan)
    found = Expected(
        _or_nan(_part(result, "earningsTrend", lambda part: _forward(part, day), lacking)),
        _or_nan(_part(result, "earningsHistory", lambda part: _surprise(part, day), lacking)),
        analysts,
        mean_rating,
    )
    detail = "; ".join(map(str, lacking))
    if not found.is_anything:
        is_broken = any(not isinstance(error, Nothing) for error in lacking)
        return EstimateAnswer(None, detail or "Yahoo knows of no analyst", is_broken)
    return EstimateAnswer(found, detail)


def _require_symbol(result: Mapping[str, Any], symbol: str) -> None:
    kind = result.get("quoteType")
    named = mapping_of(kind, "quoteType").get("symbol") if kind is not None else None
    if named not in {None, symbol}:
        raise Unusable(f"the answer is of {shown(named)}, not of {symbol}")


def _part(result: Mapping[str, Any], name: str, read: Any, lacking: list[Unusable]) -> Any:
    """Return what `read` makes of a part; None, with the reason in `lacking`, where it is of no use."""
    if result.get(name) is None:
        return None
    try:
        return read(mapping_of(result[name], name))
    except Unusable as error:
        lacking.append(error)
        return None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _forward(trend: Mapping[str, Any], day: date) -> float:
    """Return the earnings per share of the next twelve months; NaN where either fiscal year is unknown."""
    years = {each.get("period"): each for each in _objects(trend, "trend")}
    this, following = years.get("0y"), years.get("+1y")
    if this is None or following is None:
        return math.nan
    ends = _iso_day(this.get("endDate"), "endDate")
    if not timedelta(0) < _iso_day(following.get("endDate"), "endDate") - ends <= 2 * YEAR:
        raise Unusable("endDate: the next fiscal year does not follow this one")
    if abs(ends - day) > 2 * YEAR:
        raise Unusable(f"endDate is {ends}, not of the fiscal year of {day}")
    share = min(1.0, max(0.0, (ends - day) / YEAR))
    parts = ((share, this), (1.0 - share, following))
    return math.fsum(weight * _per_share(year) for weight, year in parts if weight)


def _per_share(year: Mapping[str, Any]) -> float:
    """Return what is expected of a fiscal year; NaN where nobody says anything."""
    estimate = mapping_of(year.get("earningsEstimate"), "earningsEstimate")
    if not _number(estimate, "numberOfAnalysts") > 0:
        return math.nan
    currency = estimate.get("earningsCurrency")
    if currency != DOLLARS:
        raise Nothing(f"earnings are expected in {shown(currency)}, not in dollars")
    return _number(estimate, "avg")


def _surprise(history: Mapping[str, Any], day: date) -> float:
    """Return the surprise of the last quarter reported; NaN where that is long ago, or nothing had been expected."""
    reported = [
        (utc_day(_raw(each.get("quarter")), "quarter"), each)
        for each in _objects(history, "history")
        if _raw(each.get("quarter")) is not None and _raw(each.get("epsActual")) is not None
    ]
    past = [(ended, each) for ended, each in reported if timedelta(0) <= day - ended <= LAST_REPORT]
    if not past:
        return math.nan
    _, last = max(past, key=lambda pair: pair[0])
    surprise = 100.0 * _number(last, "surprisePercent")
    if abs(surprise) > _LARGEST_PCT:
        raise Unusable(f"surprisePercent is {shown(_raw(last.get('surprisePercent')))}, beyond belief")
    return surprise


def _ratings(data: Mapping[str, Any]) -> tuple[float, float]:
    """Return how many analysts rate it, and their mean."""
    count, mean = _number(data, "numberOfAnalystOpinions"), _number(data, "recommendationMean")
    if count < 0 or count > _MOST_ANALYSTS or (math.isfinite(count) and count != int(count)):
        raise Unusable(f"numberOfAnalystOpinions is {shown(data.get('numberOfAnalystOpinions'))}, no number of people")
    if mean < BEST or mean > WORST:
        raise Unusable(f"recommendationMean is {shown(data.get('recommendationMean'))}, not from 1 to 5")
    return count, mean


def _objects(value: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    return (mapping_of(each, name) for each in list_of(value, name))


def _raw(value: object) -> object:
    """Return a figure that Yahoo gives plainly, or beside how it is written; None where it is missing."""
    return value.get("raw") if isinstance(value, dict) else value


def _number(value: Mapping[str, Any], name: str) -> float:
    found = _raw(value.get(name))
    return math.nan if found is None else float_of(found, name)


def _iso_day(text: object, name: str) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise Unusable(f"{name} is {shown(text)}, no date") from None
