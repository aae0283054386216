"""The card that answers `watch list`: where every symbol of a member's list stands, a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.cards.card import Card
from bot.cards.cross_card import state_title
from bot.cards.provenance import NOT_ADVICE, Grounds, footer
from bot.cards.style import SYMBOLS
from bot.cards.words import escape, percent, price, sessions
from signals.types import Coverage, Reading

TITLE = "Your watchlist"


def watch_card(symbols: Sequence[str], readings: Mapping[str, Reading]) -> Card:
    """Return the card of `symbols`; one without a reading is not followed any more."""
    lines = [standing_line(readings[symbol]) if symbol in readings else _unfollowed(symbol) for symbol in symbols]
    return Card(_title(symbols), "\n".join(lines), footer=_footer(symbols, readings))


def names_card(symbols: Sequence[str], note: str) -> Card:
    """Return the card of `symbols` alone, and why more cannot be said just now."""
    text = "\n".join(f"• **{escape(symbol)}**" for symbol in symbols)
    return Card(_title(symbols), text, footer=f"{note} · {NOT_ADVICE}")


def standing_line(reading: Reading) -> str:
    """Return where one symbol's averages stand: sign, state and since when, last close, gap."""
    facts = [state_title(reading), f"close {price(reading.values.get('close'))}"]
    gap = percent(reading.values.get("gap_pct"), missing="")
    facts += [f"gap {gap}"] if gap else []
    facts += [f"{sessions(reading.stale_sessions)} old"] if reading.stale_sessions else []
    return f"{SYMBOLS.get(reading.state, '?')} **{escape(reading.subject)}** {', '.join(facts)}"


def _unfollowed(symbol: str) -> str:
    return f"? **{escape(symbol)}** is not followed here any more"


def _title(symbols: Sequence[str]) -> str:
    return f"{TITLE}: {len(symbols)} {'symbol' if len(symbols) == 1 else 'symbols'}"


def _footer(symbols: Sequence[str], readings: Mapping[str, Reading]) -> str:
    if not readings:
        return NOT_ADVICE
    newest = max(readings.values(), key=lambda reading: reading.session)
    covered = sum(reading.coverage.n for reading in readings.values())
    return footer(
        Grounds(
            session=newest.session,
            as_of=newest.as_of,
            source=newest.source,
            basis=newest.basis,
            coverage=Coverage(covered, len(symbols)),
            stale_sessions=newest.stale_sessions,
            is_provisional=newest.is_provisional,
            labels=newest.labels,
        )
    )
