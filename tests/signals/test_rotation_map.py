"""The rotation map: finished weeks only, 81 of them, a quadrant that holds, one event a week, no hindsight."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from signals.facts import Facts, Member, Theme
from signals.rotation import ROTATION
from signals.rotation_columns import SECTORS
from signals.rotation_map import (
    IMPROVING,
    LAGGING,
    LEADING,
    LEAST_WEEKS,
    UNKNOWN,
    WEAKENING,
    entered,
    quadrants,
    ratio_and_momentum,
    scored,
    smoothed,
    week_ends,
    weeks_in,
)
from signals.types import Calendar, History, Market
from tests.signals.made_up import a_market, random_walk

THRESHOLDS = ROTATION.thresholds_with()
NAMES = ("SPY", *SECTORS)
WEEKS = 5


def sector_market(count: int = 700, *, names: tuple[str, ...] = NAMES, seed: int = 1, **more: object) -> Market:
    return a_market(random_walk(count, len(NAMES), seed)[:, : len(names)], names, **more)


def read(market: Market, subject: str = "sectors", t: int = -1):
    return ROTATION.reading(ROTATION.history(market, THRESHOLDS), subject, THRESHOLDS, t)


def entries(market: Market, read_too: dict[str, History] | None = None) -> list:
    history = ROTATION.history(market, THRESHOLDS, read_too)
    return [event for event in ROTATION.events(history, THRESHOLDS) if event.kind == "entered_leading"]


def test_eighty_one_weeks_are_needed_and_enough():
    assert read(sector_market(LEAST_WEEKS * WEEKS - 1)).state == "unknown"
    first = read(sector_market(LEAST_WEEKS * WEEKS))
    assert (first.state, first.coverage.n) == ("known", 11)
    assert first.values["XLK.weeks"] is None  # nobody saw it begin
    assert read(sector_market(3)).values["week"] is None


def test_between_two_fridays_the_map_is_the_last_fridays():
    market = sector_market(504)
    friday = read(market, t=499)
    assert friday.values["week"] == str(market.prices.sessions[499])
    for t in (500, 501, 502, 503):
        now = read(market, t=t)
        assert now.session == market.prices.sessions[t].item()
        assert now.values == friday.values


def test_a_friday_that_is_still_open_does_not_finish_its_week():
    market = sector_market(500)
    assert read(market).values["week"] == str(market.prices.sessions[499])
    still_open = replace(market, open_session=market.prices.sessions[499].item())
    assert read(still_open).values["week"] == str(market.prices.sessions[494])


def test_a_week_ends_on_the_calendars_last_session_of_it():
    days = np.array(["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-07", "2025-07-11"], "M8[D]")
    assert week_ends(days, days).tolist() == [False, False, True, False, True]
    assert week_ends(days[:3], days[:3]).tolist() == [False, False, False]  # the calendar may go on
    assert week_ends(days[:2], days).tolist() == [False, False]


def test_a_market_without_a_finished_week_has_no_map():
    market = a_market(np.ones((3, 1)), ("SPY",))
    reading = read(market)
    assert (reading.values["week"], reading.values["leading"], reading.values["XLK.ratio"]) == (None, "", None)


def test_quadrants_are_told_by_both_sides_of_a_hundred():
    ratio = np.array([[101.0], [101.0], [99.0], [99.0], [np.nan]])
    momentum = np.array([[101.0], [99.0], [99.0], [101.0], [101.0]])
    expected = [LEADING, WEAKENING, LAGGING, IMPROVING, UNKNOWN]
    assert quadrants(ratio, momentum, hold_weeks=1).ravel().tolist() == expected


def walk_through(raw: str, hold_weeks: int) -> str:
    places = {"l": (101, 101), "w": (101, 99), "g": (99, 99), "i": (99, 101), "?": (np.nan, 100)}
    ratio, momentum = (np.array([[places[letter][side]] for letter in raw], dtype=float) for side in (0, 1))
    letters = {LEADING: "l", WEAKENING: "w", LAGGING: "g", IMPROVING: "i", UNKNOWN: "?"}
    return "".join(letters[place] for place in quadrants(ratio, momentum, hold_weeks=hold_weeks).ravel().tolist())


@pytest.mark.parametrize(
    ("raw", "hold", "counted"),
    [
        ("llwllww", 2, "llllllw"),
        ("lwgilw", 2, "llllll"),
        ("lwwwl", 3, "lllww"),
        ("??lww", 2, "??llw"),
        ("ll??wgg", 2, "ll??wwg"),
        ("lwl", 1, "lwl"),
    ],
)
def test_a_new_quadrant_counts_once_it_has_held(raw, hold, counted):
    assert walk_through(raw, hold) == counted


def test_an_entry_is_a_move_between_known_quadrants():
    counted = np.array([[IMPROVING], [LEADING], [UNKNOWN], [LEADING], [WEAKENING], [LEADING]], dtype=np.int8)
    assert entered(counted, LEADING).ravel().tolist() == [False, True, False, False, False, True]
    assert weeks_in(counted).ravel().tolist() == [-1, 1, -1, -1, 1, 1]


def test_the_average_begins_anew_behind_a_hole_and_the_place_needs_whole_windows():
    values = np.array([[3.0], [6.0], [np.nan], [9.0], [3.0]])
    np.testing.assert_allclose(smoothed(values, 5).ravel(), [3.0, 4.0, np.nan, 9.0, 7.0])
    weekly = np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.02, (250, 1)), axis=0))
    weekly[100] = np.nan
    ratio, momentum = ratio_and_momentum(weekly)
    assert np.flatnonzero(np.isfinite(ratio[:, 0])).tolist() == [*range(51, 100), *range(152, 250)]
    assert np.flatnonzero(np.isfinite(momentum[:, 0])).tolist() == [*range(80, 100), *range(181, 250)]


def test_places_stay_between_eighty_and_a_hundred_and_twenty():
    jump = np.zeros((60, 1))
    jump[-1] = 5.0
    assert scored(jump, 52)[-1, 0] == 120.0
    assert scored(-jump, 52)[-1, 0] == 80.0


def test_what_moves_in_step_with_its_benchmark_has_no_place():
    walk = random_walk(700)
    market = a_market(np.column_stack([walk, *[walk * factor for factor in np.linspace(0.3, 3.0, 11)]]), NAMES)
    assert read(market).state == "unknown"
    assert entries(market) == []


def test_entries_of_a_week_are_one_event_on_its_last_session():
    market = sector_market(2000)
    found = entries(market)
    assert found
    assert len({event.session for event in found}) == len(found)
    history = ROTATION.history(market, THRESHOLDS)
    for event in found:
        row = int(np.searchsorted(history.sessions, np.datetime64(event.session)))
        assert history["week_row"][row, 0] == row
        now, week_before = (ROTATION.reading(history, "sectors", THRESHOLDS, t).values for t in (row, row - 1))
        assert event.values["entrants"] == now["entered_leading"]
        assert event.values["leading"] == now["leading"]
        for name in event.values["entrants"].split(", "):
            assert (now[f"{name}.quadrant"], now[f"{name}.weeks"]) == ("leading", 1)
            assert week_before[f"{name}.quadrant"] != "leading"
        assert event.values["entrants_n"] == len(event.values["entrants"].split(", "))
        assert (event.values["known_n"], event.values["of_n"], event.subject) == (11, 11, "sectors")
    assert any(event.values["entrants_n"] > 1 for event in found)


def test_below_ninety_per_cent_of_the_sectors_there_is_an_answer_and_no_event():
    ten = sector_market(2000, names=NAMES[:-1])
    nine = sector_market(2000, names=NAMES[:-2])
    assert (read(ten).state, read(ten).coverage.n) == ("known", 10)
    assert (read(nine).state, read(nine).coverage.n) == ("partial", 9)
    assert entries(ten)
    assert entries(nine) == []


THEMES = tuple(Theme(name, name.title(), (Member("A", date(2010, 1, 1)),)) for name in ("chips", "banks"))


def themed(count: int, hindsight_weeks: int = 0) -> tuple[Market, dict[str, History]]:
    """Return a market of two themes and what the room of themes would hand over, in another order."""
    walk = random_walk(count, 3, seed=4)
    market = a_market(walk[:, :1], ("IWM",), facts=Facts(themes=THEMES))
    in_hindsight = np.zeros((count, 2), dtype=bool)
    in_hindsight[: WEEKS * hindsight_weeks] = True
    columns = {"level": walk[:, 1:], "hindsight": in_hindsight}
    return market, {"themes": History(market.prices.sessions, ("banks", "chips"), columns, {}, market)}


def test_themes_stand_on_a_map_of_the_baskets_they_are_handed():
    market, handed = themed(900)
    history = ROTATION.history(market, THRESHOLDS, handed)
    reading = ROTATION.reading(history, "themes", THRESHOLDS)
    assert (reading.state, reading.coverage.n, reading.coverage.of) == ("known", 2, 2)
    relative = handed["themes"]["level"][:, 1] / market.prices.close[:, 0]
    np.testing.assert_allclose(history["themes.relative"][:, 0], relative)
    assert reading.values["chips.quadrant"] in {"leading", "weakening", "lagging", "improving"}
    assert "hindsight" not in reading.labels
    assert {event.subject for event in entries(market, handed)} == {"themes"}


def test_without_the_themes_history_their_places_are_unknown():
    market, _ = themed(900)
    reading = read(market, "themes")
    assert (reading.state, reading.values["chips.ratio"], reading.coverage.of) == ("unknown", None, 2)


def test_a_place_made_of_weeks_in_hindsight_is_marked_and_raises_no_event():
    market, handed = themed(1500, hindsight_weeks=100)
    history = ROTATION.history(market, THRESHOLDS, handed)
    last_tainted = WEEKS * (100 + LEAST_WEEKS - 1) - 1
    marks = [ROTATION.reading(history, "themes", THRESHOLDS, t).labels for t in (last_tainted, last_tainted + WEEKS)]
    assert marks == [("hindsight",), ()]
    first_clean = history.sessions[last_tainted + WEEKS].item()
    found, without = entries(market, handed), entries(*themed(1500))
    assert found == [event for event in without if event.session >= first_clean]
    assert len(found) < len(without)


def test_a_calendar_that_ends_with_the_prices_still_knows_fridays():
    market = sector_market(500)
    own = Calendar(market.prices.sessions, market.calendar.closes[:500])
    assert read(replace(market, calendar=own)).values == read(market).values
