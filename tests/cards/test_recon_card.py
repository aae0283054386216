from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.recon_card import FACE, recon_card
from bot.cards.recon_data import dollars, recon_chart
from bot.cards.table import PHONE_COLUMNS
from bot.cards.words import UNKNOWN
from signals.facts import Facts
from signals.recon import RECON
from signals.recon_facts import Caps
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest
from tests.signals.recon_world import FILLERS, reconstitution_facts
from tests.signals.whole_world import a_world

SUBJECTS = ("calendar", "additions", "deletions", "M01", "M02", "M03", "M20")


@pytest.fixture(scope="module")
def world():
    found = a_world(holes=False)
    days = np.busday_offset(np.datetime64("2019-06-03", "D"), np.arange(930), roll="forward")
    given = reconstitution_facts(days)
    holdings = (*found.facts.holdings, *given.pop("holdings"))
    return replace(found, facts=replace(found.facts, holdings=holdings, **given))


def shown(market, subject="calendar", t=-1):
    history = RECON.history(market, {})
    return Shown(RECON.reading(history, subject, {}, t), history, subject, {})


def text_of(market, subject="calendar", t=-1):
    return terminal_text(recon_card(shown(market, subject, t))).replace("\N{MINUS SIGN}", "-")


def test_the_calendar_names_every_date_and_says_who_said_so(world):
    text = text_of(world)
    for part in (
        "Rank day: ",
        "First preliminary lists: ",
        "Lock-down: ",
        "Effective after the close: ",
        "As published.",
    ):
        assert part in text
    assert "2025-06-27 by rule" in text
    assert "not a filter of quality" in text


def test_the_list_and_the_projection_stand_beside_each_other(world):
    text = text_of(world)
    assert "(precision)" in text
    assert "Withdrawn: M07." in text
    assert "On it again: M00." in text
    assert re.search(r"Up to the 1000, with the distance in %: M02 [+][\d,]+[.]", text)
    assert re.search(r"Down from the 1000, with the distance in %: M00 [+-]\d+[.]", text)
    assert re.search(r"\d+ of \d+ have a capitalisation, \d+ are placed[.]", text)
    assert "Not projected: XX." in text
    assert "Projected, and not on it: M02, M05, M21." in text
    assert "IWM's volume on the last effective day" in text


def test_deletions_are_listed_with_rank_distance_and_reason(world):
    text = text_of(world, "deletions")
    assert "M03: float of 5 % or less." in text
    (line,) = (line for line in text.splitlines() if line.strip().startswith("M01 "))
    assert "31m" in line


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ("M01", "It would be deleted from the Russell 2000."),
        ("M02", "It would move up to the Russell 1000."),
        ("M03", "It would be deleted from the Russell 2000 (float of 5 % or less)."),
        ("M20", "What the ranking would do with it is unknown: no close."),
    ],
)
def test_a_symbol_is_told_what_the_ranking_would_do(world, symbol, told):
    assert told in text_of(world, symbol)


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("t", [100, 530, -1])
def test_every_card_keeps_discords_limits_and_a_phones_width(world, subject, t):
    card = recon_card(shown(world, subject, t))
    assert_within_limits(card)
    if any("```" in field.text for field in card.fields):
        assert widest(card) <= PHONE_COLUMNS


def test_what_is_missing_is_named(world):
    bare = replace(world, facts=Facts())
    text = text_of(bare)
    assert "The next date is unknown." in text
    assert "Projection: no capitalisations" in text
    assert "No published list is known." in text
    few = world.facts.caps[-1]
    members = few.symbols[len(FILLERS) :]
    kept = Caps(
        few.day, members, few.total_usd[len(FILLERS) :], few.float_frac[len(FILLERS) :], ("NYSE",) * len(members)
    )
    text = text_of(replace(world, facts=replace(world.facts, caps=(kept,))))
    assert "it takes 1,000" in text
    some = Caps(few.day, few.symbols[:2000], few.total_usd[:2000], few.float_frac[:2000], few.exchanges[:2000])
    assert "Breakpoint 3000: fewer" in text_of(replace(world, facts=replace(world.facts, caps=(some,))))


def test_old_capitalisations_are_said_to_be_old(world):
    old = replace(world, facts=replace(world.facts, caps=world.facts.caps[:1]))
    assert "days old" in text_of(old)


def test_pictures_are_drawn_where_somebody_moves(world):
    for subject in ("calendar", "additions", "deletions"):
        chart = recon_chart(shown(world, subject))
        assert render(chart)
        assert "distance to the breakpoint" in chart.data["title"]
    assert recon_chart(shown(replace(world, facts=Facts()))) is None


def test_every_event_has_a_sentence_numbers_and_a_brief(world):
    history = RECON.history(world, {})
    kinds = set()
    for event in RECON.events(history, {}):
        phrase = FACE.phrases[event.kind]
        told = phrase.sentence.format(**FACE.facts(event, {}))
        assert UNKNOWN not in told or event.kind == "recon_volume", told
        assert "{" not in told
        assert FACE.brief(event)
        kinds.add(event.kind)
        if event.kind not in {"recon_projection", "recon_listed"} or event.subject == "M05":
            assert FACE.numbers(shown(world, event.subject), event)
    assert kinds == {kind.name for kind in RECON.kinds}


def test_the_card_of_a_symbol_mentions_it_where_something_is_known(world):
    history = RECON.history(world, {})
    assert FACE.mention(history, {}, "M02").startswith("would move up to the Russell 1000, ")
    assert FACE.mention(history, {}, "M03") == "would be deleted from the Russell 2000 (float of 5 % or less)"
    assert FACE.mention(history, {}, "M20") == ""
    assert FACE.mention(history, {}, "SPY") == ""


@pytest.mark.parametrize(
    ("value", "told"), [(4.6e9, "$4.6bn"), (12.4e9, "$12bn"), (2.1e12, "$2,100bn"), (3.1e7, "$31m"), (None, UNKNOWN)]
)
def test_capitalisations_are_told_short(value, told):
    assert dollars(value) == told
