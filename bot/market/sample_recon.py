"""The simulated market's reconstitution desk: what all companies are worth, the Russell 1000, published lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.market.sample_draws import normals, uniforms
from bot.market.sample_listing import LARGE, NASDAQ_LETTERS, SMALL
from signals.errors import InsufficientHistory
from signals.facts import Holdings
from signals.recon_facts import Caps, MembershipList
from signals.recon_ranks import ranking
from signals.types import FloatArray

if TYPE_CHECKING:
    from bot.market.sample_market import SampleMarket

DAYS = ("2025-10-31", "2026-04-30", "2026-05-29", "2026-06-30", "2026-07-31", "2026-08-31")
"""The days of the capitalisations: rank days, and of late the last session of each month."""
RANK_DAY = date(2026, 4, 30)
LISTED_ON = (date(2026, 5, 22), date(2026, 5, 29), date(2026, 6, 5), date(2026, 6, 12))
STEPS = ((890, 80e9, 12e9), (1810, 12e9, 0.16e9), (560, 0.16e9, 0.035e9))
"""How many companies without prices lie between two capitalisations on `RANK_DAY`, and these."""
NEWCOMERS = (2390, 2480, 2545, 2580, 2610, 2634, 2655, 2675, 2690)
"""Places of companies that are in no index and whose close is known; of most of the others only their size is."""
FALLEN = (1080, 1130)
"""Places of members of the Russell 1000 that have become too small for it."""
UNFORESEEN = (2100, 2400)
"""Places of companies on the lists that no projection could name: whether they are eligible is not known."""
_NOISE, _ORDER, _FLOAT = 330, 331, 332
_STARTS = ("BR", "GL", "SK", "TR", "CR", "DR", "FL", "PL", "GR", "ST", "TH", "KR", "SL", "FR", "PR", "BL")
_ENDS = ("EN", "AX", "IS", "OR")
_OWN_PCT = 4.0
_UNIT_USD = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class ReconstitutionDesk:
    """What the facts of the simulated market take."""

    caps: tuple[Caps, ...]
    lists: tuple[MembershipList, ...]
    large: tuple[Holdings, ...]


def desk_of(market: SampleMarket) -> ReconstitutionDesk:
    """Return what is known of the reconstitution in the simulated market; all of it is invented."""
    caps = _caps(market)
    ranked = caps[DAYS.index(RANK_DAY.isoformat())]
    return ReconstitutionDesk(caps, _lists(ranked), tuple(_large(each) for each in caps))


@lru_cache(maxsize=1)
def others() -> tuple[str, ...]:
    """Return symbols of companies without prices, the largest first: of six letters, so that none is a real one."""
    vowels, consonants = "AEIOU", "BDKLMNRSTVXZ"
    names = [start + vowel + end for start in _STARTS for vowel in vowels for end in _both(consonants)]
    order = np.argsort(uniforms(_ORDER, (len(names),)), kind="stable")
    return tuple(names[place] for place in order[: sum(count for count, _, _ in STEPS)].tolist())


def _both(consonants: str) -> list[str]:
    return [consonant + end for consonant in consonants for end in _ENDS]


@lru_cache(maxsize=1)
def _sizes() -> FloatArray:
    return np.concatenate([_falling(count, most, least) for count, most, least in STEPS])


def _falling(count: int, most: float, least: float) -> FloatArray:
    falls: FloatArray = most * np.cumprod(np.full(count, (least / most) ** (1 / count)))
    return falls


def _caps(market: SampleMarket) -> tuple[Caps, ...]:
    """Return a file a day: the companies with prices as those say, the others as small companies did on the whole."""
    own = market.caps()
    symbols = (*own.symbols, *others())
    exchanges = tuple("NASDAQ" if len(symbol) >= NASDAQ_LETTERS else "NYSE" for symbol in symbols)
    floats = np.round(0.55 + 0.44 * uniforms(_FLOAT, (len(symbols),)), 2)
    index = market.prices.close[:, market.prices.column("^RUT")]
    rows = np.searchsorted(own.sessions, np.array(DAYS, dtype="datetime64[D]"))
    ranked = index[rows[DAYS.index(RANK_DAY.isoformat())]]
    shares = _sizes() / (4.0 + 20.0 * uniforms(_FLOAT + 1, (len(others()),)))
    has_close = np.isin(np.arange(len(others())), (*NEWCOMERS, *FALLEN))
    nothing = np.full(len(own.symbols), np.nan)  # their prices are known
    found = []
    for place, row in enumerate(rows.tolist()):
        noise = 1.0 + _OWN_PCT / 100 * normals(_NOISE * 100 + place, (len(others()),))
        sizes = np.rint(_sizes() * (index[row] / ranked) * noise / _UNIT_USD) * _UNIT_USD
        closes = np.concatenate([nothing, np.where(has_close, np.round(sizes / shares, 2), np.nan)])
        day: date = own.sessions[row].item()
        found.append(Caps(day, symbols, np.concatenate([own.close[row], sizes]), floats, exchanges, closes))
    return tuple(found)


def _large(caps: Caps) -> Holdings:
    """Return the Russell 1000's members that are known, as of a day: the large companies, and some that have shrunk."""
    symbols = (*(company.symbol for company in LARGE), *(others()[place] for place in FALLEN))
    sizes = dict(zip(caps.symbols, caps.total_usd.tolist(), strict=True))
    worth = np.array([sizes[symbol] for symbol in symbols])
    sectors = (*(company.sector for company in LARGE), *("" for _ in FALLEN))
    return Holdings("russell1000", "IWB", caps.day, symbols, worth / worth.sum(), sectors)


def _lists(caps: Caps) -> tuple[MembershipList, ...]:
    """Return four weeks' lists: by size, with names withdrawn, one on it again, and two that nobody could foresee."""
    sizes = dict(zip(caps.symbols, caps.total_usd.tolist(), strict=True))
    ranks = ranking(caps, dict.fromkeys(caps.symbols, 10.0))
    if ranks.large is None or ranks.large.upper_usd is None or ranks.small is None:
        raise InsufficientHistory("companies", len(caps.symbols), "the simulated Russell 3000 takes more")
    least, lower, upper = ranks.small.cap_usd, ranks.large.lower_usd, ranks.large.upper_usd
    newcomers, fallen, unforeseen = ([others()[place] for place in each] for each in (NEWCOMERS, FALLEN, UNFORESEEN))
    joining = {symbol for symbol in newcomers if sizes[symbol] >= least}
    joining |= {symbol for symbol in fallen if sizes[symbol] < lower}
    leaving = {company.symbol for company in SMALL if not least <= sizes[company.symbol] < upper}
    early, late = unforeseen
    back, gone = sorted(joining)[:2]
    first = frozenset({*joining, early})
    additions = (first, first - {back}, first - {back}, (first - {gone}) | {late})
    deletions = frozenset(leaving - {min(leaving)})
    return tuple(MembershipList(day, added, deletions) for day, added in zip(LISTED_ON, additions, strict=True))
