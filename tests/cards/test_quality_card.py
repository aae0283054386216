from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from matplotlib.text import Text

from bot.cards import style
from bot.cards.chart_gates import draw
from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.provenance import Grounds
from bot.cards.quality_card import FACE, in_short, quality_card
from bot.cards.quality_data import quality_chart
from bot.cards.quality_list import A_PAGE, Company, Only, Roster, Sort, roster_page
from bot.cards.quality_words import WORDS, amount, cell, changed_words, failed_words, gate_line
from bot.cards.table import PHONE_COLUMNS
from bot.cards.theme import DARK, LIGHT
from bot.cards.why_card import Explained, Replayed, why_card
from bot.cards.whynot_card import standing
from bot.cards.words import MINUS, TIMES
from signals.facts import Facts
from signals.quality import QUALITY
from signals.quality_gates import GATES, verdicts
from signals.types import Basis, Check, Coverage, Result
from tests.cards.test_card_limits import assert_within_limits
from tests.signals.whole_world import MEMBERS, a_world


@pytest.fixture(scope="module")
def world():
    return a_world(holes=False)


def shown(market, subject="M05", t=-1) -> Shown:
    history = QUALITY.history(market.only([subject]), {})
    return Shown(QUALITY.reading(history, subject, {}, t), history, market.names.get(subject, subject), {})


def text_of(market, subject="M05", t=-1) -> str:
    return terminal_text(quality_card(shown(market, subject, t))).replace(MINUS, "-")


def test_every_gate_stands_with_sign_number_and_bound(world):
    reading = shown(world).reading
    text = text_of(world)
    for check in reading.checks:
        line = gate_line(check, rated_by=reading.values["rated_by"]).replace(MINUS, "-")
        assert line in text
        assert line[0] == style.SYMBOLS[check.result.value]
        assert "needs" in line
    assert "never a recommendation" in text
    assert f"{reading.values['passed']} of {reading.values['known']} known gates passed" in text


def test_since_when_it_is_known_and_why_a_company_has_no_figures_are_told(world):
    assert "Its last report was filed on " in text_of(world)
    assert ", for the period to " in text_of(world)
    assert "estimates are of " in text_of(world)
    foreign = replace(world.facts.fundamentals, remarks={"M05": "its accounts follow IFRS"})
    assert "Remark: its accounts follow IFRS." in text_of(
        replace(world, facts=replace(world.facts, fundamentals=foreign))
    )
    bare = replace(world, facts=Facts())
    assert "Nothing is known of its financials" in text_of(bare)
    assert in_short(shown(bare).reading) == ""
    silent = replace(world, facts=Facts(fundamentals=foreign.only(["M01"])))
    told = in_short(shown(silent).reading)
    assert told in {"", "Nothing is known: its accounts follow IFRS."}


@pytest.mark.parametrize("subject", MEMBERS[:8])
@pytest.mark.parametrize("t", [3, 400, -1])
def test_every_card_keeps_discords_limits(world, subject, t):
    card = quality_card(shown(world, subject, t))
    assert_within_limits(card)


def test_what_is_missing_is_named_in_words(world):
    without = replace(world, facts=replace(world.facts, insiders=None, estimates=()))
    text = text_of(without)
    assert "Missing\n" in text
    assert "forms of the last 90 days" in text
    assert "last earnings against estimates" in text
    assert "? Insider purchases in 90 days: unknown (needs above 0)" in text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (4.62e9, "4.6bn"),
        (1.2e12, "1.2tn"),
        (12.4e6, "12m"),
        (-3.1e6, f"{MINUS}3.1m"),
        (950.0, "950"),
        (8_200.0, "8.2k"),
        (None, "unknown"),
    ],
)
def test_amounts_are_told_short(value, told):
    assert amount(value) == told


def checked(name: str, value, result: Result = Result.PASS) -> Check:
    gate = next(gate for gate in GATES if gate.name == name)
    return Check(name, result, value, gate.bound, gate.title)


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (checked("profitable", -3.1e6, Result.FAIL), f"✗ Net income, 12 months: {MINUS}$3.1m (needs above 0)"),
        (checked("growing", 12.34), "✓ Revenue against a year before: +12.3% (needs above 0%)"),
        (
            checked("net_debt", "n.m.", Result.FAIL),
            f"✗ Net debt/EBITDA: n.m., EBITDA is not above 0 (needs below 3{TIMES})",
        ),
        (checked("debt_to_equity", 0.5), f"✓ Debt/equity: 0.50{TIMES} (needs below 1{TIMES})"),
        (checked("margin", -1.0), f"✓ Operating margin over a year: {MINUS}1.0 pt (needs at least {MINUS}2 pt)"),
        (checked("surprise", None, Result.UNKNOWN), "? Earnings against estimates: unknown (needs at least 0%)"),
        (checked("insiders", 2.0), "✓ Insider purchases in 90 days: 2 (needs above 0)"),
    ],
)
def test_gates_are_told_with_their_units(check, line):
    assert gate_line(check) == line


def test_one_analyst_is_not_enough_and_the_line_says_so():
    line = gate_line(checked("analysts", 1.5, Result.FAIL), rated_by=1.0)
    assert line == "✗ Mean rating, 1 best to 5: 1.50 (needs at most 2.5, by 2 or more: 1 rates it)"


def test_a_good_rating_that_fails_says_that_too_few_rate_it():
    assert failed_words(checked("analysts", 1.9, Result.FAIL)) == "1.90, by fewer than 2"
    assert failed_words(checked("analysts", None, Result.FAIL)) == "unknown, by fewer than 2"
    assert failed_words(checked("analysts", 3.0, Result.FAIL)) == "3.00"
    assert failed_words(checked("net_debt", 3.5, Result.FAIL)) == f"3.50{TIMES}"
    assert changed_words("analysts, surprise", "1.9, -2", is_lost=True).startswith(
        "mean rating, 1 best to 5 (1.90, by fewer than 2), earnings"
    )
    assert "(unknown, by fewer than 2)" in changed_words("analysts", "nan", is_lost=True)
    for rating, is_lost in (("3", True), ("1.9", False)):
        assert "fewer" not in changed_words("analysts", rating, is_lost=is_lost)
    assert gate_line(checked("analysts", 1.5), rated_by=4.0).endswith("4 rate it)")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("profitable", 4.62e9, "4.6bn"),
        ("net_debt", 2.951, "2.95"),
        ("net_debt", -140.0, f"{MINUS}140"),
        ("growing", 36.4, "+36"),
        ("margin", -1.04, f"{MINUS}1.0"),
        ("insiders", 3.0, "3"),
        ("net_debt", "n.m.", "n.m."),
        ("growing", None, ""),
    ],
)
def test_cells_hold_few_letters(name, value, told):
    assert cell(name, value) == told


def test_every_gate_has_words():
    assert set(WORDS) == {gate.name for gate in GATES}


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_picture_shows_every_gate_report_by_report_with_signs_inside_its_edges(world, theme):
    chart = quality_chart(shown(world))
    figure = draw(chart.data, theme)
    figure.draw_without_rendering()
    words = [text.get_text() for text in figure.texts]
    for gate in GATES:
        assert WORDS[gate.name].asks in words
    assert any(word.startswith("✓ ") for word in words)
    assert any(word.startswith("✗ ") for word in words)
    boxes = [text.get_window_extent() for text in figure.findobj(Text) if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= style.WIDTH_IN * style.DPI for box in boxes)
    assert "gates, report by report" in chart.alt
    assert chart.data["columns"][-1].startswith(str(world.prices.sessions[-1].item().day))
    assert 2 <= len(chart.data["columns"]) <= 5


def test_of_whom_nothing_is_known_there_is_no_picture(world):
    assert quality_chart(shown(replace(world, facts=Facts()))) is None


def test_every_event_has_a_sentence_numbers_and_a_brief(world):
    history = QUALITY.history(world, {})
    events = QUALITY.events(history, {})
    for event in events[:: len(events) // 40]:
        told = FACE.phrases[event.kind].sentence.format(**FACE.facts(event, {}))
        assert "{" not in told
        assert "unknown" not in told
        assert f"{event.values['passed']} of {event.values['known']}" in told
        assert FACE.brief(event).endswith(" passed")
        assert FACE.numbers(shown(world, event.subject), event)
    assert {event.kind for event in events} == set(FACE.phrases)


def test_why_says_that_bars_do_not_tell_it_again(world):
    event = QUALITY.events(QUALITY.history(world, {}), {})[0]
    told = Explained(
        event=event,
        signal=QUALITY,
        name="Made up",
        found_at=datetime(2025, 8, 6, 20, 20, tzinfo=UTC),
        replayed=Replayed.NOT_KEPT,
        reading=None,
    )
    assert "it rests on reports and estimates, which bars do not tell" in terminal_text(why_card(told))


def test_why_not_says_how_many_gates_are_passed_and_that_none_changed(world):
    reading = shown(world).reading
    told = f"{reading.values['passed']} of {reading.values['known']} known gates passed"
    assert standing(QUALITY, reading, {}) == f"no event: {told}, and none of them has changed sides"
    assert standing(QUALITY, shown(replace(world, facts=Facts())).reading, {}) == "no event: its state is unknown"


def test_a_card_about_more_says_what_failed_and_what_is_unknown(world):
    reading = shown(replace(world, facts=replace(world.facts, insiders=None))).reading
    told = in_short(reading)
    assert told.startswith(f"{reading.values['passed']} of {reading.values['known']} known gates passed, score ")
    assert "✗ failed: " in told
    assert "? unknown: " in told
    assert "insider purchases in 90 days" in told


AS_OF = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)


def roster(*rows: tuple[str, int, int, float | None, float | None, float | None], labels=()) -> Roster:
    companies = tuple(Company(*row, place) for place, row in enumerate(rows))
    found = verdicts({"net_income": np.arange(len(rows)) - 1.0}, is_financial=np.zeros(len(rows), dtype=bool))
    covered = Coverage(sum(each.known > 0 for each in companies), len(companies))
    grounds = Grounds(date(2025, 8, 6), AS_OF, "made up", Basis.PRICE, covered, labels=labels)
    return Roster("Optical networking", companies, found, grounds)


FOUR = roster(
    ("AA", 4, 8, 0.5, 70.0, -3.0),
    ("BB", 6, 8, 0.75, None, 12.0),
    ("CC", 3, 4, None, 40.0, 5.0),
    ("DD", 6, 6, 1.0, 30.0, None),
    ("EE", 0, 0, None, 50.0, 1.0),
)


@pytest.mark.parametrize(
    ("sort", "symbols"),
    [
        (Sort.SCORE, "DD BB AA CC"),
        (Sort.PASSED, "DD BB AA CC"),
        (Sort.KNOWN, "BB AA DD CC"),
        (Sort.RSI, "AA CC DD BB"),
        (Sort.MONTH, "BB CC AA DD"),
        (Sort.SYMBOL, "AA BB CC DD"),
    ],
)
def test_lists_are_sorted_and_what_is_unknown_comes_last(sort, symbols):
    assert [each.symbol for each in FOUR.ordered(sort)] == symbols.split()


def test_lists_are_narrowed_to_a_score_and_to_a_score_with_a_rise():
    assert [each.symbol for each in FOUR.ordered(Sort.SYMBOL, Only.SCORED)] == ["AA", "BB", "DD"]
    assert [each.symbol for each in FOUR.ordered(Sort.SYMBOL, Only.RISING)] == ["BB"]


def test_a_page_counts_who_has_a_score_and_names_of_whom_nothing_is_known():
    card, at, pages = roster_page(FOUR)
    assert (at, pages) == (0, 1)
    assert "**3 of 5** have a score" in card.text
    assert "1 of them rose over a month. Nothing is known of 1: EE." in card.text
    assert "never a recommendation" in card.text
    assert "sorted by score" in card.footer
    assert [name for name, _ in card.chart.data["rows"]] == ["DD", "BB", "AA", "CC"]
    assert "DD 1 of 1" in card.chart.alt
    assert render(card.chart)


def test_pages_hold_what_fits_and_a_page_beyond_the_end_is_the_last():
    many = roster(*((f"LONGSYMB{n}", 9, 9, 1.0, 55.0, 100.0 + n) for n in range(40)), labels=("simulated",))
    card, at, pages = roster_page(many, sort=Sort.MONTH, page=99)
    assert (at, pages) == (2, 3)
    assert len(card.chart.data["rows"]) == 40 - 2 * A_PAGE
    for page in range(pages):
        card, *_ = roster_page(many, page=page)
        assert_within_limits(card)
        block = card.text.split("```")[1]
        assert max(len(line) for line in block.splitlines()) <= PHONE_COLUMNS
        assert "page" in card.footer
        assert card.chart.alt.startswith("SIMULATED. ")


def test_an_empty_list_says_why():
    card, *_ = roster_page(FOUR, only=Only.RISING)
    assert card.title.startswith("Quality of Optical networking, with a score, up over a month")
    fallen = roster(("AA", 4, 8, 0.5, 70.0, -3.0))
    card, *_ = roster_page(fallen, only=Only.RISING)
    assert "None of them." in card.text
    assert card.chart is None
    card, *_ = roster_page(roster(("AA", 0, 0, None, 70.0, -3.0)))
    assert "No financials are known of any" in card.text
