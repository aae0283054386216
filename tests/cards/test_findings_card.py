from __future__ import annotations

from datetime import UTC, date, datetime

from bot.cards.embed import embed_payload
from bot.cards.findings_card import HIGH, TITLES, Finding, Found, Sort, finding_line, findings_page
from bot.cards.provenance import Grounds
from signals.types import Basis, Coverage

DAY = date(2025, 9, 30)
GROUNDS = Grounds(DAY, datetime(2025, 9, 30, 21, tzinfo=UTC), "Yahoo", Basis.PRICE, Coverage(100, 100))


def finding(symbol: str, kind: str = "golden_cross", *, name: str = "", **values) -> Finding:
    facts = {"since": DAY, "close": 12.5, "change_pct": 1.0, "gap_pct": 0.1}
    return Finding(symbol, name or symbol, kind, TITLES[kind], **{**facts, **values})


def found(*findings: Finding, coverage: Coverage = GROUNDS.coverage) -> Found:
    grounds = Grounds(DAY, GROUNDS.as_of, "Yahoo", Basis.PRICE, coverage)
    return Found("smallcap", "crosses", findings, grounds)


def symbols(card) -> list[str]:
    return [line.split("**")[1] for line in card.text.splitlines() if line[0] in "▲▼↗"]


def test_twenty_are_on_a_page_and_the_page_and_order_are_said():
    everything = found(*(finding(f"S{n:02}") for n in range(45)))
    card, at, pages = findings_page(everything, page=2)
    assert (at, pages) == (2, 3)
    assert symbols(card) == [f"S{n}" for n in range(40, 45)]
    assert card.footer.startswith("page 3 of 3 · sorted by symbol · Tue 30 Sep 2025 · Yahoo")
    assert card.footer.endswith("not advice")
    assert card.text.startswith("**45 golden crosses**")
    assert findings_page(everything, page=99)[1] == 2
    assert findings_page(everything, page=-5)[1] == 0


def test_findings_are_sorted_by_symbol_size_or_day():
    three = found(
        finding("B", gap_pct=-3.0, since=date(2025, 9, 1)),
        finding("C", HIGH, gap_pct=None, above_pct=5.0, since=date(2025, 9, 29)),
        finding("A", gap_pct=1.0, since=date(2025, 9, 2)),
    )
    for sort, order in ((Sort.SYMBOL, "ABC"), (Sort.SIZE, "CBA"), (Sort.DAY, "CAB")):
        card, *_ = findings_page(three, sort=sort)
        assert "".join(symbols(card)) == order
        assert f"sorted by {sort}" in card.footer


def test_each_kind_is_told_with_its_own_numbers():
    cross = finding("STRL", name="Sterling", gap_pct=0.02)
    assert finding_line(cross) == "▲ **Sterling (STRL)** golden cross: close 12.50, +1.00% on the session, gap +0.02%"
    ahead = finding("X", "approaching_death", since=date(2025, 9, 26), gap_pct=0.5, flat_sessions=1, change_pct=None)
    assert finding_line(ahead) == (
        "▼ **X** death cross ahead, since 26 Sep 2025: close 12.50, gap +0.50%, flat prices would cross in 1 session"
    )
    high = finding("Y", HIGH, gap_pct=None, above_pct=2.5)
    assert finding_line(high).endswith(
        "since 30 Sep 2025: close 12.50, +1.00% on the session, 2.50% above the high before"
    )


def test_nothing_found_is_said_without_a_page():
    card, at, pages = findings_page(found())
    assert card.text == "No crosses with this session."
    assert (at, pages) == (0, 1)
    assert card.footer.startswith("Tue 30 Sep 2025")


def test_thin_coverage_is_said_twice():
    card, *_ = findings_page(found(finding("A"), coverage=Coverage(80, 100)))
    assert "20 symbols have too few bars to tell, of 100: nothing is said of them." in card.text
    assert "80 of 100 covered · PARTIAL" in card.footer
    assert "1 symbol has too few bars" in findings_page(found(coverage=Coverage(99, 100)))[0].text


def test_foreign_names_cannot_format_ping_or_burst_the_page():
    many = found(*(finding(f"S{n}", name="@everyone **_~" * 40) for n in range(20)))
    card, *_ = findings_page(many)
    assert "@everyone" not in card.text
    assert len(symbols_escaped := card.text.splitlines()) == 21, symbols_escaped
    assert embed_payload(card)["description"] == card.text
