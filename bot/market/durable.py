"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


def write_durably(path: Path, content: bytes, *, at: datetime | None = None) -> None:
    """Put `content` at `path`: written aside, synced, renamed over what was there; one writer at a time.

    With `at`, that is the file's time.
    """
    aside = path.with_name(f".{path.name}.new")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if at is not None:
            os.utime(aside, (at.timestamp(), at.timestamp()))
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that names in `folder` outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def instant_of(text: str) -> datetime:
    """Return the instant that `text` names; raise `ValueError` where it is none, or one of an unknown time zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone such as +00:00")
    return instant


@contextmanager
def only_writer(lock: Path) -> Iterator[None]:
    """Keep other processes from writing; the system lets go of the lock however this process ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
