# ruff: noqa: INP001 - beside the pages, not a package
"""The cards that one market and plain data make: answers, alerts, lists, settings, help; to be looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bot.alerts.past import past_of_market
from bot.alerts.rehearse import rehearse
from bot.alerts.scan import Request
from bot.cards.card import Card
from bot.cards.digest_card import LINES, digest_card
from bot.cards.event_card import day_card, events_card, missed_card, retraction_card
from bot.cards.findings_card import Sort, findings_page
from bot.cards.reading_json import reading_json
from bot.cards.rehearsal_card import rehearsal_card
from bot.cards.why_card import Explained, Replayed, why_card
from bot.questions.findings import Findings
from bot.questions.parse import EVIDENCE, Question, QuestionError
from bot.questions.ports import NoGuildThresholds
from bot.questions.symbols import name_of
from bot.terminal import Known
from docs.making.scenes import EXAMPLE_SYMBOL, Scene, alert_of, shown_of
from docs.making.server_cards import server_cards
from signals.catalog import SIGNALS, by_name
from signals.cross import CROSS
from signals.definition import Signal
from signals.errors import SignalError
from signals.types import Event, Market

MOST_SUBJECTS = 4
SYMBOLS = ("^RUT", EXAMPLE_SYMBOL)
MOST_LISTED = 14
WATCHED = ("^RUT", "IWM", EXAMPLE_SYMBOL, "KRE", "LITE")

Shown = tuple[str, Card]


async def cards(here: Scene) -> AsyncIterator[Shown]:
    """Yield each with what it is, of every signal there is; what a market cannot answer says why instead."""
    for signal in SIGNALS:
        for subject in _subjects(signal, here.market):
            yield await _asked(here, Question(signal.command, subject))
    yield await _asked(here, Question("quality", "optical by month"))
    yield await _asked(here, Question("stock", EXAMPLE_SYMBOL))
    for event in ("golden_cross", "death_cross"):
        yield await _asked(here, Question("evidence", "^RUT", event))
    yield "watch list", await here.desk.watchlist(WATCHED, guild_id=None)
    yield "status", await here.desk.status()
    yield "about", here.desk.about()
    yield "scan", await _scan(here)
    for shown in _of_events(here.market):
        yield shown
    for shown in server_cards(here.market):
        yield shown


def _subjects(signal: Signal, market: Market) -> list[str]:
    """Return the subjects to ask about: some symbols, or of those that may be named the first."""
    if signal.choices is None:
        return list(SYMBOLS)
    return list(signal.choices(market))[: MOST_SUBJECTS if signal.takes else 1]


async def _asked(here: Scene, question: Question) -> Shown:
    said = (question.topic, question.subject, question.event if question.topic == EVIDENCE else "")
    name = " ".join(word for word in said if word)
    try:
        return name, (await here.desk.answer(question)).card
    except (QuestionError, SignalError) as error:
        return name, Card("No answer", str(error), tone="warning")


async def _scan(here: Scene) -> Card:
    found = await Findings(Known(here.market), NoGuildThresholds(None)).of("", "all", guild_id=None)
    return findings_page(found, sort=Sort.SIZE)[0]


def _of_events(market: Market) -> Iterator[Shown]:
    """Yield the last alert of every kind, the messages that list several, the reason of one, and a rehearsal."""
    requests = [Request(signal.name, signal.thresholds_with()) for signal in SIGNALS if signal.kinds]
    past = past_of_market(market, requests, len(market.prices.sessions))
    kinds: dict[str, Event] = {}
    days: dict[object, list[Event]] = defaultdict(list)
    for event in sorted((event for found in past for event in found.events), key=lambda event: event.session):
        kinds[event.kind] = event
        days[event.session].append(event)
    for kind, event in kinds.items():
        yield f"alert {kind}", alert_of(market, event)
    last = list(days.values())[-1]
    named = [(event, name_of(event.subject, market, event.signal)) for event in last[:MOST_LISTED]]
    yield "several alerts", events_card(named)
    yield "alerts of a day", day_card(named, is_own=True)
    yield "missed alerts", missed_card(named)
    yield "taken back", retraction_card(named[:2])
    if "golden_cross" in kinds:
        yield "why", _why(market, kinds["golden_cross"])
    yield "rehearsal", _rehearsal(market)
    yield (
        "digest",
        digest_card({name: shown_of(market, by_name(name), subject) for name, (_, subject) in LINES.items()}),
    )


def _why(market: Market, event: Event) -> Card:
    known = replace(market, prices=market.prices.upto(event.session))
    shown = shown_of(known, CROSS, event.subject)
    found_at = datetime.combine(event.session, datetime.min.time(), UTC).replace(hour=22)
    return why_card(
        Explained(event, CROSS, shown.name, found_at, Replayed.IDENTICAL, reading=reading_json(shown.reading))
    )


def _rehearsal(market: Market) -> Card:
    present, proposed = CROSS.thresholds_with(), CROSS.thresholds_with({"slow": 150})
    requests = [Request(CROSS.name, thresholds) for thresholds in (present, proposed)]
    before, after = past_of_market(market, requests)
    return rehearsal_card(rehearse(before, after, "slow"))
