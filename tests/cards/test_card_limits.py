from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.card import Card, Chart, Field
from bot.cards.embed import embed_payload, picture_description
from bot.cards.plain import plain_text
from bot.cards.words import length, listed, shorten

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
