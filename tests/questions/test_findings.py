from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bot.cards.findings_card import HIGH, Found
from bot.questions import findings as module
from bot.questions.findings import Findings
from bot.questions.parse import QuestionError
from bot.questions.ports import NoGuildThresholds
from signals.cross import CROSS
from signals.types import Coverage, Market
from tests.alerts.worlds import SIZE, golden_row, market, session_at


def until(row: int, **changed) -> Market:
    whole = market(changed.pop("holes", None))
    names = {"VEE": "Vee Valley"}
    universes = {"smallcap": ("VEE", "WAVE", "GONE")}
    sectors = {"PEAK": "Energy", "FLAT": "Energy"}
    known = replace(whole, universes=universes, sectors=sectors, names=names, **changed)
    return replace(known, prices=known.prices.upto(session_at(row)))


class Knowledge:
    def __init__(self, known: Market) -> None:
        self.known = known

    def market(self) -> Market:
        return self.known


async def scan(known: Market, where: str = "", kind: str = "all", *, watched=(), thresholds=None) -> Found:
    asked = Findings(Knowledge(known), NoGuildThresholds(thresholds))
    return await asked.of(where, kind, guild_id=None, watched=watched)


def told(found: Found) -> list[tuple[str, str, date]]:
    return [(finding.symbol, finding.kind, finding.since) for finding in found.findings]


async def test_the_crosses_of_the_session_are_found_and_none_of_another():
    row = golden_row()
    crosses = told(await scan(until(row), kind="crosses"))
    assert ("VEE", "golden_cross", session_at(row)) in crosses
    assert ("PEAK", "death_cross", session_at(row)) in crosses
    assert told(await scan(until(row + 1), kind="crosses")) == []


async def test_an_approach_is_found_from_its_first_session_until_the_cross():
    known = market()
    history = CROSS.history(known, CROSS.thresholds_with())
    events = [event for event in CROSS.events(history, CROSS.thresholds_with()) if event.subject == "VEE"]
    began = next(event.session for event in events if event.kind == "approaching_golden")
    first = int(np.searchsorted(known.prices.sessions, np.datetime64(began)))
    assert first < golden_row() - 1
    assert "VEE" not in {finding.symbol for finding in (await scan(until(first - 1), kind="approaches")).findings}
    for row in range(first, golden_row()):
        found = {finding.symbol: finding for finding in (await scan(until(row), kind="approaches")).findings}
        assert found["VEE"].since == began
        assert found["VEE"].flat_sessions == history["flat_sessions"][row, known.prices.column("VEE")]
        assert found["VEE"].gap_pct == pytest.approx(history["gap_pct"][row, known.prices.column("VEE")])
        assert found["VEE"].name == "Vee Valley"
    assert "VEE" not in {finding.symbol for finding in (await scan(until(golden_row()), kind="approaches")).findings}


async def test_an_approach_that_has_moved_away_is_over():
    known = market()
    for row in range(210, SIZE, 4):
        history = CROSS.history(until(row), CROSS.thresholds_with())
        flat = history["flat_sessions"][-1]
        for finding in (await scan(until(row), kind="approaches")).findings:
            assert 0 < flat[known.prices.column(finding.symbol)] <= 20


async def test_a_high_is_a_close_above_every_other_of_the_last_252():
    found = await scan(until(SIZE - 1), kind="highs")
    closes = market().prices.close[-252:]
    expected = [
        symbol for place, symbol in enumerate(market().prices.symbols) if closes[-1, place] > closes[:-1, place].max()
    ]
    assert [finding.symbol for finding in found.findings] == expected
    assert "FLAT" not in expected


async def test_a_run_of_highs_is_told_since_its_first():
    rising = np.concatenate([np.full(SIZE - 4, 100.0), [101.0, 102.0, 103.0, 104.0]])
    (high,) = (await scan(market(revised={"FLAT": rising}), "watchlist", "highs", watched=("FLAT",))).findings
    assert (high.kind, high.since, high.close) == (HIGH, session_at(SIZE - 4), 104.0)
    assert high.above_pct == pytest.approx(100 / 103)
    assert high.change_pct == pytest.approx(100 / 103)
    assert high.gap_pct is None


async def test_a_universe_a_sector_and_a_watchlist_are_looked_through():
    row = golden_row()
    assert {finding.symbol for finding in (await scan(until(row), "smallcap", "crosses")).findings} == {"VEE"}
    assert {finding.symbol for finding in (await scan(until(row), "UNIVERSE:SmallCap", "crosses")).findings} == {"VEE"}
    energy = await scan(until(row), "energy", "crosses")
    assert (energy.place, {finding.symbol for finding in energy.findings}) == ("Energy", {"PEAK"})
    mine = await scan(until(row), "watchlist", "crosses", watched=("PEAK",))
    assert (mine.place, {finding.symbol for finding in mine.findings}) == ("your watchlist", {"PEAK"})


async def test_what_cannot_be_told_is_counted():
    assert (await scan(until(SIZE - 1), "smallcap", "highs")).grounds.coverage == Coverage(2, 3)
    held = until(SIZE - 1, holes={"WAVE": slice(SIZE - 1, SIZE)})
    assert (await scan(held, "smallcap", "crosses")).grounds.coverage == Coverage(1, 3)
    hole = until(SIZE - 1, holes={"WAVE": slice(SIZE - 240, SIZE - 239)})
    assert (await scan(hole, kind="highs")).grounds.coverage == Coverage(3, 4)
    assert (await scan(hole, kind="crosses")).grounds.coverage == Coverage(3, 4)  # FLAT was never on either side
    assert (await scan(hole, kind="all")).grounds.coverage == Coverage(2, 4)
    assert (await scan(until(100))).grounds.coverage == Coverage(0, 4)


async def test_a_guilds_own_windows_and_limits_are_used():
    row = golden_row()
    quick = {"fast": 5, "slow": 20}
    history = CROSS.history(until(row), CROSS.thresholds_with(quick))
    crossed = np.flatnonzero(history["crossed"][-1]).tolist()
    found = await scan(until(row), kind="crosses", thresholds=quick)
    assert [finding.symbol for finding in found.findings] == [market().prices.symbols[place] for place in crossed]


async def test_a_session_still_open_is_left_out():
    row = golden_row()
    live = until(row + 1, open_session=session_at(row + 1))
    found = await scan(live, kind="crosses")
    assert ("VEE", "golden_cross", session_at(row)) in told(found)
    assert found.grounds.session == session_at(row)


@pytest.mark.parametrize(
    ("where", "kind", "words"),
    [
        ("smalcap", "all", "did you mean smallcap"),
        ("###", "all", "choose watchlist, smallcap"),
        ("", "cross", "choose all, crosses, approaches, highs"),
        ("watchlist", "all", "your watchlist is empty: add symbols"),
    ],
)
async def test_what_cannot_be_scanned_is_refused_in_words(where, kind, words):
    with pytest.raises(QuestionError, match=words):
        await scan(until(300), where, kind)


async def test_the_market_is_looked_through_once_for_all_who_ask(monkeypatch):
    looked = []
    real = module._everything

    def counting(known, thresholds):
        looked.append(known)
        return real(known, thresholds)

    monkeypatch.setattr(module, "_everything", counting)
    knowledge = Knowledge(until(300))
    asked = Findings(knowledge, NoGuildThresholds())
    for where, kind in (("", "all"), ("smallcap", "highs"), ("energy", "crosses")):
        await asked.of(where, kind, guild_id=None)
    assert len(looked) == 1
    knowledge.known = until(301)
    assert (await asked.of("", "all", guild_id=None)).grounds.session == session_at(301)
    assert len(looked) == 2


def test_places_are_offered_with_their_size():
    asked = Findings(Knowledge(until(300)), NoGuildThresholds())
    assert asked.places() == [
        ("watchlist", "your watchlist"),
        ("smallcap", "smallcap (3 symbols)"),
        ("sector:Energy", "Energy"),
    ]
