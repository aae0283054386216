"""The picture of the reconstitution: who would join and leave, each with its distance from the nearest breakpoint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.cards import style
from bot.cards.bars import MOST_BARS, Bar, bars_chart
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.words import UNKNOWN, number_of, session_words, signed
from signals.recon import ADDITIONS, DELETIONS
from signals.recon_columns import grounds_of
from signals.recon_projection import ADDITION, DELETION, Placement

_BILLION, _MILLION = 1e9, 1e6
_FINE = 9.95
SIDES = {ADDITIONS: (ADDITION,), DELETIONS: (DELETION,)}


def dollars(value: object) -> str:
    """Return a capitalisation in words, such as ``$4.6bn``."""
    number = number_of(value)
    if number is None:
        return UNKNOWN
    unit, name = (_BILLION, "bn") if number >= _BILLION else (_MILLION, "m")
    return f"${number / unit:,.{1 if number / unit < _FINE else 0}f}{name}"


def placements_of(shown: Shown, side: str) -> Sequence[Placement]:
    """Return the projected additions or deletions at the reading's session, the largest first; else both."""
    history = shown.history
    row = int(np.searchsorted(history.sessions, np.datetime64(shown.reading.session, "D")))
    files = (int(history[name][row, 0]) for name in ("caps_file", "members_file"))
    grounds = grounds_of(history.market, *files)
    return () if grounds is None else grounds.projection.of_change(*SIDES.get(side, (ADDITION, DELETION)))


def recon_chart(shown: Shown) -> Chart | None:
    """Return bars of the distances from the breakpoint; None where nobody would move."""
    subject = shown.reading.subject
    found = [each for each in placements_of(shown, subject) if each.distance_pct is not None]
    if not found:
        return None
    bars = [
        Bar(
            each.symbol,
            float(each.distance_pct or 0.0),
            dollars(each.cap_usd),
            colour=style.GOLDEN if each.change == ADDITION else style.DEATH,
        )
        for each in found
    ]
    named = ", ".join(f"{each.symbol} {signed(each.distance_pct, 0)}" for each in found[:MOST_BARS])
    what = {ADDITIONS: "additions", DELETIONS: "deletions"}.get(subject, "additions and deletions")
    title = f"Projected {what}: distance to the breakpoint"
    alt = f"{title} in per cent of capitalisation, {session_words(shown.reading.session)}: {named}."
    return bars_chart(shown.history.market, shown.reading.session, bars, title=title, unit="%", alt=alt, is_signed=True)
