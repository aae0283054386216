"""Leadership on the real market: known contributions, and how often regional banks overtake."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_market import END
from signals.leadership import LEADERSHIP
from signals.leadership_books import FROM_FILE
from signals.types import Market
from tests.signals.made_up import after_close
from tests.signals.small_caps import small_cap_market, with_holdings

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers" / "leadership.toml").read_text(encoding="utf-8"))
DEFAULT = LEADERSHIP.thresholds_with()


@pytest.fixture(scope="module")
def real(market_data: Path) -> Market:
    return with_holdings(small_cap_market(market_data, "^RUT", "KRE"), market_data)


@pytest.mark.parametrize("answer", ANSWERS["answer"], ids=lambda a: f"{a['subject']} {a['session']}")
def test_known_contributions(real, answer):
    history = LEADERSHIP.history(real, DEFAULT)
    row = int(np.searchsorted(real.prices.sessions, np.datetime64(answer["session"])))
    reading = LEADERSHIP.reading(history, answer["subject"], DEFAULT, row)
    values = reading.values
    told = {
        values[f"sector_{rank}.name"]: values[f"sector_{rank}.contribution_pct"]
        for rank in range(1, len(answer["contribution_pct"]) + 1)
    }
    assert list(told) == list(answer["contribution_pct"])
    assert told == pytest.approx(answer["contribution_pct"], abs=6e-5)
    for name in ("basket_pct", "index_pct"):
        assert values[name] == pytest.approx(answer[name], abs=6e-5)
    assert values["effective_names"] == pytest.approx(answer["effective_names"], abs=6e-4)
    assert abs(values["contributions_pct"] - values["basket_pct"]) < 0.01
    assert reading.coverage.n == 250
    assert reading.coverage.is_partial


def test_thin_holdings_raise_nothing_of_the_year(real):
    kinds = {event.kind for event in LEADERSHIP.events(LEADERSHIP.history(real, DEFAULT), DEFAULT)}
    assert kinds == {"banks_overtake"}


def test_banks_overtake_on_the_known_sessions_1_9_times_a_year(market_data):
    market = small_cap_market(market_data, "^RUT", "KRE", first="2005-01-03", universe=False)
    history = LEADERSHIP.history(market, DEFAULT)
    sessions = [event.session for event in LEADERSHIP.events(history, DEFAULT)]
    known = np.flatnonzero(np.isfinite(history["banks_lead"][:, 0]))
    years = (history.sessions[known[-1]] - history.sessions[known[0]]).astype(int) / 365.25
    assert len(sessions) == ANSWERS["banks_overtake"]
    assert sessions[-len(ANSWERS["banks_last"]) :] == ANSWERS["banks_last"]
    assert len(sessions) / years == pytest.approx(1.9, abs=0.1)


def test_on_the_sample_market_contributions_add_up_to_the_index():
    calendar = exchange_calendar(END)
    source = SampleSource(calendar)
    prices = source.market().prices
    market = Market(prices, after_close(END), source.name, calendar, facts=source.reference().facts)
    history = LEADERSHIP.history(market, DEFAULT)
    both = np.isfinite(history["basket_pct"]) & np.isfinite(history["index_pct"])
    assert both[-252:, :2].all()
    summed = np.nansum(history["contribution_pct"], axis=2)
    assert np.abs(summed - history["index_pct"])[both].max() < 0.01
    assert set(history["source"][-252:, :2].ravel()) == {FROM_FILE}
