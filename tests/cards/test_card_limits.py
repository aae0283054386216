from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.card import Card, Chart, Field
from bot.cards.embed import embed_payload, picture_description
from bot.cards.plain import plain_text
from bot.cards.provenance import Grounds
from bot.cards.reading_json import reading_json
from bot.cards.why_card import Difference, Explained, Replayed, why_card
from bot.cards.whynot_card import Station, Step, whynot_card
from bot.cards.words import length, listed, shorten
from signals.cross import CROSS
from signals.types import Basis, Coverage
from tests.cards.readings import VALUES, cross_reading, event

WORDS = st.builds(lambda text, times: text * times, st.text(max_size=12), st.sampled_from([1, 1, 40, 400, 2000]))
CARDS = st.builds(
    Card,
    title=WORDS,
    text=WORDS,
    footer=WORDS,
    tone=st.sampled_from(["golden", "death", "neutral", "warning", "odd"]),
    fields=st.lists(st.builds(Field, title=WORDS, text=WORDS), max_size=40).map(tuple),
)


def total(payload: dict[str, object]) -> int:
    fields: list[dict[str, str]] = payload["fields"]  # type: ignore[assignment]
    footer: dict[str, str] = payload.get("footer", {"text": ""})  # type: ignore[assignment]
    texts = [str(payload["title"]), str(payload.get("description", "")), footer["text"]]
    return sum(map(length, texts + [part for field in fields for part in (field["name"], field["value"])]))


@given(CARDS)
@settings(max_examples=120, deadline=None)
def test_no_card_breaks_discords_limits(card: Card) -> None:
    assert_within_limits(card)


def assert_within_limits(card: Card) -> None:
    payload = embed_payload(card, picture_name="chart.png")
    assert 0 < length(payload["title"]) <= 256
    assert length(payload.get("description", "")) <= 4096
    assert length(payload.get("footer", {"text": ""})["text"]) <= 2048
    assert len(payload["fields"]) <= 25
    for field in payload["fields"]:
        assert 0 < length(field["name"]) <= 256
        assert 0 < length(field["value"]) <= 1024
    assert total(payload) <= 6000


@given(CARDS)
@settings(max_examples=120, deadline=None)
def test_no_card_breaks_the_limit_of_a_plain_message(card: Card) -> None:
    assert length(plain_text(card)) <= 2000


@given(st.lists(st.text(max_size=30)), st.integers(0, 200))
@settings(deadline=None)
def test_a_cut_list_fits_its_limit(lines: list[str], limit: int) -> None:
    assert length(listed(lines, limit)) <= limit


@given(st.text(), st.integers(0, 50))
@settings(deadline=None)
def test_a_cut_text_fits_and_shows_its_cut(text: str, limit: int) -> None:
    cut = shorten(text, limit)
    assert length(cut) <= limit
    assert cut == text or limit == 0 or cut.endswith("…")


def test_a_long_list_says_how_many_are_left_out() -> None:
    card = Card("Alerts", "\n".join(f"line {n} {'x' * 90}" for n in range(100)))
    text = embed_payload(card)["description"]
    kept = text.count("line ")
    assert text.endswith(f"… and {100 - kept} more")


def test_a_cut_code_block_stays_closed() -> None:
    block = "```\n" + "\n".join(f"row {n}" for n in range(400)) + "\n```"
    value = embed_payload(Card("T", "", fields=(Field("Rows", block),)))["fields"][0]["value"]
    assert value.startswith("```")
    assert value.endswith("```")
    assert "more" in value


def test_more_fields_than_allowed_are_counted() -> None:
    payload = embed_payload(Card("T", "", fields=tuple(Field(f"F{n}", "text") for n in range(30))))
    assert len(payload["fields"]) == 25
    assert payload["fields"][-1]["name"] == "… and 6 more"


def test_the_picture_and_its_words_are_named() -> None:
    card = Card("T", "text", chart=Chart("cross", {}, "what it shows"))
    assert embed_payload(card, picture_name="cross.png")["image"] == {"url": "attachment://cross.png"}
    assert picture_description(card) == "what it shows"


LINES = st.lists(st.builds(Step, st.sampled_from(Station), st.booleans(), WORDS, st.booleans()), max_size=40)


@given(LINES, WORDS, WORDS)
@settings(max_examples=60, deadline=None)
def test_no_answer_to_whynot_breaks_discords_limits(steps: list[Step], subject: str, name: str) -> None:
    grounds = Grounds(date(2025, 8, 6), datetime(2025, 8, 6, 20, tzinfo=UTC), "made up", Basis.PRICE, Coverage(1, 1))
    card = whynot_card(steps, signal=CROSS, subject=subject, name=name, grounds=grounds)
    assert_within_limits(card)


@given(WORDS, WORDS, st.sampled_from(Replayed), st.dictionaries(st.text(max_size=20), WORDS, max_size=30))
@settings(max_examples=60, deadline=None)
def test_no_answer_to_why_breaks_discords_limits(
    name: str, problem: str, replayed: Replayed, values: dict[str, str]
) -> None:
    reading = reading_json(cross_reading(values={**VALUES, **values}))
    differing = [Difference(key, value, None) for key, value in values.items()]
    told = Explained(
        event=event(**values),
        signal=CROSS,
        name=name,
        found_at=datetime(2025, 8, 6, 20, 20, tzinfo=UTC),
        replayed=replayed,
        reading=None if replayed is Replayed.NOT_KEPT else reading,
        differences=differing,
        problem=problem,
    )
    assert_within_limits(why_card(told))


def test_of_a_list_too_long_for_a_plain_message_there_are_as_many_lines_as_fit() -> None:
    card = Card("Alerts", "\n".join(f"line {n} {'x' * 90}" for n in range(100)), footer="not advice")
    text = plain_text(card)
    kept = text.count("line ")
    assert kept > 10
    assert f"… and {100 - kept} more" in text
    assert text.endswith("not advice")


def test_a_code_block_cut_in_a_plain_message_stays_closed() -> None:
    card = Card("T", "head\n```\n" + "\n".join(f"row {n}" for n in range(900)) + "\n```", fields=(Field("F", "x"),))
    text = plain_text(card)
    assert text.count("```") == 2
    assert "… and 1 more part" in text
    assert length(text) <= 2000
