"""The curated lists: shares near a cross, fresh crosses, and a theme's members above their long average."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from bot.cards.briefings.material import Material
from bot.cards.briefings.paper import Block, Grid, Words, more_words
from bot.cards.event_card import symbol_of
from bot.cards.face import Shown
from bot.cards.faces import phrase_of
from bot.cards.style import SYMBOLS
from bot.cards.themes_data import member_rows
from bot.cards.words import DASH, decimal, percent, sessions, share, shorten
from signals.telling import HINDSIGHT

MOST_LISTED = 12
MOST_NAMED = 24
"""Members of one theme."""
NAME_LETTERS = 20
MARK = "*"
HINDSIGHT_NOTE = f"{MARK} In hindsight: members stand in that were not on the list by then."
AHEAD = {"death": "golden", "golden": "death"}
"""Where the averages stand, and which cross would come."""


def near_a_cross(material: Material) -> tuple[Block, ...]:
    """Return the shares whose averages would cross within a few flat closes."""
    members = material.members
    title = f"Near a cross: within {sessions(members.within)} at flat closes"
    if not members.coverage.n:
        return (Words(f"Near a cross: unknown, as no closes of the shares of {members.place} are known."),)
    if not members.near:
        return (Words(f"Near a cross: none of the {members.coverage.n:,} shares covered."),)
    rows = [
        (
            reading.subject,
            _name(name, reading.subject),
            f"{SYMBOLS[AHEAD[reading.state]]} {AHEAD[reading.state]}",
            percent(reading.values.get("gap_pct"), missing=DASH),
            decimal(reading.values.get("flat_sessions"), 0, missing=DASH),
        )
        for reading, name in members.near[:MOST_LISTED]
    ]
    header = ("Share", "Name", "Ahead", "Gap", "Flat closes")
    return (Grid(header, tuple(rows), texts=(0, 1, 2), caption=title, unlisted=len(members.near[MOST_LISTED:])),)


def fresh_crosses(material: Material) -> tuple[Block, ...]:
    """Return the crosses of the last sessions."""
    members = material.members
    span = sessions(len(material.sessions))
    if not members.coverage.n:
        return (Words(f"Fresh crosses: unknown, as no closes of the shares of {members.place} are known."),)
    if not members.fresh:
        return (Words(f"Fresh crosses: none in the last {span}."),)
    rows = [
        (
            event.subject,
            _name(name, event.subject),
            f"{symbol_of(event.kind)} {phrase_of(event.kind).tone}",
            percent(event.values.get("gap_pct"), missing=DASH),
            _short(event.session),
        )
        for event, name in members.fresh[:MOST_LISTED]
    ]
    header = ("Share", "Name", "Cross", "Gap", "Session")
    caption = f"Fresh crosses of the last {span}: gap of that session"
    return (Grid(header, tuple(rows), texts=(0, 1, 2), caption=caption, unlisted=len(members.fresh[MOST_LISTED:])),)


def theme_members(material: Material) -> tuple[Block, ...]:
    """Return, theme by theme, the members above the average of their last 200 closes."""
    rows = tuple(_theme_row(shown) for shown in material.every("themes"))
    if not rows:
        return (Words("Theme members above SMA200: no themes are listed here."),)
    header = ("Theme", "Above", "Of", "Which")
    note = hindsight_note(row[0] for row in rows)
    caption = "Theme members above SMA200, the best of the year first"
    return (Grid(header, rows, texts=(0, 3), caption=caption, note=note, unlisted=0),)


def _theme_row(shown: Shown) -> tuple[str, ...]:
    reading, history = shown.reading, shown.history
    row = int(np.searchsorted(history.sessions, np.datetime64(reading.session, "D")))
    above = [found.symbol for found in member_rows(history, reading.subject, row) if found.is_above]
    return (
        themed(shown),
        share(reading.values.get("above_sma200_pct"), missing=DASH),
        decimal(reading.values.get("above_sma200_of"), 0, missing=DASH),
        _listed(above) or DASH,
    )


def _listed(symbols: Sequence[str]) -> str:
    left = len(symbols[MOST_NAMED:])
    return ", ".join(symbols[:MOST_NAMED]) + (f" {more_words(left)}" if left else "")


def themed(shown: Shown) -> str:
    """Return a theme's name, marked where it was read in hindsight."""
    return f"{shown.name} {MARK}" if HINDSIGHT in shown.reading.labels else shown.name


def hindsight_note(named: Iterable[str]) -> str:
    """Return what the mark of `themed` means where one of `named` bears it."""
    return HINDSIGHT_NOTE if any(name.endswith(MARK) for name in named) else ""


def _name(name: str, symbol: str) -> str:
    return DASH if name == symbol else shorten(name, NAME_LETTERS)


def _short(session: date) -> str:
    """Return a session of the last days; which year is clear."""
    return f"{session.day} {session:%b}"
