"""Themes: known answers, what members add up to, breakouts and what undoes them, hindsight, and what is missing."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.errors import UnknownSubject
from signals.facts import Facts, Member, Theme
from signals.themes import THEMES
from signals.types import Market
from tests.signals.made_up import a_market, cut, random_walk
from tests.signals.small_caps import small_cap_market

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers" / "themes.toml").read_text(encoding="utf-8"))
LONG_AGO = date(2000, 1, 1)
DEFAULT = THEMES.thresholds_with()
QUICK = THEMES.thresholds_with({"high_sessions": 10, "average": 5, "quiet_sessions": 8})


def themed(market: Market, *members: str, since: date = LONG_AGO, name: str = "chips") -> Market:
    theme = Theme(name, name.title(), tuple(Member(symbol, since) for symbol in members))
    return replace(market, facts=Facts(themes=(*market.facts.themes, theme)))


def made(level: object, *, index: object = None, **more: object) -> Market:
    """Return a market whose theme ``chips`` follows `level`, against an index that stands still unless told."""
    line = np.asarray(level, dtype=float)
    against = np.full(len(line), 100.0) if index is None else np.asarray(index, dtype=float)
    market = a_market(np.column_stack([line, line, line, against]), ("A", "B", "C", "^RUT"), **more)
    return themed(market, "A", "B", "C")


def known_from(market: Market, row: int) -> Market:
    """Return the same market with its theme listed at session `row` alone."""
    return themed(replace(market, facts=Facts()), "A", "B", "C", since=market.prices.sessions[row].item())


def read(market: Market, t: int = -1, thresholds=DEFAULT, subject: str = "chips"):
    return THEMES.reading(THEMES.history(market, thresholds), subject, thresholds, t)


def happened(market: Market, thresholds=QUICK, since: int = 0) -> list[tuple[str, int]]:
    found = THEMES.events(THEMES.history(market, thresholds), thresholds, since)
    return [(e.kind, int(np.searchsorted(market.prices.sessions, np.datetime64(e.session)))) for e in found]


@pytest.fixture(scope="module")
def real(market_data: Path) -> Market:
    return small_cap_market(market_data, "^RUT", "LITE")


@pytest.mark.parametrize("answer", ANSWERS["answer"], ids=lambda answer: str(answer["session"]))
def test_known_answers(real, answer):
    market = themed(real, *ANSWERS["members"])
    row = int(np.searchsorted(market.prices.sessions, np.datetime64(answer["session"])))
    values = read(market, row).values
    assert {name: round(values[name], 4) for name in answer["values"]} == answer["values"]
    for period in ("d5", "m1", "ytd"):
        lead = values[f"{period}_pct"] - values[f"^RUT.{period}_pct"]
        assert values[f"basket_minus_index.{period}_pct"] == pytest.approx(lead)


def test_real_breakouts_are_a_few_a_year_and_each_is_undone_at_most_once(real):
    market = themed(real, *ANSWERS["members"])
    kinds = [kind for kind, _ in happened(market, DEFAULT)]
    years = 6.7
    assert 0.5 < kinds.count("breakout") / years < 4
    assert all(pair != ("below_average", "below_average") for pair in pairwise(kinds))


def test_a_symbol_the_market_lacks_is_counted_as_missing():
    market = themed(a_market(random_walk(30, 3), ("A", "B", "^RUT")), "A", "B", "GONE", "LOST")
    reading = read(market)
    assert (reading.coverage.n, reading.coverage.of) == (2, 4)
    assert reading.coverage.is_partial
    assert reading.values["d5_pct"] is not None


def test_a_basket_without_any_prices_is_unknown():
    reading = read(themed(a_market(random_walk(30, 1), ("^RUT",)), "A", "B", "C"))
    assert reading.state == "unknown"
    assert {reading.values[name] for name in ("d5_pct", "level", "above_sma200_pct", "near_cross")} == {None}
    assert reading.values["^RUT.d5_pct"] is not None


def test_without_an_index_the_basket_stands_alone():
    market = themed(a_market(random_walk(300, 3), ("A", "B", "C")), "A", "B", "C")
    values = read(market).values
    assert values["m1_pct"] is not None
    assert (values["^RUT.m1_pct"], values["basket_minus_index.m1_pct"], values["ratio_from_high_pct"]) == (None,) * 3
    assert happened(market) == []


def test_there_is_no_such_theme_and_the_words_help():
    with pytest.raises(UnknownSubject, match="there are: chips"):
        read(made([1, 2, 3]), subject="ships")
    bare = a_market(random_walk(30, 1), ("^RUT",))
    assert THEMES.choices is not None
    assert THEMES.choices(bare) == {}
    assert THEMES.events(THEMES.history(bare, DEFAULT), DEFAULT) == []
    with pytest.raises(UnknownSubject, match=r"themes\.toml"):
        read(bare)


def test_a_market_without_sessions_has_a_history():
    market = themed(a_market(np.empty((0, 2)), ("A", "^RUT")), "A")
    history = THEMES.history(market, DEFAULT)
    assert {history[name].shape for name in history.columns} == {(0, 1)}
    assert len(history.columns) == len(list(history.columns))


def test_subjects_and_choices_are_the_themes_in_their_order():
    market = themed(made([1, 2, 3]), "A", "B", "C", name="ships")
    assert THEMES.choices is not None
    assert THEMES.choices(market) == {"chips": "Chips", "ships": "Ships"}
    assert THEMES.history(market, DEFAULT).subjects == ("chips", "ships")


def test_values_are_those_that_are_explained():
    assert list(read(made(random_walk(30).ravel())).values) == list(THEMES.values)


def test_hindsight_is_marked_and_raises_nothing():
    level = [*[100] * 20, *range(101, 111)]
    market = themed(a_market(np.column_stack([level] * 3 + [[100] * 30]), ("A", "B", "C", "^RUT")), "A", "B", "C")
    assert happened(market) == [("breakout", 20)]
    dated = known_from(market, 25)
    assert happened(dated) == []
    assert read(dated, 24).labels == ("hindsight",)
    assert read(dated, 24).values["dated"] == 0


def test_hindsight_reaches_as_far_as_the_numbers_do():
    dated = known_from(made([100.0] * 300), 25)
    assert str(dated.prices.sessions[24]) == "2010-02-05"
    of_a_month = [t for t in range(60) if not read(dated, t, QUICK).labels]
    assert (
        str(dated.prices.sessions[of_a_month[0]]) == "2010-03-05"
    )  # the month's return begins with the close of row 24
    assert of_a_month == list(range(of_a_month[0], 60))
    of_a_year = [t for t in (25, 200, 275, 276, 299) if not read(dated, t).labels]
    assert of_a_year == [276, 299]  # the high looks back 252 sessions, the first of them row 25
    long_average = THEMES.thresholds_with({"high_sessions": 10, "average": 60})
    assert [t for t in (83, 84) if not read(dated, t, long_average).labels] == [84]


def test_a_year_that_began_in_hindsight_is_hindsight_to_its_end():
    market = made([100.0] * 560)
    dated = known_from(market, int(np.searchsorted(market.prices.sessions, np.datetime64("2011-06-01"))))
    new_year = int(np.searchsorted(market.prices.sessions, np.datetime64("2012-01-01")))
    assert read(dated, new_year - 1, QUICK).labels == ("hindsight",)
    assert read(dated, new_year, QUICK).labels == ()


@pytest.mark.parametrize("windows", [{"high_sessions": 10, "average": 5}, {"high_sessions": 5, "average": 10}])
def test_no_event_rests_on_a_window_with_hindsight_in_it(windows):
    thresholds = THEMES.thresholds_with(windows)

    def broke_out(row: int) -> list[tuple[str, int]]:
        return happened(known_from(made([100.0] * row + [110.0] * 3 + [90.0] * 2), 25), thresholds)

    assert broke_out(33) == []
    assert broke_out(34) == [("breakout", 34), ("below_average", 37)]


def test_the_first_high_after_hindsight_is_no_breakout_while_highs_went_on():
    level = [*[100] * 20, *range(101, 121)]
    assert happened(known_from(made(level), 25)) == []
    assert happened(known_from(made([*level, *[115] * 9, *range(121, 130)]), 25)) == [("breakout", 49)]


def test_the_first_known_high_is_no_breakout_since_nothing_was_known_before():
    assert happened(made([*[100] * 10, 101])) == []
    assert happened(made([*[100] * 11, 101])) == [("breakout", 11)]
    assert happened(made([*[100] * 10, *range(101, 112)])) == []


def test_a_thin_session_uses_no_breakout_up():
    market = made([*[100] * 12, 110, 111, 112])
    market.prices.close[12, 2] = np.nan
    assert happened(market) == [("breakout", 13)]


def test_a_thin_session_moves_no_side():
    level = [*[100] * 12, 110, 110, 90, 115, 115, 90]
    market = made(level)
    assert happened(market) == [("breakout", 12), ("below_average", 14)]
    market.prices.close[14, 2] = np.nan
    assert happened(market) == [("breakout", 12), ("below_average", 17)]
    assert read(market, 14, QUICK).state == "below_average"


def test_before_the_first_sound_session_nothing_is_known():
    market = made([*[100] * 12, 110])
    market.prices.close[10:12, 2] = np.nan
    assert happened(market) == []


def test_a_breakout_is_the_first_high_in_so_many_sessions():
    level = [100.0] * 12 + [101.0] + [100.0] * 7 + [102.0] + [100.0] * 6 + [103.0]
    assert [row for kind, row in happened(made(level)) if kind == "breakout"] == [12, 20]


def test_a_tie_with_the_high_is_no_breakout():
    again = made([*[100] * 11, 101, *[100] * 8, 101])
    assert [row for kind, row in happened(again) if kind == "breakout"] == [11]
    assert happened(made([100.0] * 11 + [100 * (1 + 1e-12)])) == []


def test_the_index_falling_is_a_breakout_too():
    index = [100.0] * 12 + [90.0]
    assert happened(made([100.0] * 13, index=index)) == [("breakout", 12)]


def test_a_breakout_is_undone_once():
    level = [100.0] * 12 + [110.0, 110.0, 90.0, 110.0, 110.0, 110.0, 90.0, 90.0]
    market = made(level)
    assert happened(market) == [("breakout", 12), ("below_average", 14)]
    event = THEMES.events(THEMES.history(market, QUICK), QUICK)[1]
    assert event.values["breakout"] == market.prices.sessions[12].astype(str)
    assert event.values["from_average_pct"] < 0


def test_falling_below_without_a_breakout_is_nothing():
    assert happened(made([100, 101, 102, 103, 104, 105, 90, 90])) == []


def test_events_are_those_since_a_row_and_none_of_an_open_session():
    level = [100.0] * 12 + [110.0, 110.0, 90.0]
    market = made(level)
    assert happened(market, since=14) == happened(market, since=-1) == [("below_average", 14)]
    assert happened(market, since=15) == []
    open_now = replace(market, open_session=market.prices.sessions[-1].item())
    assert happened(open_now) == [("breakout", 12)]
    assert read(open_now).is_provisional


def test_state_is_the_side_of_the_average_and_unknown_while_that_is():
    states = [read(made([*range(100, 110), 90]), t, QUICK).state for t in (4, 5, 9, 10)]
    assert states == ["unknown", "above_average", "above_average", "below_average"]
    assert read(made([100.0] * 9), thresholds=QUICK).state == "unknown"  # never apart from its average


def test_over_a_hole_the_side_is_kept_and_no_event_falls_into_it():
    level = np.array([100.0] * 12 + [110.0] * 3 + [np.nan] + [80.0] * 8)
    market = made(level)
    assert happened(market) == [("breakout", 12)]
    assert read(market, 15, QUICK).session == market.prices.sessions[14].item()
    assert read(market, 15, QUICK).stale_sessions == 1
    assert read(market, 17, QUICK).state == "unknown"


def test_members_above_their_average_and_near_a_cross_are_counted_where_known():
    rising, short = np.linspace(50, 150, 220), np.full(220, np.nan)
    short[150:] = 10.0
    falling = rising[::-1].copy()
    market = themed(a_market(np.column_stack([rising, falling, short]), ("UP", "DOWN", "NEW")), "UP", "DOWN", "NEW")
    values = read(market).values
    assert (values["above_sma200_pct"], values["above_sma200_of"]) == (50.0, 2)
    assert (values["near_cross"], values["near_cross_of"], values["near_cross_names"]) == (0, 2, "")


def test_a_close_that_equals_its_average_is_not_above_it():
    for factor, share in ((1 + 1e-12, 0.0), (1 + 1e-8, 100.0)):
        values = read(made([*[100.0] * 210, 100 * factor])).values
        assert (values["above_sma200_pct"], values["above_sma200_of"]) == (share, 3)


def test_a_member_near_a_cross_is_named():
    closes = np.concatenate([np.full(170, 100.0), np.linspace(100, 80, 40), np.full(12, 125.0)])
    flat = np.full(len(closes), 50.0)
    market = themed(a_market(np.column_stack([closes, flat, flat]), ("A", "B", "C")), "A", "B", "C")
    named = [read(market, t).values["near_cross_names"] for t in range(205, len(closes))]
    assert "A" in named
    crossed = named.index("A")
    assert read(market, 205 + crossed).values["near_cross"] == 1


def test_checks_say_what_to_look_at():
    market = themed(a_market(random_walk(300, 3), ("A", "B", "^RUT")), "A", "B", "GONE")
    results = {check.name: check.result.value for check in read(market).checks}
    assert results["coverage"] == "fail"
    assert results["known_then"] == "pass"
    assert {check.result.value for check in read(made([100.0])).checks if check.name == "at_high"} == {"unknown"}


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), upto=st.integers(1, 299))
def test_nothing_looks_ahead(seed, upto):
    closes = random_walk(300, 5, seed)
    closes[np.random.default_rng(seed).random(closes.shape) < 0.01] = np.nan
    market = themed(a_market(closes, ("A", "B", "C", "D", "^RUT")), "A", "B", "C", "D", since=date(2010, 6, 1))
    whole = THEMES.history(market, QUICK)
    part = THEMES.history(replace(cut(market, upto), facts=market.facts), QUICK)
    for name in whole.columns:
        np.testing.assert_array_equal(part[name], whole[name][:upto], err_msg=name)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3))
def test_the_level_of_prices_does_not_matter(seed, scale):
    closes = random_walk(300, 4, seed)
    market = themed(a_market(closes, ("A", "B", "C", "^RUT")), "A", "B", "C")
    scaled = themed(a_market(closes * [scale, 1, 1, scale], ("A", "B", "C", "^RUT")), "A", "B", "C")
    assert happened(market) == happened(scaled)
    after = read(scaled).values
    for name, value in read(market).values.items():
        expected = value if not isinstance(value, float) else pytest.approx(value, rel=1e-9, abs=1e-9)
        assert after[name] == expected, name
