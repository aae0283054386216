"""Everything all signals say of one symbol, gathered into one reading and one card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from bot.cards.faces import face_of
from bot.cards.stock_card import Gathered
from signals.activity import ACTIVITY
from signals.catalog import SIGNALS
from signals.cross import CROSS
from signals.definition import Signal
from signals.options import OPTIONS
from signals.quality import QUALITY
from signals.types import Coverage, Event, History, Market, Reading, Scalar, Thresholds

if TYPE_CHECKING:
    from signals.activity_columns import ActivityColumns
    from signals.cross_columns import CrossColumns
    from signals.option_columns import OptionColumns

LATELY_SESSIONS = 20
"""Events older than this are not lately any more."""
OF_SYMBOLS = tuple(signal for signal in SIGNALS if signal.choices is None)
ABOUT_SYMBOLS = tuple(signal for signal in SIGNALS if signal.choices and face_of(signal.name).mentions_symbols)
"""Signals of the whole market that have something to say of single symbols."""

Sets = Mapping[str, Thresholds]
Histories = Mapping[str, History]


def share(histories: Histories) -> None:
    """Let the histories of one symbol share what is the same in them: the index of Wilder's goes from row to row."""
    cast("CrossColumns", histories[CROSS.name].columns).give(rsi14=histories[ACTIVITY.name]["rsi14"])
    options = cast("OptionColumns", histories[OPTIONS.name].columns)
    options.share(cast("ActivityColumns", histories[ACTIVITY.name].columns))


def gathered(market: Market, symbol: str, name: str, *, thresholds: Sets, histories: Histories) -> Gathered:
    """Return what is known of `symbol`: `histories` are those of `OF_SYMBOLS` and `ABOUT_SYMBOLS`, by name."""
    readings = {
        signal.name: signal.reading(histories[signal.name], symbol, thresholds[signal.name]) for signal in OF_SYMBOLS
    }
    mentions = {
        signal.title: text
        for signal in ABOUT_SYMBOLS
        if (text := face_of(signal.name).mention(histories[signal.name], thresholds[signal.name], symbol))
    }
    return Gathered(
        name=name,
        thresholds=thresholds["cross"],
        readings=readings,
        mentions=mentions,
        events=_lately(symbol, histories, thresholds),
        belongs=belongings(market, symbol),
        missing=[
            f"{signal.title}: nothing known."
            for signal in OF_SYMBOLS
            if _is_looked_for(readings[signal.name]) and not readings[signal.name].coverage.n
        ],
    )


def gathered_reading(found: Gathered, market: Market) -> Reading:
    """Return all readings of `found` as one: its values bear the names of their signals."""
    cross = found.readings["cross"]
    values: dict[str, Scalar] = {
        f"{name}.{value}": scalar
        for name, reading in found.readings.items()
        for value, scalar in reading.values.items()
    }
    values["sector"] = market.sectors.get(cross.subject)
    values["themes"] = ", ".join(themes_of(market, cross.subject)) or None
    values["universes"] = ", ".join(name for name, _ in weights_of(market, cross.subject)) or None
    checks = tuple(
        replace(check, name=f"{name}.{check.name}")
        for name, reading in found.readings.items()
        for check in reading.checks
    )
    asked = [reading for reading in found.readings.values() if _is_looked_for(reading)]
    coverage = Coverage(n=sum(reading.coverage.n > 0 for reading in asked), of=len(asked))
    return replace(cross, signal="stock", values=values, checks=checks, coverage=coverage)


def _is_looked_for(reading: Reading) -> bool:
    """Tell whether something is missing where `reading` knows nothing: most symbols have neither quotes nor reports."""
    if reading.signal == QUALITY.name:
        return bool(reading.values["known"])
    return reading.signal != OPTIONS.name or reading.values["quotes"] is not None


def themes_of(market: Market, symbol: str) -> list[str]:
    """Return the names of the themes that list `symbol`."""
    return [theme.name for theme in market.facts.themes if symbol in {member.symbol for member in theme.members}]


def weights_of(market: Market, symbol: str) -> list[tuple[str, float | None]]:
    """Return each universe that `symbol` belongs to, with its weight in per cent where a file tells it."""
    found: list[tuple[str, float | None]] = []
    last = market.prices.sessions[-1].item() if len(market.prices.sessions) else market.as_of.date()
    for universe, symbols in market.universes.items():
        if symbol not in symbols:
            continue
        files = [file for file in market.facts.of_universe(universe) if file.effective_date <= last]
        place = files[-1].symbols.index(symbol) if files and symbol in files[-1].symbols else None
        weight = None if place is None else 100.0 * float(files[-1].weights_frac[place])
        found.append((universe, weight if weight is not None and np.isfinite(weight) else None))
    return found


def belongings(market: Market, symbol: str) -> list[str]:
    """Return sector, universes and weight of `symbol`, in words."""
    told = [market.sectors[symbol]] if symbol in market.sectors else []
    for universe, weight in weights_of(market, symbol):
        told.append(universe if weight is None else f"{universe}: {weight:.2f}% of it")
    return told


def _lately(symbol: str, histories: Histories, thresholds: Sets) -> Sequence[Event]:
    found: list[Event] = []
    for signal in OF_SYMBOLS:
        history = histories[signal.name]
        since = max(0, len(history.sessions) - LATELY_SESSIONS)
        found += _of(signal, history, thresholds[signal.name], symbol, since=since)
    return sorted(found, key=lambda event: event.session, reverse=True)


def _of(signal: Signal, history: History, thresholds: Thresholds, symbol: str, *, since: int) -> list[Event]:
    return [event for event in signal.events(history, thresholds, since=since) if event.subject == symbol]
