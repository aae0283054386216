from __future__ import annotations

import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar, kept_calendar

TODAY = date(2026, 11, 20)


def test_a_kept_calendar_is_the_exchanges(tmp_path):
    for _ in ("built", "read back"):
        kept = kept_calendar(TODAY, tmp_path)
        assert np.array_equal(kept.sessions, exchange_calendar(TODAY).sessions)
        assert np.array_equal(kept.closes, exchange_calendar(TODAY).closes)
    with pytest.raises(ValueError, match="read-only"):
        kept.sessions[0] = np.datetime64("1999-01-01")


@pytest.mark.parametrize("rubbish", [b"", b"PK\x03\x04 no archive", b"text"])
def test_a_damaged_calendar_is_built_again(tmp_path, rubbish):
    kept_calendar(TODAY, tmp_path)
    (path,) = tmp_path.glob("calendar-*.npz")
    path.write_bytes(rubbish)
    assert kept_calendar(TODAY, tmp_path).sessions[-1] == np.datetime64("2028-12-29")
    assert path.stat().st_size > len(rubbish)


def test_a_kept_calendar_needs_no_pandas(tmp_path):
    kept_calendar(TODAY, tmp_path)
    program = (
        "import sys, pathlib, datetime\n"
        "from bot.market.calendar import kept_calendar\n"
        f"kept_calendar(datetime.date(2026, 11, 20), pathlib.Path({str(tmp_path)!r}))\n"
        "print(sorted({'pandas', 'exchange_calendars'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
