"""The card that answers `leverage`: what the median small company owes against what it earns, beside the large one."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.companies import GROUPS, NO_FILINGS, NO_MEMBERS, has_members, members_line, sentence
from bot.cards.cross_card import check_lines
from bot.cards.face import Face, Phrase, Shown
from bot.cards.filings_source import with_source
from bot.cards.leverage_data import leverage_chart
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.words import DASH, brief, decimal, number_of, session_words
from signals.types import Event, Reading, Thresholds

EXPLAINED = (
    "Net debt / EBITDA: debt minus cash, over what a company earns in twelve months before interest, taxes, "
    "depreciation and amortisation. n.m.: an EBITDA of 0 or less, counted apart. Financials are left out: debt is "
    "their trade."
)
ROWS = (
    ("Median", "median_ratio", 2),
    ("Companies", "counted", 0),
    ("n.m.", "meaningless", 0),
    ("Unknown", "unknown", 0),
    ("Financials", "financials", 0),
)

PHRASES = {
    "leverage_up": Phrase(
        "More debt",
        "the median net debt/EBITDA of small companies had risen to {median}, past {limit} (large ones: {large})",
        "warning",
        "▲",
    ),
    "leverage_down": Phrase(
        "Less debt",
        "the median net debt/EBITDA of small companies had fallen to {median}, past {limit} (large ones: {large})",
        "neutral",
        "▼",
    ),
}


def leverage_card(shown: Shown) -> Card:
    """Return the card of what small and large companies owe."""
    reading = shown.reading
    fields = [
        *number_fields(shown),
        Field("Checked", check_lines(reading)),
        Field("Companies counted", with_source(_counted(reading), shown)),
    ]
    if missing := _missing(reading):
        fields.append(Field("Missing", "\n".join(missing)))
    return Card(
        title=f"What small companies owe, {session_words(reading.session)}",
        text=_lead(reading),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def number_fields(shown: Shown) -> tuple[Field]:
    """Return both medians, and how many companies each is of."""
    values = shown.reading.values
    rows = [
        [title, *(decimal(values.get(f"{prefix}{name}"), digits, missing=DASH) for prefix, _ in GROUPS)]
        for title, name, digits in ROWS
    ]
    return (Field("Net debt / EBITDA over twelve months", f"{table(['', 'R2000', 'S&P500'], rows)}\n{EXPLAINED}"),)


def _lead(reading: Reading) -> str:
    small, large = (number_of(reading.values.get(f"{prefix}median_ratio")) for prefix, _ in GROUPS)
    if small is None:
        return "What the median small company owes against what it earns is unknown."
    return f"The net debt of the median small company is {_owes(small)}; of the median large one {_owes(large)}."


def _owes(ratio: float | None) -> str:
    if ratio is None:
        return "it is unknown"
    if round(ratio, 2) < 0:
        return f"{decimal(ratio)} times a year's EBITDA (more cash than debt)"
    return f"{decimal(ratio)} times a year's EBITDA"


def _counted(reading: Reading) -> str:
    lines = [f"{name}: {members_line(reading, prefix) or 'no list'}" for prefix, name in GROUPS]
    if day := reading.values.get("filed"):
        lines.append(f"Last report known: {session_words(day)}")
    return "\n".join(lines)


def _missing(reading: Reading) -> list[str]:
    values = reading.values
    lines = [f"{name}: {NO_MEMBERS}." for prefix, name in GROUPS if not has_members(reading, prefix)]
    listed = [(prefix, name) for prefix, name in GROUPS if has_members(reading, prefix)]
    unknown = {prefix: number_of(values.get(f"{prefix}unknown")) or 0.0 for prefix, _ in listed}
    if listed and values.get("filed") is None:
        return [*lines, sentence(f"debt, cash and EBITDA: {NO_FILINGS}")]
    return lines + [
        f"{name}: debt, cash or EBITDA of {unknown[prefix]:,.0f} companies."
        for prefix, name in listed
        if unknown[prefix]
    ]


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what fills the braces of an event's sentence."""
    values, limits = event.values, {**thresholds, **event.thresholds}
    return {
        "median": decimal(values.get("median_ratio")),
        "large": decimal(values.get("largecap.median_ratio")),
        "limit": brief(limits.get("median_limit")),
    }


def event_brief(event: Event) -> str:
    """Return an event's numbers, to stand in a list."""
    values = event.values
    return (
        f"{decimal(values.get('median_ratio'))} (large: {decimal(values.get('largecap.median_ratio'))}), "
        f"{decimal(values.get('counted'), 0)} companies"
    )


FACE = Face(
    card=leverage_card,
    numbers=lambda shown, _event: number_fields(shown),
    chart=leverage_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=event_brief,
)
