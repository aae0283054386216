"""The card that answers `valuation`: what small companies cost beside large ones, with loss-makers and without."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.companies import (
    GROUPS,
    LARGE,
    NO_ESTIMATES,
    NO_FILINGS,
    NO_MEMBERS,
    NO_YIELD,
    SMALL,
    has_members,
    members_line,
    sentence,
)
from bot.cards.cross_card import check_lines
from bot.cards.face import Face, Phrase, Shown
from bot.cards.filings_source import with_source
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.valuation_data import multiple_words, valuation_chart
from bot.cards.words import DASH, MINUS, TIMES, brief, decimal, number_of, session_words, share, short_session, signed
from signals.types import Event, Reading, Scalar, Thresholds
from signals.valuation_columns import MULTIPLES, WITHOUT
from signals.valuation_multiples import NOT_MEANINGFUL

EXPLAINED = (
    "Market value over what all companies of an index earned in twelve months (P/E), are expected to earn in the next "
    "(ahead), sold (P/S) and own (P/B). w/o: without those below 0, as index providers print it. n.m.: not meaningful, "
    "the sum is not above 0."
)
EARNED = {"forward": "expected earnings", "trailing": "the last twelve months' earnings"}
SHORT = (("trailing", "P/E"), ("forward", "ahead"))
WIDE, WIDEST = 999.95, 99_999.5
"""From here on a multiple is shown without decimals, and in thousands: the table stays narrow."""

PHRASES = {
    "discount_up": Phrase(
        "Larger discount",
        "the discount of small companies on {earned}, loss-makers left out, had risen to {discount}, past {limit} "
        "({small} against {large} times)",
        "neutral",
        "▲",
    ),
    "discount_down": Phrase(
        "Smaller discount",
        "the discount of small companies on {earned}, loss-makers left out, had fallen to {discount}, past {limit} "
        "({small} against {large} times)",
        "neutral",
        "▼",
    ),
}


def valuation_card(shown: Shown) -> Card:
    """Return the card of what small and large companies cost."""
    reading = shown.reading
    fields = [*number_fields(shown), Field("Equity risk premium", _premium(reading))]
    if losing := _losing(reading):
        fields.append(Field("Loss-makers", losing))
    fields += [
        Field("Checked", check_lines(reading)),
        Field("Companies counted", with_source(_counted(reading), shown)),
    ]
    if missing := _missing(reading):
        fields.append(Field("Missing", "\n".join(missing)))
    return Card(
        title=f"What small companies cost, {session_words(reading.session)}",
        text=_lead(reading, str(shown.thresholds["earnings"])),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def number_fields(shown: Shown) -> tuple[Field, Field]:
    """Return the multiples both ways, and the discounts with the place each has in its history."""
    reading = shown.reading
    return (
        Field("Price over earnings, sales and book value", _multiples(reading)),
        Field("Discount of small companies in %", _discounts(reading)),
    )


def _lead(reading: Reading, which: str) -> str:
    values = reading.values
    for each in (which, *(other for other in EARNED if other != which)):
        small, large = (values.get(f"{prefix}{each}_pe{WITHOUT}") for prefix, _ in GROUPS)
        discount = number_of(values.get(f"{each}_discount{WITHOUT}_pct"))
        if discount is not None:
            return (
                f"Without loss-makers small companies cost {multiple_words(small)} times {EARNED[each]}, large ones "
                f"{multiple_words(large)} times: {_compared(discount)}."
            )
    return "What small companies cost beside large ones is unknown."


def _compared(discount: float) -> str:
    if not round(discount, 1):
        return "the same"
    return f"{share(abs(discount), 1)} {'less' if discount > 0 else 'more'}"


def _multiples(reading: Reading) -> str:
    rows = [
        [label, *(_cell(reading.values.get(f"{prefix}{multiple}{way}")) for multiple in MULTIPLES)]
        for prefix, name in (("", "R2000"), ("largecap.", "S&P500"))
        for way, label in (("", name), (WITHOUT, " w/o"))
    ]
    return f"{table(['', 'P/E', 'ahead', 'P/S', 'P/B'], rows)}\n{EXPLAINED}"


def _cell(value: Scalar) -> str:
    if value == NOT_MEANINGFUL:
        return NOT_MEANINGFUL
    number = number_of(value)
    if number is not None and number >= WIDEST:
        return f"{decimal(number / 1000, 0)}k"
    return decimal(number, 0 if number is not None and number >= WIDE else 1, missing=DASH)


def _discounts(reading: Reading) -> str:
    values = reading.values
    rows = [
        [
            label,
            *(_percent(values.get(f"{which}_discount{way}_pct")) for way in ("", WITHOUT)),
            decimal(values.get(f"{which}_discount{WITHOUT}_percentile"), 0, missing=DASH),
        ]
        for which, label in SHORT
    ]
    since = [
        f"{short_session(values.get(f'{which}_ranked_since'))} ({label})"
        for which, label in SHORT
        if values.get(f"{which}_ranked_since") is not None
    ]
    rank = "Rank: of the discount without loss-makers, 0 is the smallest and 100 the largest since"
    told = f" {rank} {' and '.join(since)}." if since else ""
    return f"{table(['', 'all', 'w/o', 'rank'], rows)}\n100 {TIMES} (1 {MINUS} small / large).{told}"


def _percent(value: Scalar) -> str:
    number = number_of(value)
    return DASH if number is None else signed(number, 0 if abs(number) >= WIDE else 1)


def _premium(reading: Reading) -> str:
    premium = number_of(reading.values.get("risk_premium_points"))
    if premium is None:
        return "Unknown: it takes expected earnings of small companies and the 10-year Treasury yield."
    side = "above" if premium >= 0 else "below"
    return (
        "Expected earnings of small companies over their market value, losses included, lie "
        f"{decimal(abs(premium))} points {side} the 10-year Treasury yield."
    )


def _losing(reading: Reading) -> str:
    told = [
        f"{name}: {share(reading.values.get(f'{prefix}losing_weight_pct'))} of market value"
        for prefix, name in GROUPS
        if number_of(reading.values.get(f"{prefix}losing_weight_pct")) is not None
    ]
    return "\n".join(["Lost money over twelve months:", *told]) if told else ""


def _counted(reading: Reading) -> str:
    lines = []
    for prefix, name in GROUPS:
        of = members_line(reading, prefix)
        known, ahead = (decimal(reading.values.get(f"{prefix}{each}"), 0) for each in ("covered", "covered_forward"))
        lines.append(f"{name}: {known} with earnings, {ahead} with estimates, of {of}" if of else f"{name}: no list")
    for name, title in (("filed", "Last report known"), ("estimated", "Last estimates known")):
        if day := reading.values.get(name):
            lines.append(f"{title}: {session_words(day)}")
    return "\n".join(lines)


def _missing(reading: Reading) -> list[str]:
    values = reading.values
    lines = [f"{name}: {NO_MEMBERS}." for prefix, name in GROUPS if not has_members(reading, prefix)]
    listed = [(prefix, name) for prefix, name in GROUPS if has_members(reading, prefix)]
    if listed and values.get("filed") is None:
        lines.append(sentence(f"market values and earnings: {NO_FILINGS}"))
    else:
        lines += [_lacking(values, prefix, name) for prefix, name in listed if _lacks(values, prefix)]
        if not any(number_of(values.get(f"{prefix}covered_forward")) for prefix, _ in listed):
            lines.append(sentence(f"expected earnings: {NO_ESTIMATES}"))
    ahead = number_of(values.get("covered_forward"))
    if ahead and number_of(values.get("risk_premium_points")) is None:
        lines.append(sentence(f"equity risk premium: {NO_YIELD}"))
    return lines


def _lacks(values: Mapping[str, Scalar], prefix: str) -> bool:
    covered, members = (number_of(values.get(f"{prefix}{name}")) or 0.0 for name in ("covered", "members"))
    return covered < members


def _lacking(values: Mapping[str, Scalar], prefix: str, name: str) -> str:
    covered, members = (number_of(values.get(f"{prefix}{each}")) or 0.0 for each in ("covered", "members"))
    return f"{name}: no shares, earnings or price of {members - covered:,.0f} companies; past P/E leaves them out."


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what fills the braces of an event's sentence."""
    values, limits = event.values, {**thresholds, **event.thresholds}
    return {
        "earned": EARNED.get(str(values.get("earnings")), "earnings"),
        "discount": share(values.get("discount_pct"), 1),
        "limit": f"{brief(limits.get('discount_pct'))}%",
        "small": multiple_words(values.get("small")),
        "large": multiple_words(values.get("large")),
    }


def event_brief(event: Event) -> str:
    """Return an event's numbers, to stand in a list."""
    values = event.values
    return (
        f"{share(values.get('discount_pct'), 1)}, {multiple_words(values.get('small'))} ({SMALL}) against "
        f"{multiple_words(values.get('large'))} ({LARGE})"
    )


FACE = Face(
    card=valuation_card,
    numbers=lambda shown, _event: number_fields(shown),
    chart=valuation_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=event_brief,
)
