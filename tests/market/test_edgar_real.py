"""The SEC's real answers of single companies, kept as EDGAR's answers are and read back as figures."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.market.edgar_keep import keep
from bot.market.edgar_plan import company_request, requests
from bot.market.edgar_store import EdgarStore
from bot.market.edgar_table import tabled
from bot.market.sec_facts import company_facts

AT = datetime(2025, 9, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize("name", ["SNOW", "LPA"])
def test_what_a_company_filed_of_late_and_what_has_to_be_said_of_it_is_kept(market_data: Path, tmp_path, name):
    tickers = gzip.decompress((market_data / "sec" / "sec_company_tickers.json.gz").read_bytes())
    body = gzip.decompress((market_data / "sec" / f"sec_companyfacts_{name}.json.gz").read_bytes())
    said = company_facts(body)
    assert keep(tmp_path, requests(AT.date())[0], tickers, AT) == ""
    assert keep(tmp_path, company_request(said.cik, AT.date()), body, AT) == ""
    known = tabled(EdgarStore(tmp_path))
    assert known.companies == (name,)
    recent = [row for row in said.rows if row.filed >= date(2023, 4, 14)]
    assert len(known.company) == len(recent)
    assert known.remarks.get(name, "") == said.remark
    for row in recent:
        at = (known.filed == np.datetime64(row.filed)) & (known.period_end == np.datetime64(row.period_end))
        at &= known.months == row.months
        for figure, value in row.values.items():
            assert known.values[figure][at].tolist() == [value]


def test_a_company_has_its_own_symbol_though_others_are_listed(tmp_path):
    listed = {"0": {"cik_str": 7, "ticker": "ABC", "title": "A"}, "1": {"cik_str": 7, "ticker": "ABC-B", "title": "A"}}
    keep(tmp_path, requests(AT.date())[0], json.dumps(listed).encode(), AT)
    row = {"start": "2025-01-01", "end": "2025-03-31", "val": 5, "filed": "2025-05-06"}
    facts = {"us-gaap": {"NetIncomeLoss": {"units": {"USD": [row]}}}}
    body = json.dumps({"cik": 7, "entityName": "A", "facts": facts}).encode()
    assert keep(tmp_path, company_request(7, AT.date()), body, AT) == ""
    known = tabled(EdgarStore(tmp_path))
    assert known.company_of("ABC-B") == known.company_of("ABC") == 0
