"""A second source that fails, files that cannot be kept, and the whole way with Tiingo on loopback."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import pytest_asyncio
import structlog
from pydantic import SecretStr

from bot.market.book import SessionUnavailable
from bot.market.disputed import Comparison, Dispute, Disputes
from bot.market.gate import Kind
from bot.market.tiingo import Habits as Manners
from bot.market.tiingo import TiingoSource
from signals.types import Prices
from tests.market.tiingo_server import KEY, TiingoServer, daily, reset, says
from tests.market.two_sources import CALENDAR, SESSIONS, SYMBOLS, WORDS, Desk, day, disputed, told


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


async def test_a_second_source_that_is_down_changes_nothing_and_is_not_asked_at_once_again(desk):
    desk.second.down = "Tiingo refuses the key: set it"
    with structlog.testing.capture_logs() as logs:
        assert (await desk.brought(20)).held == ()
        await desk.brought(20)
    assert [(line["event"], line["reason"]) for line in logs] == [("second_source_failed", desk.second.down)]
    assert desk.book.faults() == ("second source Tiingo has not checked STRL, IWM: Tiingo refuses the key: set it",)
    desk.second.down = ""
    desk.second.set("STRL", 20, 100.0)
    assert (await desk.brought(20, minutes=31)).held
    assert desk.book.faults() == ()


async def test_a_second_source_that_hangs_is_not_waited_for(desk, monkeypatch):
    import asyncio

    monkeypatch.setattr("bot.market.second.PATIENCE_S", 0.01)

    async def hang(symbols, *, start, end):
        await asyncio.sleep(30)

    monkeypatch.setattr(desk.second, "fetch", hang)
    with structlog.testing.capture_logs() as logs:
        assert (await desk.brought(20)).held == ()
    assert logs[0]["reason"] == "nothing came within 0.01 s"


async def test_what_the_second_source_has_no_close_of_is_said_to_be_unchecked(desk):
    desk.second.close[20, 1] = np.nan
    with structlog.testing.capture_logs() as logs:
        await desk.brought(20)
    assert desk.book.faults() == (f"second source Tiingo has not checked STRL: no close of {day(20)} so far",)
    assert [(line["event"], line["symbols"]) for line in logs] == [("second_source_failed", ("STRL",))]
    desk.second.set("STRL", 20, desk.yahoo.close[20, 1])
    await desk.brought(20, minutes=31)
    assert desk.book.faults() == ()


async def test_a_verdict_that_cannot_be_kept_does_not_stop_the_session_and_holds_the_close_all_the_same(desk):
    (desk.folder / "disputed.lock").mkdir()
    assert told(await disputed(desk)) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    assert np.isnan(desk.close("STRL", 20))
    (fault,) = desk.book.faults()
    assert fault.startswith("second source Tiingo has not checked STRL, IWM: what it says cannot be kept, Is a direct")
    assert told(await desk.brought(20, minutes=1)) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    assert len(desk.second.asked) == 1  # nor is it asked at every question
    assert not (desk.folder / "disputed.json").exists()
    (desk.folder / "disputed.lock").rmdir()
    assert told(await desk.brought(20, minutes=32)) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    desk.open()  # what could be written at last outlives the process
    assert told(await desk.brought(20)) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]


async def test_a_dispute_that_could_not_be_kept_is_over_once_both_agree(desk):
    (desk.folder / "disputed.lock").mkdir()
    await disputed(desk)
    desk.second.set("STRL", 20, 310.20)
    assert (await desk.brought(20, minutes=31)).held == ()
    assert desk.close("STRL", 20) == 310.20


async def test_a_close_in_dispute_is_not_let_out_where_the_file_breaks_while_the_source_is_asked(desk, monkeypatch):
    fetch = desk.second.fetch

    async def breaking(symbols, *, start, end):
        (desk.folder / "disputed.json").write_text("{")
        return await fetch(symbols, start=start, end=end)

    monkeypatch.setattr(desk.second, "fetch", breaking)
    with pytest.raises(SessionUnavailable, match="correct it or delete it"):
        await disputed(desk)


async def test_a_dispute_is_held_where_a_release_of_the_same_hearing_cannot_be_kept(desk):
    (desk.folder / "released.lock").mkdir()
    desk.yahoo.close[20:, 3] *= 3
    desk.second.close[20:, 3] *= 3
    view = await disputed(desk)
    assert {(h.symbol, h.kind) for h in view.held} == {("STRL", Kind.DISAGREEMENT), ("KRE", Kind.SPLIT)}
    assert desk.book.faults()[0].startswith("second source Tiingo has not checked KRE: what it says cannot be kept")


async def test_a_file_of_disputes_that_breaks_while_the_source_is_asked_does_not_stop_the_session(desk, monkeypatch):
    fetch = desk.second.fetch

    async def breaking(symbols, *, start, end):
        (desk.folder / "disputed.json").write_text("{")
        return await fetch(symbols, start=start, end=end)

    monkeypatch.setattr(desk.second, "fetch", breaking)
    assert (await desk.brought(20)).held == ()
    assert "correct it or delete it" in desk.book.faults()[0]


async def test_what_was_in_dispute_may_be_forgotten_while_the_source_is_asked(desk, monkeypatch):
    await disputed(desk)
    desk.second.set("STRL", 20, 310.20)
    fetch = desk.second.fetch

    async def forgetting(symbols, *, start, end):
        (desk.folder / "disputed.json").unlink()
        return await fetch(symbols, start=start, end=end)

    monkeypatch.setattr(desk.second, "fetch", forgetting)
    await desk.brought(21)
    assert (await desk.brought(21)).held == ()


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"disputes": [{}], "compared": {}, "asked": null}',
        '{"disputes": [], "compared": {}, "asked": "2025-07-01T20:00:00"}',
    ],
)
async def test_a_damaged_file_of_disputes_is_told_and_not_overwritten(desk, content):
    (desk.folder / "disputed.json").write_text(content)
    with pytest.raises(SessionUnavailable, match="correct it or delete it"):
        await desk.brought(20)
    assert (desk.folder / "disputed.json").read_text() == content


def test_a_dispute_of_a_session_there_are_no_bars_of_holds_no_other_bar():
    from bot.market.gate import Gate

    prices = Prices(SESSIONS[[0, 2]], ("A",), np.array([[1.0], [1.0]]))
    assert Gate(prices, disputed={("A", day(1)): "x", ("B", day(0)): "x"}).suspicions == ()


def test_a_dispute_seen_again_keeps_its_first_instant(tmp_path):
    disputes = Disputes(tmp_path / "disputed.json")
    at = datetime(2025, 8, 6, 21, tzinfo=UTC)
    dispute = Dispute("A", day(1), "words", at)
    assert disputes.record(Comparison([dispute], [], {"A": day(1)}), at=at, asked=at)
    later = at + timedelta(days=1)
    assert not disputes.record(Comparison([Dispute("A", day(1), "words", later)]), at=later, asked=later)
    assert disputes.read().disputes == (dispute,)
    assert disputes.record(Comparison(settled=[dispute]), at=later, asked=None)
    assert disputes.record(Comparison([Dispute("A", day(1), "other", later)]), at=later, asked=None)
    assert disputes.read().open == (Dispute("A", day(1), "other", later),)
    assert (disputes.read().compared, disputes.read().asked) == ({"A": day(1)}, later)


def test_what_could_not_be_written_is_known_and_written_with_the_next(tmp_path):
    disputes = Disputes(tmp_path / "disputed.json")
    at = datetime(2025, 8, 6, 21, tzinfo=UTC)
    later = at + timedelta(days=1)
    first, second = Dispute("A", day(1), "words", at), Dispute("B", day(2), "words", later)
    disputes.path.with_suffix(".lock").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        disputes.record(Comparison([first], [], {"A": day(1)}), at=at, asked=at)
    assert (disputes.read().open, disputes.read().compared, disputes.read().asked) == ((first,), {"A": day(1)}, at)
    assert Disputes(disputes.path).read().disputes == ()
    disputes.path.with_suffix(".lock").rmdir()
    assert disputes.record(Comparison([second]), at=later, asked=later)
    assert disputes.read() == Disputes(disputes.path).read()
    assert disputes.read().open == (first, second)


@pytest_asyncio.fixture
async def tiingo():
    server = TiingoServer()
    await server.start()
    yield server
    await server.stop()


async def test_the_whole_way_with_tiingo_on_loopback(desk, tiingo):
    days = [day(n) for n in range(30)]
    desk.yahoo.set("STRL", 20, 310.20)
    closes = desk.yahoo.close[:30].copy()
    closes[20, 1] = 298.01
    tiingo.replies |= {
        symbol: says(daily(days, closes[:, SYMBOLS.index(symbol)].tolist())) for symbol in ("STRL", "IWM")
    }
    manners = Manners(spacing_s=0, timeout_s=2.0, attempts=1)
    desk.compared = ("STRL", "IWM", "^GSPC")
    desk.second = TiingoSource(CALENDAR, desk.clock, SecretStr(KEY), address=tiingo.address, habits=manners)
    desk.open()
    assert told(await desk.brought(20)) == [("STRL", day(20), Kind.DISAGREEMENT, WORDS)]
    assert sorted(tiingo.asked) == ["IWM", "STRL"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (says("", 429), "Tiingo's allowance is used up"),
        (says("[" * 100_000), "the answer is no JSON"),
        (says('[{"date": "2025-07-01", "close": 1' + "0" * 400 + "}]"), "Tiingo has no bar in this range"),
        (says({"detail": "Maintenance"}), "the answer holds no rows (Maintenance)"),
        (reset, "the connection to 127.0.0.1 broke"),
    ],
)
async def test_whatever_tiingo_answers_the_session_comes_and_the_unchecked_is_named(desk, tiingo, reply, words):
    tiingo.replies |= {"STRL": reply, "IWM": reply}
    manners = Manners(width=1, spacing_s=0, timeout_s=2.0, attempts=1)
    desk.second = TiingoSource(CALENDAR, desk.clock, SecretStr(KEY), address=tiingo.address, habits=manners)
    desk.open()
    assert (await desk.brought(20)).held == ()
    (fault,) = desk.book.faults()
    assert fault.startswith("second source Tiingo has not checked STRL, IWM: ")
    assert words in fault


async def test_certificates_that_cannot_be_read_leave_the_session_unchecked(desk, tiingo, monkeypatch):
    def refused(**_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("bot.network.ssl.create_default_context", refused)
    desk.second = TiingoSource(CALENDAR, desk.clock, SecretStr(KEY), address=tiingo.address)
    desk.open()
    assert (await desk.brought(20)).held == ()
    assert "Permission denied" in desk.book.faults()[0]


async def test_without_a_key_that_works_the_bot_goes_on_and_says_so(desk, tiingo):
    desk.second = TiingoSource(CALENDAR, desk.clock, SecretStr("wrong"), address=tiingo.address)
    desk.open()
    with structlog.testing.capture_logs() as logs:
        assert (await desk.brought(20)).held == ()
    assert "Tiingo refuses the key" in logs[0]["reason"]
    assert "wrong" not in str(logs)
