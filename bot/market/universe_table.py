"""Many symbols' bars from a long Parquet file (symbol, date, close and what else it has), and their sectors."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.market.price_csv import UnreadableFile
from bot.market.table import Table
from signals.types import FloatArray, Prices


def read_universe(path: Path, *, symbols: Sequence[str] | None, where: str) -> Iterator[Table]:
    """Yield a table per symbol of `path`; raise `UnreadableFile` where it is no such Parquet file."""
    columns = _read_columns(path, symbols)
    names, codes = columns.pop("symbol")
    order = np.lexsort((columns["date"], codes))
    starts = np.flatnonzero(np.r_[True, codes[order][1:] != codes[order][:-1]]) if len(order) else np.array([], int)
    for rows in np.split(order, starts[1:]) if len(order) else ():
        fields = {name: columns[name][rows] for name in Prices.FIELDS}
        bar = ~np.isnan(np.stack(list(fields.values()))).all(axis=0)
        table = Table(str(names[codes[rows[0]]]), where, columns["date"][rows], rows + 1, fields)
        yield table.rows(bar)


def _read_columns(path: Path, symbols: Sequence[str] | None) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        has = pq.read_schema(path).names
        missing = [name for name in ("symbol", "date", "close") if name not in has]
        if missing:
            raise UnreadableFile(
                f"no column {', '.join(missing)} (it has {', '.join(has[:8])}); it needs symbol,date,close"
            )
        wanted = ["symbol", "date", *(name for name in Prices.FIELDS if name in has)]
        only = None if symbols is None else [("symbol", "in", set(symbols))]
        table = pq.read_table(path, columns=wanted, filters=only)
        coded = pc.dictionary_encode(table["symbol"]).combine_chunks()
        columns = {name: _float(table, name, pa) for name in Prices.FIELDS}
        columns["date"] = table["date"].cast(pa.date32()).to_numpy().astype("datetime64[D]")
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"cannot be read ({str(error).splitlines()[0]}); write it again") from None
    if coded.null_count or "" in coded.dictionary.to_pylist() or np.isnat(columns["date"]).any():
        raise UnreadableFile("rows without a symbol or a date; fill them or leave them out")
    return {**columns, "symbol": (coded.dictionary.to_pylist(), coded.indices.to_numpy())}


def _float(table: Any, name: str, pa: Any) -> FloatArray:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values = table[name].cast(pa.float64()).to_numpy().astype(np.float64)
    return np.where(np.isinf(values), np.nan, values)


def read_sectors(path: Path) -> dict[str, str]:
    """Return the sector of each ticker of a ``ticker,sector`` file; raise `UnreadableFile`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"ticker", "sector"} <= set(rows.fieldnames or ()):
            raise UnreadableFile("line 1: the header is ticker,sector")
        return {row["ticker"].strip(): row["sector"].strip() for row in rows if row["ticker"] and row["sector"]}
