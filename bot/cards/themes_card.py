"""The card that answers `theme`: a basket against the Russell 2000, and what its members do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bot.cards.card import Card, Field
from bot.cards.checked import checked
from bot.cards.face import Face, Phrase, Shown
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.themes_data import MemberRow, member_rows, themes_chart
from bot.cards.words import (
    DASH,
    decimal,
    escape,
    number_of,
    percent,
    session_words,
    sessions,
    share,
    short_session,
    signed,
)
from signals.telling import HINDSIGHT
from signals.themes import THEMES
from signals.themes_columns import INDEX
from signals.types import Event, History, Reading, Scalar, Thresholds

PERIODS = (("5d", "d5_pct"), ("1M", "m1_pct"), ("YTD", "ytd_pct"))
ROWS = (("Basket", ""), ("R2000", f"{INDEX}."), ("Lead, pt", "basket_minus_index."))
MOST_MEMBERS = 12
WIDE = 99.95
HINDSIGHT_WORDS = (
    "**Hindsight:** fewer than 3 of the members were on the list in some session that these figures look back to; "
    "there all that are listed today stand in. No alert rests on such a session."
)

PHRASES = {
    "breakout": Phrase(
        "Theme breakout",
        "the basket stood higher against the Russell 2000 than on any close of {high}, the first such high in {quiet}",
        "golden",
        "▲",
    ),
    "below_average": Phrase(
        "Breakout undone",
        "the basket closed below its {average}-session average, the first time since it broke out on {since}",
        "warning",
        "▼",
    ),
}


def themes_card(shown: Shown) -> Card:
    """Return the card of one theme."""
    reading = shown.reading
    rows = _members(shown)
    fields = [
        Field("Return in %", returns(reading)),
        Field("Where it stands", _standing(reading, shown.thresholds)),
        Field(f"Members, {reading.values.get('priced')} of {reading.values.get('members')} with a close", _table(rows)),
        Field("Checked", checked(reading)),
    ]
    missing = _missing(reading, rows)
    if missing:
        fields.append(Field("Missing", "\n".join(missing)))
    return Card(
        title=f"{escape(shown.name or reading.subject)} against the Russell 2000, {session_words(reading.session)}",
        text=_lead(reading),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def returns(reading: Reading) -> str:
    """Return the basket's returns, the index's and the difference, narrow enough for a phone."""
    rows = [[title, *(_cell(reading.values.get(f"{of}{name}")) for _, name in PERIODS)] for title, of in ROWS]
    return f"{table(['', *(title for title, _ in PERIODS)], rows)}\n5d: sessions. 1M: a month. YTD: this year."


def _lead(reading: Reading) -> str:
    year = reading.values.get("ytd_pct")
    lead = number_of(reading.values.get("basket_minus_index.ytd_pct"))
    sentence = f"The basket, its members weighted equally each month: {percent(year)} this year"
    if lead is not None:
        side = "ahead of" if lead > 0 else "behind"
        by = f" by {decimal(abs(lead))} points"
        sentence += f", {side} the Russell 2000{by}" if round(lead, 2) else ", level with the Russell 2000"
    return f"{sentence}.\n{HINDSIGHT_WORDS}" if HINDSIGHT in reading.labels else f"{sentence}."


def _standing(reading: Reading, thresholds: Thresholds) -> str:
    values = reading.values
    names = values.get("near_cross_names")
    near = f"{decimal(values.get('near_cross'), 0)} of {values.get('near_cross_of')}"
    lines = {
        f"From its {thresholds['average']}-session average": percent(values.get("from_average_pct")),
        f"Basket / index from its high of {sessions(thresholds['high_sessions'])}": percent(
            values.get("ratio_from_high_pct")
        ),
        "Members above their 200-session average": (
            f"{share(values.get('above_sma200_pct'))} of {values.get('above_sma200_of')}"
        ),
        f"Within {sessions(thresholds['near_sessions'])} of a 50/200 cross at flat prices": (
            f"{near} ({escape(str(names))})" if names else near
        ),
    }
    return "\n".join(f"{title}: {told}" for title, told in lines.items())


def _members(shown: Shown) -> list[MemberRow]:
    row = int(np.searchsorted(shown.history.sessions, np.datetime64(shown.reading.session, "D")))
    return member_rows(shown.history, shown.reading.subject, row)


def _table(rows: list[MemberRow]) -> str:
    above = {True: "above", False: "below", None: DASH}
    cells = [
        [found.symbol[:8], _cell(found.month_pct), _cell(found.year_pct), above[found.is_above]]
        for found in rows
        if found.is_priced
    ]
    if not cells:
        return "None has a close in this session."
    more = len(cells) - MOST_MEMBERS
    left_out = f"\n… and {more} more" if more > 0 else ""
    return table(["", "1M", "YTD", "SMA200"], cells[:MOST_MEMBERS]) + left_out


def _missing(reading: Reading, rows: list[MemberRow]) -> list[str]:
    absent = [found.symbol for found in rows if not found.is_priced]
    told = [f"{', '.join(map(escape, absent))}: no close in this session; left out."] if absent else []
    if all(reading.values.get(f"{INDEX}.{name}") is None for _, name in PERIODS):
        told.append(f"{INDEX}: no prices to compare with.")
    return told


def _cell(value: object) -> str:
    number = number_of(value)
    return DASH if number is None else signed(number, 1 if abs(number) < WIDE else 0)


def _numbers(shown: Shown, event: Event) -> tuple[Field, ...]:
    del event
    return (
        Field("Return in %", returns(shown.reading)),
        Field("Where it stands", _standing(shown.reading, shown.thresholds)),
    )


def _facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    return {
        "high": sessions(thresholds["high_sessions"]),
        "quiet": sessions(thresholds["quiet_sessions"]),
        "average": f"{thresholds['average']}",
        "since": short_session(event.values.get("breakout")),
    }


def _brief(event: Event) -> str:
    told: tuple[tuple[str, Scalar], ...] = tuple(
        (title, event.values.get(name)) for title, name in (("month", "m1_pct"), ("year", "ytd_pct"))
    )
    return ", ".join(f"{title} {percent(value, 1)}" for title, value in told if value is not None)


def mention(history: History, thresholds: Thresholds, symbol: str) -> str:
    """Return how each theme that lists `symbol` did against the index, a line each."""
    lines = []
    for theme in history.market.facts.themes:
        if symbol not in {member.symbol for member in theme.members}:
            continue
        reading = THEMES.reading(history, theme.name, thresholds)
        month, lead = (reading.values[name] for name in ("m1_pct", "basket_minus_index.m1_pct"))
        ahead = "" if number_of(lead) is None else f", {signed(lead, 1)} points against the Russell 2000"
        mark = " (in hindsight)" if HINDSIGHT in reading.labels else ""
        lines.append(f"{escape(theme.title)}: {percent(month, 1)} over a month{ahead}{mark}")
    return "\n".join(lines)


FACE = Face(
    card=themes_card,
    numbers=_numbers,
    chart=themes_chart,
    phrases=PHRASES,
    facts=_facts,
    brief=_brief,
    mention=mention,
)
