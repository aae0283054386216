"""Facts of three reconstitutions in a made-up market: files of capitalisations, members, published dates and lists."""

from __future__ import annotations

from datetime import date

import numpy as np

from signals.facts import Holdings
from signals.recon_facts import Caps, MembershipList, Reconstitution

FILLERS = tuple(f"C{n:04}" for n in range(3100))
"""Companies without prices: they are ranked, and make the breakpoints."""
SIZES = np.geomspace(2e12, 4e7, len(FILLERS))
SOURCE = "https://example.org/schedule"
LEAST_DAYS = 930
"""Days a market must have for `reconstitution_facts`."""


def reconstitution_facts(days: np.ndarray) -> dict[str, tuple]:
    """Return what `Facts` takes; ``holdings`` is to be added to those there are."""
    dates = ((500, 525, 548, 560), (700, 740, 780, 795), (800, 910, 920, 925))
    reconstitutions = tuple(
        Reconstitution(*(days[row].item() for row in rows), source=SOURCE, known=days[rows[0] - 30].item())
        for rows in dates
    )
    lists = (
        _list(days[745].item(), {"M00", "M22"}),
        _list(days[750].item(), {"M22", "M07"}),
        _list(days[755].item(), {"M00", "M22", "XX"}),
    )
    large = Holdings("russell1000", "IWB", days[480].item(), ("M00", "M19"), np.full(2, 0.5), ("", ""))
    return {
        "caps": (
            caps_at(days[490].item()),
            caps_at(days[500].item()),
            caps_at(days[690].item(), M05=3.5e7),
            caps_at(days[799].item()),
        ),
        "membership_lists": lists,
        "reconstitutions": reconstitutions,
        "holdings": (large,),
    }


def caps_at(day: date, **changed: float) -> Caps:
    """Return a file: M01 is too small, M02 too large, M03's float too low, M00 fell out of the thousand largest."""
    sizes = {f"M{n:02}": float(SIZES[2000]) for n in range(24)}
    sizes |= {"M00": float(SIZES[2500]), "M01": 3.1e7, "M02": float(SIZES[5]), "M19": float(SIZES[20])} | changed
    named = dict(zip(FILLERS, SIZES.tolist(), strict=True)) | sizes
    floats = np.full(len(named), 0.8)
    floats[list(named).index("M03")] = 0.01
    return Caps(day, tuple(named), np.array(list(named.values())), floats, ("NYSE",) * len(named))


def _list(published: date, additions: set[str]) -> MembershipList:
    return MembershipList(published, frozenset(additions), frozenset(("M01", "M03")))
