# ruff: noqa: INP001 - beside the pages, not a package
"""The cards of what a server has set: of a made-up one, whose settings stand here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from bot.cards.card import Card
from bot.cards.provenance import Grounds
from bot.cards.rating_card import board_page, rating_card
from bot.cards.whynot_card import Station, Step, standing, whynot_card
from bot.chat.moderators.audits import undo_card
from bot.chat.moderators.keywords import keywords_card
from bot.chat.moderators.orders import orders_card
from bot.chat.moderators.route_cards import routes_card, routes_page
from bot.chat.moderators.silences import silences_card
from bot.chat.moderators.thresholds import thresholds_card
from bot.chat.teaching.lessons import LESSONS
from bot.chat.teaching.primer import contents, question_page
from bot.people import EXCHANGE_ZONE, Cadence, Change, Edit, Noun, Rated, Silence
from bot.records import Destination, Route
from docs.making.scenes import EXAMPLE_SYMBOL, shown_of
from signals.cross import CROSS
from signals.types import Market

GUILD, ALERTS, THEMES, MODERATOR, ROLE = 1, 21, 22, 31, 41
LONG_AGO = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
ROUTES = (
    Route(1, GUILD, ALERTS, "cross", ("^RUT", "IWM", EXAMPLE_SYMBOL), MODERATOR, LONG_AGO, importance=3, role_id=ROLE),
    Route(2, GUILD, ALERTS, "rotation", (), MODERATOR, LONG_AGO),
    Route(3, GUILD, THEMES, "themes", (), MODERATOR, LONG_AGO, cadence=Cadence.DAILY, daily_at=time(18, 0)),
)
AILING = (
    Destination(
        THEMES,
        GUILD,
        is_direct=False,
        off_since=LONG_AGO,
        reason="the bot may not write there: grant Send Messages",
        is_plain=False,
    ),
    Destination(ALERTS, GUILD, is_direct=False, off_since=None, reason="grant Embed Links", is_plain=True),
)
ROWS = {
    (Noun.ORDER, f"{ALERTS} smallcap"): {"rhythm": "weekly", "at": None},
    (Noun.ORDER, f"{ALERTS} digest"): {"rhythm": "daily", "at": "18:00"},
    (Noun.KEYWORD, "weekend reading"): {"paper": "rotation"},
}
RATED = (Rated("^RUT", (1, 0, 3, 8, 4)), Rated("IWM", (0, 1, 2, 2, 1)), Rated(EXAMPLE_SYMBOL, (3, 2, 1, 0, 1)))
CHANGE = Change(
    7,
    GUILD,
    LONG_AGO,
    MODERATOR,
    "threshold set cross slow",
    (Edit(Noun.THRESHOLD, "cross slow", {"value": 150}, {"value": 200}),),
)


def server_cards(market: Market) -> Iterator[tuple[str, Card]]:
    """Yield each with what it is."""
    names = {rated.symbol: market.names.get(rated.symbol, rated.symbol) for rated in RATED}
    yield "ratings", rating_card(RATED[0], name="Russell 2000")
    yield "ratings of nobody", rating_card(replace(RATED[0], counts=(0, 0, 0, 0, 0)), name="Russell 2000")
    yield "leader board", board_page(RATED, names, 0)[0]
    yield "why no alert", _whynot(market)
    yield "alerts of a server", routes_card(ROUTES)
    yield "alerts of a server, with trouble", routes_card(ROUTES, AILING)
    yield "routes", routes_page(ROUTES, (), 0, zone=EXCHANGE_ZONE)[0]
    yield "papers of a server", orders_card(ROWS, EXCHANGE_ZONE)
    yield "keywords", keywords_card(ROWS, is_heard=True)
    yield "keywords that nobody hears", keywords_card(ROWS, is_heard=False)
    yield "silences", silences_card([Silence(GUILD, "cross", "KRE", LONG_AGO + timedelta(days=3), MODERATOR)])
    yield "thresholds", thresholds_card(CROSS, {"slow": 150})
    yield "undo", undo_card(CHANGE)
    yield "help", contents("!")
    for question in LESSONS:
        yield f"help: {question}", question_page(question, "!")


def _whynot(market: Market) -> Card:
    shown = shown_of(market, CROSS, EXAMPLE_SYMBOL)
    reading = shown.reading
    steps = (
        Step(Station.PRICES, passes=True, words="its bar of this session is complete."),
        Step(Station.SCAN, passes=True, words="the session was scanned."),
        Step(Station.EVENT, passes=False, words=standing(CROSS, reading, shown.thresholds)),
        Step(Station.CHANNEL, passes=False, words="no route brings it here."),
        Step(Station.MEMBER, passes=True, words="you follow it."),
    )
    grounds = Grounds(
        reading.session, reading.as_of, reading.source, reading.basis, reading.coverage, labels=reading.labels
    )
    return whynot_card(steps, signal=CROSS, subject=EXAMPLE_SYMBOL, name=shown.name, grounds=grounds)
