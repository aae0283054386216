"""Option chains: bad quotes are dropped, what cannot be known is unknown with a reason, and the rest is exact."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.black_scholes import HIGHEST_VOL, LOWEST_VOL, Terms, implied_vol, option_delta, option_price
from signals.errors import UnalignedInput
from signals.option_quotes import nearest_expiry, smile_of
from signals.option_values import chain_values
from tests.signals.chains import DAY, SINCE, World, a_chain, parabola

CALL, PUT = np.array([True]), np.array([False])


def told(chain, **more):
    return chain_values(chain, **{"traded_since": SINCE, **more})


def one(value):
    return np.array([float(value)])


@settings(deadline=None)
@given(
    vol=st.floats(0.05, 4.0),
    away=st.floats(-1.5, 1.5),
    years=st.floats(7 / 365, 2.0),
    rate=st.floats(-0.01, 0.15),
    is_call=st.booleans(),
)
def test_the_volatility_in_a_price_is_the_one_it_was_made_with(vol, away, years, rate, is_call):
    terms = Terms(100.0, years, rate)
    strike = one(100.0 * math.exp(away * vol * math.sqrt(years)))
    side = CALL if is_call else PUT
    price = option_price(terms, strike, side, one(vol))
    assert implied_vol(terms, strike, side, price)[0] == pytest.approx(vol, rel=1e-6)


@given(vol=st.floats(0.01, 4.0), strike=st.floats(20.0, 400.0), years=st.floats(0.01, 3.0), rate=st.floats(0.0, 0.2))
def test_calls_and_puts_are_held_together_by_parity(vol, strike, years, rate):
    terms = Terms(100.0, years, rate)
    call, put = (option_price(terms, one(strike), side, one(vol))[0] for side in (CALL, PUT))
    assert call - put == pytest.approx(terms.discount * (100.0 - strike), abs=1e-9 * max(100.0, strike))
    deltas = [option_delta(terms, one(strike), side, one(vol))[0] for side in (CALL, PUT)]
    assert deltas[0] - deltas[1] == pytest.approx(1.0)


@given(strike=st.floats(20.0, 400.0), vols=st.tuples(st.floats(0.01, 4.0), st.floats(0.01, 4.0)))
def test_an_option_is_worth_more_the_higher_the_volatility(strike, vols):
    low, high = (option_price(Terms(100.0, 0.1), one(strike), CALL, one(vol))[0] for vol in sorted(vols))
    assert low <= high + 1e-12


@pytest.mark.parametrize("price", [math.nan, 0.0, -1.0, 5.0, 100.0, 1e9, math.inf])
def test_a_price_that_no_volatility_gives_has_none(price):
    # a call on 100 with a strike of 95 is worth 5 at once, and never more than 100
    assert np.isnan(implied_vol(Terms(100.0, 30 / 365), one(95.0), CALL, one(price)))


@pytest.mark.parametrize("vol", [LOWEST_VOL / 2, HIGHEST_VOL * 2])
def test_a_volatility_beyond_the_bounds_is_none(vol):
    terms = Terms(100.0, 30 / 365)
    assert np.isnan(implied_vol(terms, one(100.0), CALL, option_price(terms, one(100.0), CALL, one(vol))))


@pytest.mark.parametrize("terms", [Terms(math.nan, 0.1), Terms(0.0, 0.1), Terms(100.0, 0.0), Terms(100.0, -1.0)])
def test_without_a_forward_or_time_nothing_is_worth_anything_known(terms):
    assert np.isnan(option_price(terms, one(100.0), CALL, one(0.3)))
    assert np.isnan(option_delta(terms, one(100.0), PUT, one(0.3)))
    assert np.isnan(implied_vol(terms, one(100.0), CALL, one(3.0)))


@pytest.mark.parametrize(("strike", "vol"), [(0.0, 0.3), (-5.0, 0.3), (math.nan, 0.3), (math.inf, 0.3), (9.0, 0.0)])
def test_what_is_no_strike_or_volatility_gives_no_price(strike, vol):
    assert np.isnan(option_price(Terms(100.0, 0.1), one(strike), CALL, one(vol)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bid": np.ones(3)}, "must have the shape of strike"),
        ({"strike": np.r_[0.0, np.arange(25)]}, "must be positive"),
        ({"strike": np.r_[np.nan, np.arange(1, 26)]}, "must be positive"),
        ({"strike": np.full(26, 100.0)}, "once for each expiry and side"),
        ({"spot": 0.0}, "must be positive"),
    ],
)
def test_a_chain_that_contradicts_itself_is_refused(changed, message):
    with pytest.raises(UnalignedInput, match=message):
        a_chain(**changed)


@pytest.mark.parametrize(
    ("days", "chosen"),
    [((2, 9, 30, 58), 30), ((9, 23, 37, 58), 23), ((1,), 1), ((-3, 0, 400), 400), ((23, 36), 36), ((0,), None)],
)
def test_the_expiry_is_the_one_nearest_to_thirty_days(days, chosen):
    chain = a_chain(expiry=np.array([DAY + timedelta(days[n % len(days)]) for n in range(26)], dtype="M8[D]"))
    assert nearest_expiry(chain) == (None if chosen is None else DAY + timedelta(chosen))


def test_without_an_expiry_ahead_volatility_is_unknown_and_volumes_are_not():
    values = told(a_chain(expiry=np.full(26, DAY, dtype="M8[D]")))
    assert values.reason == "no contract lives beyond the day of the quotes"
    assert (values.expiry, values.call_volume, values.put_open) == (None, 13.0, 130.0)
    assert np.isnan([values.atm_iv_frac, values.rr25_points, values.expected_move_frac]).all()


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"bid": np.zeros(26)}, "26 without a bid and an ask"),
        ({"bid": np.full(26, np.nan)}, "26 without a bid and an ask"),
        ({"ask": np.full(26, np.nan)}, "26 without a bid and an ask"),
        ({"bid": np.full(26, 60.0)}, "26 with a bid above the ask"),
        ({"iv_frac": np.zeros(26)}, "26 with a volatility of 0, above 500 % or none at all"),
        ({"iv_frac": np.full(26, 1e-5)}, "26 with a volatility of 0, above 500 % or none at all"),
        ({"iv_frac": np.full(26, 20.0)}, "26 with a volatility of 0, above 500 % or none at all"),
        ({"traded": np.full(26, SINCE - timedelta(1), dtype="M8[D]")}, "26 without a trade in 5 sessions"),
        ({"traded": np.full(26, np.datetime64("NaT", "D"))}, "26 without a trade in 5 sessions"),
    ],
)
def test_a_chain_of_bad_quotes_is_unknown_and_says_why(columns, reason):
    values = told(a_chain(**columns))
    assert values.reason == f"0 calls and 0 puts can be used, 3 of each are needed (dropped: {reason})"
    assert (values.calls, values.puts) == (0, 0)
    assert np.isnan([values.atm_iv_frac, values.call25_iv_frac, values.rr25_points, values.rr25_of_atm]).all()


def test_quotes_at_two_thousand_per_cent_are_unknown():
    values = told(a_chain(lambda _strike: 20.0))
    assert values.reason.startswith("0 calls and 0 puts can be used")


def test_two_usable_strikes_a_side_are_unknown_and_three_are_enough():
    two = told(a_chain(strikes=(95, 105)))
    assert two.reason == "2 calls and 2 puts can be used, 3 of each are needed"
    three = told(a_chain(strikes=(93, 100, 107)))
    assert (three.reason, three.calls, three.puts) == ("", 3, 3)
    assert three.rr25_points == pytest.approx(0.0, abs=1e-6)


def test_one_side_too_few_is_unknown_too():
    is_call = np.repeat([True, False], 13)
    bid = a_chain().bid
    bid[2:13] = 0.0
    values = told(a_chain(bid=bid, is_call=is_call))
    assert values.reason.startswith("2 calls and 13 puts can be used")


def test_strikes_that_do_not_reach_the_wings_leave_the_skew_unknown_and_the_money_known():
    values = told(a_chain(strikes=(99, 100, 101)))
    assert values.reason == (
        "the strikes of the calls do not reach a delta of 25; the strikes of the puts do not reach a delta of 25"
    )
    assert values.atm_iv_frac == pytest.approx(0.3)
    assert np.isnan([values.rr25_points, values.call25_iv_frac, values.rr25_of_atm]).all()


def test_strikes_on_one_side_of_the_money_leave_it_unknown():
    values = told(a_chain(strikes=(102, 105, 108, 111)))
    assert values.reason == "the strikes do not reach the money; the strikes of the puts do not reach a delta of 25"
    assert values.call25_iv_frac == pytest.approx(0.3)
    assert np.isnan(values.expected_move_frac)


def test_the_money_is_read_from_the_side_that_reaches_it():
    bid = a_chain().bid
    bid[13:19] = 0.0  # puts below 100
    values = told(a_chain(bid=bid))
    assert values.atm_iv_frac == pytest.approx(0.3, abs=1e-6)


def test_quotes_and_price_of_different_times_are_unknown():
    values = told(a_chain(spot=50.0))
    assert values.reason == "the options imply a price of 100 where 50 is quoted: they are not of one time or unit"
    assert np.isnan(values.atm_iv_frac)


def test_without_a_price_of_the_underlying_the_options_say_it():
    assert told(a_chain(spot=math.nan)).atm_iv_frac == pytest.approx(0.3)


def test_without_a_price_and_without_a_strike_of_both_sides_the_volatility_is_unknown():
    is_call = np.arange(26) % 2 == 0
    strike = np.linspace(80, 120, 26)
    values = told(a_chain(spot=math.nan, is_call=is_call, strike=strike, bid=np.ones(26), ask=np.ones(26)))
    assert values.reason == "no strike has a call and a put, and no price of the underlying is known"


def test_without_a_strike_of_both_sides_the_price_of_the_underlying_serves():
    chain = a_chain(strikes=np.linspace(80, 120, 17).tolist(), world=World(rate=0.05))
    bid = chain.bid.copy()
    bid[:17:2] = 0.0
    bid[18::2] = 0.0
    smile = smile_of(
        a_chain(strikes=np.linspace(80, 120, 17).tolist(), world=World(rate=0.05), bid=bid),
        DAY + timedelta(30),
        traded_since=SINCE,
        rate_frac=0.05,
    )
    assert smile.terms.forward == pytest.approx(100 * math.exp(0.05 * 30 / 365))
    np.testing.assert_allclose(smile.iv_frac, 0.3, atol=1e-3)


def test_one_wrong_quote_near_the_money_does_not_move_the_forward():
    chain = a_chain()
    ask, bid = chain.ask.copy(), chain.bid.copy()
    bid[6], ask[6] = bid[6] + 2, ask[6] + 2
    values = told(a_chain(bid=bid, ask=ask))
    assert values.put25_iv_frac == pytest.approx(0.3, abs=1e-4)
    assert values.call25_iv_frac == pytest.approx(0.3, abs=1e-4)


def test_only_the_expiry_looked_at_is_looked_at():
    chain = a_chain(parabola(World(), 30, 0.3, -0.2, 0.5), days=(9, 30, 65))
    alone = a_chain(parabola(World(), 30, 0.3, -0.2, 0.5))
    assert (told(chain).rr25_points, told(chain).expiry) == (told(alone).rr25_points, DAY + timedelta(30))
    assert told(chain).call_volume == 3 * told(alone).call_volume


def test_the_volume_of_a_contract_is_that_of_the_day_it_last_traded():
    traded = np.full(26, DAY, dtype="M8[D]")
    traded[:5], traded[5], traded[6] = date(2025, 7, 15), date(2025, 7, 17), np.datetime64("NaT")
    values = told(a_chain(traded=traded, volume=np.full(26, 4.0)))
    assert (values.call_volume, values.put_volume) == (7 * 4.0, 13 * 4.0)


def test_volumes_that_are_not_told_are_unknown_and_calls_that_did_not_trade_are_none():
    values = told(a_chain(volume=np.full(26, np.nan), open_interest=np.full(26, np.nan)))
    assert np.isnan([values.call_volume, values.put_volume, values.call_open, values.put_open]).all()
    before = np.full(26, date(2025, 7, 15), dtype="M8[D]")
    assert told(a_chain(volume=np.full(26, np.nan), traded=before)).call_volume == 0.0


@settings(deadline=None, max_examples=40)
@given(
    level=st.floats(0.15, 1.2),
    slope=st.floats(-0.3, 0.3),
    curve=st.floats(0.0, 0.8),
    days=st.integers(10, 60),
    rate=st.floats(0.0, 0.08),
)
def test_any_mild_smile_comes_back_within_a_tenth_of_a_point(level, slope, curve, days, rate):
    world = World(rate=rate)
    smile = parabola(world, days, level, slope * level, curve * level)
    width = level * math.sqrt(days / 365)
    strikes = [100 * math.exp(width * step / 6) for step in range(-12, 13)]
    values = told(a_chain(smile, strikes, world=world, days=(days,)), rate_frac=rate)
    terms = Terms(world.forward(days), days / 365, rate)
    fine = 100 * np.exp(width * np.linspace(-2, 2, 4001))
    vol = np.array([smile(strike) for strike in fine])
    delta = option_delta(terms, fine, np.ones(len(fine), dtype=bool), vol)
    call, put = (vol[np.argmin(np.abs(delta - at))] for at in (0.25, 0.75))
    assert values.reason == ""
    assert values.rr25_points == pytest.approx(100 * (call - put), abs=0.1)
    assert values.atm_iv_frac == pytest.approx(level, abs=0.001)


@settings(deadline=None, max_examples=40)
@given(scale=st.floats(0.01, 100.0))
def test_the_unit_of_the_prices_does_not_matter(scale):
    strikes = [scale * strike for strike in range(80, 125, 5)]
    base = told(a_chain(strikes=range(80, 125, 5)))
    other = told(a_chain(strikes=strikes, world=World(100.0 * scale)))
    assert other.atm_iv_frac == pytest.approx(base.atm_iv_frac)
    assert other.rr25_points == pytest.approx(base.rr25_points, abs=1e-6)
    assert other.expected_move_frac == pytest.approx(base.expected_move_frac)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_chain_gives_numbers_or_a_reason(data):
    def column(low, high):
        values = st.one_of(st.floats(low, high), st.sampled_from([0.0, -1.0, math.nan, math.inf, 1e300]))
        return np.array(data.draw(st.lists(values, min_size=26, max_size=26)))

    chain = a_chain(bid=column(0, 30), ask=column(0, 30), iv_frac=column(0, 3), volume=column(0, 99))
    values = told(chain)
    assert bool(values.reason) == (not math.isfinite(values.atm_iv_frac) or not math.isfinite(values.rr25_points))
