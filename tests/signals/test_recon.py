"""The reconstitution's arithmetic: dates, ranks, bands, what is missing, and lists, whatever the figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.errors import InsufficientHistory, UnalignedInput
from signals.recon_calendar import DATES, by_rule, current, dates_of, next_date, schedule
from signals.recon_facts import Caps, MembershipList, Reconstitution
from signals.recon_lists import changes_of, lists_of, scored
from signals.recon_projection import (
    ADDITION,
    DELETION,
    FEW,
    IN_THE_BAND,
    MOVE_DOWN,
    MOVE_UP,
    NEITHER,
    R1000,
    R2000,
    STAYS,
    UNKNOWN,
    Projection,
    projected,
)
from signals.recon_ranks import RUSSELL, Bounds, ranking

DAY = date(2026, 10, 30)
UNIT = 2.0**28
"""Dollars, more than the least capitalisation; sums of whole multiples are exact."""
SIXTH = Bounds(2, 3, 4, 6)
ORDER = {R1000: 2, R2000: 1, NEITHER: 0}


def caps_of(sizes: dict[str, float], **changed) -> Caps:
    count = len(sizes)
    floats, exchanges = np.full(count, 0.5), ("NYSE",) * count
    return replace(Caps(DAY, tuple(sizes), np.array(list(sizes.values()), dtype=float), floats, exchanges), **changed)


def placed(sizes, *, small=(), large=(), bounds=SIXTH, closes=None) -> Projection:
    members = None if large is None else frozenset(large)
    closes = dict.fromkeys(sizes, 10.0) if closes is None else closes
    return projected(caps_of(sizes), closes, small=frozenset(small), large=members, bounds=bounds)


@st.composite
def worlds(draw):
    """Draw sizes with many ties, members of both indices, and bounds."""
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=24))
    now = draw(st.lists(st.sampled_from(("large", "small", "none")), min_size=len(sizes), max_size=len(sizes)))
    large = draw(st.integers(1, 8))
    small = large + draw(st.integers(0, 8))
    band = draw(st.sampled_from((0.0, 2.5, 5.0, 12.5, 40.0)))
    named = {f"S{n}": UNIT * size for n, size in enumerate(sizes)}
    members = dict(zip(named, now, strict=True))
    return (
        named,
        {
            "small": {symbol for symbol, index in members.items() if index == "small"},
            "large": {symbol for symbol, index in members.items() if index == "large"},
            "bounds": Bounds(large, large, small, small + 2, band, 0.5),
        },
    )


@given(year=st.integers(2025, 2300))
def test_the_rules_dates_are_the_right_days_of_any_year(year):
    halves = by_rule(year)
    assert len(halves) == (1 if year == 2025 else 2)
    for one, (rank_month, month, first) in zip(halves, ((4, 6, 22), (10, 12, 8)), strict=False):
        assert one.rank_day.month == rank_month
        assert one.rank_day.weekday() < 5
        later = (one.rank_day + timedelta(days=n) for n in range(1, 4))
        assert all(day.month != rank_month or day.weekday() > 4 for day in later)
        assert (one.effective.month, one.effective.weekday(), one.lists_from.weekday()) == (month, 4, 4)
        assert first <= one.effective.day < first + 7
        assert one.lock_down.weekday() == 0
        assert not one.is_official


def test_there_is_no_rule_before_2025():
    assert by_rule(2024) == ()


@given(day=st.dates(date(2025, 1, 1), date(2100, 1, 1)))
def test_any_day_has_a_reconstitution_and_a_next_date(day):
    known = schedule((), day)
    assert current(known, day).effective >= day
    ahead, name = next_date(known, day)
    assert ahead > day
    assert name in DATES
    assert not any(day < each < ahead for each, _ in dates_of(known))
    assert known[-1].effective.year == max(2027, day.year + 1)


def test_published_dates_stand_for_the_rules_from_the_day_they_were_known():
    moved = replace(by_rule(2027)[0], effective=date(2027, 6, 18), source="https://example.org", known=date(2027, 2, 1))
    later = replace(moved, effective=date(2027, 6, 24), known=date(2027, 3, 1))
    known = (schedule((later, moved), date(2027, month, 15)) for month in (1, 2, 3))
    stood = [next(each for each in one if each.effective.year == 2027) for one in known]
    assert [each.effective.day for each in stood] == [25, 18, 24]
    assert [each.is_official for each in stood] == [False, True, True]


def test_what_is_beyond_the_calendar_is_said():
    with pytest.raises(InsufficientHistory, match="ends before"):
        current(by_rule(2026), date(2026, 12, 12))
    with pytest.raises(InsufficientHistory, match="ends before"):
        next_date(by_rule(2026), date(2026, 12, 11))


@settings(deadline=None)
@given(world=worlds())
def test_nobody_is_both_added_and_deleted_and_members_do_what_members_can(world):
    sizes, others = world
    found = placed(sizes, **others)
    assert not found.joining() & found.leaving()
    assert not found.joining() & others["small"]
    assert found.leaving() <= others["small"]
    assert {each.symbol for each in found.of_change(MOVE_DOWN)} <= others["large"]
    assert not {each.symbol for each in found.of_change(ADDITION)} & (others["small"] | others["large"])
    assert set(found.placements) == set(sizes)
    for each in found.placements.values():
        assert (each.then != each.now) == (each.change != STAYS)


@settings(deadline=None)
@given(world=worlds(), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(world, order):
    sizes, others = world
    rows = list(sizes.items())
    order.shuffle(rows)
    assert placed(dict(rows), **others).placements == placed(sizes, **others).placements


@settings(deadline=None)
@given(world=worlds(), doublings=st.integers(0, 12))
def test_the_unit_does_not_matter(world, doublings):
    sizes, others = world
    before = placed(sizes, **others).placements
    after = placed({symbol: cap * 2**doublings for symbol, cap in sizes.items()}, **others).placements
    for symbol, each in before.items():
        assert replace(after[symbol], cap_usd=each.cap_usd) == each


@settings(deadline=None)
@given(world=worlds())
def test_equal_sizes_share_rank_and_place_and_the_larger_is_never_placed_lower(world):
    sizes, others = world
    found = placed(sizes, **others)
    for one in found.placements.values():
        assert one.rank == 1 + sum(size > one.cap_usd for size in sizes.values())
        for other in found.placements.values():
            if one.now == other.now and UNKNOWN not in (one.then, other.then) and one.cap_usd >= other.cap_usd:
                assert ORDER[one.then] >= ORDER[other.then]


@settings(deadline=None)
@given(world=worlds(), wider=st.floats(0, 60))
def test_a_wider_band_moves_nobody_more(world, wider):
    sizes, others = world
    narrow = placed(sizes, **others)
    bounds = others["bounds"]
    wide = placed(sizes, **(others | {"bounds": bounds._replace(large_band_pct=bounds.large_band_pct + wider)}))
    for change in (MOVE_UP, MOVE_DOWN):
        assert {each.symbol for each in wide.of_change(change)} <= {each.symbol for each in narrow.of_change(change)}


@settings(deadline=None)
@given(world=worlds())
def test_bands_are_those_of_the_definition_counted_in_plain_python(world):
    sizes, others = world
    found, bounds = placed(sizes, **others), others["bounds"]
    falling = sorted(sizes.values(), reverse=True)
    if len(falling) < bounds.large:
        assert {each.reason for each in found.placements.values()} == {FEW}
        return
    whole = sum(falling[: bounds.whole])

    def share(cap):
        return 100 * sum(size for size in falling if size >= cap) / whole

    middle = share(falling[bounds.large - 1])
    for each in found.placements.values():
        is_large = each.cap_usd >= falling[bounds.large - 1]
        if each.now == R1000:
            is_large = share(each.cap_usd) <= middle + bounds.large_band_pct + 1e-9
        if each.now == R2000:
            is_large = share(each.cap_usd) < middle - bounds.large_band_pct - 1e-9
        is_small = len(falling) < bounds.small or each.cap_usd >= falling[bounds.small - 1]
        assert each.then == (R1000 if is_large else R2000 if is_small else NEITHER)


@settings(deadline=None)
@given(world=worlds(), gone=st.integers(0, 23))
def test_without_its_capitalisation_a_company_is_unknown_and_nobody_else_ranks_worse(world, gone):
    sizes, others = world
    missing = list(sizes)[gone % len(sizes)]
    before = placed(sizes, **others)
    after = placed(sizes | {missing: np.nan}, **others)
    assert (after.placements[missing].then, after.placements[missing].rank) == (UNKNOWN, None)
    assert after.placements[missing].reason == "no cap"
    for symbol, each in after.placements.items():
        assert symbol == missing or each.rank <= before.placements[symbol].rank
    members = others["small"] | others["large"]
    assert after.coverage.of == len(members)
    assert after.coverage.n == sum(after.placements[symbol].then != UNKNOWN for symbol in members)


def test_a_member_that_the_file_lacks_is_unknown_and_counted():
    found = placed({"A": 4 * UNIT, "B": 3 * UNIT}, small={"B", "GONE"}, large={"A"}, bounds=Bounds(1, 1, 2, 2))
    gone = found.placements["GONE"]
    assert (gone.then, gone.change, gone.cap_usd, gone.distance_pct) == (UNKNOWN, UNKNOWN, None, None)
    assert (found.coverage.n, found.coverage.of, found.coverage.is_partial) == (2, 3, True)


SIX = {symbol: UNIT * size for symbol, size in zip("ABCDEF", (9, 8, 7, 6, 5, 4), strict=True)}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"total_usd": 29_999_999.0}, "cap below $30 million"),
        ({"float_frac": 0.05}, "float of 5 % or less"),
        ({"exchanges": "OTC"}, "not listed in the US"),
        ({"close": 0.99}, "close below $1"),
        ({"close": 0.99, "exchanges": "TSX", "float_frac": np.nan}, "close below $1, not listed in the US"),
    ],
)
def test_a_member_that_is_not_eligible_is_deleted_and_not_ranked(row, why):
    found = _with(row)
    assert (found.placements["C"].change, found.placements["C"].reason) == (DELETION, why)
    assert (found.placements["C"].rank, found.placements["C"].distance_pct) == (None, None)
    assert found.placements["D"].rank == 3


@pytest.mark.parametrize(
    "row",
    [{"total_usd": 30e6}, {"float_frac": 0.0501}, {"exchanges": " Nasdaq "}, {"close": 1.0}],
    ids=lambda row: next(iter(row)),
)
def test_who_just_meets_a_bound_is_eligible(row):
    assert "C" not in _with(row).ranking.failed


@pytest.mark.parametrize(
    ("row", "why"),
    [({"float_frac": np.nan}, "no float"), ({"exchanges": ""}, "no exchange"), ({"close": None}, "no close")],
)
def test_what_is_not_known_of_a_company_leaves_it_ranked_and_unplaced(row, why):
    each = _with(row).placements["C"]
    assert (each.then, each.change, each.reason, each.rank) == (UNKNOWN, UNKNOWN, why, 3)
    assert each.distance_pct is not None


def _with(row) -> Projection:
    """Return the projection of six companies, C of them with another `row`."""
    columns = {"total_usd": list(SIX.values()), "float_frac": [0.5] * 6, "exchanges": ["NYSE"] * 6}
    closes = dict.fromkeys(SIX, 10.0) | {"C": row.get("close", 10.0)}
    for name in columns.keys() & row.keys():
        columns[name][2] = row[name]
    arrays = {name: np.array(columns[name]) for name in ("total_usd", "float_frac")}
    caps = Caps(DAY, tuple(SIX), exchanges=tuple(columns["exchanges"]), **arrays)
    known = {symbol: close for symbol, close in closes.items() if close is not None}
    return projected(caps, known, small=frozenset("CD"), large=frozenset("AB"), bounds=Bounds(2, 3, 4, 6))


def test_without_the_members_of_the_russell_1000_the_band_decides_nothing():
    sizes = {symbol: UNIT * size for symbol, size in zip("ABCDEF", (30, 20, 19, 12, 10, 9), strict=True)}
    found = placed(sizes, small={"E"}, large=None, bounds=Bounds(2, 3, 5, 6, large_band_pct=20.0))
    told = {symbol: (each.then, each.change) for symbol, each in found.placements.items()}
    assert told == {
        "A": (R1000, STAYS),
        "B": (R1000, STAYS),
        "C": (UNKNOWN, UNKNOWN),
        "D": (R2000, ADDITION),
        "E": (R2000, STAYS),
        "F": (NEITHER, STAYS),
    }
    assert found.placements["C"].reason == IN_THE_BAND
    assert (found.coverage.n, found.coverage.of) == (1, 1)


def test_with_few_companies_nobody_falls_out_by_size_and_the_largest_has_no_edge_above():
    found = placed(SIX, small=set("AF"), large=set("BC"), bounds=Bounds(1, 1, 9, 9, large_band_pct=0.0))
    assert found.ranking.small is None
    assert found.ranking.large.upper_usd is None
    assert (found.placements["A"].then, found.placements["A"].distance_pct) == (R2000, None)
    assert found.placements["F"].then == R2000


def test_nothing_is_ranked_where_nothing_is_known():
    nothing = ranking(caps_of({}), {})
    assert (nothing.ranks, nothing.large, nothing.middle, nothing.small) == ({}, None, None, None)
    assert projected(caps_of({}), {}, small=frozenset("A"), large=None).placements["A"].then == UNKNOWN


def test_the_russell_indices_end_at_1000_2000_and_3000_with_their_bands():
    sizes = {f"S{n}": 1e9 + 1e6 * (4500 - n) for n in range(4500)}
    found = ranking(caps_of(sizes), dict.fromkeys(sizes, 10.0))
    falling = np.array(list(sizes.values()))
    shares = 100 * np.cumsum(falling) / falling[:4000].sum()
    for point, rank, band in ((found.large, 1000, 2.5), (found.middle, 2000, 0.5), (found.small, 3000, 0.0)):
        assert (point.rank, point.cap_usd) == (rank, falling[rank - 1])
        assert point.cumulative_pct == pytest.approx(shares[rank - 1])
        within = falling[np.abs(shares - shares[rank - 1]) <= band + 1e-9]
        assert point.lower_usd == within[-1]
        if band:
            assert point.upper_usd == falling[shares < shares[rank - 1] - band - 1e-9][-1]
    assert RUSSELL == (1000, 2000, 3000, 4000, 2.5, 0.5)


NAMES = st.frozensets(st.sampled_from("ABCDEFGH"))


@given(lists=st.lists(NAMES, min_size=1, max_size=6))
def test_what_a_list_changed_makes_it_out_of_the_one_before(lists):
    changed = changes_of(lists)
    before = lists[-2] if len(lists) > 1 else frozenset()
    parts = (changed.added, changed.withdrawn, changed.reinstated)
    assert (before - changed.withdrawn) | changed.added | changed.reinstated == lists[-1]
    assert sum(map(len, parts)) == len(frozenset().union(*parts))
    assert not changed.added & frozenset().union(*lists[:-1])
    assert changed.reinstated <= frozenset().union(*lists[:-1])


def test_there_is_no_change_without_a_list():
    with pytest.raises(InsufficientHistory, match="at least one list"):
        changes_of([])


@given(projection=NAMES, listed=NAMES)
def test_precision_and_recall_are_shares_of_what_was_projected_and_listed(projection, listed):
    score = scored(projection, listed)
    both = sum(symbol in listed for symbol in projection)
    assert score.precision_frac == (both / len(projection) if projection else None)
    assert score.recall_frac == (both / len(listed) if listed else None)


def test_a_list_belongs_to_its_reconstitution_and_counts_from_the_session_after():
    days = [date(2026, 6, 19), date(2026, 11, 20), date(2026, 11, 13), date(2026, 12, 14)]
    lists = [MembershipList(day, frozenset("A"), frozenset()) for day in days]
    december = by_rule(2026)[1]
    known = {day: len(lists_of(lists, december, date(2026, 11, day))) for day in (13, 16, 20, 23)}
    assert known == {13: 0, 16: 1, 20: 1, 23: 2}
    assert [each.published for each in lists_of(lists, december, date(2027, 1, 4))] == [days[2], days[1]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"symbols": ("A",)}, "must be as many as symbols, 1"),
        ({"exchanges": ("NYSE",)}, "must be as many as symbols, 2"),
        ({"symbols": ("A", "A")}, "must be unique"),
        ({"total_usd": np.array([1.0, 0.0])}, "positive and finite"),
        ({"total_usd": np.array([1.0, np.inf])}, "positive and finite"),
        ({"float_frac": np.array([0.5, 1.5])}, "between 0 and 1"),
        ({"float_frac": np.array([-0.5, 0.5])}, "between 0 and 1"),
        ({"closes_usd": np.array([5.0])}, "must be as many as symbols, 2"),
        ({"closes_usd": np.array([5.0, 0.0])}, "positive, or NaN"),
    ],
)
def test_capitalisations_that_do_not_fit_are_refused(changed, message):
    with pytest.raises(UnalignedInput, match=message):
        caps_of({"A": 1e9, "B": 2e9}, **changed)


def test_dates_out_of_order_and_a_symbol_on_both_sides_are_refused():
    with pytest.raises(UnalignedInput, match="follow each other"):
        Reconstitution(date(2026, 4, 30), date(2026, 6, 8), date(2026, 6, 8), date(2026, 6, 26))
    with pytest.raises(UnalignedInput, match="deletions, too"):
        MembershipList(DAY, frozenset("AB"), frozenset("BC"))
