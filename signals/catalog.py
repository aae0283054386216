"""The explicit list of all signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from signals.activity import ACTIVITY
from signals.breadth import BREADTH
from signals.catchup import CATCHUP
from signals.cross import CROSS
from signals.deals import DEALS
from signals.definition import EventKind, Signal
from signals.errors import UnknownSignal
from signals.insiders import INSIDERS
from signals.leadership import LEADERSHIP
from signals.leverage import LEVERAGE
from signals.macro import MACRO
from signals.options import OPTIONS
from signals.quality import QUALITY
from signals.recon import RECON
from signals.rotation import ROTATION
from signals.smallcap import SMALLCAP
from signals.themes import THEMES
from signals.types import History, Market, Reading, Thresholds
from signals.valuation import VALUATION

SIGNALS: tuple[Signal, ...] = (
    CROSS,
    SMALLCAP,
    ROTATION,
    LEADERSHIP,
    THEMES,
    BREADTH,
    CATCHUP,
    ACTIVITY,
    OPTIONS,
    QUALITY,
    VALUATION,
    LEVERAGE,
    INSIDERS,
    DEALS,
    MACRO,
    RECON,
)

_BY_NAME = {signal.name: signal for signal in SIGNALS}


def by_name(name: str) -> Signal:
    """Return the signal called `name`.

    Raises
    ------
    UnknownSignal
        If there is none; the message names the nearest one.

    Examples
    --------
    >>> by_name("cross").title
    'Golden and death cross'
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = get_close_matches(name.lower(), _BY_NAME, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(_BY_NAME)}"
    raise UnknownSignal("signal", name, hint)


def whole_history(
    signal: Signal, market: Market, thresholds: Thresholds, chosen: Mapping[str, Thresholds] | None = None
) -> History:
    """Compute the history of `signal`, handing it the histories it reads.

    Parameters
    ----------
    signal : Signal
        Any of `SIGNALS`.
    market : Market
        Prices of shape (T, N).
    thresholds : mapping
        All of the signal's.
    chosen : mapping of str to mapping, optional
        All thresholds of the signals it reads, by their names; defaults where it has none.

    Returns
    -------
    History
        What ``signal.history`` gives.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> whole_history(SMALLCAP, _example(), {})["mtd_pct"][:, 0].round(1)
    array([nan, nan, 10., 21., -1.])
    """
    if not signal.reads:
        return signal.history(market, thresholds)
    own = chosen or {}
    read = {name: _handed(by_name(name), market, own) for name in signal.reads}
    handed: History = signal.history(market, thresholds, read)
    return handed


def _handed(signal: Signal, market: Market, chosen: Mapping[str, Thresholds]) -> History:
    """Return the history of `signal` as another is handed it: it can be asked for readings, too.

    Of one whose rows can be told alone there are readings only, made as they are asked for.
    """
    thresholds = chosen.get(signal.name) or signal.thresholds_with()
    alone = signal.alone
    if alone is not None:

        def says_alone(subject: str, t: int) -> Reading:
            reading: Reading = signal.reading(alone(market, thresholds, t), subject, thresholds)
            return reading

        return History(market.prices.sessions, (), {}, signal.windows_of(thresholds), market, says=says_alone)
    history = whole_history(signal, market, thresholds, chosen)

    def says(subject: str, t: int) -> Reading:
        reading: Reading = signal.reading(history, subject, thresholds, t)
        return reading

    return replace(history, says=says)


def kind_by_name(event: str) -> tuple[Signal, EventKind]:
    """Return the kind of event called `event` and the signal that raises it; no two signals share a name.

    Raises
    ------
    UnknownSignal
        If no signal raises it.

    Examples
    --------
    >>> signal, kind = kind_by_name("golden_cross")
    >>> signal.name, kind.importance
    ('cross', 5)
    """
    for signal in SIGNALS:
        for kind in signal.kinds:
            if kind.name == event:
                return signal, kind
    known = ", ".join(kind.name for signal in SIGNALS for kind in signal.kinds)
    raise UnknownSignal("event", event, f"choose one of {known}")
