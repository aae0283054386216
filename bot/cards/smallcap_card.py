"""The card that answers `smallcap`: five indices in two tables that a phone can show."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Card, Field
from bot.cards.face import Face, Shown
from bot.cards.provenance import footer
from bot.cards.smallcap_data import ROWS, smallcap_chart
from bot.cards.style import SYMBOLS
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    MINUS,
    decimal,
    number_of,
    percent,
    session_words,
    sessions,
    share,
    short_session,
    signed,
)
from signals.types import Reading

SOON = (("1d", "d1_pct"), ("5d", "d5_pct"), ("MTD", "mtd_pct"), ("YTD", "ytd_pct"))
LONG = (("QTD", "qtd_pct"), ("1Y", "y1_pct"), ("High", "from_high_pct"))
PERIODS = (*SOON[:3], LONG[0], SOON[3], LONG[1])
EXPLAINED = "d: sessions. MTD, QTD, YTD: this month, quarter, year to date. High: from the 52-week high. RSI: of 100."
LEADERS = {"small_leads": "small caps lead", "large_leads": "large caps lead", "neutral": "neither leads"}
WIDE = 99.995
"""A return this large is shown with one decimal, so that the table stays narrow."""


def smallcap_card(shown: Shown) -> Card:
    """Return the dashboard's card."""
    reading = shown.reading
    missing = [row.name for row in ROWS if not _is_known(reading, row.symbol)]
    fields = [
        Field("Return in %", _returns(reading, SOON)),
        Field("Longer, and from the 52-week high, in %", _long(reading)),
        Field("Russell 2000 minus S&P 500, in points", _difference(reading)),
        Field("Golden or death (50 against 200 sessions)", _crosses(reading)),
        Field("Underneath", _underneath(reading)),
        Field("What small companies cost and owe", _cost_and_debt(reading)),
        Field("Next date of the Russell reconstitution", _ahead(reading)),
    ]
    if missing:
        fields.append(Field("Missing", f"{', '.join(missing)}: no prices of it for this session."))
    return Card(
        title=f"US small caps against the rest, {session_words(reading.session)}",
        text=_lead(reading),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def _lead(reading: Reading) -> str:
    day, year = (reading.values.get(f"^RUT.{period}_pct") for period in ("d1", "ytd"))
    lead = number_of(reading.values.get("small_minus_large.ytd_pct"))
    sentence = f"Russell 2000 {percent(day)} on the session and {percent(year)} this year"
    if lead is None:
        return f"{sentence}."
    if not round(lead, 2):
        return f"{sentence}, level with the S&P 500."
    return f"{sentence}, {'ahead of' if lead > 0 else 'behind'} the S&P 500 by {decimal(abs(lead))} points."


def _returns(reading: Reading, columns: Sequence[tuple[str, str]]) -> str:
    rows = [[row.short, *(_cell(reading.values.get(f"{row.symbol}.{value}")) for _, value in columns)] for row in ROWS]
    return table(["", *(title for title, _ in columns)], rows)


def _long(reading: Reading) -> str:
    rows = [
        [
            row.short,
            *(_cell(reading.values.get(f"{row.symbol}.{value}")) for _, value in LONG),
            decimal(reading.values.get(f"{row.symbol}.rsi14"), 0, missing=DASH),
        ]
        for row in ROWS
    ]
    return f"{table(['', *(title for title, _ in LONG), 'RSI'], rows)}\n{EXPLAINED}"


def _difference(reading: Reading) -> str:
    pairs = [(title, reading.values.get(f"small_minus_large.{value}")) for title, value in PERIODS]
    return " · ".join(f"{title} {_cell(value)}" for title, value in pairs)


def _crosses(reading: Reading) -> str:
    states = [(row.name, reading.values.get(f"{row.symbol}.cross")) for row in ROWS]
    return "\n".join(f"{SYMBOLS.get(str(state), '?')} {name}: {state or 'unknown'}" for name, state in states)


def _underneath(reading: Reading) -> str:
    """Return who leads and how many take part, as the signals that look closer say."""
    values = reading.values
    state = LEADERS.get(str(values.get("rotation.state")), "who leads is unknown")
    since = values.get("rotation.state_since")
    when = f" since {short_session(since)}" if since else ""
    long = values.get("rotation.relative_long_pct")
    over = sessions(values.get("rotation.long_sessions"))
    told = "" if number_of(long) is None else f" ({percent(long)} against the S&P 500 over {over})"
    above, covered, members = (values.get(f"breadth.{name}") for name in ("above_200_pct", "covered", "members"))
    if number_of(above) is None:
        taking_part = "How many members take part is unknown: there is no list of them, or no prices."
    else:
        taking_part = f"{share(above)} of its members stand above their 200-session average"
        taking_part += f" ({decimal(covered, 0)} of {decimal(members, 0)} known)."
    return f"Rotation: {state}{when}{told}.\nBreadth: {taking_part}"


def _cost_and_debt(reading: Reading) -> str:
    """Return the discount of small companies and their median debt, a line each, with how new the figures are."""
    values = reading.values
    ahead, past = (
        number_of(values.get(f"valuation.{which}_discount_without_losses_pct")) for which in ("forward", "trailing")
    )
    discount = past if ahead is None else ahead
    if discount is None:
        cost = "unknown, `valuation` says what is missing"
    else:
        of = "the last twelve months' earnings" if ahead is None else "expected earnings"
        day = "" if ahead is None else f"; estimates of {short_session(values.get('valuation.estimated'))}"
        cost = f"{share(discount, 1)} against the S&P 500 on {of} (without loss-makers{day})"
    small, large = (number_of(values.get(f"leverage.{each}median_ratio")) for each in ("", "largecap."))
    if small is None:
        debt = "unknown, `leverage` says what is missing"
    else:
        filed = short_session(values.get("leverage.filed"))
        beside = "" if large is None else f", {decimal(large)} in the S&P 500"
        debt = f"{decimal(small)} times EBITDA{beside} (medians; reports up to {filed})"
    return f"Discount: {cost}.\nNet debt: {debt}."


def _ahead(reading: Reading) -> str:
    name, day, days, said = (reading.values.get(f"recon.next_{part}") for part in ("name", "date", "days", "dates"))
    if day is None:
        return "Unknown: the calendar begins later."
    when = "in 1 day" if days == 1 else f"in {decimal(days, 0)} days"
    return f"{str(name)[:1].upper()}{str(name)[1:]}: {session_words(day)}, {when} ({said})."


def _cell(value: object) -> str:
    number = number_of(value)
    if number is None:
        return DASH
    return signed(number, 1 if abs(number) >= WIDE else 2).replace(f"{MINUS}0.00", "0.00")


def _is_known(reading: Reading, symbol: str) -> bool:
    return any(number_of(reading.values.get(f"{symbol}.{value}")) is not None for _, value in (*SOON, *LONG))


FACE = Face(
    card=smallcap_card,
    numbers=lambda shown, _event: smallcap_card(shown).fields,
    chart=lambda shown: smallcap_chart(shown.history),
)
