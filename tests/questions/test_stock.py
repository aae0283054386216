"""Everything about one symbol, gathered from the signals on a real (simulated) market."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from bot.cards.plain import plain_text
from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.questions.desk import Desk
from bot.questions.parse import Question, QuestionError
from bot.questions.ports import NoGuildThresholds
from bot.questions.stock import belongings, themes_of, weights_of
from signals import activity_columns, cross_columns
from signals.types import Market
from signals.windows import wilder_rsi


class Known:
    def __init__(self, market: Market) -> None:
        self._market = market

    def market(self) -> Market:
        return self._market


@pytest.fixture(scope="module")
def market() -> Market:
    calendar = exchange_calendar(date(2026, 11, 28))
    source = SampleSource(calendar)
    reference = source.reference()
    prices = source.market().prices
    last = prices.sessions[-1]
    as_of = calendar.closes[calendar.sessions.searchsorted(last)].item()
    return Market(
        prices=prices.upto(last.item()),
        as_of=as_of.replace(tzinfo=UTC),
        source="simulated market",
        calendar=calendar,
        labels=("simulated",),
        universes=reference.universes,
        sectors=reference.sectors,
        names=reference.names,
        facts=reference.facts,
    )


@pytest.fixture(scope="module")
def desk(market) -> Desk:
    return Desk(Known(market), NoGuildThresholds(), office=None)


async def test_a_stock_brings_what_every_signal_says_of_it(desk, market):
    answer = await desk.answer(Question("stock", "STRL"))
    cross = await desk.answer(Question("cross", "STRL"))
    activity = await desk.answer(Question("activity", "STRL"))
    values = answer.reading.values
    assert values["cross.gap_pct"] == cross.reading.values["gap_pct"]
    assert values["activity.rsi14"] == activity.reading.values["rsi14"]
    assert values["sector"] == "Industrials"
    assert values["themes"] == "datacenter"
    assert values["universes"].startswith("smallcap")
    text = plain_text(answer.card)
    for said in ("Price", "Trend", "Themes", "Leadership", "smallcap:", "Industrials"):
        assert said in text
    assert answer.card.chart is not None
    assert answer.reading.signal == "stock"


async def test_what_the_theme_says_on_the_card_is_what_theme_answers(desk):
    theme = await desk.answer(Question("theme", "datacenter"))
    text = plain_text((await desk.answer(Question("stock", "STRL"))).card)
    assert f"{theme.reading.values['m1_pct']:+.1f}%".replace("-", "\N{MINUS SIGN}") in text


async def test_an_index_has_no_sector_and_the_rotation_speaks_of_it(desk):
    answer = await desk.answer(Question("stock", "RUT"))
    assert answer.reading.values["sector"] is None
    assert "Rotation" in plain_text(answer.card)


async def test_a_symbol_must_be_known(desk):
    with pytest.raises(QuestionError, match="did you mean"):
        await desk.answer(Question("stock", "STRLL"))


def test_weights_are_those_of_the_list_in_force(market):
    weights = dict(weights_of(market, "STRL"))
    file = market.facts.of_universe("smallcap")[-1]
    assert weights["smallcap"] == pytest.approx(100 * file.weights_frac[file.symbols.index("STRL")])
    assert belongings(market, "^RUT") == []
    assert themes_of(market, "^RUT") == []


async def test_what_its_options_price_in_stands_on_it_and_who_has_none_lacks_nothing(desk):
    answer = await desk.answer(Question("stock", "STRL"))
    options = await desk.answer(Question("options", "STRL"))
    text = plain_text(answer.card)
    assert f"A volatility of {options.reading.values['atm_iv_pct']:.1f}% a year" in text
    assert answer.reading.values["options.rr25_points"] == options.reading.values["rr25_points"]
    without = await desk.answer(Question("stock", "RUT"))
    assert not without.reading.coverage.is_partial
    assert "Options" not in plain_text(without.card)


async def test_what_is_prepared_is_not_computed_again(market, monkeypatch):
    from bot.questions import desk as module

    real, computed = module.history_of, []

    def counted(signal, known, subject, thresholds, chosen):
        computed.append(signal.name)
        return real(signal, known, subject, thresholds, chosen)

    monkeypatch.setattr(module, "history_of", counted)
    fresh = Desk(Known(market), NoGuildThresholds(), office=None)
    await fresh.prepare()
    assert {"rotation", "leadership", "themes", "breadth", "macro"} <= set(computed)
    computed.clear()
    await fresh.answer(Question("stock", "STRL"))
    assert computed == ["cross", "activity", "options", "quality"]
    await fresh.answer(Question("leaders", "mtd"))
    assert computed == ["cross", "activity", "options", "quality"]


@pytest.mark.parametrize("symbol", ["STRL", "RUT"])
async def test_what_two_signals_share_of_a_symbol_is_computed_once(market, monkeypatch, symbol):
    calls = []

    def counted(close, window=14):
        calls.append(close.shape)
        return wilder_rsi(close, window)

    for module in (activity_columns, cross_columns):
        monkeypatch.setattr(module, "wilder_rsi", counted)
    fresh = Desk(Known(market), NoGuildThresholds(), office=None)
    values = (await fresh.answer(Question("stock", symbol))).reading.values
    assert len(calls) == 1
    cross = await fresh.answer(Question("cross", symbol))
    assert values["cross.rsi14"] == values["activity.rsi14"] == cross.reading.values["rsi14"]
    await fresh.close()
