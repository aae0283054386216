"""Breadth: whose members count when, what is missing, and what raises an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.breadth import BREADTH, NUMBERS
from signals.breadth_counts import cumulative, exponential_average
from signals.breadth_events import find
from signals.breadth_members import roll_of
from signals.errors import InsufficientHistory, InvalidThreshold, UnknownSubject
from signals.facts import Facts
from signals.medians import median_returns
from signals.types import Coverage, History, Market
from tests.signals.breadth_by_hand import listed
from tests.signals.made_up import a_market, after_close, random_walk, some_sessions

THRESHOLDS = BREADTH.thresholds_with()
DAYS = some_sessions(800)


def day(row: int) -> date:
    return DAYS[row].item()


def a_universe(
    close: np.ndarray,
    files: tuple[tuple[int, str], ...] = ((0, "ABCDEFGHIJ"),),
    *,
    index: np.ndarray | None = None,
    **more: object,
) -> Market:
    """Return a market of the index and of stocks A, B, C…; `files`: from which row a list is known, and it."""
    close = np.asarray(close, dtype=float)
    letters = "ABCDEFGHIJ"[: close.shape[1]]
    level = np.linspace(100, 120, len(close)) if index is None else index
    facts = Facts(holdings=tuple(listed(members, day(row)) for row, members in files))
    return a_market(np.column_stack([level, close]), ("^RUT", *letters), facts=facts, **more)


def read(market: Market, t: int = -1):
    return BREADTH.reading(BREADTH.history(market, THRESHOLDS), "smallcap", THRESHOLDS, t)


def a_history(above: list[float], **columns: object) -> History:
    """Return a history with `above` % above the 200-session average; all is known and covered unless told otherwise."""
    count = len(above)
    told: dict[str, object] = {
        "above_200_pct": above,
        "above_50_pct": np.full(count, 50.0),
        "advancing_ema_frac": np.full(count, 0.5),
        "index_from_high_pct": np.full(count, -1.0),
        "is_index_high": np.zeros(count, dtype=bool),
        "is_hindsight": np.zeros(count, dtype=bool),
        "covered": np.full(count, 100.0),
        "members": np.full(count, 100.0),
    }
    shown = {name: np.asarray(values)[:, None] for name, values in (told | columns).items()}
    return History(DAYS[:count], ("smallcap",), shown, {}, a_market(np.ones(count)))


def rows_of(history: History, kind: str, **changed: object) -> list[int]:
    events = BREADTH.events(history, BREADTH.thresholds_with(changed))
    return [int(np.searchsorted(DAYS, np.datetime64(event.session))) for event in events if event.kind == kind]


def test_members_are_those_of_the_list_in_force_at_the_session():
    close = np.array([[10, 10, 10], [11, 9, 11], [12, 8, 12], [13, 7, 13]])
    history = BREADTH.history(a_universe(close, ((1, "AB"), (3, "AC"))), THRESHOLDS)
    assert history["advances"][:, 0].tolist()[1:] == [1, 1, 2]
    assert history["declines"][:, 0].tolist()[1:] == [1, 1, 0]
    assert history["is_hindsight"][:, 0].tolist() == [True, False, False, False]
    assert history["file"][:, 0].tolist() == [0, 0, 0, 1]


def test_before_the_first_list_its_members_stand_in_and_the_reading_says_so():
    market = a_universe(np.ones((4, 2)), ((2, "AB"),))
    before, after = read(market, 1), read(market, 2)
    assert (before.labels, after.labels) == (("hindsight",), ())
    assert (before.values["known_then"], before.values["file_date"]) == ("no", day(2).isoformat())
    assert (before.values["file_age_days"], after.values["file_age_days"]) == (None, 0)


def test_a_list_without_a_date_is_hindsight_throughout():
    market = a_market(np.ones((4, 3)), ("^RUT", "A", "B"), universes={"smallcap": ("A", "B", "Z")})
    reading = read(market)
    assert (reading.labels, reading.values["members"], reading.values["file_date"]) == (("hindsight",), 3, None)
    assert BREADTH.events(BREADTH.history(market, THRESHOLDS), THRESHOLDS) == []


def test_hindsight_of_the_large_caps_alone_is_said_too():
    market = replace(a_universe(np.ones((4, 2)), ((0, "AB"),)), universes={"largecap": ("A",)})
    reading = read(market)
    assert reading.labels == ("hindsight",)
    assert (reading.values["known_then"], reading.values["largecap.known_then"]) == ("yes", "no")


def test_sums_and_averages_begin_anew_with_the_first_list_so_that_hindsight_ends():
    close = np.tile(np.linspace(10, 40, 30)[:, None], 2)
    history = BREADTH.history(a_universe(close, ((15, "AB"),)), THRESHOLDS)
    assert history["ad_line"][:, 0].tolist()[13:17] == [26, 28, 2, 4]
    assert np.isfinite(history["advancing_ema_frac"][:, 0]).nonzero()[0].tolist() == [*range(10, 15), *range(24, 30)]
    readings = [BREADTH.reading(history, "smallcap", THRESHOLDS, t).values["ad_line_since"] for t in (14, 20)]
    assert readings == [day(1).isoformat(), day(15).isoformat()]


def test_a_member_without_prices_is_a_member_that_is_not_covered():
    reading = read(a_universe(random_walk(260, 2), ((0, "ABXY"),)))
    assert (reading.coverage, reading.state) == (Coverage(2, 4), "partial")
    check = {each.name: each for each in reading.checks}["covered"]
    assert (check.result.value, check.value) == ("fail", 50.0)


def test_without_a_universe_everything_about_members_is_missing():
    reading = read(a_market(random_walk(300), ("^RUT",)))
    assert (reading.state, reading.coverage) == ("unknown", Coverage(0, 0))
    known = {name for name, value in reading.values.items() if value is not None}
    assert known == {"index_from_high_pct"}
    assert {check.result.value for check in reading.checks} == {"unknown"}


def test_without_the_index_what_compares_with_it_is_missing():
    market = a_market(random_walk(300, 2), ("A", "B"), facts=Facts(holdings=(listed("AB", day(0)),)))
    values = read(market).values
    assert values["index_from_high_pct"] is None
    assert values["median_minus_index_1_pct"] is None
    assert values["above_200_pct"] is not None


def test_a_short_history_counts_what_it_can_and_the_rest_is_missing_not_zero():
    values = read(a_universe(random_walk(60, 3), ((0, "ABC"),))).values
    assert values["above_50_pct"] is not None
    assert [values[name] for name in ("above_200_pct", "new_highs", "new_lows", "highs_minus_lows")] == [None] * 4
    assert (values["covered"], values["covered_252"]) == (0, 0)
    assert read(a_universe(np.ones((1, 2)))).values["advances"] is None


def test_a_hole_takes_a_member_out_until_its_window_is_whole_again():
    close = random_walk(520, 2)
    close[200, 0] = np.nan
    history = BREADTH.history(a_universe(close, ((0, "AB"),)), THRESHOLDS)
    covered = {name: history[name][:, 0] for name in ("covered_50", "covered", "covered_252", "compared")}
    assert [covered["covered_50"][row] for row in (199, 200, 249, 250)] == [2, 1, 1, 2]
    assert [covered["covered"][row] for row in (199, 200, 399, 400)] == [2, 1, 1, 2]
    assert [covered["covered_252"][row] for row in (251, 451, 452)] == [1, 1, 2]
    assert [covered["compared"][row] for row in (199, 200, 201, 202)] == [2, 1, 1, 2]


def test_prices_that_do_not_move_are_never_above_their_average_nor_at_a_high():
    levels = np.array([0.1, 3.3, 1234.567, 1e-3])
    history = BREADTH.history(a_universe(np.tile(levels, (600, 1)), index=np.full(600, 7.7)), THRESHOLDS)
    for name in ("above_50_pct", "above_200_pct", "new_highs", "new_lows"):
        assert set(history[name][300:, 0]) == {0.0}
    assert np.isnan(history["advancing_frac"]).all()
    assert BREADTH.events(history, THRESHOLDS) == []


def test_an_average_begins_with_a_plain_mean_and_anew_after_a_hole():
    ratios = np.array([np.nan, *np.linspace(0, 0.9, 10), 1.0, np.nan, *np.full(10, 0.3)])
    average = exponential_average(ratios)
    assert np.isnan(average[:10]).all()
    assert average[10] == pytest.approx(0.45)
    assert average[11] == pytest.approx(0.45 + 2 / 11 * 0.55)
    assert np.isnan(average[12:22]).all()
    assert average[22] == pytest.approx(0.3)


def test_a_session_without_a_change_adds_nothing_to_the_line():
    assert cumulative(np.array([2.0, np.nan, -5.0])).tolist()[::2] == [2.0, -3.0]


def test_a_median_of_an_even_number_lies_between_the_middle_two():
    closes = np.array([[10.0] * 4, [11, 12, 14, np.nan], [11, 12, 14, 20]])
    assert median_returns(closes, np.arange(4), 1).round(6).tolist()[1:] == [20.0, 0.0]
    assert median_returns(closes, np.array([0, 2]), 1, slice(1, 2)).round(6).tolist() == [25.0]
    assert np.isnan(median_returns(closes, np.arange(0), 1)).all()


def test_a_crossing_needs_the_hysteresis_and_the_first_side_is_none():
    above = [60, 52, 46, 45, 50, 54.9, 55, 50, np.nan, 44]
    history = a_history(above)
    assert (rows_of(history, "above_200_down"), rows_of(history, "above_200_up")) == ([3, 9], [6])
    assert rows_of(history, "above_200_up", above_pct=45, hysteresis_points=2) == []


def test_a_poorly_covered_session_neither_raises_an_event_nor_uses_it_up():
    above, covered = [60, 40, 40, 60], [100.0, 89.0, 90.0, 100.0]
    assert rows_of(a_history(above, covered=np.array(covered)), "above_200_down") == [2]


def test_hindsight_raises_no_event_and_hands_no_side_on():
    is_hindsight = np.array([True, True, False, False])
    assert rows_of(a_history([60, 40, 60, 40], is_hindsight=is_hindsight), "above_200_down") == [3]
    assert rows_of(a_history([60, 40, 60, 40], is_hindsight=is_hindsight), "above_200_up") == []


def test_a_thrust_is_fast_and_told_once():
    slow = np.linspace(0.39, 0.65, 14)
    fast = [0.5, 0.39, 0.41, 0.62, 0.63, 0.5, 0.7, 0.399, 0.615, 0.6151]
    assert rows_of(a_history([50.0] * 10, advancing_ema_frac=np.array(fast)), "breadth_thrust") == [3, 9]
    assert rows_of(a_history([50.0] * 14, advancing_ema_frac=slow), "breadth_thrust") == []
    assert rows_of(a_history([50.0] * 14, advancing_ema_frac=slow), "breadth_thrust", thrust_sessions=12) == [12]


def test_a_thrust_tells_where_it_began():
    average = np.array([0.5, 0.35, 0.39, 0.5, 0.62])
    (event,) = BREADTH.events(a_history([50.0] * 5, advancing_ema_frac=average), THRESHOLDS)
    assert (event.values["low_frac"], event.values["sessions_since_low"]) == (0.39, 2)
    assert (event.values["covered"], event.values["members"]) == (100, 100)
    assert event.thresholds == {"thrust_low": 0.4, "thrust_high": 0.615, "thrust_sessions": 10}


def test_a_divergence_is_told_once_until_21_sessions_have_had_none():
    is_high = np.zeros(60, dtype=bool)
    is_high[[1, 5, 26, 48, 59]] = True  # 5 to 26 are 21 sessions, 26 to 48 are 22
    above = np.full(60, 60.0)
    above[59] = 70.0
    history = a_history(above.tolist(), is_index_high=is_high)
    assert rows_of(history, "divergence") == [1, 48]
    assert rows_of(history, "divergence", rearm_sessions=10) == [1, 26, 48]


def test_a_divergence_needs_an_earlier_session_on_which_all_was_known():
    always = np.ones(3, dtype=bool)
    assert rows_of(a_history([60.0, 60.0, 80.0], is_index_high=always), "divergence") == []
    once = np.array([False, True, False])
    assert rows_of(a_history([60.0] * 3, is_index_high=once), "divergence") == [1]
    assert rows_of(a_history([np.nan, 60.0, 60.0], is_index_high=once), "divergence") == []
    thin, unknown = np.array([89.0, 100.0, 100.0]), np.array([np.nan, 0.0, -1.0])
    assert rows_of(a_history([60.0] * 3, is_index_high=once, covered=thin), "divergence") == []
    assert rows_of(a_history([60.0] * 3, is_index_high=once, index_from_high_pct=unknown), "divergence") == []


@pytest.mark.parametrize(("above", "members"), [(29, 50), (57, 100), (58, 100), (2, 3)])
def test_a_share_in_per_cent_is_rounded_once(above, members):
    close = np.full((200, members), 10.0)
    close[-1] = np.where(np.arange(members) < above, 11.0, 9.0)
    market = a_market(close)
    market = replace(market, facts=Facts(holdings=(listed(market.prices.symbols, day(0)),)))
    values = read(market).values
    assert (values["above_50_pct"], values["above_200_pct"]) == (100 * above / members,) * 2


def test_an_open_session_raises_no_event():
    history = a_history([60, 60, 40])
    assert rows_of(history, "above_200_down") == [2]
    still_open = replace(history, market=replace(history.market, open_session=day(2)))
    assert BREADTH.events(still_open, THRESHOLDS) == []


def test_since_gives_the_same_events_of_later_rows_alone():
    history = a_history([60, 40, 60, 40, 60])
    every = BREADTH.events(history, THRESHOLDS)
    assert len(every) == 4
    for since in range(-5, 6):
        first = since if since >= 0 else 5 + since
        expected = [event for event in every if event.session >= day(first)]
        assert BREADTH.events(history, THRESHOLDS, since) == expected
    assert len(find(history, THRESHOLDS, since=0, until=5)) == len(BREADTH.kinds)


def test_a_session_without_any_member_is_read_at_the_last_one_with_one():
    close = random_walk(260, 3)
    close[-1] = np.nan
    reading = read(a_universe(close, ((0, "ABC"),)))
    assert (reading.session, reading.stale_sessions, reading.state) == (day(258), 1, "known")


def test_it_reads_what_it_declares_and_counts_are_whole_numbers():
    reading = read(a_universe(random_walk(300, 10)))
    assert list(reading.values) == list(BREADTH.values)
    whole = {name for name in NUMBERS if isinstance(reading.values[name], int)}
    assert whole == {name for name in NUMBERS if not name.endswith(("_pct", "_frac"))}


def test_it_has_one_subject_and_no_row_beyond_its_prices():
    history = BREADTH.history(a_universe(np.ones((3, 2))), THRESHOLDS)
    with pytest.raises(UnknownSubject, match="one subject, smallcap"):
        BREADTH.reading(history, "largecap", THRESHOLDS)
    with pytest.raises(InsufficientHistory, match="there are 3 sessions"):
        BREADTH.reading(history, "smallcap", THRESHOLDS, 3)
    with pytest.raises(InsufficientHistory, match="there are 0 sessions"):
        read(a_universe(np.empty((0, 2))))


def test_a_thrust_goes_upwards():
    with pytest.raises(InvalidThreshold, match="must be below thrust_high"):
        BREADTH.thresholds_with({"thrust_low": 0.7})


@st.composite
def markets(draw) -> Market:
    seed, count = draw(st.integers(0, 10**6)), draw(st.integers(1, 560))
    generator = np.random.default_rng(seed)
    close = random_walk(count, 10, seed)
    holes = draw(st.integers(0, 12))
    close[generator.integers(0, count, holes), generator.integers(0, 10, holes)] = np.nan
    starts = sorted(draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=3)))
    lists = ("ABCDEFGH", "CDEFGHIJ", "ACEGIZ")
    return a_universe(close, tuple(zip(starts, lists, strict=False)), index=random_walk(count, 1, seed + 1)[:, 0])


@settings(deadline=None, max_examples=25)
@given(markets(), st.data())
def test_a_row_and_its_events_never_depend_on_later_rows(market, data):
    count = data.draw(st.integers(1, len(market.prices.sessions)))
    part = replace(market, prices=market.prices.upto(day(count - 1)), as_of=after_close(day(count - 1)))
    whole, cut = (BREADTH.history(each, THRESHOLDS) for each in (market, part))
    for name in whole.columns:
        assert cut[name].tobytes() == whole[name][:count].tobytes(), name
    lively = BREADTH.thresholds_with({"thrust_low": 0.5, "thrust_high": 0.51, "divergence_pct": 100})
    known = [event for event in BREADTH.events(whole, lively) if event.session <= day(count - 1)]
    assert BREADTH.events(cut, lively) == known


@settings(deadline=None, max_examples=20)
@given(markets(), st.integers(-8, 8))
def test_the_level_of_prices_does_not_matter(market, power):
    scaled = replace(market, prices=replace(market.prices, close=market.prices.close * 2.0**power))
    before, after = (BREADTH.history(each, THRESHOLDS) for each in (market, scaled))
    for name in before.columns:
        np.testing.assert_allclose(before[name], after[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_columns_are_counted_alike_in_one_tile_and_in_many(monkeypatch):
    market = a_universe(random_walk(300, 10), ((0, "ABCDEFGH"), (150, "CDEFGHIJ")))
    whole = BREADTH.history(market, THRESHOLDS)
    monkeypatch.setattr("signals.breadth_counts._TILE_CELLS", 900)
    tiled = BREADTH.history(market, THRESHOLDS)
    for name in whole.columns:
        np.testing.assert_array_equal(whole[name], tiled[name], err_msg=name)
    assert len(roll_of(market, "smallcap").stints) == 2
