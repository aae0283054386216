"""Catch-up's card: both pairs, what is missing or old, its alerts and its picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from bot.cards.catchup_card import FACE, PHRASES, catchup_card, event_brief, event_fields, sentence_facts
from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from bot.cards.words import MINUS
from signals.catchup import CATCHUP, TITLES
from signals.facts import Facts, Holdings
from signals.types import Event, Market
from tests.cards.markets import market

THRESHOLDS = CATCHUP.thresholds_with({"peak_sessions": 50})
DAYS = market(300).prices.sessions


def a_market(next100, equal=None, symbols=("QQQJ", "QQQE", "QQQ"), **more) -> Market:
    """Return a market whose ratios end with those given, in per cent, after 50 sessions at 100."""
    ratios = [np.append(np.full(50, 100.0), each) for each in (next100, next100 if equal is None else equal)]
    close = np.column_stack([*ratios, np.full(len(ratios[0]), 100.0)])[:, : len(symbols)]
    return replace(market(len(close), symbols=symbols, close=close), **more)


def shown(made: Market, subject: str = "next100", **more) -> Shown:
    history = CATCHUP.history(made, THRESHOLDS)
    return Shown(CATCHUP.reading(history, subject, THRESHOLDS), history, TITLES[subject], THRESHOLDS, **more)


def an_event(kind: str, subject: str = "next100") -> Event:
    values = {
        "recovered_frac": 0.5312,
        "ratio": 0.0621,
        "peak": 0.0905,
        "trough": 0.056,
        "fall_pct": -38.1,
        "from_peak_pct": -31.6,
        "peak_session": "2023-01-05",
        "trough_session": "2024-07-05",
    }
    return Event("catchup", kind, subject, date(2025, 3, 31), 1, {"peak_sessions": 756, "least_fall_pct": 5.0}, values)


def widest(fields) -> int:
    blocks = [field.text for field in fields if "```" in field.text]
    assert blocks
    return max(len(line) for block in blocks for line in block.split("```")[1].splitlines())


def test_it_says_of_both_pairs_what_is_made_good():
    card = FACE.answer(shown(a_market([80, 90], [90, 80])))
    text = terminal_text(card)
    peak = DAYS[49].item()
    since = f"{peak.day} {peak:%b %Y}"
    assert f"Nasdaq next 100: 50% of a fall of 20.0% from its peak of {since} made good." in text
    assert f"Nasdaq-100 equal weight: at its trough, 20.0% below its peak of {since}." in text
    assert widest(card.fields) <= PHONE_COLUMNS
    assert card.chart is not None


def test_a_small_fall_is_none_to_recover_from():
    text = terminal_text(catchup_card(shown(a_market([96, 98]))))
    assert "no fall to recover from (down 4.0% at most)" in text
    assert "made good." not in text


def test_what_is_not_there_is_named():
    made = a_market([80, 90], [80, np.nan])
    text = terminal_text(catchup_card(shown(made)))
    assert "QQQE: no later session than" in text
    assert "Median Nasdaq share: no list of Nasdaq shares here." in text
    bare = terminal_text(catchup_card(shown(a_market([80, 90], symbols=("A", "B", "QQQ")))))
    assert "QQQJ: no session with a close of it and of QQQ." in bare
    assert "QQQE: unknown" in bare
    assert "Nasdaq next 100: unknown." in bare


def test_a_pair_known_for_too_short_is_unknown_and_says_why():
    made = a_market([90])
    short = replace(made, prices=made.prices.upto(DAYS[30].item()))
    text = terminal_text(catchup_card(shown(short)))
    assert "QQQJ: known for fewer than 50 sessions." in text
    assert "Nasdaq next 100: unknown." in text


def test_the_median_share_is_shown_where_there_is_a_list_and_said_to_be_hindsight():
    made = a_market([80, 90], universes={"nasdaq": ("QQQJ", "QQQE")})
    text = terminal_text(catchup_card(shown(made)))
    assert "1 session +12.50" in " ".join(text.split())
    assert "2 of 2 shares of a list without a date (hindsight)" in text
    assert "HINDSIGHT" in text
    assert "Missing" not in text


@pytest.mark.parametrize(
    ("days_before", "words", "is_hindsight"),
    [
        (35, "shares of the list of 9 Feb 2010\n", False),
        (36, "shares of the list of 8 Feb 2010, STALE: 36 days old, more than 35\n", False),
        (-1, "shares of the later list of 17 Mar 2010 (hindsight)\n", True),
    ],
)
def test_a_dated_list_is_named_with_its_date_and_said_to_be_stale_or_not_yet_known(days_before, words, is_hindsight):
    made = a_market([80, 90])
    day = made.prices.sessions[-1].item() - timedelta(days=days_before)
    file = Holdings("nasdaq", "^IXIC", day, ("QQQJ", "QQQE"), np.array([0.5, 0.5]), ("", ""))
    text = terminal_text(catchup_card(shown(replace(made, facts=Facts(holdings=(file,))))))
    assert f"2 of 2 {words}" in text
    assert ("HINDSIGHT" in text) == is_hindsight


@pytest.mark.parametrize("kind", [kind.name for kind in CATCHUP.kinds])
@pytest.mark.parametrize("subject", TITLES)
def test_every_alert_has_words_and_numbers(kind, subject):
    event = an_event(kind, subject)
    sentence = PHRASES[kind].sentence.format_map(sentence_facts(event, THRESHOLDS))
    assert sentence.startswith("QQQJ/QQQ" if subject == "next100" else "QQQE/QQQ")
    assert "5 Jan 2023" in sentence
    assert "unknown" not in sentence
    assert event_brief(event) == (f"{MINUS}38.1% from its peak" if kind == "new_trough" else "53% made good")
    fields = event_fields(shown(a_market([80, 90])), event)
    assert widest(fields) <= PHONE_COLUMNS
    assert "0.0905" in fields[0].text


@pytest.mark.parametrize("span", ["1y", "all"])
def test_its_picture_is_drawn_and_tells_the_same(span):
    chart = FACE.chart(shown(a_market([80, 90], [np.nan, np.nan]), span=span))
    assert "QQQJ/QQQ: 50% of a fall of 20.0%" in chart.alt
    assert render(chart).startswith(b"\x89PNG")


def test_its_picture_names_the_peak_the_trough_and_how_much_is_made_good():
    chart = FACE.chart(shown(a_market([80, 90], [np.nan, np.nan])))
    panel = chart.data["panels"][0]
    assert [words.partition(" ")[0] for *_, words in panel["marks"]] == ["peak", "trough"]
    assert "50% made good" in panel["title"]
    assert (pytest.approx(90.0), "half") in panel["levels"]


def test_of_nothing_there_is_no_picture():
    assert FACE.chart(shown(a_market([80, 90], symbols=("A", "B", "QQQ")))) is None
