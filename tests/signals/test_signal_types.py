"""The nouns every room shares, and their errors."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from signals import errors
from signals.cross import CROSS
from signals.definition import Threshold
from signals.types import Basis, Calendar, Coverage, Event, Market, Prices
from tests.signals.made_up import a_calendar, a_market, random_walk, some_sessions

DAYS = some_sessions(4)
CLOSE = random_walk(4, 2)


def some_prices(**more):
    return Prices(DAYS, ("A", "B"), CLOSE, **more)


def test_prices_whose_arrays_do_not_fit_are_refused():
    with pytest.raises(errors.UnalignedInput, match=r"volume is \(3, 2\): must have the shape"):
        some_prices(volume=np.ones((3, 2)))
    with pytest.raises(errors.UnalignedInput, match="strictly increasing"):
        Prices(DAYS[::-1], ("A", "B"), CLOSE)
    with pytest.raises(errors.UnalignedInput, match="unique"):
        Prices(DAYS, ("A", "A"), CLOSE)


def test_columns_are_found_by_symbol():
    prices = some_prices()
    assert "B" in prices
    assert "C" not in prices
    assert prices.column("B") == 1
    with pytest.raises(errors.UnknownSubject, match="symbol is C: there are no prices of it"):
        prices.column("C")


def test_closes_follow_the_basis_and_are_missing_where_the_source_has_none():
    adjusted = CLOSE / 2
    assert some_prices().closes() is CLOSE
    assert some_prices(adj_close=adjusted).closes(Basis.TOTAL_RETURN) is adjusted
    assert np.isnan(some_prices().closes(Basis.TOTAL_RETURN)).all()


def test_a_cut_holds_the_sessions_up_to_a_day():
    prices = some_prices(volume=CLOSE)
    cut = prices.upto(DAYS[1].item())
    assert cut.sessions.tolist() == DAYS[:2].tolist()
    assert cut.volume.shape == (2, 2)
    assert len(prices.upto(date(1990, 1, 1)).sessions) == 0


def test_a_selection_holds_its_symbols_in_their_order():
    chosen = some_prices(volume=CLOSE).only(["B", "A"])
    assert chosen.symbols == ("B", "A")
    np.testing.assert_array_equal(chosen.close, CLOSE[:, ::-1])
    market = a_market(CLOSE, ("A", "B"))
    assert market.only(["B"]).prices.symbols == ("B",)


def test_prices_survive_a_process_border():
    prices = pickle.loads(pickle.dumps(some_prices(high=CLOSE)))  # noqa: S301 - our own bytes
    assert prices.column("B") == 1
    np.testing.assert_array_equal(prices.high, CLOSE)


def test_a_calendar_has_one_close_per_session():
    with pytest.raises(errors.UnalignedInput, match="closes"):
        Calendar(DAYS, DAYS[:2].astype("datetime64[s]"))


@pytest.mark.parametrize("as_of", [datetime(2025, 1, 1), datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=1)))])  # noqa: DTZ001 - the naive one is the mistake
def test_a_market_is_known_at_a_utc_instant(as_of):
    with pytest.raises(errors.UnalignedInput, match="must be a UTC instant"):
        Market(some_prices(), as_of, "made up", a_calendar(DAYS))


def test_coverage_below_nine_tenths_is_partial():
    assert Coverage(89, 100).is_partial
    assert not Coverage(90, 100).is_partial


def test_equal_events_share_their_identity_and_the_version_is_no_part_of_it():
    def event(version=1, **thresholds):
        return Event("cross", "golden_cross", "^RUT", date(2025, 8, 6), version, thresholds, {})

    assert event(fast=50, slow=200).identity == event(2, slow=200, fast=50.0).identity
    assert event(fast=50, slow=200).identity == "cross|^RUT|golden_cross|2025-08-06|fast=50,slow=200"
    assert event(fast=50).identity != event(fast=51).identity
    assert event(require="yes").identity.endswith("|require=yes")
    assert event(separation_pct=1.2345678).identity != event(separation_pct=1.2345679).identity
    assert event(relative_volume=1.2).identity.endswith("|relative_volume=1.2")


def test_a_threshold_takes_what_a_person_typed():
    assert Threshold("n", "limit", "sessions", 3, 1, 9, "").parse("4") == 4
    assert Threshold("x", "limit", "pct", 1.0, 0, 9, "").parse("1.5") == 1.5
    assert Threshold("w", "limit", "", "a", 0, 0, "", choices=("a", "b")).parse("b") == "b"


@pytest.mark.parametrize("value", ["", "ten", "nan", "inf", 0, 10, 2.5, "-1"])
def test_a_threshold_refuses_what_does_not_fit(value):
    with pytest.raises(errors.InvalidThreshold, match="n is"):
        Threshold("n", "limit", "sessions", 3, 1, 9, "").parse(value)


def test_alerts_of_symbols_and_of_other_things_beside_symbols_can_be_narrowed_to_symbols():
    assert CROSS.names_symbols
    assert replace(CROSS, subject_kind="date", takes="[calendar|symbol]").names_symbols
    assert not replace(CROSS, subject_kind="market", takes="[mtd|ytd]").names_symbols


def test_a_kind_is_found_by_its_name():
    assert CROSS.kind("failed").importance == 4
    with pytest.raises(errors.UnknownSubject, match="event is boom: cross has: golden_cross"):
        CROSS.kind("boom")


def test_errors_name_parameter_value_and_bound_and_survive_a_process_border():
    for kind in (
        errors.InvalidThreshold,
        errors.InvalidWindow,
        errors.InsufficientHistory,
        errors.UnalignedInput,
        errors.UnknownSubject,
        errors.UnknownSignal,
    ):
        error = pickle.loads(pickle.dumps(kind("fast", 900, "must be at most 400")))  # noqa: S301 - our own bytes
        assert type(error) is kind
        assert isinstance(error, ValueError)
        assert (error.parameter, error.value, error.bound) == ("fast", 900, "must be at most 400")
        assert str(error) == "fast is 900: must be at most 400"


def test_a_market_may_be_known_at_any_utc_instant():
    assert a_market(CLOSE).as_of.tzinfo is UTC
