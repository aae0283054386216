from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.cards.deals_card import FACE, deals_card
from bot.cards.deals_data import deals_chart
from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from signals.deals import DEALS
from signals.facts import Facts
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest
from tests.signals.test_deals import a_filing, a_market, by_hand
from tests.signals.whole_world import a_world


@pytest.fixture(scope="module")
def world():
    return a_world(holes=False)


def shown(market, subject="market", on: date | None = None) -> Shown:
    history = DEALS.history(market, {})
    row = -1 if on is None else int(np.searchsorted(history.sessions, np.datetime64(on)))
    return Shown(DEALS.reading(history, subject, {}, row), history, subject, {})


def text_of(market, subject="market", on: date | None = None) -> str:
    return terminal_text(deals_card(shown(market, subject, on)))


def test_a_quarter_that_is_not_over_is_set_against_as_many_days():
    text = text_of(by_hand(), on=date(2025, 8, 15))
    assert (
        "2025-Q3 up to 15 Aug 2025 (46 days): 3 filings, after 2 (+50.0%) in as many days of the year before." in text
    )
    assert "2025-Q2: 1 filing, after 2 (\N{MINUS SIGN}50.0%) a year before." in text
    assert "14 Aug 2025: SC 14D9, Argan (AGX)" in text
    assert "Missing" not in text


def test_what_is_not_covered_is_said():
    text = text_of(by_hand(), on=date(2025, 10, 1))
    assert "No day of 2025-Q4 is covered yet." in text
    assert "Coverage: 2 of 4 of this quarter" in text
    short = a_market(covered=((date(2025, 1, 1), date(2025, 6, 29)),))
    assert "2025-Q2 is not covered to its end." in text_of(short, on=date(2025, 7, 1))
    assert "after an unknown number" in text_of(short, on=date(2025, 6, 30))
    assert "Nothing is known" in text_of(replace(by_hand(), facts=Facts()))


def test_a_year_before_without_filings_gives_no_change():
    text = text_of(a_market(a_filing(symbol="")), on=date(2025, 7, 8))
    assert "1 filing, after 0 (n.m.)" in text


def test_a_symbol_is_told_which_filings_name_it_and_that_its_part_is_open():
    text = text_of(by_hand(), "AGX", date(2025, 8, 15))
    assert "2 merger filings name it in 365 days" in text
    assert "the target, the bidder or a seller" in text
    assert text.index("14 Aug 2025: SC 14D9") < text.index("18 Jul 2025: SC TO-T")
    assert "No merger filing of the last 365 days names it." in text_of(by_hand(), "AGX", date(2025, 7, 17))
    unknown = text_of(a_market(covered=()), "AGX")
    assert "is unknown" in unknown
    assert "not all of the last 365 days" in unknown


def test_many_filings_are_cut_and_counted():
    many = [a_filing(date(2025, 6, day)) for day in range(2, 14)]
    assert "… and 4 more" in text_of(a_market(*many), "AGX", date(2025, 7, 1))


def test_the_source_and_its_age_are_told():
    market = by_hand()
    asked = datetime(2025, 8, 16, 3, 30, tzinfo=UTC)
    dated = replace(market, facts=Facts(deals=replace(market.facts.deals, fetched=asked)))
    assert "Form index: asked last 16 Aug 2025 03:30 UTC." in text_of(dated, on=date(2025, 8, 15))


@pytest.mark.parametrize("subject", ["market", "M04", "M20", "SPY"])
@pytest.mark.parametrize("on", [date(2019, 7, 1), date(2021, 1, 4), None])
def test_every_card_keeps_discords_limits_and_a_phones_width(world, subject, on):
    card = deals_card(shown(world, subject, on))
    assert_within_limits(card)
    if any("```" in field.text for field in card.fields):
        assert widest(card) <= PHONE_COLUMNS


def test_the_picture_has_a_bar_for_each_quarter_and_names_those_that_are_unknown():
    chart = deals_chart(shown(by_hand(), on=date(2025, 8, 15)))
    assert [bar[:3] for bar in chart.data["bars"]][-2:] == [("2025-Q2", 1.0, ""), ("2025-Q3", 3.0, "46 days")]
    assert chart.data["unknown"] == ["2023-Q3", "2023-Q4"]
    assert render(chart)
    whole = deals_chart(shown(by_hand(), on=date(2025, 9, 30)))
    assert whole.data["bars"][-1][:3] == ("2025-Q3", 4.0, "")
    assert deals_chart(shown(by_hand(), on=date(2025, 10, 1))).data["bars"][-1][0] == "2025-Q3"
    assert deals_chart(shown(by_hand(), "AGX")) is None
    assert deals_chart(shown(replace(by_hand(), facts=Facts()))) is None


def test_every_event_has_a_sentence_numbers_and_a_brief(world):
    events = DEALS.events(DEALS.history(world, {}), {})
    assert events
    for event in events:
        told = FACE.phrases[event.kind].sentence.format(**FACE.facts(event, {}))
        assert "{" not in told
        assert "None" not in told
        assert "unknown" not in FACE.brief(event)
        assert FACE.numbers(shown(world, event.subject, event.session), event)


def test_the_card_of_a_symbol_mentions_filings_where_there_are_any():
    history = DEALS.history(by_hand(), {})
    assert FACE.mention(history, {}, "AGX") == "2 in 365 days, the last SC 14D9 on 14 Aug 2025."
    assert FACE.mention(history, {}, "LITE") == ""
    assert FACE.mention(history, {}, "^RUT") == ""
