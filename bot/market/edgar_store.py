"""EDGAR's answers on disk, each written durably when it came; a file's time is the instant it was asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.market.durable import only_writer, write_durably
from bot.market.edgar_plan import Kind, Request
from bot.market.sec_facts import CompanyFacts
from bot.market.sec_filed import FILING
from bot.market.sec_filings import Row
from bot.market.sec_frames import FACT
from bot.market.sec_tickers import Listings, listings
from signals.fundamentals import BALANCES, FLOWS, SHARES

log = structlog.get_logger(__name__)

Records = NDArray[np.void]
FIGURES = (*FLOWS, *BALANCES, SHARES)
ROW = np.dtype(
    [
        ("end", "<M8[D]"),
        ("filed", "<M8[D]"),
        ("months", "<i8"),
        *((name, "<f8") for name in FIGURES),
        ("remark", "S160"),
    ]
)
"""A row of one company's own answer; one without months and figures carries the remark."""
KEY = ["cik", "months", "end", "accession"]
"""What makes a fact of a frame another one: a filing that repeats it for another year stands beside the first."""


class EdgarStore:
    """Everything EDGAR ever answered, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def asked_at(self, request: Request) -> datetime | None:
        """Return when something was asked for last and answered; None where it never was."""
        try:
            return datetime.fromtimestamp(self._path(request).stat().st_mtime, UTC)
        except OSError:
            return None

    def keep_frame(self, request: Request, facts: Records, at: datetime) -> None:
        """Add what a frame says now to what it said before: what a filing said once stays known of it."""
        with only_writer(self.folder / ".lock"):
            before = read(self._path(request), FACT)
            joined = np.concatenate([before, facts])
            # Of a fact that stands there twice the newer number counts, from the day on which the older one came.
            _, first = np.unique(joined[KEY], return_index=True)
            _, last = np.unique(joined[KEY][::-1], return_index=True)
            kept = joined[len(joined) - 1 - last]
            kept["seen"] = joined["seen"][first]
            self._write(request, _bytes(kept), at)

    def keep_index(self, request: Request, filings: Records, at: datetime) -> None:
        """Put the filings of a quarter in the place of those there were."""
        with only_writer(self.folder / ".lock"):
            self._write(request, _bytes(filings), at)

    def keep_tickers(self, request: Request, body: bytes, at: datetime) -> None:
        """Put the list of who is listed in the place of the one there was."""
        with only_writer(self.folder / ".lock"):
            self._write(request, body, at)

    def keep_company(self, request: Request, company: CompanyFacts, at: datetime, *, since: datetime) -> None:
        """Keep what a company filed since a day."""
        rows = [_record(row) for row in company.rows if row.filed >= since.date()]
        if company.remark:
            nothing = [float("nan")] * len(FIGURES)
            rows.append((at.date(), at.date(), 0, *nothing, company.remark.encode()))
        with only_writer(self.folder / ".lock"):
            self._write(request, _bytes(np.array(rows, dtype=ROW)), at)

    def listings(self) -> Listings:
        """Return who is listed, as the SEC said last."""
        try:
            return listings((self.folder / Kind.TICKERS / "company_tickers.json").read_bytes())
        except OSError:
            return Listings()

    def filings(self) -> Records:
        """Return all filings known by an index, in the order of their numbers."""
        found = np.concatenate([np.empty(0, FILING), *(rows for _, rows in self._all(Kind.INDEX, FILING))])
        return found[np.argsort(found["accession"], kind="stable")]

    def frames(self) -> Iterator[tuple[str, Records]]:
        """Yield each tag with taxonomy (``us-gaap Revenues``) and what was filed under it for one period."""
        for name, facts in self._all(Kind.FRAME, FACT):
            yield " ".join(name.split()[:2]), facts

    def companies(self) -> dict[int, Records]:
        """Return what single companies filed, by their numbers."""
        return {int(name): rows for name, rows in self._all(Kind.COMPANY, ROW)}

    def newest(self) -> float:
        """Return the time of the newest answer; 0 where there is none."""
        files = [path for kind in Kind for path in (self.folder / kind).glob("[!.]*")]
        return max((path.stat().st_mtime for path in files), default=0.0)

    def _all(self, kind: Kind, dtype: np.dtype[np.void]) -> Iterator[tuple[str, Records]]:
        for path in sorted((self.folder / kind).glob("[!.]*.npy")):
            yield path.stem, read(path, dtype)

    def _path(self, request: Request) -> Path:
        ending = "json" if request.kind is Kind.TICKERS else "npy"
        return self.folder / request.kind / f"{request.name}.{ending}"

    def _write(self, request: Request, content: bytes, at: datetime) -> None:
        path = self._path(request)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, content, at=at)


def read(path: Path, dtype: np.dtype[np.void]) -> Records:
    """Return the records of a file; none where it is not there or damaged, which is logged."""
    try:
        records: Records = np.load(path, allow_pickle=False)
        if records.dtype != dtype or records.ndim != 1:
            raise ValueError(f"holds {records.dtype}")  # noqa: TRY301 - told with what else may be wrong with it
    except FileNotFoundError:
        return np.empty(0, dtype)
    except (OSError, ValueError, EOFError) as error:
        log.warning("edgar_file_damaged", file=str(path), problem=str(error))
        path.unlink(missing_ok=True)  # so that it is asked for again
        return np.empty(0, dtype)
    return records


def _record(row: Row) -> tuple[object, ...]:
    figures = [row.values.get(name, float("nan")) for name in FIGURES]
    return (row.period_end, row.filed, row.months, *figures, b"")


def _bytes(records: Records) -> bytes:
    stream = io.BytesIO()
    np.save(stream, records, allow_pickle=False)
    return stream.getvalue()
