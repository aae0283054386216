"""From a row of a history to a reading: which row is meant, when it was known, and what stands beside its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from signals.definition import Signal
from signals.errors import InsufficientHistory
from signals.known import known_at
from signals.sessions import sessions_since
from signals.types import Check, Coverage, FloatArray, History, Reading, Scalar

HINDSIGHT = "hindsight"
"""Label of a reading that uses what nobody knew at its session."""


def checked_row(history: History, t: int) -> int:
    """Return row `t`, counted from the start; negative counts from the end.

    Raises
    ------
    InsufficientHistory
        If there is no such row.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> checked_row(SMALLCAP.history(_example(), {}), -1)
    4
    """
    count = len(history.sessions)
    if not -count <= t < count:
        raise InsufficientHistory("t", t, f"there are {count} sessions of prices")
    return t % count


def last_known_row(values: FloatArray, asked: int) -> int:
    """Return the last row up to `asked` in which any of `values` is a number; `asked` where none is.

    Parameters
    ----------
    values : ndarray of float64, shape (T,) or (T, N)
        NaN where unknown.
    asked : int
        A row, counted from the start.

    Examples
    --------
    >>> last_known_row(np.array([1.0, 2.0, np.nan]), 2)
    1
    """
    known = np.isfinite(values[: asked + 1])
    rows = np.flatnonzero(known if known.ndim == 1 else known.any(axis=1))
    return int(rows[-1]) if len(rows) else asked


def scalar(cell: float | np.floating) -> float | None:
    """Return a number, None where it is NaN or infinite.

    Examples
    --------
    >>> scalar(np.float64(1.5)), scalar(np.nan)
    (1.5, None)
    """
    return float(cell) if np.isfinite(cell) else None


def read_row(
    signal: Signal,
    history: History,
    subject: str,
    rows: tuple[int, int],
    *,
    state: str,
    values: Mapping[str, Scalar],
    coverage: Coverage,
    checks: tuple[Check, ...] = (),
) -> Reading:
    """Return what a room found on one row as a reading, with everything a reading carries.

    Parameters
    ----------
    signal : Signal
        Whose reading it is.
    history : History
        Where the row was found; its market tells source, basis and labels.
    subject : str
        What the reading is about.
    rows : tuple of int
        The row that was asked for, and the row whose bars are the last ones used.
    state, values, coverage, checks :
        What the room says.

    Returns
    -------
    Reading
        As of the instant at which the row that was asked for was known.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> history = SMALLCAP.history(_example(), {})
    >>> now = read_row(SMALLCAP, history, "market", (4, 4), state="known", values={}, coverage=Coverage(1, 1))
    >>> now.session.isoformat(), now.stale_sessions
    ('2025-07-03', 0)
    """
    asked, row = rows
    market = history.market
    session: date = history.sessions[row].item()
    as_of = known_at(market, history.sessions[asked].item())
    return Reading(
        signal=signal.name,
        subject=subject,
        session=session,
        as_of=as_of,
        state=state,
        values=values,
        checks=checks,
        source=market.source,
        basis=market.basis,
        coverage=coverage,
        version=signal.version,
        stale_sessions=sessions_since(market.calendar, session, as_of),
        is_provisional=market.open_session == session,
        labels=market.labels,
    )


def marked(reading: Reading, label: str) -> Reading:
    """Return `reading` with one more thing its reader must know, such as ``hindsight``.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> marked(SMALLCAP.reading(SMALLCAP.history(_example(), {}), "market", {}), HINDSIGHT).labels
    ('hindsight',)
    """
    return reading if label in reading.labels else replace(reading, labels=(*reading.labels, label))
