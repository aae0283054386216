from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.market.store import BarStore, StoreDamaged
from bot.market.types import Bars, Outcome, Status
from signals.types import Prices

FETCHED = datetime(2025, 7, 8, 20, 30, tzinfo=UTC)
FIRST = np.datetime64("2020-01-01")
WRITER = Path(__file__).parent / "store_writer.py"


def bars(start, stop, symbols=("A", "B", "C"), *, salt=0.0, fields=("close", "volume")):
    """Build bars whose every figure says which row, column and generation it belongs to."""
    rows = np.arange(start, stop)
    grid = rows[:, None] * 10.0 + np.arange(len(symbols)) + salt
    prices = Prices(FIRST + rows, tuple(symbols), **{name: grid + n for n, name in enumerate(fields)})
    outcomes = tuple(Outcome(symbol, Status.OK) for symbol in symbols)
    return Bars(prices, "test", FETCHED, outcomes)


def same(prices, start, stop, **kwargs):
    wanted = bars(start, stop, **kwargs).prices
    assert prices.sessions.tolist() == wanted.sessions.tolist()
    assert prices.symbols == wanted.symbols
    for name, values in wanted.fields():
        np.testing.assert_array_equal(getattr(prices, name), values)


@pytest.fixture
def store(tmp_path):
    return BarStore(tmp_path / "bars")


def test_an_empty_store_says_so(store):
    assert store.meta() is None
    with pytest.raises(StoreDamaged, match="no bars"):
        store.open()


def test_bars_come_back_as_they_went_in(store):
    store.replace(bars(0, 5), key="k1")
    same(store.open(), 0, 5)
    assert store.open().open is None
    assert store.meta().key == "k1"


def test_sessions_are_appended_one_at_a_time(store):
    store.replace(bars(0, 5))
    for row in range(5, 9):
        store.append(bars(row, row + 1))
    same(store.open(), 0, 9)
    assert store.meta().generation == "000001"


def test_source_instant_and_sessions_of_every_fetch_are_kept(store):
    store.replace(bars(0, 5))
    store.append(replace(bars(5, 6), source="other"))
    fetches = store.meta().fetches
    assert [(f.source, f.first, f.last) for f in fetches] == [
        ("test", date(2020, 1, 1), date(2020, 1, 5)),
        ("other", date(2020, 1, 6), date(2020, 1, 6)),
    ]
    assert fetches[0].fetched_at == FETCHED


def test_symbols_that_did_not_end_well_are_kept(store):
    trouble = Outcome("C", Status.SUSPECT, "line 3", date(2020, 1, 4))
    store.replace(replace(bars(0, 5), outcomes=(Outcome("A", Status.OK), trouble)))
    assert store.meta().troubles == (trouble,)


def test_a_symbol_that_did_not_come_is_missing_in_the_new_session(store):
    store.replace(bars(0, 2))
    store.append(bars(2, 3, symbols=("C", "A")))
    assert store.open().close[2].tolist()[:1] == [21.0]
    assert np.isnan(store.open().close[2, 1])
    assert store.open().close[2, 2] == 20.0


@pytest.mark.parametrize(("start", "symbols"), [(4, ("A",)), (5, ("A", "NEW"))])
def test_what_does_not_follow_is_refused_and_nothing_changes(store, start, symbols):
    store.replace(bars(0, 5))
    with pytest.raises(ValueError, match="is not"):
        store.append(bars(start, start + 1, symbols=symbols))
    same(store.open(), 0, 5)


def test_nothing_can_be_appended_to_nothing(store):
    with pytest.raises(ValueError, match="nothing to append to"):
        store.append(bars(0, 1))


def test_a_cut_ends_with_its_session(store):
    store.replace(bars(0, 5))
    same(store.open(date(2020, 1, 3)), 0, 3)


def test_writing_to_opened_bars_never_reaches_the_disk(store):
    store.replace(bars(0, 5))
    store.open().close[:] = np.nan
    same(store.open(), 0, 5)


def test_an_open_reader_keeps_what_it_has_while_all_is_replaced(store):
    store.replace(bars(0, 5))
    held = store.open()
    for salt in (0.25, 0.5, 0.75):
        store.replace(bars(0, 7, salt=salt))
    same(held, 0, 5)
    same(store.open(), 0, 7, salt=0.75)
    assert len([p for p in store.directory.iterdir() if p.is_dir()]) == 2


def test_rows_of_a_generation_stay_within_reach_of_a_view(store):
    before = store.replace(bars(0, 5))
    store.append(bars(5, 6))
    same(store.open_rows(before.generation, 5), 0, 5)
    store.replace(bars(0, 1))
    store.replace(bars(0, 2))
    with pytest.raises(StoreDamaged, match="have been replaced since"):
        store.open_rows(before.generation, 5)


def test_a_torn_tail_is_ignored_and_overwritten(store):
    store.replace(bars(0, 5))
    folder = store.directory / "000001"
    for name in ("close.f64", "sessions.i64"):
        with (folder / name).open("ab") as file:
            file.write(b"\x01\x02\x03torn")
    same(store.open(), 0, 5)
    store.append(bars(5, 6))
    same(store.open(), 0, 6)


def test_a_file_that_is_too_short_is_told(store):
    store.replace(bars(0, 5))
    with (store.directory / "000001" / "close.f64").open("r+b") as file:
        file.truncate(24)
    with pytest.raises(StoreDamaged, match="is too short"):
        store.open()


def test_damaged_facts_are_told(store):
    store.replace(bars(0, 5))
    (store.directory / "000001" / "meta.json").write_text("{")
    with pytest.raises(StoreDamaged, match=r"meta.json cannot be read .* delete"):
        store.open()


HARM = {
    "current": b"abc",
    "000001/sessions.i64": b"12345678",
    "000001/meta.json": b'{"rows": -1, "symbols": [], "fields": [], "key": "", "fetches": [], "troubles": []}',
}


@pytest.mark.parametrize("name", HARM)
def test_a_damaged_file_is_told_in_a_line_and_never_read(store, name):
    store.replace(bars(0, 5))
    (store.directory / name).write_bytes(HARM[name])
    with pytest.raises(StoreDamaged, match="delete"):
        store.open()


@pytest.mark.parametrize("name", ["sessions.i64", "close.f64", "meta.json"])
def test_a_file_that_is_gone_is_damage_and_no_reason_to_ask_again(store, name):
    store.replace(bars(0, 5))
    (store.directory / "000001" / name).unlink()
    with pytest.raises(StoreDamaged, match="delete that folder"):
        store.open()
    with pytest.raises(StoreDamaged, match="delete that folder"):
        store.open_rows("000001", 5)


def test_a_full_disk_keeps_the_old_bars_and_gets_its_room_back(store, monkeypatch):
    store.replace(bars(0, 5))
    fsync = os.fsync

    def full(handle):
        if Path(f"/proc/self/fd/{handle}").readlink().name == "volume.f64":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.replace(bars(0, 9, salt=0.5))
    same(store.open(), 0, 5)
    assert [path.name for path in store.directory.iterdir() if path.is_dir()] == ["000001"]


def test_what_was_replaced_long_ago_is_deleted_and_what_was_replaced_just_now_is_kept(store):
    store.replace(bars(0, 5))
    store.replace(bars(0, 6))
    store.forget_previous()
    same(store.open_rows("000001", 5), 0, 5)
    os.utime(store.directory / "current", (1e9, 1e9))
    store.forget_previous()
    same(store.open(), 0, 6)
    assert [path.name for path in store.directory.iterdir() if path.is_dir()] == ["000002"]


def test_no_bars_at_all_can_be_kept(store):
    store.replace(bars(0, 0))
    assert store.open().close.shape == (0, 3)


def kill_at_random(directory, rng):
    """Run a writer and end it in the middle of whatever it does."""
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(directory), str(rng.random())], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(rng.random() * 0.15)
        writer.send_signal(signal.SIGKILL)


def test_a_writer_killed_at_any_instant_leaves_an_old_state_or_a_new_one(store):
    rng = random.Random(20250806)  # noqa: S311 - instants to kill at, no secret
    seen = set()
    store.replace(bars(0, 3))
    for _ in range(20):
        kill_at_random(store.directory, rng)
        meta = store.meta()
        prices = store.open()
        salt = float(prices.close[0, 0])
        same(prices, 0, meta.rows, salt=salt)
        assert meta.fetches[-1].last == prices.sessions[-1].item()
        json.loads((store.directory / meta.generation / "meta.json").read_text())
        seen.add((meta.generation, meta.rows))
    assert len(seen) > 10
    store.append(bars(meta.rows, meta.rows + 1, salt=salt))
    same(store.open(), 0, meta.rows + 1, salt=salt)
