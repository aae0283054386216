from __future__ import annotations

from datetime import date

from bot.cards.embed import embed_payload
from bot.cards.watch_card import names_card, standing_line, watch_card
from tests.cards.readings import cross_reading

FIFTY = [f"SYMBOL{number:02d}" for number in range(50)]


def test_a_line_tells_state_since_when_close_and_gap():
    values = {"close": 12.5, "gap_pct": -1.25, "last_death": "2025-08-06", "sessions_since": 3}
    line = standing_line(cross_reading(subject="STRL", state="death", values=values))
    assert line == f"▼ **STRL** death since 6 Aug 2025, close 12.50, gap {chr(0x2212)}1.25%"


def test_a_symbol_without_averages_is_unknown_and_never_zero():
    line = standing_line(cross_reading(subject="NEW", state="unknown", values={"close": 3.0, "gap_pct": None}))
    assert line == "? **NEW** state unknown, close 3.00"


def test_a_symbol_whose_prices_have_stopped_says_how_old_they_are():
    line = standing_line(cross_reading(subject="OLD", state="golden", values={"close": 3.0}, stale_sessions=4))
    assert line.endswith("4 sessions old")


def test_a_full_list_fits_a_message_and_its_foot_names_the_newest_session():
    readings = {symbol: cross_reading(subject=symbol, session=date(2025, 8, 5)) for symbol in FIFTY}
    readings["SYMBOL07"] = cross_reading(subject="SYMBOL07", session=date(2025, 8, 6))
    card = watch_card(FIFTY, readings)
    assert len(card.text.split("\n")) == 50
    assert embed_payload(card)["description"] == card.text
    assert "Wed 6 Aug 2025" in card.footer
    assert "50 of 50 covered" in card.footer


def test_names_alone_are_harmless_and_say_why_there_is_no_more():
    card = names_card(["A*B", "@everyone"], "the prices are still being loaded")
    assert card.text == "• **A\\*B**\n• **@\u200beveryone**"
    assert card.footer == "the prices are still being loaded · not advice"
