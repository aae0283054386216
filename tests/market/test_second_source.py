"""Two sources of the same closes: what they disagree on is held, remembered, and let go again."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from bot.market.book import Book
from bot.market.gate import Kind
from bot.market.store import BarStore
from tests.market.two_sources import CALENDAR, WORDS, Desk, day, disputed, told


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


async def test_a_close_two_sources_differ_on_is_held_with_both_numbers(desk):
    view = await disputed(desk)
    assert told(view) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    assert np.isnan(desk.close("STRL", 20))
    assert desk.close("IWM", 20) == desk.yahoo.close[20, 2]


async def test_only_a_bounded_list_is_asked_for_once_a_session(desk):
    await desk.brought(20)
    await desk.book.at(day(20))
    await desk.book.at(day(12))
    assert desk.second.asked == [(("STRL", "IWM"), day(10), day(20))]
    await desk.brought(21)
    assert [symbols for symbols, _, _ in desk.second.asked[1:]] == [("STRL", "IWM")]


@pytest.mark.parametrize(("theirs", "is_held"), [(300 / 1.005, False), (300 / 1.00502, True), (300.0, False)])
async def test_half_a_percent_is_the_bound(desk, theirs, is_held):
    desk.yahoo.set("STRL", 20, 300.0)
    desk.second.set("STRL", 20, theirs)
    assert bool((await desk.brought(20)).held) is is_held


async def test_nothing_is_concluded_from_what_either_does_not_have(desk):
    desk.second.close[:, 1] = np.nan
    desk.yahoo.set("IWM", 20, np.nan)
    assert [h.kind for h in (await desk.brought(20)).held] == [Kind.MISSING]


async def test_as_of_earlier_sessions_nothing_is_held_and_as_of_later_ones_it_still_is(desk):
    await disputed(desk)
    await desk.brought(25)
    assert told(await desk.book.at(day(20))) == told(desk.book.view()) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    assert (await desk.book.at(day(19))).held == ()
    market = (await desk.book.at(day(22))).open()
    assert np.isnan(market.prices.close[20, market.prices.column("STRL")])


async def test_it_is_remembered_across_restarts_and_without_a_second_source(desk):
    await disputed(desk)
    desk.open()
    assert told(await desk.brought(20)) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    alone = Book(desk.yahoo, BarStore(desk.folder), CALENDAR, desk.clock)
    assert told(await alone.bring(day(20))) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    assert len(desk.second.asked) == 1  # compared already


async def test_it_is_let_go_when_both_agree_again_and_the_view_tells(desk):
    await disputed(desk)
    desk.second.set("STRL", 20, 310.20)
    view = await desk.brought(21)
    assert view.held == ()
    assert view.released == {"STRL": day(20)}
    assert desk.close("STRL", 20) == 310.20
    assert (await desk.brought(22)).released == {}


async def test_where_the_main_source_mends_its_close_it_is_let_go_too(desk):
    await disputed(desk)
    desk.yahoo.set("STRL", 20, 298.01)
    assert (await desk.brought(21)).held == ()
    assert desk.close("STRL", 20) == 298.01


async def test_what_agrees_again_may_differ_again(desk):
    await disputed(desk)
    desk.second.set("STRL", 20, 310.20)
    await desk.brought(21)
    desk.second.set("STRL", 22, 100.0)
    assert [h.session for h in (await desk.brought(22)).held] == [day(22)]


async def test_a_close_stays_in_dispute_however_old_until_it_is_settled(desk):
    await disputed(desk)
    await desk.brought(45)
    assert desk.second.asked[-1][1] == day(20)
    desk.second.set("STRL", 20, 310.20)
    assert (await desk.brought(46)).held == ()


async def test_what_the_operator_lets_go_is_not_held_again(desk):
    await disputed(desk)
    desk.book.releases.release("STRL", day(20), at=desk.clock.now())
    assert (await desk.brought(20)).held == ()
    assert (await desk.brought(21)).held == ()
    assert desk.close("STRL", 20) == 310.20


async def test_a_second_source_that_is_late_is_asked_again_after_a_while(desk):
    desk.yahoo.set("STRL", 20, 310.20)
    desk.second.close[20, 1] = np.nan
    assert (await desk.brought(20)).held == ()
    desk.second.set("STRL", 20, 298.01)
    assert (await desk.brought(20, minutes=29)).held == ()
    assert len(desk.second.asked) == 1
    assert [h.kind for h in (await desk.brought(20, minutes=31)).held] == [Kind.DISAGREEMENT]
    assert desk.second.asked[1][0] == ("STRL",)  # IWM has been compared


async def test_the_present_takes_in_what_a_later_comparison_finds(desk):
    desk.yahoo.set("STRL", 20, 310.20)
    desk.second.close[20, 1] = np.nan
    await desk.brought(20)
    desk.second.set("STRL", 20, 298.01)
    desk.clock.set(desk.clock.now() + timedelta(hours=2))
    await desk.book.catch_up()
    assert [h.kind for h in desk.book.held()] == [Kind.DISAGREEMENT]
    assert np.isnan(desk.close("STRL", 20))


async def test_a_session_it_was_late_for_is_compared_with_the_next(desk):
    desk.yahoo.set("STRL", 20, 310.20)
    desk.second.close[20, 1] = np.nan
    await desk.brought(20)
    desk.second.set("STRL", 20, 298.01)
    assert told(await desk.brought(21)) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]


async def test_a_held_move_is_compared_too_and_both_reasons_are_told(desk):
    desk.yahoo.close[20:, 3] *= 3
    (held,) = (await desk.brought(20)).held
    assert (held.symbol, held.kind) == ("KRE", Kind.SPLIT)
    assert "moved +" in held.reason
    assert "Yahoo closed KRE at 960.90, Tiingo at 320.30: 200.0 % apart" in held.reason
    assert desk.second.asked[0][0] == ("KRE", "STRL", "IWM")
    assert desk.book.releases.all() == ()


async def test_a_held_move_both_show_is_let_go(desk):
    desk.yahoo.close[20:, 3] *= 3
    desk.second.close[20:, 3] *= 3
    assert (await desk.brought(20)).held == ()
    assert [(r.symbol, r.by) for r in desk.book.releases.all()] == [("KRE", "second source Tiingo")]


async def test_a_move_both_show_whose_closes_differ_stays_held(desk):
    desk.yahoo.close[20:, 3] *= 3
    desk.second.close[:, 3] *= 1.01
    desk.second.close[20:, 3] *= 3
    (held,) = (await desk.brought(20)).held
    assert "Yahoo closed KRE at 960.90, Tiingo at 970.51: 0.99 % apart" in held.reason
    assert desk.book.releases.all() == ()


async def test_a_split_only_one_has_adjusted_for_puts_no_older_bar_in_dispute(desk):
    desk.yahoo.close[20:, 3] /= 4
    desk.second.close[:, 3] /= 4
    assert [(h.session, h.kind) for h in (await desk.brought(20)).held] == [(day(20), Kind.SPLIT)]


async def test_the_older_session_of_a_question_is_not_compared(desk):
    desk.second.set("STRL", 15, 100.0)
    await desk.brought(30)
    assert (await desk.book.at(day(15))).held == ()
    assert len(desk.second.asked) == 1
