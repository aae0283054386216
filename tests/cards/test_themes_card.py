from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from bot.cards.event_card import event_card, event_line, sentence_of
from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from bot.cards.themes_card import FACE, themes_card
from bot.cards.themes_data import member_rows
from bot.cards.themes_ranking import ranking_chart
from signals.facts import Facts, Member, Theme
from signals.themes import THEMES
from tests.cards.markets import closes_of, market

DEFAULT = THEMES.thresholds_with()
LONG_AGO = date(2000, 1, 1)


def shown_theme(
    *members: str, since: date = LONG_AGO, symbols=("^RUT", "A", "B", "C"), close=None, title: str = "AI chips", t=-1
) -> Shown:
    theme = Theme("chips", title, tuple(Member(symbol, since) for symbol in members or ("A", "B", "C")))
    close = closes_of(600, len(symbols)) if close is None else close
    known = replace(market(len(close), symbols=symbols, close=close), facts=Facts(themes=(theme,)))
    history = THEMES.history(known, DEFAULT)
    return Shown(THEMES.reading(history, "chips", DEFAULT, t), history, title, DEFAULT)


def widest(card) -> int:
    blocks = [field.text.split("```")[1] for field in card.fields if "```" in field.text]
    return max(len(line) for block in blocks for line in block.splitlines())


def test_it_tells_returns_standing_members_and_checks():
    shown = shown_theme()
    card = themes_card(shown)
    text = terminal_text(card)
    assert card.title.startswith("AI chips against the Russell 2000, ")
    for name in ("from_average_pct", "ratio_from_high_pct"):
        assert f"{abs(shown.reading.values[name]):.2f}" in text
    assert "Members, 3 of 3 with a close" in text
    assert "✓ Members known by that session: 3 (needs at least 3)" in text
    assert "Missing" not in text
    assert "Hindsight" not in text


def test_its_tables_fit_a_phone_whatever_the_returns():
    close = closes_of(600, 4)
    close[-60:, 1] *= 40
    close[-60:, 2] /= 40
    many = tuple(f"SYM{n:05}" for n in range(20))
    assert widest(themes_card(shown_theme(close=close))) <= PHONE_COLUMNS
    crowd = themes_card(shown_theme(*many, symbols=("^RUT", *many)))
    assert widest(crowd) <= PHONE_COLUMNS
    assert "… and 8 more" in terminal_text(crowd)
    assert all(len(field.text) <= 1024 for field in crowd.fields)


def test_who_has_no_close_is_named_as_missing():
    text = terminal_text(themes_card(shown_theme("A", "B", "GONE")))
    assert "Missing\nGONE: no close in this session; left out." in text
    assert "PARTIAL" in text
    nobody = terminal_text(themes_card(shown_theme("X", "Y", "Z", symbols=("A", "B"))))
    assert "None has a close in this session." in nobody
    assert "^RUT: no prices to compare with." in nobody
    assert "unknown this year" in nobody


def test_hindsight_is_said_in_words_and_on_the_picture():
    shown = shown_theme(since=date(2030, 1, 1))
    card = FACE.answer(shown)
    text = terminal_text(card)
    assert "Hindsight: fewer than 3" in text
    assert "HINDSIGHT" in card.footer
    assert card.chart is not None
    assert card.chart.alt.startswith("AI chips in hindsight")


def test_a_picture_that_begins_in_hindsight_says_so():
    shown = shown_theme(since=np.busday_offset("2010-01-04", 300, roll="forward").item())
    assert shown.reading.labels == ()
    charts = [FACE.chart(replace(shown, span=span)) for span in ("1y", "5y")]
    assert [chart is not None and " in hindsight" in chart.alt for chart in charts] == [False, True]


def test_a_member_level_with_its_average_is_not_above_it():
    close = np.full((222, 4), 100.0)
    close[-1, 1:3] *= 1 + 1e-12, 1 + 1e-8
    above = {found.symbol: found.is_above for found in member_rows(shown_theme(close=close).history, "chips", 221)}
    assert above == {"A": False, "B": True, "C": False}


def test_members_whose_averages_are_about_to_meet_are_named():
    close = np.full((222, 4), 100.0)
    close[:, 1] = np.concatenate([np.full(170, 100.0), np.linspace(100, 80, 40), np.full(12, 125.0)])
    for t in range(205, 222):
        shown = shown_theme(close=close, t=t)
        if shown.reading.values["near_cross"]:
            assert "1 of 1 (A)" in terminal_text(themes_card(shown))
            return
    raise AssertionError("no session was near a cross")


def test_a_name_from_outside_can_neither_mention_nor_format():
    card = themes_card(shown_theme(title="@everyone **bold**"))
    assert "@everyone" not in card.title
    assert "**" not in card.title


def test_the_picture_shows_basket_index_and_breakouts():
    close = np.full((400, 4), 100.0)
    close[350:, 1:] = 120.0
    chart = FACE.chart(shown_theme(close=close))
    assert chart is not None
    assert len(chart.data["panels"][1]["marks"]) == 1
    assert "the basket +20.0% and the index 0.0%" in chart.alt
    assert render(chart)
    nothing = FACE.chart(shown_theme("X", "Y", "Z", symbols=("A", "B")))
    assert nothing is not None
    assert "Unknown: Basket" in nothing.alt


def test_the_ranking_shows_every_theme_and_the_index_by_return():
    close = np.full((400, 4), 100.0)
    close[-5:, 1:] = 120.0
    shown = shown_theme(close=close)
    chart = ranking_chart(shown.history, DEFAULT, asked="chips")
    assert chart is not None
    assert [(name, round(value, 1)) for name, value, *_ in chart.data["bars"]] == [
        ("AI chips", 20.0),
        ("Russell 2000", 0.0),
    ]
    assert "AI chips +20.0%, Russell 2000 0.0%" in chart.alt
    assert render(chart, theme="light")


def test_events_are_told_in_words_with_their_numbers():
    close = np.full((420, 4), 100.0)
    close[300:350, 1:] = 120.0
    close[350:, 1:] = 90.0
    shown = shown_theme(close=close)
    found = THEMES.events(shown.history, DEFAULT)
    assert [event.kind for event in found] == ["breakout", "below_average"]
    for event in found:
        row = int(np.searchsorted(shown.history.sessions, np.datetime64(event.session)))
        then = replace(shown, reading=THEMES.reading(shown.history, "chips", DEFAULT, row))
        text = terminal_text(event_card(event, then))
        assert "Return in %" in text
        assert "AI chips" in event_line(event, "AI chips")
        assert "month" in event_line(event, "AI chips")
    assert "any close of 252 sessions, the first such high in 21 sessions" in sentence_of(found[0], DEFAULT)
    assert f"broke out on {found[0].session.day} " in sentence_of(found[1], DEFAULT)


def test_a_basket_level_with_the_index_names_no_distance():
    shown = shown_theme()
    level = replace(shown.reading, values={**shown.reading.values, "basket_minus_index.ytd_pct": 0.0})
    text = themes_card(replace(shown, reading=level)).text
    assert "this year, level with the Russell 2000." in text
    assert "points" not in text
