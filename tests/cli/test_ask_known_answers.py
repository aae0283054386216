"""What is asked of the real market, through the command, against answers that are known."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.cli.conftest import asked


def test_the_gap_and_the_flat_sessions_of_july_2025_are_the_known_ones(cli, market_data):
    import gzip

    reading = asked(cli, "cross RUT", "--data", str(market_data), "--as-of", "2025-07-30")
    assert round(reading["values"]["gap_pct"], 2) == -0.61
    lines = gzip.decompress((market_data / "prices" / "^RUT.csv.gz").read_bytes()).decode().splitlines()
    closes = [float(line.split(",")[4]) for line in lines[1:] if line[:10] <= "2025-07-30"]
    later = 0
    while sum(closes[-50:]) / 50 < sum(closes[-200:]) / 200:
        closes.append(closes[-1])
        later += 1
    assert reading["values"]["flat_sessions"] == later


def test_the_dashboard_of_22_july_2025_is_the_known_one(cli, market_data):
    reading = asked(cli, "smallcap", "--data", str(market_data), "--as-of", "2025-07-22")
    values = reading["values"]
    found = {
        name: [round(values[f"{i}.{name}"], 2) for i in ("^RUT", "^GSPC", "^IXIC")] for name in ("mtd_pct", "ytd_pct")
    }
    assert found == {"mtd_pct": [3.39, 1.69, 2.57], "ytd_pct": [0.83, 7.28, 8.19]}
    assert values["^DJI.d1_pct"] is None
    assert reading["coverage"] == {"n": 4, "of": 5}
    assert reading["state"] == "partial"
    assert reading["missing"] == ["Dow Jones: no prices of it for this session."]


def test_the_evidence_of_july_2023_is_the_known_one(cli, market_data):
    values = asked(cli, "evidence RUT golden_cross", "--data", str(market_data), "--as-of", "2023-07-10")["values"]
    assert (values["3m.n"], round(values["3m.mean_pct"], 2)) == (25, 1.92)
    assert (values["6m.n"], round(values["6m.mean_pct"], 2)) == (24, 4.44)


def test_the_missing_dow_is_said_to_be_missing(cli, market_data):
    result = cli("ask", "cross dow", "--data", str(market_data))
    assert result.code == 2
    assert "no prices of the Dow Jones Industrial Average" in result.err


@dataclass(frozen=True)
class Asked:
    """A question about the real market, and what is known of its answer: state, coverage, values, what is missing."""

    question: str
    day: str
    state: str
    coverage: tuple[int, int]
    values: dict[str, object]
    missing: str = ""


QUESTIONS = (
    Asked(
        "rotation small",
        "2025-08-26",
        "neutral",
        (2, 2),
        {"ratio": 0.3648, "relative_short_pct": 3.6094, "cross": "death"},
    ),
    Asked(
        "breadth",
        "2025-07-30",
        "partial",
        (252, 1928),
        {"above_200_pct": 42.0635, "advances": 64, "largecap.above_200_pct": None},
        "1,676 members without 200 closes in a row",
    ),
    Asked(
        "leaders ytd",
        "2025-09-30",
        "partial",
        (252, 1928),
        {"basket_pct": 3.8465, "index_pct": 9.2514, "residual_points": 5.4048, "contributions_pct": 3.8465},
        "1,676 of 1,928 shares of the list: no close on the file's date",
    ),
    Asked(
        "catchup",
        "2025-03-31",
        "recovering",
        (2, 2),
        {"QQQJ.fall_pct": -38.0986, "QQQE.recovered_frac": 0.1981, "nasdaq.members": None},
        "Median Nasdaq share: no list of Nasdaq shares here.",
    ),
    Asked(
        "macro",
        "2025-09-30",
        "known",
        (7, 7),
        {"DGS10.level_pct": 4.15, "curve.level_pct": 0.52, "fomc.date": "2025-10-29", "jobs.date": "2025-10-03"},
        "Rank of High yield: fewer than ten years are known.",
    ),
    Asked(
        "activity STRL",
        "2025-09-30",
        "not crowded",
        (1, 1),
        {"close": 339.68, "rsi14": 60.1988, "rvol20": 0.5392},
        "Option chain: none is given, so calls and puts are unknown.",
    ),
    Asked(
        "theme optical",
        "2025-09-30",
        "above_average",
        (7, 10),
        {"ytd_pct": 41.0184, "m1_pct": 18.4781, "priced": 7},
        "CIEN, FN, VIAV: no close in this session; left out.",
    ),
)


@pytest.mark.parametrize("asks", QUESTIONS, ids=lambda asks: asks.question)
def test_questions_about_the_real_market_have_the_known_answers(cli, market_data, asks):
    reading = asked(cli, asks.question, "--data", str(market_data), "--as-of", asks.day)
    assert (reading["session"], reading["state"]) == (asks.day, asks.state)
    assert tuple(reading["coverage"].values()) == asks.coverage
    values = {name: reading["values"][name] for name in asks.values}
    assert {
        name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()
    } == asks.values
    assert reading["checks"]
    assert {check["result"] for check in reading["checks"]} <= {"pass", "fail", "unknown"}
    assert asks.missing in "\n".join(reading["missing"])
    assert bool(reading["missing"]) is bool(asks.missing)


def test_before_a_schedule_was_announced_no_date_is_ahead(cli, market_data):
    reading = asked(cli, "macro", "--data", str(market_data), "--as-of", "2019-06-03")
    assert {reading["values"][f"{kind}.{name}"] for kind in ("fomc", "cpi", "jobs") for name in ("date", "days")} == {
        None
    }
    assert any(line.startswith("Dates ahead: ") for line in reading["missing"])
