"""The explicit list of all signals."""

from __future__ import annotations

from difflib import get_close_matches

from signals.cross import CROSS
from signals.definition import Signal
from signals.errors import UnknownSignal
from signals.smallcap import SMALLCAP

SIGNALS: tuple[Signal, ...] = (CROSS, SMALLCAP)


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
    known = {signal.name: signal for signal in SIGNALS}
    if name in known:
        return known[name]
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
    raise UnknownSignal("signal", name, hint)
