"""The card that answers `options`: what is priced in, puts against calls, and whether the symbol is crowded."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.crowded import crowding_card
from bot.cards.face import Face, Phrase, Shown
from bot.cards.options_data import options_chart
from bot.cards.table import table
from bot.cards.words import (
    UNKNOWN,
    brief,
    decimal,
    number_of,
    price,
    session_words,
    share,
    short_session,
    signed,
    times,
)
from signals.types import Event, Reading, Thresholds

EXPLAINED = "Risk reversal: volatility of the 25-delta call minus that of the put. Above 0 calls are the dearer ones."


def options_card(shown: Shown) -> Card:
    """Return the card of what a symbol's options say."""
    reading = shown.reading
    heading = "crowded" if reading.state == "crowded" else "options"
    return crowding_card(shown, number_fields(shown), heading=heading, lead=_lead(reading), missing=_missing(reading))


def number_fields(shown: Shown) -> tuple[Field, Field]:
    """Return what is priced in until the expiry, and how calls and puts were traded."""
    values = shown.reading.values
    priced = (
        ("Close", price(values.get("close"))),
        ("At the money, a year", share(values.get("atm_iv_pct"), 1)),
        ("Move until then, ±", share(values.get("expected_move_pct"), 1)),
        ("25-delta call", share(values.get("call25_iv_pct"), 1)),
        ("25-delta put", share(values.get("put25_iv_pct"), 1)),
        ("Risk reversal", _points(values.get("rr25_points"))),
        ("... of the money's", signed(values.get("rr25_of_atm"))),
    )
    traded = (
        ("Calls traded", decimal(values.get("call_volume"), 0)),
        ("Puts traded", decimal(values.get("put_volume"), 0)),
        ("Puts for each call", decimal(values.get("put_call"))),
        ("... of those open", decimal(values.get("put_call_open"))),
        ("Shares against usual", times(values.get("rvol20"))),
        ("RSI 14, of 100", decimal(values.get("rsi14"), 1)),
    )
    return Field(_priced_title(values), f"{_two_columns(priced)}\n{EXPLAINED}"), Field("Trading", _two_columns(traded))


def _priced_title(values: Mapping[str, object]) -> str:
    expiry, days = values.get("expiry"), number_of(values.get("expiry_days"))
    if not isinstance(expiry, str) or days is None:
        return "Priced in"
    return f"Priced in until {short_session(expiry)} ({days:.0f} {'day' if days == 1 else 'days'})"


def _two_columns(rows: tuple[tuple[str, str], ...]) -> str:
    header, *others = ([name, value] for name, value in rows)
    return table(header, others)


def _points(value: object) -> str:
    text = signed(value, 1)
    return text if text == UNKNOWN else f"{text} pt"


def _lead(reading: Reading) -> str:
    values = reading.values
    if number_of(values.get("close")) is None:
        return "There is no close of it."
    quotes = values.get("quotes")
    if not isinstance(quotes, str):
        return f"There are no option quotes of it in the five sessions up to {session_words(reading.session)}."
    if number_of(values.get("atm_iv_pct")) is None:
        return f"Quotes of {session_words(quotes)} tell no volatility."
    return f"Quotes of {session_words(quotes)} price in {priced_in(reading)}."


def priced_in(reading: Reading) -> str:
    """Return what a reading's options price in, in half a sentence."""
    values = reading.values
    volatility, move = share(values.get("atm_iv_pct"), 1), share(values.get("expected_move_pct"), 1)
    skew = _points(values.get("rr25_points"))
    return f"a volatility of {volatility} a year, ±{move} until the expiry; risk reversal {skew}"


def _missing(reading: Reading) -> list[str]:
    values = reading.values
    why, lines = values.get("why_unknown"), []
    if isinstance(why, str):
        lines.append(f"Volatility and skew: {why}.")
    if isinstance(values.get("quotes"), str) and number_of(values.get("call_volume")) is None:
        lines.append("Calls traded: the source gives no volumes.")
    if number_of(values.get("rvol20")) is None:
        lines.append("Volume against usual: it needs 21 sessions with volume.")
    return lines


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what the sentence of an event leaves open."""
    values = event.values
    bounds = {
        name: event.thresholds.get(f"crowded_{name}", thresholds.get(f"crowded_{name}"))
        for name in ("relative_volume", "call_put")
    }
    return {
        "calls": decimal(values.get("call_volume"), 0),
        "puts": decimal(values.get("put_volume"), 0),
        "volume": times(values.get("rvol20")),
        **{name: UNKNOWN if bound is None else brief(bound) for name, bound in bounds.items()},
    }


def brief_numbers(event: Event) -> str:
    """Return an event's numbers, to stand in a list."""
    values = event.values
    facts = [
        f"{decimal(values.get('call_volume'), 0)} calls, {decimal(values.get('put_volume'), 0)} puts",
        f"volume {times(values.get('rvol20'))} usual",
    ]
    if number_of(values.get("atm_iv_pct")) is not None:
        facts.append(f"volatility {share(values.get('atm_iv_pct'), 1)}")
    return ", ".join(facts)


PHRASES = {
    "options_crowded": Phrase(
        "Crowded in calls",
        "{calls} calls and {puts} puts were traded at {volume} the usual volume "
        "(crowded: {call_put} calls for each put, {relative_volume} times the volume)",
        "warning",
        "◆",
    ),
}

FACE = Face(
    card=options_card,
    numbers=lambda shown, _event: number_fields(shown),
    chart=options_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=brief_numbers,
)
