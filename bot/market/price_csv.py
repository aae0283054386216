"""A symbol's bars from a CSV file in Yahoo's layout: Date,Open,High,Low,Close,Adj Close,Volume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bot.market.table import Table
from signals.types import FloatArray

COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adj_close",
    "Volume": "volume",
}
LONGEST_SHOWN = 40


class UnreadableFile(Exception):
    """A file holds no bars that can be used: what is wrong and what to mend."""


def read_price_csv(path: Path, *, symbol: str, where: str) -> Table:
    """Return the rows of `path` as they stand, text read as missing and named; raise `UnreadableFile`."""
    frame = _read_frame(path)
    missing = [name for name in ("Date", "Close") if name not in frame.columns]
    if missing:
        has = ", ".join(str(name) for name in frame.columns[:8])
        raise UnreadableFile(f"line 1: no column {' nor '.join(missing)} (it has {has}); the header is {_header()}")
    problems: list[str] = []
    lacking = [name for name in COLUMNS if name not in frame.columns]
    if lacking:
        problems.append(f"line 1: no column {', '.join(lacking)}; read as missing, the header is {_header()}")
    frame = frame[~frame.isna().all(axis=1)]
    days, frame = _days(frame, problems)
    fields = {field: _numbers(frame, name, problems) for name, field in COLUMNS.items()}
    lines = frame.index.to_numpy(dtype=np.int64) + 2
    return Table(symbol, where, days, lines, fields, tuple(problems))


def _header() -> str:
    return ",".join(["Date", *COLUMNS])


def _read_frame(path: Path) -> Any:
    import warnings
    import zlib

    import pandas as pd

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(path, encoding="utf-8-sig", skip_blank_lines=False, index_col=False, low_memory=False)
    except pd.errors.ParserWarning:
        raise UnreadableFile(f"line 2: more cells than the header has; the header is {_header()}") from None
    except pd.errors.EmptyDataError:
        raise UnreadableFile("line 1: the file is empty; write it again or delete it") from None
    except pd.errors.ParserError as error:
        raise UnreadableFile(f"{str(error).strip().splitlines()[-1]}; correct that line") from None
    except (UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise UnreadableFile(f"cannot be read ({error}); write it again") from None
    if frame.empty:
        raise UnreadableFile("line 2: no rows under the header; write it again or delete it")
    return frame


def _shown(cell: Any) -> Any:
    """Return what stands in a cell as a line can show it."""
    text = str(cell)
    return cell if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _days(frame: Any, problems: list[str]) -> tuple[Any, Any]:
    import pandas as pd

    text = frame["Date"].astype(str).str.slice(0, 10)
    days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    bad = days.isna()
    if bad.any():
        line, shown = frame.index[bad][0] + 2, _shown(frame["Date"][bad].iloc[0])
        problems.append(
            f"line {line}: {shown!r} is not a date ({int(bad.sum())} such); left out, write it like 2025-09-30"
        )
    return days[~bad].to_numpy().astype("datetime64[D]"), frame[~bad]


def _numbers(frame: Any, name: str, problems: list[str]) -> FloatArray:
    import pandas as pd

    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    column = frame[name]
    # As text where there is any: pandas gives way to text, and not to a whole number that is too long for it.
    given = column.astype(str) if column.dtype == object else column
    numbers: FloatArray = pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
    numbers[np.isinf(numbers)] = np.nan
    bad = np.isnan(numbers) & column.notna().to_numpy()
    if bad.any():
        line, shown = frame.index[bad][0] + 2, _shown(column[bad].iloc[0])
        problems.append(
            f"line {line}: {name} is {shown!r}, not a number ({int(bad.sum())} such); read as missing, correct it"
        )
    return numbers
