"""The holdings files of iShares' funds, fetched at most once a day; what says something new is kept, a file each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot import __version__
from bot.clock import Clock
from bot.market.durable import only_writer, write_durably
from bot.market.holdings import HoldingsFile, holdings_in, read_holdings
from bot.market.http import NoAnswer, client, get
from bot.market.price_csv import UnreadableFile
from bot.market.universe import fund_of, holdings_of, says_more

if TYPE_CHECKING:
    import aiohttp

log = structlog.get_logger(__name__)

_PRODUCTS = "https://www.ishares.com/us/products"
_FORM = "1467271812596.ajax?fileType=csv&dataType=fund&fileName="
ADDRESSES: Mapping[str, str] = {
    "IWM": f"{_PRODUCTS}/239710/ishares-russell-2000-etf/{_FORM}IWM_holdings",
    "IVV": f"{_PRODUCTS}/239726/ishares-core-sp-500-etf/{_FORM}IVV_holdings",
    "IWB": f"{_PRODUCTS}/239707/ishares-russell-1000-etf/{_FORM}IWB_holdings",
}
OK = 200
TIMEOUT_S = 60.0
AGAIN_AFTER = timedelta(hours=1)
"""How long a fund is left alone after a failure; after a success, until the next day (UTC)."""
LEAST_FRAC = 0.8
"""A file with fewer of the shares the last one had is taken for half a file."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """When a fund's file was asked for last, and what went wrong; empty where nothing did."""

    at: datetime
    fault: str = ""


class Downloads:
    """Keeps the holdings of `funds` fresh in `folder`; a failure leaves what is there and is told by `faults`.

    Parameters
    ----------
    addresses : mapping of str to str
        Where each fund's file comes from.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        funds: Sequence[str],
        addresses: Mapping[str, str] = ADDRESSES,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.folder = folder
        self._clock, self._funds, self._addresses, self._timeout_s = clock, tuple(funds), addresses, timeout_s

    def faults(self) -> tuple[str, ...]:
        """Return the funds whose file could not be fetched when it was asked for last, a line each."""
        attempts = read_attempts(self.folder)
        told = ((fund, attempts[fund]) for fund in self._funds if fund in attempts)
        return tuple(f"{fund} holdings, {a.at:%Y-%m-%d %H:%M} UTC: {a.fault}" for fund, a in told if a.fault)

    async def refresh(self) -> tuple[str, ...]:
        """Fetch what is due, one fund after the other, and return what failed."""
        attempts = await asyncio.to_thread(read_attempts, self.folder)
        for fund in self._funds:
            if self._is_due(attempts.get(fund)):
                fault = await self._fetch(fund)
                if fault:
                    log.warning("holdings_failed", fund=fund, reason=fault)
                await asyncio.to_thread(self._note, fund, fault)
        return await asyncio.to_thread(self.faults)

    def _is_due(self, last: Attempt | None) -> bool:
        now = self._clock.now().astimezone(UTC)
        if last is None or last.at > now:
            return True
        return now - last.at >= AGAIN_AFTER if last.fault else now.date() > last.at.date()

    async def _fetch(self, fund: str) -> str:
        """Fetch the file of `fund` and return what went wrong."""
        try:
            async with client(self._timeout_s) as session:
                body = await _body(session, self._addresses[fund])
            await asyncio.to_thread(self._keep, fund, body)
        except NoAnswer as error:
            return str(error)
        except UnreadableFile as error:
            return f"what iShares sent {error}"
        except OSError as error:
            return f"it cannot be kept ({error.strerror}): see that {self.folder} can be written to and has room"
        return ""

    def _keep(self, fund: str, body: bytes) -> None:
        """Write `body` durably under the day it speaks of, where it says more than the file there is."""
        file, last = holdings_in(body), self._last(fund)
        self._require_whole(fund, file, last)
        path = self.folder / f"{fund}_{file.effective_date}.csv"
        self.folder.mkdir(parents=True, exist_ok=True)
        with only_writer(self.folder / ".lock"):
            if _read(path) is None and (last is None or says_more(holdings_of(last, fund), holdings_of(file, fund))):
                write_durably(path, body)
                log.info("holdings_kept", fund=fund, day=str(file.effective_date), shares=len(file.rows))

    def _require_whole(self, fund: str, file: HoldingsFile, last: HoldingsFile | None) -> None:
        if fund_of(file, "") != fund:
            raise UnreadableFile(f"is of another fund, {file.fund!r}")
        if file.effective_date > self._clock.now().date():
            raise UnreadableFile(f"speaks of {file.effective_date}, which is yet to come")
        if last is not None and len(file.rows) < LEAST_FRAC * len(last.rows):
            raise UnreadableFile(
                f"has {len(file.rows):,} shares where that of {last.effective_date} has {len(last.rows):,};"
                f" it is put into {self.folder} by hand where that is true"
            )

    def _last(self, fund: str) -> HoldingsFile | None:
        for path in sorted(self.folder.glob(f"{fund}_????-??-??.csv"), reverse=True):
            file = _read(path)
            if file is not None:
                return file
        return None

    def _note(self, fund: str, fault: str) -> None:
        path = _attempts_file(self.folder)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with only_writer(self.folder / ".lock"):
                attempts = {**read_attempts(self.folder), fund: Attempt(self._clock.now().astimezone(UTC), fault)}
                rows = {name: {"at": each.at.isoformat(), "fault": each.fault} for name, each in attempts.items()}
                write_durably(path, json.dumps(rows, indent=1).encode())
        except OSError as error:
            log.warning("holdings_attempt_not_noted", fund=fund, reason=str(error))


async def _body(session: aiohttp.ClientSession, address: str) -> bytes:
    answer = await get(session, address, params={}, headers={"User-Agent": f"smallcap-signals/{__version__}"})
    if answer.status != OK:
        raise NoAnswer(f"iShares answered {answer.status}")
    return answer.body


def _read(path: Path) -> HoldingsFile | None:
    try:
        return read_holdings(path)
    except UnreadableFile:
        return None  # not there, or broken: what reads the folder names it, and a new one may take its place


def _attempts_file(folder: Path) -> Path:
    return folder / ".downloads.json"


def read_attempts(folder: Path) -> dict[str, Attempt]:
    """Return the last attempt of each fund, as kept in `folder`; none where that is not there or damaged."""
    try:
        rows = json.loads(_attempts_file(folder).read_bytes())
        found = {fund: Attempt(datetime.fromisoformat(row["at"]), str(row["fault"])) for fund, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # it only spares iShares a question
    return {fund: replace(each, at=each.at.astimezone(UTC)) for fund, each in found.items()}
