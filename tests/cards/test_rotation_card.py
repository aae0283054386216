"""Rotation's cards: what they say of a pair and of a map, what is missing, and their pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bot.cards.card import Card
from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.rotation_card import FACE, PHRASES, alert_fields, rotation_card
from bot.cards.rotation_data import rotation_chart
from bot.cards.table import PHONE_COLUMNS
from bot.cards.words import MINUS
from signals.facts import Facts, Member, Theme
from signals.rotation import CHOICES, ROTATION
from signals.rotation_columns import LEGS, SECTORS
from signals.types import History, Market
from tests.cards.markets import closes_of, market

EVERYBODY = (*LEGS, "IWM", *SECTORS)
THRESHOLDS = ROTATION.thresholds_with()


def everybody(count: int = 1400, **more) -> Market:
    return market(count, symbols=EVERYBODY, close=closes_of(count, len(EVERYBODY)), **more)


def shown(made: Market, subject: str, *, t: int = -1, read: dict[str, History] | None = None, **more) -> Shown:
    history = ROTATION.history(made, THRESHOLDS, read)
    reading = ROTATION.reading(history, subject, THRESHOLDS, t)
    return Shown(reading, history, CHOICES[subject], THRESHOLDS, **more)


def with_themes(made: Market) -> tuple[Market, dict[str, History]]:
    names = ("semiconductors", "clean-energy")
    themed = replace(made, facts=Facts(themes=tuple(Theme(n, n, (Member("A", date(2010, 1, 1)),)) for n in names)))
    columns = {"level": made.prices.close[:, :2], "hindsight": np.zeros((len(made.prices.sessions), 2), dtype=bool)}
    return themed, {"themes": History(made.prices.sessions, names, columns, {}, themed)}


def widest(card: Card) -> int:
    blocks = [field.text for field in card.fields if "```" in field.text]
    assert blocks
    return max(len(line) for block in blocks for line in block.split("```")[1].splitlines())


@pytest.mark.parametrize("subject", CHOICES)
def test_every_card_fits_a_phone_and_discord_and_has_its_picture(subject):
    made, read = with_themes(everybody())
    what = shown(made, subject, read=read)
    card = FACE.answer(what)
    assert widest(card) <= PHONE_COLUMNS
    assert all(len(field.text) <= 1024 for field in card.fields)
    assert "unknown" not in card.text.lower()
    assert not [field for field in card.fields if field.title == "Missing"]
    assert len(render(card.chart)) < 300_000


def test_a_pairs_card_says_who_leads_since_when_and_by_what():
    made = everybody()
    history = ROTATION.history(made, THRESHOLDS)
    seen = set()
    for t in range(300, 1400, 25):
        reading = ROTATION.reading(history, "small", THRESHOLDS, t)
        card = rotation_card(Shown(reading, history, CHOICES["small"], THRESHOLDS))
        leader = {"small_leads": "The Russell 2000 has led", "large_leads": "The S&P 500 has led"}
        assert card.text.startswith(leader.get(reading.state, "Neither side leads"))
        if reading.values["state_since"]:
            assert f"({reading.values['state_sessions']} session" in card.text
        seen.add(reading.state)
    assert seen == {"small_leads", "large_leads", "neutral"}


def test_a_lead_whose_start_nobody_saw_is_told_without_a_date():
    ratio = 1.01 ** np.arange(100)
    made = market(100, symbols=("^RUT", "^GSPC"), close=np.column_stack([ratio, np.ones(100)]))
    card = rotation_card(shown(made, "small"))
    assert card.text == "The Russell 2000 leads the S&P 500."
    assert "by 0.50 points" in card.fields[2].text


def test_what_is_missing_is_named():
    text = terminal_text(rotation_card(shown(market(300, symbols=("^RUT", "^GSPC")), "equal")))
    assert "RSP / SPY: no prices of both" in text
    assert "QQQE / QQQ: no prices of both" in text
    assert "RSP, SPY: no change of the session known." in text
    assert "Who leads is unknown: it takes 68 sessions" in text
    assert "Unknown whether it was a broadening day" in text
    assert "0.00" not in text.split("The session")[0]
    fewer = terminal_text(rotation_card(shown(market(600, symbols=("SPY", "XLK")), "sectors")))
    assert "Missing\nXLB, XLC, XLE, XLF, XLI, XLP, XLRE, XLU, XLV, XLY: fewer than 81 weeks" in fewer
    assert "PARTIAL" in fewer


def test_a_map_without_themes_says_so_and_has_no_picture():
    what = shown(everybody(), "themes")
    card = FACE.answer(what)
    assert "No themes are listed." in terminal_text(card)
    assert card.chart is None
    assert rotation_chart(shown(market(3, symbols=EVERYBODY), "sectors")) is None


def test_a_broadening_day_is_called_one():
    close = closes_of(300, len(EVERYBODY))
    place = {symbol: EVERYBODY.index(symbol) for symbol in ("^RUT", "^GSPC", "RSP", "SPY")}
    for symbol, change in {"^RUT": 1.02, "^GSPC": 1.001, "RSP": 1.01, "SPY": 1.001}.items():
        close[-1, place[symbol]] = close[-2, place[symbol]] * change
    what = shown(market(300, symbols=EVERYBODY, close=close), "small")
    assert "A broadening day:" in rotation_card(what).fields[2].text
    (event,) = [event for event in ROTATION.events(what.history, THRESHOLDS, -1) if event.kind == "broadening_day"]
    sentence = PHRASES["broadening_day"].sentence.format_map(FACE.facts(event, THRESHOLDS))
    assert sentence.startswith("the Russell 2000 rose +2.00%, 1.90 points more than the S&P 500")
    assert FACE.brief(event) == "Russell 2000 +2.00%, RSP +1.00%"
    assert [field.title for field in alert_fields(what, event)] == ["The session"]


def test_every_kind_of_event_has_a_sentence_numbers_and_a_brief():
    made = everybody(2500)
    history = ROTATION.history(made, THRESHOLDS)
    found = {event.kind: event for event in ROTATION.events(history, THRESHOLDS)}
    assert set(found) >= {kind.name for kind in ROTATION.kinds} - {"broadening_day"}
    assert set(PHRASES) == {kind.name for kind in ROTATION.kinds}
    for event in found.values():
        row = int(np.searchsorted(history.sessions, np.datetime64(event.session)))
        reading = ROTATION.reading(history, event.subject, THRESHOLDS, row)
        sentence = PHRASES[event.kind].sentence.format_map(FACE.facts(event, THRESHOLDS))
        assert "{" not in sentence
        assert "unknown" not in sentence
        assert FACE.brief(event)
        assert alert_fields(Shown(reading, history, CHOICES[event.subject], THRESHOLDS), event)
    sentence = PHRASES["cap_leads"].sentence.format_map(FACE.facts(found["cap_leads"], THRESHOLDS))
    assert f"both beyond {MINUS}1.00% for 5 sessions" in sentence


@pytest.mark.parametrize("span", ["6m", "1y", "5y", "all"])
def test_a_pairs_picture_shades_its_leads_and_draws_what_is_asked(span):
    chart = rotation_chart(shown(everybody(3000), "equal", span=span))
    assert len(chart.data["panels"]) == 3
    assert len(chart.data["sessions"]) <= 2600
    assert chart.data["panels"][0]["shades"] or span == "6m"
    assert "RSP divided by SPY" in chart.alt
    render(chart)


def test_the_nasdaqs_pair_is_left_out_of_the_picture_where_nobody_knows_it():
    chart = rotation_chart(shown(market(600, symbols=("RSP", "SPY")), "equal"))
    assert len(chart.data["panels"]) == 2


def test_the_map_shows_eight_weeks_up_to_the_finished_one():
    what = shown(everybody(labels=("simulated",)), "sectors", t=1397)
    chart = rotation_chart(what)
    assert all(len(x) == 8 for _, x, _ in chart.data["tracks"])
    name, x, y = chart.data["tracks"][0]
    values = what.reading.values
    assert (x[-1], y[-1]) == (values[f"{name}.ratio"], values[f"{name}.momentum"])
    assert chart.data["label"] == "SIMULATED"
    assert "RRG" not in chart.alt + chart.data["title"]


def test_a_symbols_card_can_quote_its_place():
    made = everybody()
    history = ROTATION.history(made, THRESHOLDS)
    assert FACE.mention(history, THRESHOLDS, "XLK").startswith("On the map: ")
    assert FACE.mention(history, THRESHOLDS, "^RUT").endswith(".")
    assert FACE.mention(history, THRESHOLDS, "STRL") == ""
    nothing = ROTATION.history(market(300, symbols=("ABC",)), THRESHOLDS)
    assert FACE.mention(nothing, THRESHOLDS, "XLK") == FACE.mention(nothing, THRESHOLDS, "SPY") == ""
