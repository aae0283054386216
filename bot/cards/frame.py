"""What every generic picture carries besides its drawing: title, as-of line, labels, words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.cards.card import Chart
from bot.cards.provenance import basis_words, label_words
from bot.cards.words import session_words
from signals.types import Market


def framed(kind: str, market: Market, session: date | None, data: Mapping[str, Any], *, title: str, alt: str) -> Chart:
    """Return the chart of `data` as of `session`, with the market's source, basis and labels on it and in its words."""
    label = " · ".join(label_words(market.labels))
    frame = {
        "title": title,
        "as_of": f"As of {session_words(session)} · {market.source} · {basis_words(market.basis)}",
        "label": label,
    }
    return Chart(kind, {**data, **frame}, f"{label}. {alt}" if label else alt)


def with_unknown(alt: str, names: list[str]) -> str:
    """Return a picture's words, and whose values it could not show."""
    return f"{alt} Unknown: {', '.join(names)}." if names else alt
