"""The SEC's companyfacts: real answers without loss, tags that stand in for each other, malformed ones named."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.sec_facts import FOLLOWS_IFRS, NOTHING, company_facts, gathered_facts
from bot.market.sec_tags import BALANCE_TAGS, FLOW_TAGS, SHARE_TAGS
from signals.standing import Standing, standing

DAY = "2025-02-20"


def fact(value: object, end: str = "2024-12-31", filed: str = DAY, start: str | None = None) -> dict[str, object]:
    told = {"end": end, "val": value, "accn": "0000000000-25-000001", "form": "10-K", "filed": filed}
    return told if start is None else {"start": start, **told}


def year(value: object, filed: str = DAY) -> dict[str, object]:
    return fact(value, filed=filed, start="2024-01-01")


def answer(us_gaap: dict[str, list[object]] | None = None, **more: object) -> dict[str, object]:
    concepts = {tag: {"label": tag, "units": {"USD": rows}} for tag, rows in (us_gaap or {}).items()}
    return {"cik": 1234, "entityName": "Example Inc.", "facts": {"us-gaap": concepts}} | more


def read(said: object):
    return company_facts(json.dumps(said).encode())


def on(company, *days: str) -> Standing:
    known = gathered_facts({"A": company}, {})
    return standing(known, np.zeros(len(days), dtype=np.int64), np.array(days, dtype="datetime64[D]"))


def debt_of(*filings: dict[str, float], end: str = "2024-12-31") -> list[float]:
    """Return the debt that was known after each filing of one balance sheet."""
    days = [f"2025-0{number}-20" for number in range(2, 2 + len(filings))]
    tags: dict[str, list[object]] = {}
    for day, filing in zip(days, filings, strict=True):
        for tag, value in filing.items():
            tags.setdefault(tag, []).append(fact(value, end=end, filed=day))
    return on(read(answer(tags)), *days).values["debt"].tolist()


@pytest.fixture(scope="module")
def real(market_data: Path):
    def load(name: str) -> bytes:
        return gzip.decompress((market_data / "sec" / f"sec_companyfacts_{name}.json.gz").read_bytes())

    return load


@pytest.mark.parametrize("name", ["SNOW", "LPA"])
def test_every_fact_of_a_real_answer_is_read_or_counted(real, name):
    body = real(name)
    company = company_facts(body)
    facts = json.loads(body)["facts"]
    tags = FLOW_TAGS | BALANCE_TAGS | SHARE_TAGS
    filed = [
        rows
        for taxonomy in ("us-gaap", "dei")
        for tag, concept in facts.get(taxonomy, {}).items()
        if tag in tags
        for rows in concept["units"].values()
    ]
    assert company.read + sum(company.left_out.values()) == sum(map(len, filed)) > 0
    assert company.faults == ()
    assert company.left_out.get("wrong", 0) == 0


def test_a_real_company_whose_fiscal_year_ends_in_january(real):
    company = company_facts(real("SNOW"))
    assert (company.cik, company.name, company.remark) == (1640147, "SNOWFLAKE INC.", "")
    found = on(company, "2025-03-20", "2025-03-21", "2025-05-30").values
    millions = {name: (found[name] / 1e6).round(1).tolist() for name in ("revenue", "net_income", "free_cash_flow")}
    assert millions["revenue"] == [3414.3, 3626.4, 3839.8]
    assert millions["net_income"] == [-1127.5, -1285.6, -1398.7]
    assert millions["free_cash_flow"][1:] == [913.5, 757.9]
    assert found["revenue_growth_pct"].round(1).tolist() == [28.3, 27.4, 25.7]
    assert (found["shares"] / 1e6).tolist()[1:] == [334.1, 333.7]


def test_a_real_company_that_follows_ifrs_is_said_and_not_mixed_in(real):
    company = company_facts(real("LPA"))
    assert (company.cik, company.remark) == (1997711, FOLLOWS_IFRS)
    assert {name for row in company.rows for name in row.values} == {"shares"}
    assert gathered_facts({"LPA": company}, {}).remarks == {"LPA": FOLLOWS_IFRS}


def test_figures_in_another_currency_are_said_and_not_mixed_in():
    said = answer()
    said["facts"]["us-gaap"]["Revenues"] = {"units": {"CAD": [year(5), year(6)], "USD": []}}
    company = read(said)
    assert company.rows == ()
    assert company.left_out == {"in 'CAD'": 2}
    assert company.remark.startswith("its accounts are in 'CAD', not in US dollars")


def test_an_answer_without_any_figure_says_so():
    assert read(answer()).remark == NOTHING


@pytest.mark.parametrize(
    ("tags", "revenue"),
    [
        ({"Revenues": [year(9)], "RevenueFromContractWithCustomerExcludingAssessedTax": [year(7)]}, 9.0),
        ({"RevenueFromContractWithCustomerExcludingAssessedTax": [year(7)]}, 7.0),
        ({"SalesRevenueNet": [year(6)]}, 6.0),
        ({"RevenuesNetOfInterestExpense": [year(5)]}, 5.0),
    ],
)
def test_one_tag_stands_in_for_another(tags, revenue):
    assert on(read(answer(tags)), DAY).values["revenue"].tolist() == [revenue]


def test_a_tag_used_for_another_period_alone_does_not_replace_that_of_the_statement():
    old = fact(1, end="2022-12-31", start="2022-01-01")
    tags = {"Revenues": [old], "SalesRevenueNet": [year(6), fact(5, end="2022-12-31", start="2022-01-01")]}
    company = read(answer(tags))
    assert [row.values["revenue"] for row in company.rows] == [5.0, 6.0]


def test_depreciation_and_amortisation_given_apart_are_added_up():
    tags = {"Depreciation": [year(3)], "AmortizationOfIntangibleAssets": [year(2)], "OperatingIncomeLoss": [year(10)]}
    assert on(read(answer(tags)), DAY).values["ebitda"].tolist() == [15.0]
    without = {"AmortizationOfIntangibleAssets": [year(2)], "OperatingIncomeLoss": [year(10)]}
    assert np.isnan(on(read(answer(without)), DAY).values["ebitda"]).all()


def test_a_note_that_splits_depreciation_does_not_mix_with_the_statement():
    tags = {
        "DepreciationDepletionAndAmortization": [year(9)],
        "Depreciation": [year(4), fact(1, start="2024-10-01")],
        "OperatingIncomeLoss": [year(10)],
    }
    company = read(answer(tags))
    assert on(company, DAY).values["ebitda"].tolist() == [19.0]
    assert [row.months for row in company.rows if "depreciation" in row.values] == [12]


@pytest.mark.parametrize(
    ("filings", "debt"),
    [
        ([{"LongTermDebtNoncurrent": 200, "LongTermDebtCurrent": 30, "ShortTermBorrowings": 10}], [240]),
        ([{"LongTermDebt": 230, "LongTermDebtCurrent": 30, "ShortTermBorrowings": 10}], [240]),
        ([{"LongTermDebtNoncurrent": 200, "LongTermDebt": 230, "LongTermDebtCurrent": 30}], [230]),
        ([{"LongTermDebtNoncurrent": 200, "DebtCurrent": 40}], [240]),
        ([{"LongTermDebtNoncurrent": 200, "DebtCurrent": 40, "ShortTermBorrowings": 10}], [240]),
        ([{"LongTermDebtNoncurrent": 200, "DebtCurrent": 40, "LongTermDebtCurrent": 30}], [240]),
        ([{"LongTermDebtNoncurrent": 200, "DebtCurrent": 10, "LongTermDebtCurrent": 30}], [230]),
        ([{"ConvertibleDebtNoncurrent": 100, "LongTermLoansPayable": 20}], [120]),
        ([{"DebtLongtermAndShorttermCombinedAmount": 500, "LongTermDebtNoncurrent": 200}], [500]),
        ([{"LongTermDebtNoncurrent": 200, "LongTermDebtCurrent": 30}, {"LongTermDebt": 230}], [230, 230]),
        ([{"LongTermDebt": 230}, {"LongTermDebtNoncurrent": 200, "LongTermDebtCurrent": 30}], [230, 230]),
        ([{"LongTermDebt": 230}, {"LongTermDebtCurrent": 30}], [230, 230]),
        ([{"LongTermDebt": 230}, {"DebtCurrent": 40}], [230, 230]),
    ],
)
def test_no_debt_counts_twice_however_its_tags_are_split(filings, debt):
    assert debt_of(*filings) == debt


def test_periods_of_odd_length_are_counted_and_left_out():
    company = read(answer({"Revenues": [year(9), fact(1, start="2024-12-01"), fact(2, start="2023-01-01")]}))
    assert (company.read, company.left_out, company.faults) == (
        1,
        {"of another span than 3, 6, 9 or 12 months": 2},
        (),
    )


def test_share_classes_lead_to_the_figures_of_their_company():
    known = gathered_facts({"GOOGL": read(answer({"Revenues": [year(9)]}))}, {"GOOG": "GOOGL", "X": "Y"})
    assert (known.company_of("GOOG"), known.company_of("X"), dict(known.classes)) == (0, -1, {"GOOG": "GOOGL"})


GOOD = answer({"Revenues": [year(9)], "NetIncomeLoss": [year(1)]})


def with_row(row: object) -> dict[str, object]:
    return answer({"Revenues": [row], "NetIncomeLoss": [year(1)]})


def with_revenues(concept: object) -> dict[str, object]:
    said = answer({"NetIncomeLoss": [year(1)]})
    said["facts"]["us-gaap"]["Revenues"] = concept
    return said


WHOLE = [
    (b"", "is no JSON"),
    (b"<html>Too many requests</html>", "is no JSON"),
    (json.dumps(GOOD).encode()[:-40], "is no JSON"),
    (b"\xff\xfe{", "is no JSON"),
    (b"[" * 200_000, "is no JSON"),
    (json.dumps(GOOD).replace(": 9", f": {'9' * 5000}").encode(), "is no JSON"),
    (gzip.compress(json.dumps(GOOD).encode()), "is no JSON"),
    (b"null", "has no facts"),
    (b"[]", "has no facts"),
    (b'{"cik": 5}', "has no facts"),
    (json.dumps(answer(facts=[])).encode(), "has no facts"),
    (json.dumps(answer({"Revenues": [year(9)]}, cik=None)).encode(), "has no number of the company"),
    (json.dumps(answer({"Revenues": [year(9)]}, cik="12 34")).encode(), "has no number of the company"),
    (json.dumps(answer({"Revenues": [year(9)]}, cik=True)).encode(), "has no number of the company"),
    (json.dumps(answer({"Revenues": [year(9)]}, cik=10**40)).encode(), "has no number of the company"),
]
ONE_TAG = [
    (with_revenues([]), "is not laid out as the SEC does"),
    (with_revenues({"label": "x", "units": [1]}), "is not laid out as the SEC does"),
    (with_revenues({"units": {"USD": {"0": year(9)}}}), "its facts are no list"),
    (with_row(None), "'None' is no fact"),
    (with_row("row"), "'row' is no fact"),
    (with_row({"end": "2024-12-31", "val": 9, "filed": DAY}), "start is 'None', no date"),
    (with_row(fact(9, end="31.12.2024", start="2024-01-01")), "end is '31.12.2024', no date"),
    (with_row(fact(9, end="2024-02-30", start="2024-01-01")), "end is '2024-02-30', no date"),
    (with_row(fact(9, end="2024-W01-1", start="2024-01-01")), "no date"),
    (with_row(fact(9, end=20241231, start="2024-01-01")), "end is '20241231', no date"),
    (with_row(year(9, filed="")), "filed is '', no date"),
    (with_row(year(9, filed="2024-06-01")), "filed 2024-06-01, before its period ended"),
    (with_row(year("9")), "val is '9', no number"),
    (with_row(year(None)), "val is 'None', no number"),
    (with_row(year(value=True)), "val is 'True', no number"),
    (with_row(year(float("nan"))), "val is 'nan', no number"),
    (with_row(year(float("inf"))), "val is 'inf', no number"),
    (with_row(year(10**400)), "val is 'a number of many digits', no number"),
    (with_row(year([9])), "val is '[9]', no number"),
    (with_row(year("x" * 500)), "…"),
]


@pytest.mark.parametrize(("body", "words"), WHOLE, ids=range(len(WHOLE)))
def test_an_answer_that_makes_no_sense_is_told_in_a_line(body, words):
    company = company_facts(body)
    (fault,) = company.faults
    assert words in fault
    assert "ask the SEC for it again" in fault
    assert company.rows == ()
    assert len(fault) < 200


@pytest.mark.parametrize(("said", "words"), ONE_TAG, ids=range(len(ONE_TAG)))
def test_what_is_wrong_with_a_tag_is_told_and_costs_that_tag_alone(said, words):
    company = read(said)
    (fault,) = company.faults
    assert fault.startswith("us-gaap/Revenues: ")
    assert words in fault
    assert len(fault) < 200
    assert [row.values for row in company.rows] == [{"net_income": 1.0}]


def test_a_taxonomy_that_is_none_is_told_once_for_each_tag_and_no_exception():
    company = read(answer(facts={"us-gaap": [], "dei": None}))
    assert company.rows == ()
    assert all("is not laid out as the SEC does" in fault for fault in company.faults)


def test_a_name_that_cannot_be_written_is_made_one_that_can():
    company = company_facts(json.dumps(answer({"Revenues": [year(9)]}, entityName="A\ud800\n B")).encode())
    assert company.name == "A? B"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just(DAY),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["units", "USD", "end", "start", "filed", "val", "x"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["Revenues", "Cash", "LongTermDebt", "CommonStockSharesOutstanding"]), JSON))
def test_no_answer_whatever_is_an_exception(concepts):
    company = read({"cik": 5, "facts": {"us-gaap": concepts}})
    assert all(row.filed >= row.period_end for row in company.rows)
    gathered_facts({"A": company}, {})


def test_what_is_known_early_does_not_depend_on_what_is_filed_later():
    early = {"LongTermDebt": [fact(230)], "Revenues": [year(9)]}
    late = {"LongTermDebtNoncurrent": [fact(200, filed="2025-08-01")], "SalesRevenueNet": [year(4, filed="2025-08-01")]}
    alone, both = read(answer(early)), read(answer(early | late))
    assert both.rows[: len(alone.rows)] == alone.rows
    assert {row.filed for row in both.rows[len(alone.rows) :]} == {date(2025, 8, 1)}
