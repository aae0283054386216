"""The card that answers `activity`: a symbol's momentum, volume, extremes and volatility, and whether it is crowded."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.activity_data import activity_chart
from bot.cards.card import Card, Field
from bot.cards.crowded import crowding_card
from bot.cards.face import Face, Phrase, Shown
from bot.cards.table import table
from bot.cards.words import (
    UNKNOWN,
    brief,
    decimal,
    number_of,
    percent,
    price,
    session_words,
    sessions,
    share,
    times,
)
from signals.types import Event, Reading, Thresholds

MOST_SHARES = 1e9
"""From here on a volume is written in millions, so that the table stays narrow."""


def activity_card(shown: Shown) -> Card:
    """Return the card of one symbol's momentum and activity."""
    reading = shown.reading
    heading = _heading(reading)
    return crowding_card(shown, number_fields(shown), heading=heading, lead=_lead(reading), missing=_missing(reading))


def number_fields(shown: Shown) -> tuple[Field, Field]:
    """Return momentum and volume, and where the close stands between its extremes."""
    values = shown.reading.values
    moves = (
        ("Close", price(values.get("close"))),
        ("1 session", percent(values.get("d1_pct"))),
        ("5 sessions", percent(values.get("d5_pct"))),
        ("RSI 14, of 100", decimal(values.get("rsi14"), 1)),
        ("Volume, shares", _shares(values.get("volume"))),
        ("Volume against usual", times(values.get("rvol20"))),
        ("Volatility, a year", share(values.get("volatility20_pct"), 1)),
    )
    return Field("Numbers", table(*_two_columns(moves))), Field("52 weeks, closes", _extremes(shown.reading))


def _two_columns(rows: tuple[tuple[str, str], ...]) -> tuple[list[str], list[list[str]]]:
    header, *others = ([name, value] for name, value in rows)
    return header, others


def _shares(value: object) -> str:
    number = number_of(value)
    if number is None or number < MOST_SHARES:
        return decimal(value, 0)
    return f"{decimal(number / 1e6, 0)} m"


def _extremes(reading: Reading) -> str:
    values = reading.values
    rows = [
        [
            word,
            price(values.get(f"{name}_52w")),
            percent(values.get(f"from_{name}_pct"), 1),
        ]
        for word, name in (("High", "high"), ("Low", "low"))
    ]
    since = [f"Last new {name}: {_ago(values.get(f'since_{name}_sessions'))}." for name in ("high", "low")]
    return f"{table(['', 'at', 'from it'], rows)}\n{' '.join(since)}"


def _ago(count: object) -> str:
    number = number_of(count)
    if number is None:
        return "none seen"
    return "this session" if number == 0 else f"{sessions(number)} ago"


def _heading(reading: Reading) -> str:
    if reading.state == "crowded":
        return "crowded"
    extreme = reading.values.get("new_52w")
    return f"at a 52-week {extreme}" if extreme in {"high", "low"} else "momentum and activity"


def _lead(reading: Reading) -> str:
    values = reading.values
    if number_of(values.get("close")) is None:
        return "There is no close of it."
    known = number_of(values.get("rvol20")) is not None
    volume = f"{times(values.get('rvol20'))} its usual volume" if known else "volume unknown"
    rsi = decimal(values.get("rsi14"), 1)
    return f"On {session_words(reading.session)} it changed {percent(values.get('d1_pct'))}; {volume}, RSI {rsi}."


def _missing(reading: Reading) -> list[str]:
    values = reading.values
    has_chain = any(check.name == "call_put" and check.value is not None for check in reading.checks)
    lines = [] if has_chain else ["Option chain: none is given, so calls and puts are unknown."]
    if number_of(values.get("rvol20")) is None:
        lines.append("Volume against usual: it needs 21 sessions with volume.")
    if number_of(values.get("high_52w")) is None:
        lines.append("52-week high and low: they need 252 closes in a row.")
    if number_of(values.get("volatility20_pct")) is None:
        lines.append("Volatility: it needs 21 closes in a row.")
    return lines


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what the sentence of an event leaves open."""
    bound = event.thresholds.get("crowded_rsi", thresholds.get("crowded_rsi"))
    return {"rsi": decimal(event.values.get("rsi14"), 1), "bound": brief(bound) if bound is not None else UNKNOWN}


def brief_numbers(event: Event) -> str:
    """Return an event's numbers, to stand in a list."""
    values = event.values
    facts = [f"RSI 14 {decimal(values.get('rsi14'), 1)}", f"5 sessions {percent(values.get('d5_pct'))}"]
    if number_of(values.get("rvol20")) is not None:
        facts.append(f"volume {times(values.get('rvol20'))} usual")
    return ", ".join(facts)


PHRASES = {
    "crowded": Phrase(
        "Crowded", "RSI 14 reached {rsi}, at or above the {bound} that counts as crowded", "warning", "◆"
    ),
}

FACE = Face(
    card=activity_card,
    numbers=lambda shown, _event: number_fields(shown),
    chart=activity_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=brief_numbers,
)
