"""What an unfinished fetch has brought so far, on disk beside the bars, so that nothing whole is asked for twice.

One folder per range of sessions, one file per handful of answers: the frames of the pipe they came through, written
aside and renamed. A file is therefore there whole or not at all, and a process that is killed loses a handful.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from bot.market.durable import write_durably
from bot.market.yahoo_wire import LENGTHS, Answer, frame
from signals.types import SessionArray

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(hours=12)
"""Closes may be corrected in the evening, and a split restates them all by the next morning."""


class Spool:
    """The answers of unfinished fetches in one folder; `forget` them once they are stored."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)

    def recall(self, sessions: SessionArray, now: datetime) -> dict[str, Answer]:
        """Return what came of a fetch that ended with the last of `sessions` and began no later than the first.

        What was kept of other last sessions, or longer ago than `KEPT_FOR`, is deleted.
        """
        found: dict[str, Answer] = {}
        for folder in sorted(self.directory.glob("*_*")):
            first, _, last = folder.name.partition("_")
            if last != str(sessions[-1]):
                shutil.rmtree(folder, ignore_errors=True)
            elif first <= str(sessions[0]):
                for file in sorted(folder.glob("*.frames")):
                    found |= _read(file, width=len(sessions), now=now)
        return found

    def keep(self, answers: Sequence[Answer], sessions: SessionArray, now: datetime) -> None:
        """Write `answers` down durably."""
        folder = self.directory / f"{sessions[0]}_{sessions[-1]}"
        folder.mkdir(parents=True, exist_ok=True)
        content = b"".join([frame({"at": now.isoformat()}), *(answer.frame() for answer in answers)])
        write_durably(folder / f"{time.time_ns():020d}-{os.getpid()}.frames", content)

    def forget(self) -> None:
        """Delete everything: it has been stored."""
        shutil.rmtree(self.directory, ignore_errors=True)  # what stays behind is too old before long


def spool_beside(bars: Path) -> Spool:
    """Return the spool that belongs to the bars in a folder."""
    return Spool(bars / "update")


def is_whole(answer: Answer, sessions: SessionArray) -> bool:
    """Tell whether the bars came up to the last session, so that asking again would bring nothing more."""
    return answer.bars is not None and answer.last_session == sessions[-1].item()


def _read(file: Path, *, width: int, now: datetime) -> dict[str, Answer]:
    """Return the answers of a file, cut to the last `width` sessions; one that is old or damaged is deleted."""
    try:
        frames = _frames(file.read_bytes())
        is_recent = timedelta() <= now - datetime.fromisoformat(next(frames)[0]["at"]) <= KEPT_FOR
        answers = [Answer.read(*parts) for parts in frames] if is_recent else []
        kept = {a.symbol: replace(a, bars=a.bars[:, -width:]) for a in answers if a.bars is not None}
    except FileNotFoundError:
        return {}  # another process has stored its update meanwhile
    except (ValueError, KeyError, TypeError, StopIteration, struct.error) as error:
        log.warning("spool_damaged", file=str(file), problem=str(error))
        kept = {}
    if not kept:
        file.unlink(missing_ok=True)
    return kept


def _frames(content: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    stream = io.BytesIO(content)
    while lengths := stream.read(LENGTHS.size):
        head_length, body_length = LENGTHS.unpack(lengths)
        yield json.loads(stream.read(head_length)), stream.read(body_length)
