"""What followed past events, beside what followed any session."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.briefings.paper import Beside, Block, Grid, Picture, Words
from bot.cards.evidence_card import claim, evidence_line
from bot.cards.evidence_data import HORIZONS, WORDS, after, evidence_chart
from bot.cards.faces import phrase_of
from bot.cards.plain import without_markup
from bot.cards.words import DASH, decimal, number_of, percent, session_words, share, signed
from signals.types import Reading

TITLE = "Evidence: what followed in the past"
HEADER = ("After", "n", "Mean", "Median", "Share up", "Base mean", "Base up", "Difference", "95% interval")
EXPLAINED = (
    "n: past events. Mean, median: simple return in %. Share up: of returns above zero. Base: the same over every "
    "session. Difference of the means in points, with the interval it lies in with 95% confidence (moving-block "
    "bootstrap)."
)
LONGEST = "12m"
WIDE = 0.62
"""What the picture has of the width, beside its words."""


def studies(followed: Mapping[str, Reading], events: tuple[str, str], name: str) -> tuple[Block, ...]:
    """Return the study of the first kind of event in full and of the second in a line; `name` is whose closes."""
    first, second = (followed.get(event) for event in events)
    line = () if second is None else (Words(without_markup(evidence_line(second, events[1]))),)
    if first is None:
        return line or (Words("Unknown: see the data notes."),)
    return _study(first, events[0], name, line)


def _study(reading: Reading, event: str, name: str, beside: tuple[Block, ...]) -> tuple[Block, ...]:
    title = phrase_of(event).title
    if not number_of(reading.values.get("events")):
        return (Words(f"{name}: no past “{title.lower()}” to look at."), *beside)
    rows = tuple(_row(reading, horizon) for horizon in HORIZONS)
    caption = f"{name} {after(title)}, and after any session"
    picture = _picture(reading, event, name)
    words = (Words(EXPLAINED, is_quiet=True), *_extremes(reading), *beside)
    return (
        Words(without_markup(claim(reading))),
        Grid(HEADER, rows, caption=caption),
        *((Beside(picture, words, WIDE),) if picture else words),
    )


def _picture(reading: Reading, event: str, name: str) -> tuple[Block, ...]:
    """Return the picture of a study; nothing where there is no return to draw."""
    if all(number_of(reading.values.get(f"{horizon}.mean_pct")) is None for horizon in HORIZONS):
        return ()
    chart = evidence_chart(reading, name=name, event=phrase_of(event).title)
    return (Picture(chart, "Difference of the means of each horizon; the bar is the 95% interval."),)


def _row(reading: Reading, horizon: str) -> tuple[str, ...]:
    def value(name: str) -> float | None:
        return number_of(reading.values.get(f"{horizon}.{name}"))

    low, high = (signed(value(f"diff_{end}_pct"), missing=DASH) for end in ("low", "high"))
    return (
        WORDS[horizon],
        decimal(value("n"), 0, missing=DASH),
        signed(value("mean_pct"), missing=DASH),
        signed(value("median_pct"), missing=DASH),
        share(value("positive_pct"), missing=DASH),
        signed(value("base_mean_pct"), missing=DASH),
        share(value("base_positive_pct"), missing=DASH),
        signed(value("diff_pct"), missing=DASH),
        DASH if DASH in (low, high) else f"{low} to {high}",
    )


def _extremes(reading: Reading) -> tuple[Block, ...]:
    ends = [
        f"{end} {percent(value)} (event of {session_words(reading.values.get(f'{LONGEST}.{end}_on'))})"
        for end in ("worst", "best")
        if (value := number_of(reading.values.get(f"{LONGEST}.{end}_pct"))) is not None
    ]
    return (Words(f"Over {WORDS[LONGEST]}: {', '.join(ends)}."),) if ends else ()
