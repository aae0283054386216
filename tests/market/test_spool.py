"""What a spool gives back, and what it lets go."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import structlog

from bot.market.spool import KEPT_FOR, Spool, is_whole
from bot.market.types import Status
from bot.market.yahoo_wire import FIELDS, Answer

SESSIONS = np.arange("2025-08-04", "2025-08-09", dtype="datetime64[D]")
NOW = datetime(2025, 8, 8, 20, 30, tzinfo=UTC)


def answer(symbol, value=1.0, count=5, status=Status.OK):
    bars = value + np.arange(float(len(FIELDS) * count)).reshape(len(FIELDS), count)
    return Answer(symbol, status, "words", date(2025, 8, 8), f"{symbol} Inc.", bars=bars)


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "update")


def test_what_was_kept_comes_back_bit_for_bit(spool):
    kept = [answer("A", np.pi), answer("B", np.nan, status=Status.SUSPECT)]
    spool.keep(kept, SESSIONS, NOW)
    spool.keep([answer("C")], SESSIONS, NOW)
    found = spool.recall(SESSIONS, NOW + timedelta(hours=1))
    assert list(found) == ["A", "B", "C"]
    for before in kept:
        after = found[before.symbol]
        assert (after.status, after.detail, after.last_session, after.name) == (
            before.status,
            before.detail,
            before.last_session,
            before.name,
        )
        np.testing.assert_array_equal(after.bars, before.bars)


def test_a_longer_range_to_the_same_session_serves_a_shorter_one_and_not_the_other_way(spool):
    spool.keep([answer("A")], SESSIONS, NOW)
    assert spool.recall(SESSIONS[-2:], NOW)["A"].bars.tolist() == answer("A").bars[:, -2:].tolist()
    spool.forget()
    spool.keep([answer("A", count=2)], SESSIONS[-2:], NOW)
    assert spool.recall(SESSIONS, NOW) == {}
    assert "A" in spool.recall(SESSIONS[-2:], NOW)


def test_another_last_session_is_dropped(spool):
    spool.keep([answer("A", count=4)], SESSIONS[:-1], NOW)
    assert spool.recall(SESSIONS, NOW) == {}
    assert not list(spool.directory.iterdir())


@pytest.mark.parametrize("at", [NOW + KEPT_FOR + timedelta(seconds=1), NOW - timedelta(seconds=1)])
def test_what_is_too_old_or_from_the_future_is_dropped(spool, at):
    spool.keep([answer("A")], SESSIONS, NOW)
    assert spool.recall(SESSIONS, at) == {}
    assert spool.recall(SESSIONS, NOW) == {}


def test_half_a_file_that_was_never_renamed_is_not_looked_at(spool):
    spool.keep([answer("A")], SESSIONS, NOW)
    (file,) = spool.directory.glob("*/*.frames")
    file.with_name(f".{file.name}.new").write_bytes(file.read_bytes()[:100])
    assert list(spool.recall(SESSIONS, NOW)) == ["A"]


@pytest.mark.parametrize("damage", [lambda whole: whole[:-9], lambda _: b"", lambda _: b"\0\0\0\5\0\0\0\0{oops"])
def test_a_damaged_file_is_told_dropped_and_asked_for_again(spool, damage):
    spool.keep([answer("A")], SESSIONS, NOW)
    (file,) = spool.directory.glob("*/*.frames")
    file.write_bytes(damage(file.read_bytes()))
    with structlog.testing.capture_logs() as logged:
        assert spool.recall(SESSIONS, NOW) == {}
    assert [line["event"] for line in logged] == ["spool_damaged"]
    assert not file.exists()


def test_nothing_is_kept_or_dropped_where_there_is_nothing(spool):
    assert spool.recall(SESSIONS, NOW) == {}
    spool.forget()
    assert not spool.directory.exists()


def test_only_bars_up_to_the_last_session_are_whole():
    assert is_whole(answer("A"), SESSIONS)
    assert not is_whole(answer("A"), np.append(SESSIONS, np.datetime64("2025-08-11")))
    assert not is_whole(Answer("A", Status.EMPTY, "none"), SESSIONS)
