"""The card that answers `stock`: what all signals say of one symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.cards.card import Card, Field
from bot.cards.cross_card import is_known, state_title, state_words, two_columns, windows_of
from bot.cards.event_card import event_line
from bot.cards.options_card import priced_in
from bot.cards.provenance import footer
from bot.cards.quality_card import in_short
from bot.cards.style import SYMBOLS
from bot.cards.words import DASH, decimal, escape, number_of, percent, price, share, short_session, times, titled
from signals.types import Event, Reading, Thresholds

MOST_EVENTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What is known of one symbol.

    Attributes
    ----------
    readings : mapping of str to Reading
        What each signal about symbols says, by its name; ``cross``, ``activity``, ``options`` and ``quality`` are among
        them.
    mentions : mapping of str to str
        What signals of the whole market say of it, by their titles.
    events : sequence of Event
        What happened to it lately, the latest first.
    belongs : sequence of str
        Sector, universes and weights, in words.
    missing : sequence of str
        What nobody could say anything about, in words.
    """

    name: str
    thresholds: Thresholds
    readings: Mapping[str, Reading]
    mentions: Mapping[str, str]
    events: Sequence[Event]
    belongs: Sequence[str]
    missing: Sequence[str] = ()


def stock_card(found: Gathered, reading: Reading) -> Card:
    """Return the card; `reading` is all of them in one."""
    cross, activity, options = (found.readings[name] for name in ("cross", "activity", "options"))
    fields = [
        Field("Price", _price(activity)),
        Field("Trend", f"{state_words(cross, windows_of(found.thresholds))}\n{_gap(cross)}"),
        *(Field(title, text) for title, text in found.mentions.items()),
        *([Field("Options", f"{priced_in(options).capitalize()}.")] if options.values.get("quotes") else []),
        *([Field("Quality", quality)] if (quality := in_short(found.readings["quality"])) else []),
    ]
    if found.events:
        lines = [event_line(event, found.name) for event in found.events[:MOST_EVENTS]]
        fields.append(Field("Lately", "\n".join(lines)))
    if found.missing:
        fields.append(Field("Missing", "\n".join(found.missing)))
    sign = SYMBOLS.get(cross.state, "?")
    return Card(
        title=f"{titled(found.name, cross.subject)}: {sign} {state_title(cross)}",
        text=" · ".join(escape(each) for each in found.belongs),
        tone=cross.state if is_known(cross) else "neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def _price(activity: Reading) -> str:
    values = activity.values
    rows = (
        ("Close", price(values.get("close"))),
        ("1 session", percent(values.get("d1_pct"))),
        ("5 sessions", percent(values.get("d5_pct"))),
        ("From 52-week high", percent(values.get("from_high_pct"))),
        ("From 52-week low", percent(values.get("from_low_pct"))),
        ("RSI 14, of 100", decimal(values.get("rsi14"), 1)),
        ("Volume against usual", times(values.get("rvol20"))),
        ("Volatility, a year", share(values.get("volatility20_pct"), 1)),
    )
    return two_columns(rows)


def _gap(cross: Reading) -> str:
    gap = f"Gap {percent(cross.values.get('gap_pct'))}"
    flat = number_of(cross.values.get("flat_sessions"))
    ahead = "" if flat is None else f", flat prices would cross in {flat:.0f} sessions"
    crossed = [
        f"last {side} {DASH if (day := cross.values.get(f'last_{side}')) is None else short_session(day)}"
        for side in ("golden", "death")
    ]
    return f"{gap}{ahead}; {', '.join(crossed)}."
