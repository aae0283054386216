"""The evidence picture's data and words: the difference from the base rate, horizon by horizon."""

from __future__ import annotations

from bot.cards.card import Chart
from bot.cards.provenance import label_words, picture_line
from bot.cards.words import number_of, percent, plain_titled, signed
from signals.bootstrap import CONFIDENCE
from signals.types import Reading

CALENDAR = ("1m", "3m", "6m", "12m")
SESSIONS = ("21s", "63s", "126s", "252s")
HORIZONS = (*CALENDAR, *SESSIONS)
WORDS = {"1m": "1 month", "3m": "3 months", "6m": "6 months", "12m": "12 months"} | {
    horizon: f"{horizon[:-1]} sessions" for horizon in SESSIONS
}


def evidence_chart(reading: Reading, *, name: str, event: str = "") -> Chart:
    """Return the picture of each horizon's mean beside its base rate, with the interval of the difference."""
    rows = [_row(reading, horizon) for horizon in HORIZONS if _value(reading, horizon, "mean_pct") is not None]
    label = " · ".join(label_words(reading.labels))
    title = f"{plain_titled(name, reading.subject)}: {after(event)}"
    told = "; ".join(_told(row) for row in rows if "month" in str(row["name"]))
    alt = (
        f"{title}. Mean return against the base rate of every session, with the 95% interval of the difference: {told}."
    )
    data = {"title": title, "as_of": picture_line(reading), "label": label, "rows": rows}
    return Chart("evidence", data, f"{label}. {alt}" if label else alt)


def after(event: str) -> str:
    """Return what a study looks at; titles that are no noun with an article are quoted."""
    if not event:
        return "after a past event"
    return (
        f"after a {event.lower()}"
        if event.lower().endswith(" cross")
        else f"after \N{LEFT DOUBLE QUOTATION MARK}{event.lower()}\N{RIGHT DOUBLE QUOTATION MARK}"
    )


def is_claimed(reading: Reading, horizon: str) -> bool:
    """Whether the difference over `horizon` may be claimed: its p-value, corrected, is below 5 %."""
    p_value = _value(reading, horizon, "p_value")
    return p_value is not None and p_value < 1 - CONFIDENCE


def _row(reading: Reading, horizon: str) -> dict[str, float | str | None]:
    names = ("n", "mean_pct", "base_mean_pct", "diff_low_pct", "diff_high_pct")
    return {"name": WORDS[horizon], **{name: _value(reading, horizon, name) for name in names}}


def _value(reading: Reading, horizon: str, name: str) -> float | None:
    return number_of(reading.values.get(f"{horizon}.{name}"))


def _told(row: dict[str, float | str | None]) -> str:
    return (
        f"{row['name']} {percent(row['mean_pct'])} against {percent(row['base_mean_pct'])}, "
        f"interval {signed(row['diff_low_pct'])} to {signed(row['diff_high_pct'])} points, n {row['n']:.0f}"
    )
