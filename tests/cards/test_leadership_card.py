from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bot.cards.event_card import event_card, event_line
from bot.cards.face import Shown
from bot.cards.leadership_card import FACE, leadership_card
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from bot.cards.words import MINUS
from signals.facts import Facts, Holdings
from signals.leadership import LEADERSHIP, TITLES
from tests.cards.markets import closes_of, market

DEFAULT = LEADERSHIP.thresholds_with()
SECTORS = (
    "Information Technology",
    "Consumer Discretionary",
    "Consumer Staples",
    "Communication Services",
    "Health Care",
    "A sector with a very long name",
)
NAMES = tuple("ABCDEF")


def shown_leaders(
    subject: str = "ytd",
    *,
    close=None,
    day: date = date(2011, 12, 30),
    symbols=(*NAMES, "^RUT", "KRE"),
    weights=None,
    t=-1,
) -> Shown:
    close = closes_of(560, len(symbols)) if close is None else close
    shares = np.full(6, 1 / 6) if weights is None else np.array(weights)
    file = Holdings("smallcap", "IWM", day, NAMES, shares, SECTORS)
    known = replace(market(len(close), symbols=symbols, close=close), facts=Facts(holdings=(file,)))
    history = LEADERSHIP.history(known, DEFAULT)
    return Shown(LEADERSHIP.reading(history, subject, DEFAULT, t), history, TITLES[subject], DEFAULT)


def widest(card) -> int:
    blocks = [field.text.split("```")[1] for field in card.fields if "```" in field.text]
    return max(len(line) for block in blocks for line in block.splitlines())


def test_every_sector_is_told_with_points_share_and_weight():
    shown = shown_leaders()
    text = terminal_text(leadership_card(shown))
    assert "year to date" in text.splitlines()[0]
    for rank in range(1, 7):
        added = shown.reading.values[f"sector_{rank}.contribution_pct"]
        assert f"{abs(added):.2f}" in text
    assert "Technology" in text
    assert "Residual" in text
    assert "✓ Contributions add up" in text


def test_its_tables_fit_a_phone_whatever_the_returns():
    close = closes_of(560, 8)
    close[-10:, :3] *= 300
    close[-10:, 3:6] /= 300
    for subject in TITLES:
        card = leadership_card(shown_leaders(subject, close=close))
        assert widest(card) <= PHONE_COLUMNS
        assert all(len(field.text) <= 1024 for field in card.fields)


def test_shares_that_mean_nothing_are_not_shown():
    close = np.full((560, 8), 100.0)
    close[-1, 0], close[-1, 1] = 130.0, 80.0
    text = terminal_text(leadership_card(shown_leaders(close=close)))
    assert "n.m." in text
    assert "300%" not in text
    close[-1, 0], close[-1, 1] = 101.0, 99.5
    assert "No shares: the return is below 1% in size." in terminal_text(leadership_card(shown_leaders(close=close)))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2011, 12, 30), "From the file of 30 Dec 2011"),
        (date(2012, 2, 1), "Backed out: from the later file of 1 Feb 2012"),
        (date(2030, 1, 1), "Unknown: no holdings file dated by this session"),
    ],
)
def test_it_says_where_the_start_weights_come_from(day, words):
    assert words in terminal_text(leadership_card(shown_leaders(day=day)))


def test_an_old_list_of_members_is_said_to_be_stale():
    assert "STALE universe: the newest list of members is of 30 Dec 2011, 56 days before." in terminal_text(
        leadership_card(shown_leaders())
    )
    assert "STALE" not in terminal_text(leadership_card(shown_leaders(day=date(2012, 2, 1))))


def test_what_is_missing_is_named():
    text = terminal_text(leadership_card(shown_leaders(symbols=("A", "B", "C", "D", "E"))))
    assert "1 of 6 shares of the list" in text
    assert "^RUT: no close at the start or now." in text
    assert "KRE or ^RUT: no close" in text
    nothing = terminal_text(leadership_card(shown_leaders(day=date(2030, 1, 1))))
    assert "Where the return came from is unknown" in nothing
    assert "A holdings file of the Russell 2000 fund" in nothing
    complete = leadership_card(shown_leaders())
    assert "Missing" not in [field.title for field in complete.fields]


def test_the_banks_have_a_card_of_their_own():
    shown = shown_leaders("banks")
    text = terminal_text(leadership_card(shown))
    lead = shown.reading.values["banks_minus_index.change_pct"]
    assert f"{'ahead of' if lead > 0 else 'behind'} the Russell 2000 by {abs(lead):.2f} points" in text
    assert "Sectors" not in text
    flat = terminal_text(leadership_card(shown_leaders("banks", close=np.full((560, 8), 9.0))))
    assert "are level with the Russell 2000." in flat
    assert "is unknown: it takes closes" in terminal_text(leadership_card(shown_leaders("banks", symbols=NAMES)))


@pytest.mark.parametrize("subject", TITLES)
def test_there_is_a_picture_of_each(subject):
    chart = FACE.answer(shown_leaders(subject)).chart
    assert chart is not None
    assert chart.kind == ("panels" if subject == "banks" else "bars")
    assert render(chart)


def test_the_waterfall_ends_at_the_covered_baskets_return_beside_the_indexs_own():
    shown = shown_leaders("ytd")
    *sectors, basket, index = FACE.chart(shown).data["bars"]
    values = shown.reading.values
    assert sum(value for _, value, *_ in sectors) == pytest.approx(values["basket_pct"])
    assert sectors[-1][3] + sectors[-1][1] == pytest.approx(basket[1]) == pytest.approx(values["basket_pct"])
    assert index[1] == values["index_pct"]


def test_of_nothing_known_there_is_no_picture():
    assert FACE.answer(shown_leaders(day=date(2030, 1, 1))).chart is None


def told(close, thresholds, *, weights=None) -> dict[str, str]:
    shown = shown_leaders(close=close, weights=weights)
    found = {}
    for event in LEADERSHIP.events(shown.history, thresholds):
        row = int(np.searchsorted(shown.history.sessions, np.datetime64(event.session)))
        reading = LEADERSHIP.reading(shown.history, event.subject, thresholds, row)
        name = TITLES[event.subject]
        then = Shown(reading, shown.history, name, thresholds)
        found[event.kind] = terminal_text(event_card(event, then)) + event_line(event, name)
    return found


def test_events_are_told_in_words_with_their_numbers():
    close = np.full((560, 8), 100.0)
    close[530:540, :6] = [150, 110, 120, 120, 120, 120]
    close[540:, :6] = [120, 190, 150, 101, 101, 101]
    close[480:, 6] = np.linspace(100, 110, 80)
    close[550:, 7] = 160.0
    texts = told(close, LEADERSHIP.thresholds_with({"top_two_pct": 74.0, "hysteresis_points": 2.0}))
    assert set(texts) == {"top_two_above", "leading_sector", "banks_overtake"}
    assert "Consumer Discretionary and Consumer Staples made up 86% of the small caps' return" in texts["top_two_above"]
    assert "Consumer Discretionary had added most" in texts["leading_sector"]
    assert "before it Information Technology" in texts["leading_sector"]
    assert "Regional banks over 63 sessions" in texts["banks_overtake"]
    close[535:540, :6] = [190, 170, 101, 101, 101, 101]
    close[540:, :6] = 130.0
    assert "the top two, made up only 33%" in told(close, DEFAULT)["top_two_below"]


def test_in_a_fall_the_sectors_that_lost_most_are_named_and_none_is_said_to_have_added():
    close = np.full((560, 8), 100.0)
    close[-1, :6] = [90.0, 80.0, 95.0, 99.0, 98.0, 97.0]
    text = terminal_text(leadership_card(shown_leaders(close=close)))
    lost = "Most was lost by Consumer Discretionary (-3.33 points) and Information Technology (-1.67 points)."
    assert lost in text.replace(MINUS, "-")
    close[-1, :6] = [110.0, 80.0, 130.0, 99.0, 98.0, 97.0]
    text = terminal_text(leadership_card(shown_leaders(close=close)))
    assert "Most was added by Consumer Staples (+5.00 points) and Information Technology (+1.67 points)." in text
