"""Known answers of option arithmetic: textbook figures, and smiles whose skew was found by brute force."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from signals.black_scholes import Terms, implied_vol, option_delta, option_price
from signals.option_values import chain_values
from tests.signals.chains import SINCE, World, a_chain, parabola

KNOWN = tomllib.loads((Path(__file__).parents[1] / "answers" / "options.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("answer", KNOWN["option"], ids=lambda answer: answer["source"].split(":")[0])
def test_price_delta_and_implied_volatility_are_the_textbooks(answer):
    growth = (answer["rate_frac"] - answer.get("dividend_frac", 0.0)) * answer["years"]
    terms = Terms(answer["spot"] * math.exp(growth), answer["years"], answer["rate_frac"])
    sides = [side for side in ("call", "put") if side in answer]
    strike, vol = np.full(len(sides), answer["strike"]), np.full(len(sides), answer["vol_frac"])
    is_call = np.array([side == "call" for side in sides])
    printed = np.array([answer[side] for side in sides])
    exact = 0.5 * 10.0 ** -answer["decimals"]
    price = option_price(terms, strike, is_call, vol)
    np.testing.assert_allclose(price, printed, atol=exact)
    np.testing.assert_allclose(implied_vol(terms, strike, is_call, printed), vol, atol=2e-3)
    if "call_delta" in answer:
        assert option_delta(terms, strike, is_call, vol)[0] == pytest.approx(answer["call_delta"], abs=5e-4)


@pytest.mark.parametrize("answer", KNOWN["smile"], ids=lambda answer: answer["title"])
def test_a_chain_built_from_a_smile_returns_that_smiles_skew(answer):
    world = World(answer["spot"], answer["rate_frac"], answer["dividend_frac"])
    smile = parabola(world, answer["days"], answer["level"], answer["slope"], answer["curve"])
    strikes = answer["spot"] * (1 + answer["strike_step_frac"] * np.arange(-8, 9))
    chain = a_chain(smile, strikes.tolist(), world=world, days=(answer["days"],))
    values = chain_values(chain, traded_since=SINCE, rate_frac=answer["rate_frac"])
    assert values.reason == ""
    assert values.rr25_points == pytest.approx(answer["rr25_points"], abs=0.1)
    for name in ("atm_iv", "call25_iv", "put25_iv", "expected_move"):
        assert 100 * getattr(values, f"{name}_frac") == pytest.approx(answer[f"{name}_pct"], abs=0.1), name
    assert values.rr25_of_atm == pytest.approx(values.rr25_points / 100 / values.atm_iv_frac)
