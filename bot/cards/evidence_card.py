"""The card that answers `evidence`: what followed past events, beside what followed any session."""

from __future__ import annotations

from bot.cards.card import Card, Chart, Field
from bot.cards.event_card import symbol_of
from bot.cards.evidence_data import CALENDAR, HORIZONS, SESSIONS, after, evidence_chart, is_claimed
from bot.cards.faces import phrase_of
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.words import DASH, UNKNOWN, decimal, escape, number_of, percent, session_words, share, signed, titled
from signals.types import Reading

EXPLAINED = (
    "**n**: past events. **base**: the same over every session. **up**: share of returns above zero. "
    "**interval**: where the difference of the means lies with 95% confidence, in points (moving-block bootstrap)."
)


def evidence_card(reading: Reading, *, name: str, event: str = "", chart: Chart | None = None) -> Card:
    """Return the card of an event study; `event` is the title of the kind of event studied."""
    if chart is None and any(_number(reading, horizon, "mean_pct") is not None for horizon in HORIZONS):
        chart = evidence_chart(reading, name=name, event=event)
    return Card(
        title=f"{titled(name, reading.subject)}: {after(event)}",
        text=f"{claim(reading)}\n{EXPLAINED}",
        tone="neutral",
        fields=(
            Field("Mean return in %, and share positive", _means(reading)),
            Field("Median, and 95% interval of the difference", _intervals(reading)),
            Field("Worst and best", _extremes(reading)),
        ),
        footer=footer(reading),
        chart=chart,
    )


def evidence_line(reading: Reading, event: str, *, horizon: str = "3m") -> str:
    """Return the study as one line that never goes without its base rate; `event` is the kind's name."""
    n, mean, base = (_number(reading, horizon, value) for value in ("n", "mean_pct", "base_mean_pct"))
    if not n or mean is None:
        return (
            f"{symbol_of(event)} No past {phrase_of(event).title.lower()} has {_span(horizon)} of prices after it yet."
        )
    up, base_up = (reading.values.get(f"{horizon}.{value}") for value in ("positive_pct", "base_positive_pct"))
    verdict = "the difference excludes chance at 95%" if is_claimed(reading, horizon) else "no edge to claim"
    return (
        f"{_span(horizon)} after {n:,.0f} past {_plural(event, n)}: mean {percent(mean)}, {share(up)} positive; "
        f"after any session: {percent(base)}, {share(base_up)} positive. {verdict.capitalize()}."
    )


def claim(reading: Reading) -> str:
    """Return the one sentence that may claim something, and claims it only where the interval allows."""
    given = reading.values.get("claim")
    if isinstance(given, str) and given:
        return f"**{escape(given)}**"
    claimed = [horizon for horizon in HORIZONS if is_claimed(reading, horizon)]
    if not claimed:
        return "**No edge to claim**: no interval, corrected for the number of horizons shown, excludes zero."
    return f"The mean differs from the base rate beyond chance over {', '.join(_span(horizon) for horizon in claimed)}."


def _means(reading: Reading) -> str:
    rows = [
        [
            horizon.removesuffix("s") if horizon in SESSIONS else horizon,
            decimal(_number(reading, horizon, "n"), 0, missing=DASH),
            _signed(reading, horizon, "mean_pct"),
            _signed(reading, horizon, "base_mean_pct"),
            share(_number(reading, horizon, "positive_pct"), missing=DASH),
            share(_number(reading, horizon, "base_positive_pct"), missing=DASH),
        ]
        for horizon in HORIZONS
    ]
    return table(["", "n", "mean", "base", "up", "base"], rows) + "\nm: months; 21 to 252: sessions."


def _intervals(reading: Reading) -> str:
    rows = []
    for horizon in HORIZONS:
        low, high = (_signed(reading, horizon, f"diff_{end}_pct") for end in ("low", "high"))
        interval = DASH if DASH in (low, high) else f"{low} to {high}"
        rows.append([horizon.removesuffix("s"), _signed(reading, horizon, "median_pct"), interval])
    return table(["", "median", "interval"], rows)


def _extremes(reading: Reading) -> str:
    lines = []
    for horizon in CALENDAR:
        ends = []
        for end in ("worst", "best"):
            value = _number(reading, horizon, f"{end}_pct")
            if value is not None:
                day = reading.values.get(f"{horizon}.{end}_on")
                ends.append(f"{end} {percent(value)}" + (f" ({session_words(day)})" if day else ""))
        if ends:
            lines.append(f"{_span(horizon)}: {', '.join(ends)}")
    return "\n".join(lines) or UNKNOWN


def _signed(reading: Reading, horizon: str, value: str) -> str:
    return signed(_number(reading, horizon, value), missing=DASH)


def _number(reading: Reading, horizon: str, value: str) -> float | None:
    return number_of(reading.values.get(f"{horizon}.{value}"))


def _span(horizon: str) -> str:
    count, unit = horizon[:-1], "month" if horizon.endswith("m") else "session"
    return f"{count} {unit}" + ("" if count == "1" else "s")


def _plural(event: str, n: float) -> str:
    title = phrase_of(event).title.lower()
    return title if n == 1 else f"{title}es" if title.endswith("s") else f"{title} events"
