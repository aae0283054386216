"""The card that answers `macro`: rates, spreads and volatility, what small caps make of them, and the dates ahead."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.cross_card import check_lines
from bot.cards.face import Face, Phrase, Shown
from bot.cards.macro_data import macro_chart
from bot.cards.provenance import footer
from bot.cards.style import SYMBOLS
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    UNKNOWN,
    brief,
    decimal,
    number_of,
    session_words,
    share,
    short_session,
    signed,
)
from signals.macro import APPOINTMENTS
from signals.macro_series import NAMES
from signals.types import Event, Reading, Thresholds

SHORT = {
    "DFF": "Fed funds",
    "DFEDTARU": "Fed target",
    "DGS3MO": "3-month",
    "DGS2": "2-year",
    "DGS10": "10-year",
    "curve": "10y \N{MINUS SIGN} 2y",
    "BAMLH0A0HYM2": "High yield",
    "^VIX": "VIX",
}
EXPLAINED = (
    "1d, 21d: change in basis points, of the VIX in points. Rank: 0 is the lowest of ten years, 100 the highest."
)
WIDE = 99.95
"""A change of the VIX this large is shown without decimals, so that the table stays narrow."""
NOTABLE_T = 2.0
"""A t-value of this size is the usual mark of what chance seldom makes."""


def macro_card(shown: Shown) -> Card:
    """Return the card of rates, spreads and volatility, or of one of them."""
    reading = shown.reading
    fields = [*number_fields(shown), Field("Dates ahead", _dates(reading))]
    if reading.checks:
        fields.append(Field("Checked", check_lines(reading)))
    if shown.evidence:
        fields.append(Field("What followed in the past", shown.evidence))
    if missing := _missing(reading):
        fields.append(Field("Missing", "\n".join(missing)))
    return Card(
        title=f"Rates, spreads and volatility, {session_words(reading.session)}",
        text=_lead(reading),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def number_fields(shown: Shown) -> tuple[Field, Field]:
    """Return levels and changes, and what small caps made of the 10-year's changes."""
    return Field("Level in %, and its change", _levels(shown.reading)), Field(
        "Rate sensitivity", _sensitivity(shown.reading)
    )


def _levels(reading: Reading) -> str:
    rows = [[SHORT[name], *_row(reading, name)] for name in NAMES]
    return f"{table(['', 'now', '1d', '21d', 'rank'], rows)}\n{EXPLAINED}\n{_observed(reading)}"


def _row(reading: Reading, name: str) -> list[str]:
    level, day, month, rank = names_of(name)
    values = reading.values
    return [
        decimal(values.get(level), 2, missing=DASH),
        _change(values.get(day), name),
        _change(values.get(month), name),
        decimal(values.get(rank), 0, missing=DASH),
    ]


def _change(value: object, name: str) -> str:
    is_fine = name == "^VIX" and abs(number_of(value) or 0.0) < WIDE
    return signed(value, 1 if is_fine else 0, missing=DASH)


def names_of(name: str) -> tuple[str, str, str, str]:
    """Return the names of a series' level, its two changes and its percentile among a reading's values."""
    level, change = ("level_points", "points") if name == "^VIX" else ("level_pct", "bp")
    return f"{name}.{level}", f"{name}.change_1d_{change}", f"{name}.change_21d_{change}", f"{name}.percentile_10y_pct"


def _observed(reading: Reading) -> str:
    """Return the days of the values, those of one day together."""
    days: dict[str, list[str]] = {}
    for name in NAMES:
        day = reading.values.get(f"{name}.observed")
        if day is not None and number_of(reading.values.get(names_of(name)[0])) is not None:
            days.setdefault(str(day), []).append(SHORT[name])
    if not days:
        return "No value is known."
    most = max(days, key=lambda day: len(days[day]))
    others = [f"{', '.join(names)} of {short_session(day)}" for day, names in days.items() if day != most]
    return f"Values of {short_session(most)}" + (f"; {'; '.join(others)}" if others else "") + "."


def _sensitivity(reading: Reading) -> str:
    values = reading.values
    slope, t_value = (number_of(values.get(f"sensitivity.{name}")) for name in ("slope_10bp_pct", "t_value"))
    if slope is None:
        return "Unknown: it takes 252 sessions with the Russell 2000, the S&P 500 and the 10-year yield."
    verdict = (
        "unknown" if t_value is None else "told from chance" if abs(t_value) >= NOTABLE_T else "not told from chance"
    )
    return (
        f"Per +10 bp of the 10-year, the Russell 2000 did {signed(slope)} points a day against the S&P 500 "
        f"(t {decimal(t_value, 1)}, {verdict}; {brief(values.get('sensitivity.pairs'))} of 252 sessions)."
    )


def _dates(reading: Reading) -> str:
    lines = []
    for kind, title in APPOINTMENTS.items():
        day, days = (reading.values.get(f"{kind}.{name}") for name in ("date", "days"))
        count = number_of(days)
        when = "none listed" if count is None else f"{session_words(day)} ({_in_days(count)})"
        lines.append(f"{title[:1].upper()}{title[1:]}: {when}")
    return "\n".join(lines)


def _in_days(count: float) -> str:
    return "in 1 day" if count == 1 else f"in {count:,.0f} days"


def _lead(reading: Reading) -> str:
    values = reading.values
    curve = number_of(values.get("curve.level_pct"))
    side = "above" if (curve or 0.0) >= 0 else "below"
    shape = "the 2-year is unknown" if curve is None else f"{decimal(abs(curve))} points {side} the 2-year"
    return (
        f"The 10-year yields {share(values.get('DGS10.level_pct'), 2)} ({_bp(values.get('DGS10.change_1d_bp'))} on the "
        f"day), {shape}; the high-yield spread is {share(values.get('BAMLH0A0HYM2.level_pct'), 2)}, the VIX "
        f"{decimal(values.get('^VIX.level_points'), 1)}."
    )


def _bp(value: object) -> str:
    return UNKNOWN if number_of(value) is None else f"{signed(value, 0)} bp"


def _missing(reading: Reading) -> list[str]:
    values = reading.values
    lines = []
    for name in NAMES:
        seen = values.get(f"{name}.observed")
        if number_of(values.get(names_of(name)[0])) is not None:
            continue
        ended = "" if seen is None else f" since {short_session(seen)}"
        lines.append(f"{SHORT[name]}: {'no value' if ended else 'not there'}{ended}.")
    short = [SHORT[name] for name in NAMES if _has_level_alone(reading, name)]
    if short:
        lines.append(f"Rank of {', '.join(short)}: fewer than ten years are known.")
    unlisted = [title for kind, title in APPOINTMENTS.items() if values.get(f"{kind}.date") is None]
    if unlisted:
        lines.append(f"Dates ahead: {', '.join(unlisted)}.")
    return lines


def _has_level_alone(reading: Reading, name: str) -> bool:
    level, _, _, rank = names_of(name)
    return number_of(reading.values.get(level)) is not None and number_of(reading.values.get(rank)) is None


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what the sentences of `PHRASES` leave open."""
    values, limits = event.values, {**thresholds, **event.thresholds}
    move = number_of(values.get("change_1d_bp"))
    return {
        "level": share(values.get("level_pct"), 2),
        "points": decimal(values.get("level_points"), 2),
        "spread": signed(values.get("level_pct")),
        "day": short_session(values.get("observed")),
        "change": UNKNOWN if move is None else f"{abs(move):.0f} bp",
        "moved": "rose" if (move or 0.0) > 0 else "fell",
        "widened": f"{decimal(values.get('change_21d_bp'), 0)} bp",
        "turned": "above" if values.get("state") == "normal" else "below",
        "vix_high": brief(limits.get("vix_high")),
    }


def brief_numbers(event: Event) -> str:
    """Return an event's numbers, to stand in a list."""
    values = event.values
    if event.kind == "vix_high":
        return f"{decimal(values.get('level_points'), 2)}, {signed(values.get('change_1d_points'))} on the day"
    if event.kind == "curve_sign":
        return f"{values.get('state') or UNKNOWN}, {signed(values.get('level_pct'))} points"
    change = "change_21d_bp" if event.kind == "credit_widening" else "change_1d_bp"
    return f"{share(values.get('level_pct'), 2)}, {_bp(values.get(change))}"


PHRASES = {
    "ten_year_move": Phrase(
        "10-year move",
        "it became known that the 10-year Treasury yield {moved} by {change} to {level} on {day}",
        "neutral",
        "◆",
    ),
    "curve_sign": Phrase(
        "Yield curve turns",
        "it became known that the 10-year yield stood {turned} the 2-year yield ({spread} points) on {day}",
        "neutral",
        "◆",
    ),
    "credit_widening": Phrase(
        "Credit widening",
        "the high-yield spread, {level} on {day}, had widened by {widened} within 21 sessions",
        "warning",
        SYMBOLS["death"],
    ),
    "vix_high": Phrase("VIX high", "the VIX closed at {points}, at or above {vix_high}", "warning", SYMBOLS["golden"]),
}

FACE = Face(
    card=macro_card,
    numbers=lambda shown, _event: number_fields(shown),
    chart=macro_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=brief_numbers,
)
