"""Yahoo's summaries: what analysts expect, recorded answers without loss, malformed ones with a reason."""

from __future__ import annotations

import json
import math
from datetime import date

import pytest

from bot.market.yahoo_estimates import Expected, estimate_of

DAY = date(2025, 2, 24)


def raw(value):
    return {"raw": value, "fmt": str(value)}


def a_year(period, end, avg=2.0, analysts=3, currency="USD", **changed):
    estimate = {"avg": raw(avg), "numberOfAnalysts": raw(analysts), "earningsCurrency": currency}
    return {"period": period, "endDate": end, "earningsEstimate": estimate} | changed


def a_quarter(ended, surprise=0.05, actual=1.0):
    seconds = {"2024-12-31": 1735603200, "2024-09-30": 1727654400, "2024-02-29": 1709164800}[ended]
    return {"quarter": raw(seconds), "surprisePercent": raw(surprise), "epsActual": raw(actual)}


YEARS = (a_year("0y", "2025-12-31", 4.0), a_year("+1y", "2026-12-31", 6.0))
DATA = {"numberOfAnalystOpinions": 7, "recommendationMean": 2.1}


def an_answer(years=YEARS, quarters=None, data=DATA, kind=None, **changed):
    quarters = [a_quarter("2024-09-30", 0.2), a_quarter("2024-12-31")] if quarters is None else quarters
    parts = {
        "earningsTrend": {"trend": list(years) if isinstance(years, tuple) else years},
        "earningsHistory": {"history": quarters},
        "financialData": data,
        "quoteType": {"symbol": "EPAC"} if kind is None else kind,
    }
    parts = {name: value for name, value in (parts | changed).items() if value is not ...}
    return json.dumps({"quoteSummary": {"result": [parts], "error": None}}).encode()


def read(body, day=DAY):
    return estimate_of("EPAC", body, day=day)


def test_the_next_twelve_months_are_of_both_fiscal_years_by_the_time_in_each():
    found = read(an_answer())
    share = (date(2025, 12, 31) - DAY).days / 365
    assert found.expected.forward_eps == pytest.approx(4.0 * share + 6.0 * (1 - share))
    assert (found.expected.surprise_pct, found.expected.analysts, found.expected.mean_rating) == (5.0, 7.0, 2.1)
    assert (found.detail, found.is_broken) == ("", False)


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2025, 12, 31), 6.0), (date(2026, 2, 10), 6.0), (date(2024, 12, 31), 4.0)]
)
def test_of_a_year_that_has_ended_nothing_is_left_and_of_a_whole_one_ahead_all(day, expected):
    assert read(an_answer(), day).expected.forward_eps == pytest.approx(expected)


def test_what_nobody_expects_is_missing_and_never_zero():
    nobody = (YEARS[0], a_year("+1y", "2026-12-31", 0, 0, None))
    assert math.isnan(read(an_answer(nobody)).expected.forward_eps)
    assert math.isnan(read(an_answer(YEARS[:1])).expected.forward_eps)
    bare = read(an_answer(data={"numberOfAnalystOpinions": 2})).expected
    assert (bare.analysts, math.isnan(bare.mean_rating)) == (2.0, True)


def test_earnings_in_another_currency_are_not_mixed_in_and_said_to_be_left_out():
    abroad = tuple(a_year(year["period"], year["endDate"], currency="CNY") for year in YEARS)
    found = read(an_answer(abroad))
    assert math.isnan(found.expected.forward_eps)
    assert found.expected.analysts == 7.0
    assert found.detail == "earnings are expected in 'CNY', not in dollars"


def test_the_surprise_is_that_of_the_last_quarter_reported_and_not_of_one_long_ago():
    turned = [a_quarter("2024-12-31", -0.1), a_quarter("2024-09-30", 0.3)]
    assert read(an_answer(quarters=turned)).expected.surprise_pct == pytest.approx(-10.0)
    unreported = [a_quarter("2024-09-30", 0.3), {"quarter": raw(1735603200), "epsActual": {}, "surprisePercent": {}}]
    assert read(an_answer(quarters=unreported)).expected.surprise_pct == pytest.approx(30.0)
    assert math.isnan(read(an_answer(quarters=[a_quarter("2024-02-29")])).expected.surprise_pct)


def test_a_part_that_makes_no_sense_costs_its_own_figures_alone():
    found = read(an_answer(data={"numberOfAnalystOpinions": "many"}))
    assert found.expected.forward_eps > 0
    assert math.isnan(found.expected.analysts)
    assert found.detail == "numberOfAnalystOpinions is 'many', not a number"


def alone(**parts):
    """Return an answer with these parts and nothing else, so that what is wrong with one leaves nothing."""
    left_out = dict.fromkeys(("earningsTrend", "earningsHistory", "financialData"), ...)
    return an_answer(**(left_out | parts))


def trend(*years):
    return alone(earningsTrend={"trend": list(years)})


def history(*quarters):
    return alone(earningsHistory={"history": list(quarters)})


def ratings(**data):
    return alone(financialData=data)


BROKEN = {
    "nothing": (b"", "the answer is no JSON"),
    "half": (an_answer()[:150], "the answer is no JSON"),
    "a page": (b"<html>Will be right back</html>", "the answer is no JSON"),
    "not text": (b"\xff\xfe\x00", "the answer is no JSON"),
    "deep": (b"[" * 200_000, "the answer is no JSON"),
    "a list": (b"[]", "answer is []"),
    "null": (b"null", "answer is missing"),
    "no summary": (b"{}", "quoteSummary is missing"),
    "result missing": (b'{"quoteSummary":{"error":null}}', "result is missing"),
    "result of text": (b'{"quoteSummary":{"result":["x"],"error":null}}', "result is 'x'"),
    "another symbol": (an_answer(kind={"symbol": "MSFT"}), "the answer is of 'MSFT', not of EPAC"),
    "kind of text": (an_answer(kind="EQUITY"), "quoteType is 'EQUITY', not an object"),
    "trend of text": (alone(earningsTrend="up"), "earningsTrend is 'up', not an object"),
    "trend no list": (alone(earningsTrend={"trend": {"0y": 1}}), "trend is {'0y': 1}, not a list"),
    "year of text": (trend("x"), "trend is 'x', not an object"),
    "year without end": (trend(YEARS[0] | {"endDate": None}, YEARS[1]), "endDate is missing, no date"),
    "year ends in words": (trend(YEARS[0], YEARS[1] | {"endDate": "soon"}), "endDate is 'soon', no date"),
    "years turned": (trend(a_year("0y", "2026-12-31"), a_year("+1y", "2025-12-31")), "does not follow"),
    "years of another time": (trend(a_year("0y", "2035-12-31"), a_year("+1y", "2036-12-31")), "not of the fiscal"),
    "estimate missing": (trend(YEARS[0] | {"earningsEstimate": None}, YEARS[1]), "earningsEstimate is missing"),
    "estimate of text": (trend(a_year("0y", "2025-12-31", "four"), YEARS[1]), "avg is 'four', not a number"),
    "estimate NaN": (trend(a_year("0y", "2025-12-31", math.nan), YEARS[1]), "avg is nan, not a number"),
    "estimate endless": (trend(a_year("0y", "2025-12-31", 10**400), YEARS[1]), "avg is 1000"),
    "history no list": (alone(earningsHistory={"history": None}), "history is missing, not a list"),
    "quarter of text": (history(a_quarter("2024-12-31") | {"quarter": "Q4"}), "quarter is 'Q4', not a number"),
    "quarter in milliseconds": (history({"quarter": 1735603200000, "epsActual": 1}), "not an instant in seconds"),
    "surprise of text": (history(a_quarter("2024-12-31", "up")), "surprisePercent is 'up', not a number"),
    "surprise beyond belief": (history(a_quarter("2024-12-31", 5e6)), "beyond belief"),
    "analysts below none": (ratings(numberOfAnalystOpinions=-1), "numberOfAnalystOpinions is -1"),
    "analysts in parts": (ratings(numberOfAnalystOpinions=2.5), "numberOfAnalystOpinions is 2.5"),
    "analysts true": (ratings(numberOfAnalystOpinions=True), "numberOfAnalystOpinions is True, not a number"),
    "rating beyond": (ratings(recommendationMean=7), "recommendationMean is 7, not from 1 to 5"),
    "rating zero": (ratings(recommendationMean=0), "recommendationMean is 0, not from 1 to 5"),
}


@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_malformed_answer_gives_a_reason_and_is_no_answer(body, reason):
    answer = read(body)
    assert (answer.expected, answer.is_broken) == (None, True)
    assert reason in answer.detail
    assert len(answer.detail) < 200
    assert "\n" not in answer.detail


NOTHING = {
    "an error": (b'{"quoteSummary":{"result":null,"error":{"description":"No data"}}}', "Yahoo says: No data"),
    "an error in words": (b'{"quoteSummary":{"result":[],"error":"down"}}', "Yahoo says: down"),
    "no result": (b'{"quoteSummary":{"result":[],"error":null}}', "Yahoo knows no such symbol"),
    "no analyst": (alone(), "Yahoo knows of no analyst"),
    "empty parts": (alone(earningsTrend={"trend": []}, financialData={}), "Yahoo knows of no analyst"),
}


@pytest.mark.parametrize(("body", "reason"), NOTHING.values(), ids=NOTHING)
def test_an_answer_that_there_is_nothing_is_an_answer(body, reason):
    answer = read(body)
    assert (answer.expected, answer.is_broken, answer.detail) == (None, False, reason)


def test_every_recorded_answer_is_read_without_loss(market_data):
    folder = market_data / "yahoo" / "http"
    if not folder.is_dir():
        pytest.skip(f"no recorded Yahoo answers at {folder}")
    seen = {"known": 0, "nothing": 0, "forward": 0, "abroad": 0}
    for path in sorted(folder.glob("quoteSummary-*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))["response"]["bodyJson"]
        result = (body["quoteSummary"]["result"] or [{}])[0]
        symbol = result.get("quoteType", {}).get("symbol", "EPAC")
        answer = estimate_of(symbol, json.dumps(body).encode(), day=DAY)
        assert not answer.is_broken, path.name
        seen["nothing" if answer.expected is None else "known"] += 1
        data = result.get("financialData", {})
        if answer.expected is None:
            assert "numberOfAnalystOpinions" not in data
            continue
        for name, key in (("analysts", "numberOfAnalystOpinions"), ("mean_rating", "recommendationMean")):
            assert getattr(answer.expected, name) == pytest.approx(data.get(key, math.nan), nan_ok=True), path.name
        seen["forward"] += math.isfinite(answer.expected.forward_eps)
        seen["abroad"] += "not in dollars" in answer.detail
    assert seen == {"known": 25, "nothing": 120, "forward": 10, "abroad": 10}


def test_a_recorded_company_whose_fiscal_year_ends_in_august_is_expected_by_hand(market_data):
    path = market_data / "yahoo" / "http" / "quoteSummary-all-EPAC.json"
    if not path.is_file():
        pytest.skip(f"no recorded Yahoo answer at {path}")
    body = json.loads(path.read_text(encoding="utf-8"))["response"]["bodyJson"]
    found = read(json.dumps(body).encode()).expected
    assert found == Expected(
        pytest.approx((188 * 1.81 + 177 * 2.055) / 365), pytest.approx(-2.44, abs=1e-3), 1.0, found.mean_rating
    )
    assert math.isnan(found.mean_rating)
