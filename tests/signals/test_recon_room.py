"""The room of the reconstitution: what a session knew, what it says, and what it raises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals.errors import InsufficientHistory, UnknownSubject
from signals.facts import Facts
from signals.recon import RECON
from signals.recon_calendar import DATES
from signals.recon_facts import MembershipList
from signals.recon_ranks import US_EXCHANGES
from signals.types import Prices
from tests.signals.recon_world import SOURCE, caps_at, reconstitution_facts
from tests.signals.whole_world import a_world, first_rows


@pytest.fixture(scope="module")
def world():
    found = a_world(holes=False)
    given = reconstitution_facts(_days())
    holdings = (*(each for each in found.facts.holdings if each.universe != "russell1000"), *given.pop("holdings"))
    return replace(found, facts=replace(found.facts, holdings=holdings, **given))


def _days():
    return np.busday_offset(np.datetime64("2019-06-03", "D"), np.arange(930), roll="forward")


def read(market, subject="calendar", t=-1):
    return RECON.reading(RECON.history(market, {}), subject, {}, t)


def happened(market, kind):
    found = RECON.events(RECON.history(market, {}), {})
    return [event for event in found if event.kind == kind]


def row_of(market, day):
    return int(np.searchsorted(market.prices.sessions, np.datetime64(day)))


def test_the_calendar_is_published_where_it_is_and_unknown_before_the_first_one(world):
    now = read(world)
    assert (now.state, now.values["source"], now.values["next_name"]) == (
        "published",
        SOURCE,
        "first preliminary lists",
    )
    assert now.values["rank_day"] == str(_days()[800])
    assert now.values["further"].startswith("2025-06-27 by rule, ")
    before = read(world, t=100)
    assert (before.state, before.coverage.n, before.values["effective"]) == ("unknown", 0, None)


def test_who_moves_is_named_and_breakpoints_are_those_of_the_ranking(world):
    now = read(world, "additions")
    assert now.state == "known"
    assert now.values["moves_up_names"] == "M02"
    assert now.values["moves_down_names"] == "M00"
    assert now.values["deletions_names"] == "M03, M01"
    assert {"M22", "M21"} <= set(now.values["additions_names"].split(", "))
    assert now.values["additions"] == len(now.values["additions_names"].split(", "))
    assert now.values["breakpoint_1000_usd"] > now.values["breakpoint_2000_usd"] > now.values["breakpoint_3000_usd"]
    assert now.values["band_1000_upper_usd"] > now.values["breakpoint_1000_usd"] > now.values["band_1000_lower_usd"]
    assert (now.values["members"], now.values["capped"], now.values["placed"]) == (18, 18, 18)


def test_every_name_that_moves_has_its_distance_from_the_breakpoint(world):
    values = read(world).values
    assert values["deletions_distances"].split(", ")[0] == "?", "size does not decide for M03"
    for side in ("additions", "deletions", "moves_up", "moves_down"):
        names, told = (values[f"{side}_{what}"].split(", ") for what in ("names", "distances"))
        away = [read(world, name).values["distance_pct"] for name in names]
        assert told == ["?" if each is None else f"{each:+.1f}" for each in away]


def test_members_without_a_capitalisation_are_counted(world):
    last = world.facts.caps[-1]
    unknown = [symbol in {"M04", "M06", "M08"} for symbol in last.symbols]
    caps = (*world.facts.caps[:-1], replace(last, total_usd=np.where(unknown, np.nan, last.total_usd)))
    values = read(replace(world, facts=replace(world.facts, caps=caps))).values
    assert (values["members"], values["capped"], values["placed"]) == (18, 15, 15)


def test_who_makes_the_difference_between_list_and_projection_is_named(world):
    values = read(world).values
    assert (values["list_unforeseen_names"], values["list_absent_names"]) == ("XX", "M02, M05, M21")


@pytest.mark.parametrize(
    ("symbol", "change", "reason"),
    [
        ("M01", "deletion", None),
        ("M02", "move_up", None),
        ("M03", "deletion", "float of 5 % or less"),
        ("M00", "move_down", None),
        ("M07", "stays", None),
    ],
)
def test_a_symbol_is_told_its_place_and_its_distance(world, symbol, change, reason):
    now = read(world, symbol)
    assert (now.state, now.values["change"], now.values["reason"]) == (change, change, reason)
    assert (now.values["distance_pct"] is None) == (reason is not None)


def test_after_rank_day_nothing_changes_the_projection(world):
    later = caps_at(_days()[770].item(), M09=3.2e7)
    changed = replace(world, facts=replace(world.facts, caps=(*world.facts.caps, later)))
    day = _days()[780]
    assert read(changed, "M09", row_of(world, day)).values["change"] == "stays"
    assert read(changed, "M09", row_of(world, day)).values["caps_date"] == str(_days()[690])


def test_a_list_is_known_the_session_after_and_compared_with_rank_days_projection(world):
    published = row_of(world, _days()[755])
    assert read(world, t=published).values["list_date"] == str(_days()[750])
    values = read(world, t=published + 1).values
    assert values["list_date"] == str(_days()[755])
    assert values["list_added_names"] == "XX"
    assert values["list_reinstated_names"] == "M00"
    assert values["list_withdrawn_names"] == "M07"
    joins = {*read(world, t=published).values["additions_names"].split(", "), "M00"}
    assert values["precision_pct"] == pytest.approx(100 * 2 / len(joins))
    assert values["recall_pct"] == pytest.approx(100 * 2 / 3)
    assert (values["deletions_recall_pct"], read(world, "M00").values["listed"]) == (100.0, "addition")
    assert read(world).values["list_date"] == str(_days()[755]), "it stays after the effective date"


def test_dates_are_told_on_the_day_and_a_session_before(world):
    days = [event.session for event in happened(world, "recon_date")]
    assert days == [_days()[row].item() for row in (500, 525, 548, 560, 700, 740, 780, 795, 800)]
    ahead = {event.session: event.values["name"] for event in happened(world, "recon_date_ahead")}
    assert list(ahead)[:4] == [_days()[row].item() for row in (499, 524, 547, 559)]
    assert list(ahead.values())[:4] == list(DATES.values())


def test_a_date_on_a_holiday_is_told_on_the_session_after(world):
    rows = [row for row in range(900) if row != 548]
    prices = Prices(world.prices.sessions[rows], world.prices.symbols, world.prices.close[rows])
    told = happened(replace(world, prices=prices), "recon_date")
    assert _days()[549].item() in [event.session for event in told]


def test_a_changed_projection_is_told_and_partial_ones_are_not(world):
    (fell,) = (event for event in happened(world, "recon_projection") if event.session == _days()[690].item())
    assert (fell.subject, fell.values["before"], fell.values["then"]) == ("M05", "Russell 2000", "neither")
    bare = replace(world.facts.caps[2], float_frac=np.full(len(world.facts.caps[2].symbols), np.nan))
    caps = (*world.facts.caps[:2], bare, world.facts.caps[3])
    partial = replace(world, facts=replace(world.facts, caps=caps))
    assert not happened(partial, "recon_projection")
    assert read(partial, "additions", row_of(world, _days()[695])).state == "unknown"


def test_some_unknown_members_make_it_partial(world):
    last = world.facts.caps[-1]
    exchanges = tuple("" if symbol in {"M04", "M06", "M08"} else "NYSE" for symbol in last.symbols)
    caps = (*world.facts.caps[:-1], replace(last, exchanges=exchanges))
    now = read(replace(world, facts=replace(world.facts, caps=caps)), "deletions")
    assert (now.state, now.coverage.n, now.coverage.of) == ("partial", 17, 20)


def test_every_list_is_told_and_each_symbol_on_it_that_has_prices(world):
    told = happened(world, "recon_list")
    assert [event.session for event in told] == [_days()[row].item() for row in (746, 751, 756)]
    assert [event.values["withdrawn"] for event in told] == [0, 1, 1]
    last = {e.subject: e.values["what"] for e in happened(world, "recon_listed") if e.session == _days()[756].item()}
    assert last == {"M00": "reinstated", "M07": "withdrawn"}


def test_a_symbol_that_changes_sides_is_told_as_added_there(world):
    turned = MembershipList(_days()[760].item(), frozenset(("M01",)), frozenset(("M22", "M03")))
    market = replace(world, facts=replace(world.facts, membership_lists=(*world.facts.membership_lists, turned)))
    found = {e.subject: e.values for e in happened(market, "recon_listed") if e.session == _days()[761].item()}
    assert (found["M01"]["side"], found["M01"]["what"]) == ("addition", "added")
    assert (found["M22"]["side"], found["M22"]["what"]) == ("deletion", "added")


def test_the_volume_of_an_effective_day_is_told_against_the_twenty_before(world):
    volume = world.prices.volume[:, world.prices.column("IWM")]
    row = row_of(world, _days()[795])
    if not (volume[row - 20 : row + 1] > 0).all():
        pytest.skip("this market misses a volume there")
    expected = volume[row] / volume[row - 20 : row].mean()
    assert read(world).values["effective_rvol"] == pytest.approx(expected)
    assert happened(world, "recon_volume")[-1].values["rvol"] == pytest.approx(expected)


def test_an_effective_day_without_a_session_has_no_volume(world):
    rows = [row for row in range(900) if row != 795]
    prices = Prices(world.prices.sessions[rows], world.prices.symbols, world.prices.close[rows])
    values = read(replace(world, prices=prices)).values
    assert (values["effective_day"], values["effective_rvol"]) == (str(_days()[795]), None)


def test_a_list_without_a_projection_has_no_precision(world):
    market = replace(world, facts=replace(world.facts, caps=()))
    values = read(market).values
    assert (values["list_additions"], values["precision_pct"], values["caps_date"]) == (3, None, None)
    assert happened(market, "recon_list")[0].values["precision_pct"] is None
    assert read(market, "M22").state == "unknown"
    assert read(market, "additions").state == "unknown"


def test_a_row_knows_nothing_of_later_ones(world):
    whole = RECON.history(world, {})
    for count in (1, 500, 501, 701, 746, 796, 899):
        part = RECON.history(first_rows(world, count), {})
        for name, column in part.columns.items():
            np.testing.assert_array_equal(column, whole[name][:count], err_msg=name)
        for subject in ("calendar", "additions", "M05"):
            then, now = (RECON.reading(each, subject, {}, count - 1).values for each in (part, whole))
            assert then == now


def test_a_session_without_any_price_is_read_at_the_one_before_and_raises_nothing(world):
    closes = world.prices.close.copy()
    closes[800] = np.nan
    silent = replace(world, prices=Prices(world.prices.sessions, world.prices.symbols, closes))
    assert read(silent, t=800).values == read(silent, t=799).values
    assert _days()[800].item() not in [event.session for event in happened(silent, "recon_date")]
    nothing = replace(world, prices=Prices(world.prices.sessions, world.prices.symbols, np.full_like(closes, np.nan)))
    assert set(read(nothing).values.values()) == {None}


def test_a_company_without_prices_is_placed_by_the_close_that_its_file_tells(world):
    last = world.facts.caps[-1]
    places = {symbol: place for place, symbol in enumerate(last.symbols)}
    told = np.full(len(places), np.nan)
    told[[places["C1500"], places["C1501"], places["M07"]]] = 20.0, 0.5, 0.5
    caps = (*world.facts.caps[:-1], replace(last, closes_usd=told))
    found = read(replace(world, facts=replace(world.facts, caps=caps)), "additions").values["additions_names"]
    before = read(world, "additions").values["additions_names"]
    assert set(found.split(", ")) - set(before.split(", ")) == {"C1500"}
    own = read(replace(world, facts=replace(world.facts, caps=caps)), "M07").values
    assert own["change"] == "stays", "its own prices count before what the file tells"


def test_without_facts_there_are_three_lists_and_the_rules_dates(world):
    bare = replace(world, facts=Facts())
    assert list(RECON.choices(bare)) == ["calendar", "additions", "deletions"]
    assert read(bare).state == "unknown"
    with pytest.raises(UnknownSubject, match="symbol with prices"):
        read(bare, "M00")
    with pytest.raises(InsufficientHistory):
        read(replace(bare, prices=bare.prices.upto(_days()[0].item() - np.timedelta64(1, "D").item())))


def test_caps_before_the_first_price_leave_every_close_unknown(world):
    early = caps_at(_days()[0].item() - np.timedelta64(30, "D").item())
    file = replace(world.facts.holdings[0], effective_date=early.day)
    market = replace(world, facts=replace(world.facts, caps=(early,), holdings=(file,)))
    assert read(market, "M05", 510).values["reason"] == "no close"


def test_exchanges_are_written_in_small_letters():
    assert all(name == name.casefold() for name in US_EXCHANGES)
