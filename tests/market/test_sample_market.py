from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from bot.market.sample_baskets import BASKETS
from bot.market.sample_draws import normals, uniforms
from bot.market.sample_listing import COMPANIES
from bot.market.sample_market import SampleMarket, simulate_market
from signals.types import Prices

CALENDAR = exchange_calendar(date(2026, 9, 30))
INDICES = tuple(basket.symbol for basket in BASKETS)


@pytest.fixture(scope="module")
def market() -> SampleMarket:
    return simulate_market(CALENDAR)


@pytest.fixture(scope="module")
def prices(market: SampleMarket) -> Prices:
    return market.prices


def returns(prices: Prices, symbol: str) -> np.ndarray:
    close = prices.close[:, prices.column(symbol)]
    return close[1:] / close[:-1] - 1


def test_two_simulations_are_equal_to_the_last_bit(market):
    again = simulate_market(exchange_calendar(date(2027, 3, 1)))
    for name, values in market.prices.fields():
        np.testing.assert_array_equal(values, getattr(again.prices, name), err_msg=name)


def test_the_market_is_the_one_that_was_bundled(prices):
    digest = hashlib.sha256()
    for _name, values in prices.fields():
        digest.update(np.rint(np.nan_to_num(values) * 100).astype("<i8", order="C").tobytes())
    assert digest.hexdigest()[:16] == "cf2ecd59982fa9f3"
    assert prices.close[[0, 1000, -1], prices.column("STRL")].tolist() == [11.3733, 26.4822, 62.56]


def test_draws_are_nearly_normal_and_their_first_values_are_known():
    drawn = normals(7, (400, 500))
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1) < 0.01
    assert drawn[0, :3].tolist() == [-0.0823211669921875, 0.1279144287109375, -1.236114501953125]
    flat = uniforms(8, (1000,))
    assert 0 <= flat.min() < 0.01
    assert 0.99 < flat.max() < 1


@pytest.mark.parametrize("index", INDICES)
def test_weights_times_returns_add_up_to_the_index_exactly(market, prices, index):
    weights = market.weights(index)
    columns = [prices.column(symbol) for symbol in weights.symbols]
    members = prices.close[1:, columns] / prices.close[:-1, columns] - 1
    total = (weights.values[1:] * members).sum(axis=1)
    np.testing.assert_allclose(total, returns(prices, index), rtol=0, atol=1e-12)
    np.testing.assert_allclose(weights.values[1:].sum(axis=1), 1, atol=1e-12)
    assert np.isnan(weights.values[0]).all()


def test_equal_weights_start_every_quarter_equal(market, prices):
    weights = market.weights("RSP")
    first = np.flatnonzero(prices.sessions >= np.datetime64("2026-07-01"))[0]
    np.testing.assert_allclose(weights.values[first], 0.01, rtol=1e-12)
    assert weights.values[first + 30].std() > 0


def test_the_dow_is_weighted_by_price(market, prices):
    weights = market.weights("^DJI")
    columns = [prices.column(symbol) for symbol in weights.symbols]
    assert len(columns) == 30
    before = prices.close[-2, columns]
    np.testing.assert_allclose(weights.values[-1], before / before.sum(), rtol=1e-12)


def test_capitalisation_is_shares_times_close_and_large_is_larger(market):
    caps = market.caps()
    size = {company.symbol: company.size for company in COMPANIES}
    is_large = np.array([size[symbol] == "large" for symbol in caps.symbols])
    assert np.median(caps.close[-1, is_large]) > 50 * np.median(caps.close[-1, ~is_large])
    assert caps.close[-1, caps.column("STRL")] == pytest.approx(
        market.shares["STRL"] * market.prices.close[-1, market.prices.column("STRL")]
    )


def test_prices_are_positive_and_bars_hold_their_open_and_close(prices):
    assert (prices.low > 0).all()
    assert (prices.high >= np.maximum(prices.open, prices.close)).all()
    assert (prices.low <= np.minimum(prices.open, prices.close)).all()
    assert (prices.adj_close > 0).all()
    assert (prices.adj_close <= prices.close + 1e-4).all()


def test_volume_is_known_for_all_but_fear_and_swells_with_the_move(prices):
    fear = prices.column("^VIX")
    assert np.isnan(prices.volume[:, fear]).all()
    others = np.delete(prices.volume, fear, axis=1)
    assert (others > 0).all()
    move, volume = np.abs(returns(prices, "STRL")), prices.volume[1:, prices.column("STRL")]
    assert np.corrcoef(move, volume)[0, 1] > 0.4


def test_half_days_trade_less(prices):
    spy = prices.volume[:, prices.column("SPY")]
    half = [
        np.flatnonzero(prices.sessions == np.datetime64(day))[0] for day in ("2023-11-24", "2024-11-29", "2025-11-28")
    ]
    assert spy[half].mean() < 0.6 * spy.mean()


def test_dividends_lift_the_total_return_of_funds_but_not_of_indices(prices):
    first = {
        symbol: prices.adj_close[0, prices.column(symbol)] / prices.close[0, prices.column(symbol)]
        for symbol in INDICES
    }
    assert all(first[symbol] == 1 for symbol in INDICES if symbol.startswith("^"))
    assert 0.75 < first["SPY"] < 0.9
    assert 0.5 < first["XLU"] < first["SPY"]


def test_base_rates_are_those_of_a_believable_market(prices):
    for symbol, vol_pct, growth_pct in (("^GSPC", (15, 20), (5, 10)), ("^RUT", (19, 24), (4, 9))):
        daily = returns(prices, symbol)
        close = prices.close[:, prices.column(symbol)]
        assert vol_pct[0] < 100 * daily.std() * np.sqrt(252) < vol_pct[1]
        assert growth_pct[0] < 100 * ((close[-1] / close[0]) ** (1 / 12) - 1) < growth_pct[1]
        assert np.corrcoef(np.abs(daily[1:]), np.abs(daily[:-1]))[0, 1] > 0.1


def test_no_bar_moves_as_far_as_a_split(prices):
    daily = prices.close[1:] / prices.close[:-1] - 1
    stocks = daily[:, prices.column("^VIX") + 1 :]
    assert stocks.min() > -0.25
    assert stocks.max() < 0.29
