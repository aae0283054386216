from __future__ import annotations

import errno
import os

import pytest

from bot.market.durable import write_durably


def no_room(_handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(_handle: int) -> None:
    raise KeyboardInterrupt


def test_a_file_is_there_whole_and_nothing_beside_it(tmp_path):
    write_durably(tmp_path / "a.toml", b"old")
    write_durably(tmp_path / "a.toml", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.toml": b"new"}


@pytest.mark.parametrize(("fails", "error"), [(no_room, OSError), (interrupted, KeyboardInterrupt)])
def test_a_write_that_ends_early_leaves_what_was_there_and_nothing_beside_it(tmp_path, monkeypatch, fails, error):
    write_durably(tmp_path / "a.toml", b"old")
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(error):
        write_durably(tmp_path / "a.toml", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.toml": b"old"}


def test_a_place_that_cannot_be_written_to_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_durably(tmp_path / "nowhere" / "a.toml", b"new")
