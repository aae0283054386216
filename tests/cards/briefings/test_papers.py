from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bot.cards.briefings import NAMES
from bot.cards.briefings.changes import changes
from bot.cards.briefings.notes import TERMS
from bot.cards.briefings.paper import Picture, Points
from bot.cards.studio import content_key
from bot.cards.words import DASH, decimal, percent, price, share, signed
from bot.questions.briefing import briefing_name, material_of, paper_of
from bot.questions.parse import QuestionError
from signals.catalog import by_name
from signals.facts import Holdings
from signals.types import Event
from tests.cards.briefings.conftest import blocks_of, grids_of, text_of

_GOLDEN = Event("cross", "golden_cross", "^RUT", date(2026, 9, 30), 1, {}, {"close": 1.0})
PARTS = {"What changed", "Evidence: what followed in the past", "Data notes", "Definitions", "Lists"}


@pytest.mark.parametrize("name", [*NAMES])
def test_a_paper_says_what_changed_lists_evidence_notes_and_definitions_and_leaves_no_part_empty(papers, name):
    paper = papers[name]
    assert paper.title == NAMES[name]
    assert paper.label == "SIMULATED"
    assert {section.title for section in paper.sections} >= PARTS
    assert all(section.blocks for section in paper.sections)
    assert all(row and len(row) == len(grid.header) for grid in grids_of(paper) for row in grid.rows)
    assert "not advice" in text_of(paper, "Definitions")
    assert paper.footer.endswith("not advice")


@pytest.mark.parametrize("name", [*NAMES])
def test_every_picture_is_told_in_words_too(papers, name):
    pictures = list(papers[name].pictures())
    assert len(pictures) >= 3
    assert all("SIMULATED" in picture.chart.alt and picture.caption for picture in pictures)
    assert sum(isinstance(block, Picture) for block in blocks_of(papers[name])) == len(pictures)


@pytest.mark.parametrize("name", [*NAMES])
def test_two_papers_of_one_session_have_the_same_content(sample, papers, name):
    assert content_key(paper_of(name, sample)) == content_key(papers[name])


def test_the_numbers_of_the_dashboard_are_those_of_the_reading(papers, materials):
    values = materials["smallcap"].of("smallcap", "market").reading.values
    (dashboard,) = grids_of(papers["smallcap"], "Dashboard")
    measures = ("d1_pct", "d5_pct", "mtd_pct", "qtd_pct", "ytd_pct", "y1_pct", "from_high_pct")
    rows = {row[0]: row[1:] for row in dashboard.rows}
    for name, symbol in (("Russell 2000", "^RUT"), ("Dow Jones", "^DJI"), ("S&P 500 equal weight", "RSP")):
        told = [signed(values[f"{symbol}.{measure}"]) for measure in measures]
        assert list(rows[name]) == [*told, decimal(values[f"{symbol}.rsi14"], 0), values[f"{symbol}.cross"]]
    ahead = [signed(values[f"small_minus_large.{measure}"]) for measure in measures]
    assert list(rows["Russell 2000 minus S&P 500"][:7]) == ahead


def test_the_numbers_of_the_averages_are_those_of_the_reading(papers, materials):
    values = materials["smallcap"].of("cross", "^RUT").reading.values
    (grid,) = grids_of(papers["smallcap"], "averages")
    told = dict(grid.rows)
    assert told["Close"] == price(values["close"])
    assert told["200-session average"] == price(values["slow"])
    assert told["Gap, fast over slow"] == percent(values["gap_pct"])


@pytest.mark.parametrize(("name", "event"), [("smallcap", "golden_cross"), ("rotation", "small_leads")])
def test_the_numbers_of_the_evidence_stand_beside_their_base_rates(papers, materials, name, event):
    values = materials[name].followed[event].values
    (grid,) = grids_of(papers[name], "Evidence")
    row = dict(zip(grid.header, next(row for row in grid.rows if row[0] == "12 months"), strict=True))
    assert row["n"] == decimal(values["12m.n"], 0)
    assert row["Mean"] == signed(values["12m.mean_pct"])
    assert row["Base mean"] == signed(values["12m.base_mean_pct"])
    assert row["Base up"] == share(values["12m.base_positive_pct"])
    assert values["claim"] in text_of(papers[name], "Evidence")


def test_the_numbers_of_the_rotation_monitor_are_those_of_the_readings(papers, materials):
    paper, material = papers["rotation"], materials["rotation"]
    small = material.of("rotation", "small").reading.values
    (pairs,) = grids_of(paper, "Who leads")
    assert pairs.rows[0][1:4] == (
        decimal(small["ratio"], 4),
        percent(small["relative_short_pct"]),
        percent(small["relative_long_pct"]),
    )
    sectors = material.of("rotation", "sectors").reading.values
    on_the_map = {row[0].split()[0]: row[1:4] for row in grids_of(paper, "Rotation map")[0].rows}
    assert len(on_the_map) == 11
    assert on_the_map["XLK"] == (
        decimal(sectors["XLK.ratio"], 1),
        decimal(sectors["XLK.momentum"], 1),
        sectors["XLK.quadrant"],
    )
    year = material.of("leadership", "ytd").reading.values
    first = grids_of(paper, "Where the return came from")[0].rows[0]
    assert first[:2] == (year["sector_1.name"], signed(year["sector_1.contribution_pct"]))
    rates = material.of("macro", "market").reading.values
    ten_year = next(row for row in grids_of(paper, "rates")[0].rows if row[0] == "10-year")
    assert ten_year[1] == decimal(rates["DGS10.level_pct"], 2)


def test_the_lists_hold_what_the_signals_say_of_each_share(papers, sample):
    cross = by_name("cross")
    thresholds = cross.thresholds_with()
    near, fresh = grids_of(papers["smallcap"], "Lists")[:2]
    for row in near.rows:
        one = cross.history(sample.only([row[0]]), thresholds)
        values = cross.reading(one, row[0], thresholds).values
        assert row[3:] == (percent(values["gap_pct"]), str(values["flat_sessions"]))
        assert 1 <= values["flat_sessions"] <= 10
    for row in fresh.rows:
        one = cross.history(sample.only([row[0]]), thresholds)
        kinds = {event.kind for event in cross.events(one, thresholds, since=-5) if event.subject == row[0]}
        assert {"golden": "golden_cross", "death": "death_cross"}[row[2].split()[1]] in kinds
    assert list(near.rows) == sorted(near.rows, key=lambda row: int(row[4]))


def test_theme_members_above_their_long_average_are_as_many_as_the_reading_says(papers, materials):
    grid = grids_of(papers["smallcap"], "Lists")[2]
    for row, shown in zip(grid.rows, materials["smallcap"].every("themes"), strict=True):
        values = shown.reading.values
        assert row[1:3] == (share(values["above_sma200_pct"]), str(values["above_sma200_of"]))
        counted = 0 if row[3] == DASH else len(row[3].split(", "))
        assert counted == round(values["above_sma200_pct"] * values["above_sma200_of"] / 100)


def test_what_changed_tells_the_session_and_the_four_before(sample):
    session = date(2026, 9, 25)
    cut = replace(sample, prices=sample.prices.upto(session))
    material = material_of("rotation", cut)
    told = text_of(paper_of("rotation", cut), "What changed")
    assert material.sessions[-1] == session
    assert len(material.sessions) == 5
    assert {event.session for event, _ in material.events} <= set(material.sessions)
    assert "Into leading, Themes against the Russell 2000 fund: the week ended with" in told
    assert "24 Sep 2026 ◇ More sectors carry it" in told


def test_a_paper_as_of_a_session_knows_nothing_that_came_later(sample):
    session = date(2026, 3, 31)
    cut = replace(sample, prices=sample.prices.upto(session))
    series = {
        name: replace(each, values=np.where(each.days >= np.datetime64(session), 3 * each.values, each.values))
        for name, each in sample.facts.series.items()
    }
    later = Holdings("smallcap", "IWM", date(2026, 4, 1), ("ZZZ",), np.ones(1), ("",))
    facts = replace(sample.facts, series=series, holdings=(*sample.facts.holdings, later))
    paper = paper_of("rotation", cut)
    assert paper.session == session
    assert content_key(paper) == content_key(paper_of("rotation", replace(cut, facts=facts)))


@pytest.mark.parametrize("name", [*NAMES])
def test_what_is_missing_is_said_where_it_is_missing_and_in_the_notes(bare, name):
    paper = paper_of(name, bare)
    assert all(text_of(paper, section.title).strip() for section in paper.sections)
    notes = text_of(paper, "Data notes")
    assert "there are no prices of" in notes
    assert "unknown" in paper.summary
    assert "unknown" in text_of(paper, "What changed")
    assert "nan" not in text_of(paper).lower().split()


def test_what_covers_too_little_of_its_universe_says_partial_beside_its_numbers(sample):
    gone = set(sample.universes["smallcap"][:60])
    kept = replace(sample, prices=sample.prices.only([s for s in sample.prices.symbols if s not in gone]))
    assert "PARTIAL: 140 of 200 covered" in text_of(paper_of("smallcap", kept), "How many take part")


def test_of_equal_events_the_index_comes_before_the_fund(materials):
    material = materials["smallcap"]
    crosses = [(replace(_GOLDEN, subject=symbol, session=material.session), symbol) for symbol in ("IWM", "^RUT")]
    (told,) = (block for block in changes(replace(material, events=tuple(crosses))).blocks if isinstance(block, Points))
    assert [item.split("(")[0] for item in told.items] == [
        "▲ Golden cross, ^RUT: the 50-session average crossed above the 200-session average.",
        "▲ Golden cross, IWM: the 50-session average crossed above the 200-session average.",
    ]


def test_an_open_session_is_not_briefed_on(sample):
    known = replace(sample, open_session=date(2026, 9, 30))
    assert paper_of("smallcap", known).session == date(2026, 9, 29)


def test_definitions_name_the_thresholds_in_force(sample):
    changed = {"rotation": by_name("rotation").thresholds_with({"hold_sessions": 7})}
    assert "for 7 sessions" in text_of(paper_of("rotation", sample, changed), "Definitions")


def test_each_definition_is_of_its_own_signals_thresholds(sample):
    changed = {"cross": by_name("cross").thresholds_with({"hold_sessions": 9, "fast": 20})}
    (lead,) = [line for line in _defined("rotation", sample, changed) if line.startswith("Lead. ")]
    assert "for 5 sessions" in lead
    (gap,) = [line for line in _defined("smallcap", sample, changed) if line.startswith("Gap. ")]
    assert "the 20-session average" in gap


def _defined(name, sample, changed):
    return text_of(paper_of(name, sample, changed), "Definitions").splitlines()


def test_no_definition_borrows_a_threshold_from_another_signal():
    for name, definition in TERMS.items():
        wanted = set(re.findall(r"{(\w+)", definition.text))
        assert bool(wanted) == bool(definition.signal), name
        if definition.signal:
            assert wanted <= {threshold.name for threshold in by_name(definition.signal).thresholds}, name


def test_the_summary_says_whose_average_it_tells_of(papers):
    assert papers["smallcap"].summary.count("its") == 0
    assert "; the Russell 2000's 50-session average has stood" in papers["smallcap"].summary


@pytest.mark.parametrize("typed", ["smallcap", " SMALLCAP "])
def test_a_briefing_is_found_however_it_is_written(typed):
    assert briefing_name(typed) == "smallcap"


@pytest.mark.parametrize(("typed", "hint"), [("smalcap", "did you mean smallcap"), ("", "choose smallcap or rotation")])
def test_an_unknown_briefing_is_refused_with_what_there_is(typed, hint):
    with pytest.raises(QuestionError, match=hint):
        briefing_name(typed)


def test_a_market_without_a_session_has_no_briefing(sample):
    with pytest.raises(QuestionError, match="no closed session"):
        paper_of("smallcap", replace(sample, prices=sample.prices.upto(date(1990, 1, 2))))
