from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.cards.face import Shown
from bot.cards.insiders_card import FACE, insiders_card
from bot.cards.insiders_data import insiders_chart
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from signals.facts import Facts
from signals.insider_facts import InsiderTrade, InsiderTrades
from signals.insiders import INSIDERS
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest
from tests.signals.test_insiders import ALL, COVERED, DAY, a_line, a_market, by_hand
from tests.signals.whole_world import a_world


@pytest.fixture(scope="module")
def world():
    return a_world(holes=False)


def shown(market, subject="market", on: date | None = None) -> Shown:
    history = INSIDERS.history(market, ALL)
    row = -1 if on is None else int(np.searchsorted(history.sessions, np.datetime64(on)))
    return Shown(INSIDERS.reading(history, subject, ALL, row), history, subject, ALL)


def text_of(market, subject="market", on: date | None = None) -> str:
    return terminal_text(insiders_card(shown(market, subject, on)))


def test_a_company_is_told_with_people_sums_and_the_last_purchase():
    text = text_of(by_hand(), "AGX", date(2025, 7, 9))
    assert "2 purchases by 2 people for $16,000 in 90 days." in text
    assert "Awards, exercised options and gifts are not purchases." in text
    assert "Of the sales $3,600 were planned before (Rule 10b5-1)." in text
    assert "Roe Richard (Chief Executive Officer): 600 shares at $10.00 on 3 Jul 2025, filed on 9 Jul 2025." in text
    assert "Missing" not in text


def test_that_nobody_bought_is_not_that_nothing_is_known():
    assert "No insider filed a purchase" in text_of(by_hand(), "AGX", date(2025, 6, 30))
    lacking = text_of(by_hand(), "LITE", date(2025, 7, 9))
    assert "is unknown: not all forms of it are here" in lacking
    assert "Forms: none of it is known" in lacking
    begun = a_market(covered={"AGX": (date(2025, 6, 30), date(2025, 7, 31))})
    assert "known from 30 Jun 2025 to 1 Jul 2025" in text_of(begun, "AGX", DAY)
    assert "Nothing is known: no forms of insiders are here." in text_of(replace(by_hand(), facts=Facts()))
    before = text_of(a_market(covered={"AGX": (date(2026, 1, 1), date(2026, 7, 31))}), on=DAY)
    assert "Nothing is known: no forms of the last 90 days are here." in before
    assert "Forms: those of 0 of " in before
    assert "sums are the least" not in before


def test_a_price_that_is_missing_is_said_and_makes_a_sum_the_least():
    unpriced = a_line(price_usd=float("nan"))
    assert "for a sum that is unknown" in text_of(a_market(unpriced), "AGX", DAY)
    text = text_of(a_market(unpriced, a_line()), "AGX", DAY)
    assert "for at least $5,000" in text
    assert "Price: not stated for 1 purchase." in text
    assert "at a price that is unknown" in text_of(a_market(unpriced), "AGX", DAY)


def test_the_market_is_told_with_the_largest_sums_and_how_much_is_covered():
    text = text_of(by_hand(), on=date(2025, 7, 9))
    assert "Insiders of 2 companies bought shares for at least $16,000 in 90 days." in text
    assert "those of 2 of 3 companies are read to the end" in text
    assert "By insiders of 2 companies." in text
    (row,) = (line for line in text.splitlines() if line.strip().startswith("AGX"))
    assert row.split() == ["AGX", "$16,000"]


def test_the_source_and_its_age_are_told():
    asked = datetime(2025, 7, 8, 3, 30, tzinfo=UTC)
    trades = replace(InsiderTrades.of([a_line()], COVERED), source="SEC EDGAR", fetched=asked)
    market = replace(a_market(), facts=Facts(insiders=trades))
    assert "SEC EDGAR: asked last 8 Jul 2025 03:30 UTC." in text_of(market)


@pytest.mark.parametrize("subject", ["market", "M04", "M08", "M20", "SPY"])
@pytest.mark.parametrize("on", [date(2019, 7, 1), date(2021, 1, 4), None])
def test_every_card_keeps_discords_limits_and_a_phones_width(world, subject, on):
    card = insiders_card(shown(world, subject, on))
    assert_within_limits(card)
    if any("```" in field.text for field in card.fields):
        assert widest(card) <= PHONE_COLUMNS


def test_long_and_hostile_names_stay_within_limits():
    hostile = a_line(owner="@everyone *x* " * 40, role="[link](http://example.org) " * 20)
    card = insiders_card(shown(a_market(hostile), "AGX", DAY))
    assert_within_limits(card)
    assert not any("@everyone" in field.text or "[link](" in field.text for field in card.fields)


def test_pictures_show_the_largest_sums_and_the_months_of_a_company():
    market = by_hand()
    of_all = insiders_chart(shown(market, on=date(2025, 7, 9)))
    assert [bar[:2] for bar in of_all.data["bars"]] == [("AGX", 16.0)]
    of_one = insiders_chart(shown(market, "AGX", date(2025, 7, 9)))
    assert [bar[:3] for bar in of_one.data["bars"]][-1] == ("Jul 2025", 16.0, "sold $3,600")
    assert render(of_all)
    assert render(of_one)
    assert insiders_chart(shown(market, "STRL", date(2025, 6, 30))) is None
    assert insiders_chart(shown(replace(market, facts=Facts()), "AGX")) is None
    assert insiders_chart(shown(replace(market, facts=Facts()))) is None


def test_a_month_of_which_not_all_forms_are_here_is_unknown_and_not_nothing():
    unpriced = a_line(traded=date(2025, 6, 16), price_usd=float("nan"))
    covered = {"AGX": (date(2025, 4, 15), date(2025, 12, 31))}
    chart = insiders_chart(shown(a_market(a_line(), unpriced, covered=covered), "AGX", DAY))
    assert [bar[:2] for bar in chart.data["bars"]] == [("May 2025", 0.0), ("Jul 2025", 5.0)]
    assert chart.data["unknown"][-2:] == ["Apr 2025", "Jun 2025"]


def test_every_event_has_a_sentence_numbers_and_a_brief(world):
    history = INSIDERS.history(world, ALL)
    kinds = set()
    for event in INSIDERS.events(history, ALL):
        phrase = FACE.phrases[event.kind]
        told = phrase.sentence.format(**FACE.facts(event, {}))
        assert "{" not in told
        assert "None" not in told
        assert "unknown" not in FACE.brief(event) or event.values["purchase_usd"] is None
        assert FACE.numbers(shown(world, event.subject, event.session), event)
        kinds.add(event.kind)
    assert kinds == {kind.name for kind in INSIDERS.kinds}


def test_several_people_of_a_session_are_told_together():
    history = INSIDERS.history(a_market(a_line(role="Director"), a_line(owner="Roe", shares=10.0)), ALL)
    event = next(event for event in INSIDERS.events(history, ALL) if event.kind == "insider_purchase")
    told = FACE.phrases[event.kind].sentence.format(**FACE.facts(event, {}))
    assert told == "a purchase by Doe (Director) and 1 more had come to be known, for $5,500 (traded 1 Jul 2025)"
    assert FACE.brief(event) == "2 people, $5,500"


def test_the_card_of_a_symbol_mentions_insiders_where_something_is_known():
    def said(symbol: str, day: date) -> str:
        market = by_hand()
        history = INSIDERS.history(replace(market, prices=market.prices.upto(day)), ALL)
        return FACE.mention(history, ALL, symbol)

    assert said("AGX", date(2025, 7, 9)) == "2 purchases by 2 people for $16,000 in 90 days; 1 sale for $3,600."
    assert said("AGX", date(2025, 6, 30)) == "No purchase in 90 days."
    assert said("LITE", date(2025, 7, 9)) == ""
    assert said("^RUT", date(2025, 7, 9)) == ""


def test_lines_of_one_company_are_listed_the_latest_first():
    lines = [a_line(traded=date(2025, 6, day), owner="Doe", shares=float(day)) for day in range(2, 20)]
    text = text_of(a_market(*lines), "AGX", DAY)
    assert text.index("19 Jun") < text.index("12 Jun")
    assert "11 Jun" not in text


def test_a_line_without_shares_is_a_dash():
    line = InsiderTrade("AGX", DAY, DAY, "P", float("nan"), 5.0, "Doe")
    assert "\N{EN DASH}" in text_of(a_market(line), "AGX", DAY)
