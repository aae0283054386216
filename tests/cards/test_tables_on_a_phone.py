from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.cross_card import cross_card
from bot.cards.evidence_card import evidence_card, evidence_line
from bot.cards.evidence_data import HORIZONS
from bot.cards.plain import terminal_text
from bot.cards.smallcap_card import smallcap_card
from bot.cards.table import PHONE_COLUMNS
from signals.smallcap import INDICES, MEASURES, SMALLCAP
from signals.types import Coverage
from tests.cards.markets import market
from tests.cards.readings import cross_reading, shown

RETURNS = st.none() | st.floats(-99.99, 999.9)


def widest(card) -> int:
    blocks = [field.text for field in card.fields if "```" in field.text]
    assert blocks
    return max(len(line) for block in blocks for line in block.split("```")[1].splitlines())


def values_of(returns, cross: str | None = "golden") -> dict:
    names = [name for name in MEASURES if name not in {"cross", "rsi14"}]
    values = {f"{symbol}.{name}": returns for symbol in (*INDICES, "small_minus_large") for name in names}
    return values | {f"{symbol}.cross": cross for symbol in INDICES} | {f"{symbol}.rsi14": 55.5 for symbol in INDICES}


@given(RETURNS)
@settings(deadline=None)
def test_the_dashboards_tables_fit_a_phone_whatever_the_returns(returns) -> None:
    card = smallcap_card(shown(cross_reading(signal="smallcap", subject="market", values=values_of(returns))))
    assert widest(card) <= PHONE_COLUMNS


def test_a_missing_index_is_said_to_be_missing_and_never_zero() -> None:
    history = SMALLCAP.history(market(), {})
    reading = SMALLCAP.reading(history, "market", {})
    text = terminal_text(smallcap_card(shown(reading)))
    assert "Missing\nDow Jones:" in text
    assert "? Dow Jones: unknown" in text
    row = next(line for line in text.splitlines() if line.startswith("Dow "))
    assert not any(letter.isdigit() for letter in row)


def test_every_value_of_the_dashboard_reaches_the_card() -> None:
    values = values_of(None)
    given_values = {name: 10.01 + at / 100 for at, name in enumerate(values) if name.endswith("_pct")}
    reading = cross_reading(signal="smallcap", values=values | given_values, coverage=Coverage(5, 5))
    text = terminal_text(smallcap_card(shown(reading)))
    for name, value in given_values.items():
        if not name.startswith("small_minus_large.from"):
            assert f"+{value:.2f}" in text, name


def evidence_reading(**changed):
    values = {}
    for at, horizon in enumerate(HORIZONS):
        figures = {
            "n": 28,
            "mean_pct": -100.0 + at,
            "base_mean_pct": 123.4,
            "diff_low_pct": -123.45,
            "diff_high_pct": 123.45,
            "median_pct": -12.3,
            "positive_pct": 100.0,
            "base_positive_pct": 61.6,
            "worst_pct": -33.79,
            "worst_on": "2008-09-18",
            "p_value": 1.0,
        }
        values |= {f"{horizon}.{name}": value for name, value in (figures | changed).items()}
    return cross_reading(signal="evidence", state="no_edge", values=values)


def test_the_evidence_tables_fit_a_phone() -> None:
    assert widest(evidence_card(evidence_reading(), name="Russell 2000", event="Golden cross")) <= PHONE_COLUMNS


def test_evidence_never_comes_without_its_base_rate() -> None:
    line = evidence_line(evidence_reading(mean_pct=1.9), "golden_cross")
    assert "28 past golden crosses: mean +1.90%, 100% positive" in line
    assert "after any session: +123.40%, 62% positive" in line
    assert line.endswith("No edge to claim.")


def test_an_edge_is_claimed_only_where_the_corrected_p_value_allows() -> None:
    assert evidence_line(evidence_reading(p_value=0.049), "death_cross").endswith("excludes chance at 95%.")
    assert evidence_line(evidence_reading(p_value=0.051), "death_cross").endswith("No edge to claim.")
    assert evidence_line(evidence_reading(p_value=None), "death_cross").endswith("No edge to claim.")


def test_a_study_without_events_says_so_and_has_no_picture() -> None:
    reading = evidence_reading(n=0, mean_pct=None)
    assert "No past death cross has 3 months of prices after it yet" in evidence_line(reading, "death_cross")
    assert evidence_card(reading, name="Russell 2000", event="Death cross").chart is None


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("Golden cross", "after a golden cross"),
        ("Cross confirmed", "after “cross confirmed”"),
        ("Golden cross ahead", "after “golden cross ahead”"),
        ("", "after a past event"),
    ],
)
def test_a_study_is_titled_in_good_english(event: str, told: str) -> None:
    card = evidence_card(evidence_reading(), name="Russell 2000", event=event)
    assert card.title == f"Russell 2000 (^RUT): {told}"
    assert card.chart is not None
    assert card.chart.data["title"] == card.title


def test_the_dashboard_says_what_its_short_column_names_mean() -> None:
    text = terminal_text(smallcap_card(shown(cross_reading(signal="smallcap", values=values_of(1.0)))))
    for name in ("1d", "MTD", "QTD", "YTD", "High", "RSI"):
        assert name in text.split("d: sessions.")[0]
    assert "MTD, QTD, YTD: this month, quarter, year to date." in text
    assert "1d +1.00 · 5d +1.00 · MTD +1.00 · QTD +1.00 · YTD +1.00 · 1Y +1.00" in text


def test_the_numbers_of_a_cross_fit_a_phone() -> None:
    assert widest(cross_card(shown(cross_reading(), "Russell 2000"))) <= PHONE_COLUMNS


@pytest.mark.parametrize(
    ("lead", "told"),
    [
        (1.5, "ahead of the S&P 500 by 1.50 points."),
        (-1.5, "behind the S&P 500 by 1.50 points."),
        (0.0, "level with the S&P 500."),
        (-0.004, "level with the S&P 500."),
    ],
)
def test_the_dashboard_says_who_is_ahead_and_names_no_distance_where_there_is_none(lead, told) -> None:
    values = values_of(1.0) | {"small_minus_large.ytd_pct": lead}
    card = smallcap_card(shown(cross_reading(signal="smallcap", subject="market", values=values)))
    assert card.text == f"Russell 2000 +1.00% on the session and +1.00% this year, {told}"


def test_the_dashboard_says_in_one_line_when_the_next_date_of_the_reconstitution_is():
    ahead = {
        "recon.next_name": "lock-down",
        "recon.next_date": "2026-11-30",
        "recon.next_days": 10,
        "recon.next_dates": "published",
    }
    told = terminal_text(smallcap_card(shown(cross_reading(signal="smallcap", values=values_of(1.0) | ahead))))
    assert "Lock-down: Mon 30 Nov 2026, in 10 days (published)." in told
    told = terminal_text(smallcap_card(shown(cross_reading(signal="smallcap", values=values_of(1.0)))))
    assert "Next date of the Russell reconstitution\nUnknown: the calendar begins later." in told


def test_the_dashboard_says_in_a_line_each_what_small_companies_cost_and_owe():
    figures = {
        "valuation.forward_discount_without_losses_pct": 14.3,
        "valuation.trailing_discount_without_losses_pct": 20.1,
        "valuation.estimated": "2025-07-01",
        "leverage.median_ratio": 3.85,
        "leverage.largecap.median_ratio": 1.47,
        "leverage.filed": "2025-07-18",
    }

    def told(**changed: object) -> str:
        values = values_of(1.0) | figures | changed
        return terminal_text(smallcap_card(shown(cross_reading(signal="smallcap", values=values))))

    assert "Discount: 14.3% against the S&P 500 on expected earnings (without loss-makers; estimates of 1 Jul" in told()
    assert "Net debt: 3.85 times EBITDA, 1.47 in the S&P 500 (medians; reports up to 18 Jul 2025)." in told()
    past = told(**{"valuation.forward_discount_without_losses_pct": None})
    assert "20.1% against the S&P 500 on the last twelve months' earnings (without loss-makers)." in past
    assert "Net debt: 3.85 times EBITDA (medians;" in told(**{"leverage.largecap.median_ratio": None})
    nothing = told(**dict.fromkeys(figures))
    assert "Discount: unknown, `valuation` says what is missing." in nothing
    assert "Net debt: unknown, `leverage` says what is missing." in nothing
