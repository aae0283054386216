"""Forms 3, 4 and 5: real ones without loss, what counts as a purchase, and malformed ones that are refused in words."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.sec_form4 import UnreadableForm, read_form, trades_of
from signals.insider_facts import InsiderTrades
from tests.market.form4_text import OWNER, SUBMISSION, a_form, a_trade

FILED = date(2025, 7, 3)
SUBMITTED = "full_submission_0001127602-25-001055.txt"
REAL = ("374WaterForm4.xml", "form3.snow.xml", "form4.snow.xml", "form5.snow.xml", SUBMITTED)


def trades(*lines: str, **more):
    return trades_of(read_form(a_form(*lines, **more)), filed=FILED)


@pytest.mark.parametrize("name", REAL)
def test_every_line_owner_and_footnote_of_a_real_form_is_read(market_data: Path, name):
    body = (market_data / "sec" / name).read_bytes()
    form = read_form(body)
    text = re.search(r"<ownershipDocument>.*</ownershipDocument>", body.decode(), re.DOTALL).group(0)
    root = ET.fromstring(text)  # noqa: S314 - a file of ours
    rows = [row for row in root.iter() if re.fullmatch("(nonD|d)erivative(Transaction|Holding)", row.tag)]
    assert len(form.lines) == len(rows) > 0
    assert len(form.owners) == len(root.findall("reportingOwner"))
    assert set(form.notes) == {note.get("id") for note in root.iter("footnote")}
    assert all(form.notes.values())
    for path, values in (
        ("transactionShares", [line.shares for line in form.lines]),
        ("transactionPricePerShare", [line.price_usd for line in form.lines]),
        ("sharesOwnedFollowingTransaction", [line.held for line in form.lines]),
    ):
        told = [float(cell.text) for cell in root.findall(f".//{path}/value")]
        assert sorted(value for value in values if np.isfinite(value)) == sorted(told)
    assert sorted(line.code for line in form.lines if line.code) == sorted(
        cell.text for cell in root.iter("transactionCode")
    )
    assert sum(len(line.notes) for line in form.lines) == sum(
        len({note.get("id") for note in row.iter("footnoteId")}) for row in rows
    )


def test_what_real_forms_say_is_known(market_data: Path):
    sales = read_form((market_data / "sec" / SUBMITTED).read_bytes())
    (sale,) = trades_of(sales)
    assert (sale.symbol, sale.filed, sale.code, sale.shares, sale.price_usd) == (
        "AIR",
        date(2025, 1, 10),
        "S",
        1500.0,
        66.903,
    )
    assert (sales.accession, sales.issuer_cik, sale.is_planned) == ("0001127602-25-001055", 1750, False)
    assert sale.role == "Senior VP, GC, CAO & Secretary"
    awards = trades_of(read_form((market_data / "sec" / "374WaterForm4.xml").read_bytes()), filed=date(2025, 5, 2))
    assert [trade.is_derivative for trade in awards] == [False, True]
    assert not InsiderTrades.of(awards).is_purchase.any()
    exercised = trades_of(read_form((market_data / "sec" / "form4.snow.xml").read_bytes()), filed=date(2022, 12, 15))
    known = InsiderTrades.of(exercised)
    assert (known.is_purchase.sum(), known.is_sale.sum()) == (0, 5)
    assert trades_of(read_form((market_data / "sec" / "form3.snow.xml").read_bytes()), filed=FILED) == ()


def test_a_purchase_is_a_share_acquired_under_code_p():
    found = trades(
        a_trade(), a_trade("A"), a_trade("M"), a_trade("P", "D"), derivatives=a_trade(kind="derivative")
    )  # fmt: skip
    assert InsiderTrades.of(found).is_purchase.tolist() == [True, False, False, False, False]
    assert (found[0].owner, found[0].role, found[0].period) == ("Doe Jane", "Director", date(2025, 7, 1))


def test_a_submission_says_when_it_was_filed_and_the_caller_may_know_better():
    form = read_form(SUBMISSION.format(xml=a_form(a_trade())))
    assert (form.filed, form.accession) == (FILED, "0000000001-25-000001")
    assert trades_of(form)[0].filed == FILED
    assert trades_of(form, symbol="AGX-A", filed=date(2025, 7, 4))[0][:2] == ("AGX-A", date(2025, 7, 4))
    with pytest.raises(UnreadableForm, match="when it was filed"):
        trades_of(read_form(a_form(a_trade())))


def test_a_price_in_a_footnote_is_unknown():
    (trade,) = trades(a_trade(price='<footnoteId id="F1"/>'))
    assert np.isnan(trade.price_usd)


def test_an_amendment_replaces_the_form_even_by_nothing():
    (trade,) = trades(a_trade(), form="4/A", more="<dateOfOriginalSubmission>2025-07-02</dateOfOriginalSubmission>")
    assert trade.is_amendment
    (nothing,) = trades(form="4/A")
    known = InsiderTrades.of([*trades(a_trade()), nothing._replace(filed=date(2025, 7, 9))])
    assert known.replaced.astype(str).tolist() == ["2025-07-09", "NaT"]
    assert trades() == trades(form="3/A") == ()


def test_people_who_report_together_are_one_owner():
    roles = "<isOfficer>true</isOfficer><officerTitle>CEO</officerTitle><isTenPercentOwner>1</isTenPercentOwner>"
    other = "<isOther>1</isOther><otherText>Member of a group</otherText>"
    owners = OWNER.format(name="Doe  Jane", relation=roles) + OWNER.format(name="Fund LP", relation=other)
    form = read_form(a_form(a_trade(), owners=owners))
    assert [owner.role for owner in form.owners] == ["CEO, 10 % owner", "Member of a group"]
    (trade,) = trades_of(form, filed=FILED)
    assert (trade.owner, trade.role) == ("Doe Jane and 1 more", "CEO, 10 % owner")


def test_a_plan_is_told_by_the_form_or_by_the_trades_own_footnote():
    flag = "<aff10b5One>1</aff10b5One>"
    notes = ("F1", "Under a Rule 10b5-1 plan."), ("F2", "Average.")
    told = "".join(f'<footnote id="{name}">{text}</footnote>' for name, text in notes)
    note = f"<footnotes>{told}</footnotes>"
    noted = a_trade("S", "D", price='<value>5</value><footnoteId id="F1"/>')
    assert [trade.is_planned for trade in trades(a_trade("S", "D"), more=flag)] == [True]
    assert [trade.is_planned for trade in trades(noted, a_trade("S", "D"), more=note + flag)] == [True, False]
    assert [trade.is_planned for trade in trades(noted, more=note)] == [True]
    assert [trade.is_planned for trade in trades(a_trade("S", "D"), more="<aff10b5One></aff10b5One>")] == [False]


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("agx", "AGX"),
        ("NYSE: AGX", "AGX"),
        ("[LEN, LEN.B]", "LEN"),
        ("BRK.B", "BRK-B"),
        ('"GOOGL";GOOG', "GOOGL"),
        ("(AGX)", "AGX"),
        ("N/A", ""),
        ("none", ""),
        ("", ""),
        ("not listed yet", ""),
    ],
)
def test_symbols_are_read_as_people_write_them(written, symbol):
    assert read_form(a_form(symbol=written)).symbol == symbol


def test_a_form_without_a_symbol_needs_one_from_its_reader():
    with pytest.raises(UnreadableForm, match="'ARGAN INC' names no symbol"):
        trades(a_trade(), symbol="NONE")


def test_days_may_carry_a_zone_and_owners_may_have_no_part():
    text = a_form(a_trade()).replace("<value>2025-07-01</value>", "<value>2025-07-01-05:00</value>")
    bare = re.sub("<reportingOwnerRelationship>.*</reportingOwnerRelationship>", "", text)
    (trade,) = trades_of(read_form(bare), filed=FILED)
    assert (trade.traded, trade.role) == (date(2025, 7, 1), "")


GOOD = a_form(a_trade())
BOMB = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no XML"),
        ("<html><body>Request Rate Threshold Exceeded</body></html>", "is a 'html', not an ownershipDocument"),
        ('{"error": "busy"}', "is no XML"),
        (GOOD[:-40], "is no XML"),
        (GOOD.replace("</issuer>", ""), "is no XML"),
        (BOMB + GOOD, "declares entities"),
        (GOOD.replace("ARGAN INC", "&c;"), "is no XML"),
        ("x" * 5_000_000, "has 5,000,000 characters"),
        (GOOD.replace("<documentType>4", "<documentType>10-K"), "is a '10-K', not one of 3, 3/A, 4"),
        (GOOD.replace("<documentType>4</documentType>", ""), "is a '', not one of"),
        (GOOD.replace("<periodOfReport>2025-07-01", "<periodOfReport>July"), "its period of report is 'July'"),
        (GOOD.replace("2025-07-01", "2025-02-30"), "its period of report is '2025-02-30'"),
        (re.sub("<issuer>.*</issuer>", "", GOOD), "names no issuer"),
        (GOOD.replace("0000100591", "CIK100591"), "the issuer's CIK is 'CIK100591'"),
        (re.sub("<reportingOwner>.*</reportingOwner>", "", GOOD), "names no owner"),
        (GOOD.replace("Doe Jane", " "), "names its owner ''"),
        (GOOD.replace("Doe Jane", "x" * 500), "names its owner 'xxx"),
        (GOOD.replace(">0001<", "><"), "the owner's CIK is ''"),
        (GOOD.replace("<isDirector>1", "<isDirector>perhaps"), "isDirector is 'perhaps', neither yes nor no"),
        (a_form(a_trade("PP")), "a trade has the code 'PP'"),
        (a_form(a_trade("")), "a trade has the code ''"),
        (a_form(a_trade("P", "B")), "a trade is 'B', neither acquired (A) nor disposed of (D)"),
        (a_form(a_trade(shares="many")), "shares is 'many'"),
        (a_form(a_trade(shares="-100")), "shares is '-100'"),
        (a_form(a_trade(shares="NaN")), "shares is 'NaN'"),
        (a_form(a_trade(price="$10")), "price is '$10'"),
        (a_form(a_trade(shares="1e9", price="1e6")), "a trade is worth $1,000,000,000,000,000"),
        (a_form(a_trade(), more="<aff10b5One>2</aff10b5One>"), "aff10b5One is '2'"),
        (a_form(more="<dateOfOriginalSubmission>soon</dateOfOriginalSubmission>"), "the form it amends is 'soon'"),
        (SUBMISSION.format(xml="<edgarSubmission/>"), "is a submission without a form of an insider"),
        (
            SUBMISSION.format(xml=GOOD).replace("20250703\n</SEC-HEADER>", "20251303\n</SEC-HEADER>"),
            "the day it was filed",
        ),
    ],
)
def test_a_malformed_form_gives_a_reason(text, reason):
    with pytest.raises(UnreadableForm) as caught:
        read_form(text)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@settings(deadline=None)
@given(st.data())
def test_a_form_that_was_damaged_anywhere_is_read_or_refused_in_words(data):
    body = SUBMISSION.format(xml=a_form(a_trade(), a_trade("S", "D"))).encode()
    at = data.draw(st.integers(0, len(body)))
    damaged = body[:at] + data.draw(st.binary(max_size=6)) + body[at + data.draw(st.integers(0, 30)) :]
    with suppress(UnreadableForm):
        trades_of(read_form(damaged), symbol="AGX", filed=FILED)
