"""Breadth's card: what it says, what is missing or old, its alerts and its picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bot.cards.breadth_card import FACE, PHRASES, breadth_card, event_brief, event_fields, sentence_facts
from bot.cards.breadth_data import breadth_chart
from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from signals.breadth import BREADTH
from signals.facts import Facts, Holdings
from signals.types import Event, Market
from tests.cards.markets import closes_of, market

THRESHOLDS = BREADTH.thresholds_with()
STOCKS = tuple(f"S{n}" for n in range(40))
LISTED = date(2012, 2, 1)


def a_list(symbols: tuple[str, ...], universe: str = "smallcap", on: date = LISTED) -> Holdings:
    return Holdings(universe, "IWM", on, symbols, np.full(len(symbols), np.nan), ("",) * len(symbols))


def everybody(count: int = 600, *files: Holdings, symbols: tuple[str, ...] = ("^RUT", "^GSPC", *STOCKS)) -> Market:
    made = market(count, symbols=symbols, close=closes_of(count, len(symbols)))
    return replace(made, facts=Facts(holdings=files or (a_list(STOCKS), a_list(STOCKS[:20], "largecap"))))


def shown(made: Market, t: int = -1, **more) -> Shown:
    history = BREADTH.history(made, THRESHOLDS)
    reading = BREADTH.reading(history, "smallcap", THRESHOLDS, t)
    return Shown(reading, history, "Russell 2000", THRESHOLDS, **more)


def an_event(kind: str) -> Event:
    values = {
        "above_200_pct": 41.63,
        "above_50_pct": 56.0,
        "advancing_ema_frac": 0.6213,
        "index_from_high_pct": -8.58,
        "covered": 1850,
        "members": 1928,
        "low_frac": 0.3871,
        "sessions_since_low": 9,
    }
    own = {name: THRESHOLDS[name] for name in BREADTH.kind(kind).thresholds}
    return Event("breadth", kind, "smallcap", date(2025, 7, 30), 1, own, values)


def widest(fields) -> int:
    blocks = [field.text for field in fields if "```" in field.text]
    assert blocks
    return max(len(line) for block in blocks for line in block.split("```")[1].splitlines())


def test_it_says_who_takes_part_on_a_phone():
    what = shown(everybody())
    card = FACE.answer(what)
    values, text = what.reading.values, terminal_text(card)
    assert f"{values['above_200_pct']:.0f}% of the 40 members covered stand above their 200-session average" in text
    assert f"{values['advances']} rose and {values['declines']} fell." in text
    assert widest(card.fields) <= PHONE_COLUMNS
    assert all(len(field.text) <= 1024 for field in card.fields)
    assert "Missing" not in text
    assert card.chart is not None


def test_the_widest_numbers_still_fit_a_phone():
    what = shown(everybody())
    wide = {
        name: -100.0
        if name.endswith("_pct") and isinstance(value, float)
        else 3000
        if isinstance(value, int)
        else value
        for name, value in what.reading.values.items()
    }
    card = breadth_card(replace(what, reading=replace(what.reading, values=wide)))
    assert widest(card.fields) <= PHONE_COLUMNS


def test_an_old_list_is_said_to_be_stale_and_a_fresh_one_is_not():
    made = everybody()
    assert "old: STALE, more than 35 days" in terminal_text(breadth_card(shown(made)))
    last = made.prices.sessions[-1].item()
    fresh = replace(made, facts=Facts(holdings=(a_list(STOCKS, on=last),)))
    assert "STALE" not in terminal_text(breadth_card(shown(fresh)))


def test_hindsight_is_said_where_the_list_came_later_and_where_it_has_no_date():
    later = terminal_text(breadth_card(shown(everybody(), 300)))
    assert "from the later list of 1 Feb 2012 (hindsight)" in later
    assert "HINDSIGHT" in later
    undated = replace(everybody(), facts=Facts(), universes={"smallcap": STOCKS})
    assert "from a list without a date (hindsight)" in terminal_text(breadth_card(shown(undated)))


def test_what_is_not_there_is_named():
    made = everybody(600, a_list((*STOCKS, "X1", "X2", "X3")), symbols=STOCKS)
    text = terminal_text(breadth_card(shown(made)))
    assert "Russell 2000: 3 members without 200 closes in a row." in text
    assert "Russell 2000: no 252 closes in a row of the index itself." in text
    assert "S&P 500: its members are not known here." in text


def test_without_members_nothing_is_claimed():
    bare = shown(replace(everybody(), facts=Facts()))
    text = terminal_text(breadth_card(bare))
    assert "is unknown" in text
    assert "Russell 2000: no list of members" in text
    assert "Unknown: 200 sessions, 50 sessions, Advancing" in breadth_chart(bare).alt


def test_a_single_session_has_no_advances():
    text = terminal_text(breadth_card(shown(everybody(1))))
    assert "rose" not in text
    assert "Advances minus declines, summed up\nunknown" in text


@pytest.mark.parametrize("kind", [kind.name for kind in BREADTH.kinds])
def test_every_alert_has_words_and_numbers(kind):
    event = an_event(kind)
    sentence = PHRASES[kind].sentence.format_map(sentence_facts(event, THRESHOLDS))
    assert "unknown" not in sentence
    assert ("41.6%" in sentence) != (kind == "breadth_thrust")
    assert event_brief(event) == ("39% to 62% advancing" if kind == "breadth_thrust" else "42% above SMA200")
    fields = event_fields(shown(everybody()), event)
    assert widest(fields) <= PHONE_COLUMNS
    assert "1,850/1,928" in fields[0].text


def test_a_thrust_says_from_where_to_where():
    sentence = PHRASES["breadth_thrust"].sentence.format_map(sentence_facts(an_event("breadth_thrust"), THRESHOLDS))
    assert sentence.endswith("was 62.1%, up from 38.7% 9 sessions before")


@pytest.mark.parametrize("span", ["6m", "all"])
def test_its_picture_is_drawn_and_ends_with_the_reading(span):
    what = shown(everybody(), -10, span=span)
    chart = FACE.chart(what)
    assert chart.data["sessions"][-1] == np.datetime64(what.reading.session)
    assert f"{what.reading.values['above_200_pct']:.0f}% of the members" in chart.alt
    assert render(chart).startswith(b"\x89PNG")
