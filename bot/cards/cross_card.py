"""The card that answers `cross`: where a symbol's two averages stand, since when, and what to make of it."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards.card import Card, Chart, Field
from bot.cards.cross_data import cross_chart
from bot.cards.face import Face, Phrase, Shown
from bot.cards.provenance import footer
from bot.cards.style import SYMBOLS
from bot.cards.words import (
    DASH,
    TIMES,
    UNKNOWN,
    brief,
    decimal,
    number_of,
    percent,
    price,
    session_words,
    sessions,
    short_session,
    signed,
    times,
    titled,
)
from signals.types import Check, Event, Reading, Scalar, Thresholds

Windows = tuple[int, int]
STANDARD: Windows = (50, 200)


def cross_card(shown: Shown) -> Card:
    """Return the card of one symbol's reading; `shown.evidence` is one line that already carries its base rate."""
    reading, windows = shown.reading, windows_of(shown.thresholds)
    fields = [Field("Numbers", numbers(reading, windows)), Field("When would they meet?", forecast(reading))]
    if reading.checks and is_known(reading):
        fields.append(Field("Confirmation, layer by layer", check_lines(reading)))
    fields.append(Field("Last crosses", last_crosses(reading)))
    if shown.evidence:
        fields.append(Field("What followed in the past", shown.evidence))
    return Card(
        title=f"{SYMBOLS.get(reading.state, '?')} {titled(shown.name, reading.subject)}: {state_title(reading)}",
        text=state_words(reading, windows),
        tone=reading.state if is_known(reading) else "neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def cross_picture(shown: Shown) -> Chart:
    """Return the picture of a symbol's two averages over `shown.span`."""
    return cross_chart(shown.history, shown.reading.subject, name=shown.name, span=shown.span)


def windows_of(thresholds: Thresholds) -> Windows:
    """Return the two windows."""
    return int(thresholds["fast"]), int(thresholds["slow"])


def alert_fields(shown: Shown, event: Event) -> tuple[Field, ...]:
    """Return the numbers below an alert, and what would follow an approach or confirms a cross."""
    reading = shown.reading
    fields = [Field("Numbers", numbers(reading, windows_of(shown.thresholds)))]
    if event.kind.startswith("approaching"):
        fields.append(Field("When would they meet?", forecast(reading)))
    elif reading.checks:  # they are of the last cross, not of the one that may come
        fields.append(Field("Confirmation, layer by layer", check_lines(reading)))
    return tuple(fields)


def sentence_facts(event: Event, thresholds: Thresholds) -> dict[str, str]:
    """Return what the sentences of `PHRASES` leave open."""
    fast, slow = windows_of(thresholds)
    return {
        "fast": str(fast),
        "slow": str(slow),
        "since": sessions(event.values.get("sessions_since")),
        "side": str(event.values.get("state") or UNKNOWN),
        "flat": sessions(event.values.get("flat_sessions")),
    }


def brief_numbers(event: Event) -> str:
    """Return close, gap and flat sessions of an event, to stand in a list."""
    values = event.values
    facts = []
    if number_of(values.get("close")) is not None:
        facts.append(f"close {price(values.get('close'))}")
    if number_of(values.get("gap_pct")) is not None:
        facts.append(f"gap {percent(values.get('gap_pct'))}")
    flat = values.get("flat_sessions")
    if event.kind.startswith("approaching") and number_of(flat) is not None:
        facts.append(f"flat prices would cross in {sessions(flat)}")
    return ", ".join(facts)


def is_known(reading: Reading) -> bool:
    """Whether the averages stand on a side; without one there is no cross to confirm."""
    return reading.state in {"golden", "death"}


def state_title(reading: Reading) -> str:
    """Return the state, and since when, as a title's end."""
    if not is_known(reading):
        return "state unknown"
    is_seen = reading.values.get("sessions_since") is not None
    crossed = reading.values.get(f"last_{reading.state}")
    return f"{reading.state} since {short_session(crossed)}" if is_seen else reading.state


def state_words(reading: Reading, windows: Windows = STANDARD) -> str:
    """Return state, since when and for how long, in a sentence."""
    fast, slow = windows
    if not is_known(reading):
        return (
            f"The averages are **unknown**: each needs every close of its window ({fast} and {slow} sessions), "
            "and some are missing."
        )
    side = "above" if reading.state == "golden" else "below"
    crossed = reading.values.get(f"last_{reading.state}")
    count = reading.values.get("sessions_since")
    since = "since before the data begins"
    if count is not None:
        for_long = sessions(count) if count else "this session"
        since = f"since {session_words(crossed)} ({for_long})"
    return f"The {fast}-session average is **{side}** the {slow}-session average, {since}."


def numbers(reading: Reading, windows: Windows = STANDARD) -> str:
    """Return the reading's numbers as a block of two columns, narrow enough for a phone."""
    values, (fast, slow) = reading.values, windows
    rows = (
        ("Close", price(values.get("close"))),
        (f"{fast}-session average", price(values.get("fast"))),
        (f"{slow}-session average", price(values.get("slow"))),
        ("Gap, fast over slow", percent(values.get("gap_pct"))),
        ("Gap, 5-session change", points(values.get("gap_change_5"))),
        ("RSI 14, of 100", decimal(values.get("rsi14"), 1)),
        ("Volume against usual", times(values.get("rvol20"))),
    )
    return two_columns(rows)


def two_columns(rows: tuple[tuple[str, str], ...]) -> str:
    """Return a monospace block: names left, values right."""
    left = max(len(name) for name, _ in rows)
    right = max(len(value) for _, value in rows)
    return "```\n" + "\n".join(f"{name:<{left}} {value:>{right}}" for name, value in rows) + "\n```"


def points(value: Scalar) -> str:
    """Return a change of a percentage in points."""
    text = signed(value)
    return text if number_of(value) is None else f"{text} pt"


def forecast(reading: Reading) -> str:
    """Return the two forecasts that need no model: the trigger close and the flat sessions."""
    trigger, flat = reading.values.get("trigger_close"), reading.values.get("flat_sessions")
    if not is_known(reading):
        return "Unknown, as the averages are."
    at = "No next close could do it."
    close = number_of(reading.values.get("close"))
    if (level := number_of(trigger)) is not None:
        away = f" ({percent(100 * (level / close - 1), 1)} from the last)" if close else ""
        at = f"At once, with a next close of **{price(level)}**{away}."
    when = (
        f"In **{sessions(flat)}** if every coming close equals the last one."
        if number_of(flat) is not None
        else "Not within 60 sessions if every coming close equals the last one."
    )
    return f"{at}\n{when}"


def check_lines(reading: Reading) -> str:
    """Return all confirmation layers, a line each: never folded into one word."""
    return "\n".join(check_line(check, reading.state) for check in reading.checks)


def check_line(check: Check, state: str) -> str:
    """Return one confirmation layer: sign, question, number and bound."""
    words, unit = _LAYERS.get(check.name, (decimal, ""))
    question = (check.title or check.name.replace("_", " ")).replace(", %", "")
    bound = "" if number_of(check.bound) is None else f" ({_needs(check, state)} {brief(check.bound)}{unit})"
    return f"{SYMBOLS[check.result.value]} {question[:1].upper()}{question[1:]}: {words(check.value)}{bound}"


def _needs(check: Check, state: str) -> str:
    """Return how the number must stand to the bound, mirrored after a death cross."""
    if check.name in _SIDES:
        return f"needs {_SIDES[check.name]}"
    if check.name in {"slow_rising", "above_both"}:
        return "needs below" if state == "death" else "needs above"
    if check.name == "not_overheated":
        return "needs above" if state == "death" else "needs below"
    if check.name == "separation" and state == "death":
        return "needs at most"
    return "needs at least"


def _whole(value: Scalar) -> str:
    return decimal(value, 0)


def _tenth(value: Scalar) -> str:
    return decimal(value, 1)


_SIDES = {
    "ten_year_move": "below",
    "curve_sign": "above",
    "credit_widening": "below",
    "vix_high": "below",
    "fresh": "at most",
    "fresh_list": "at most",
    "below_limit": "below",
    "below_large": "at most",
}
"""On which side of its bound a number of another signal must be, where that is not: at least."""

_LAYERS: dict[str, tuple[Callable[[Scalar], str], str]] = {
    "holds": (_whole, ""),
    "fresh": (_whole, ""),
    "separation": (percent, "%"),
    "slow_rising": (percent, "%"),
    "above_both": (percent, "%"),
    "relative_volume": (times, TIMES),
    "not_overheated": (_tenth, ""),
}


def last_crosses(reading: Reading) -> str:
    """Return the last golden and the last death cross, the younger first."""
    dates = {state: reading.values.get(f"last_{state}") for state in ("golden", "death")}
    lines = [
        (str(day or ""), f"{SYMBOLS[state]} {state}: {DASH if day is None else session_words(day)}")
        for state, day in dates.items()
    ]
    return "\n".join(line for _, line in sorted(lines, reverse=True))


PHRASES = {
    "golden_cross": Phrase(
        "Golden cross",
        "the {fast}-session average crossed above the {slow}-session average",
        "golden",
        SYMBOLS["golden"],
    ),
    "death_cross": Phrase(
        "Death cross", "the {fast}-session average crossed below the {slow}-session average", "death", SYMBOLS["death"]
    ),
    "confirmed": Phrase(
        "Cross confirmed",
        "all required confirmation layers passed, {since} after the {side} cross",
        "neutral",
        SYMBOLS["pass"],
    ),
    "failed": Phrase(
        "Cross undone", "the averages crossed back, {since} after the {side} cross", "warning", SYMBOLS["fail"]
    ),
    "approaching_golden": Phrase(
        "Approaching a golden cross",
        "the {fast}-session average was nearing the {slow}-session average from below: "
        "were every close equal to the last, they would cross in {flat}",
        "golden",
        SYMBOLS["golden"],
    ),
    "approaching_death": Phrase(
        "Approaching a death cross",
        "the {fast}-session average was nearing the {slow}-session average from above: "
        "were every close equal to the last, they would cross in {flat}",
        "death",
        SYMBOLS["death"],
    ),
}

FACE = Face(
    card=cross_card,
    numbers=alert_fields,
    chart=cross_picture,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=brief_numbers,
)
