from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from PIL import Image

from bot.cards.embed import embed_payload
from bot.cards.picture import drawing, render
from bot.cards.plain import plain_text, terminal_text
from bot.cards.provenance import Grounds
from bot.cards.rehearsal_card import rehearsal_card
from bot.cards.rehearsal_data import Rehearsal, Side, rehearsal_chart
from bot.cards.table import PHONE_COLUMNS
from signals.cross import CROSS
from signals.types import Basis, Coverage

LAST = date(2025, 9, 30)
GROUNDS = Grounds(
    LAST, datetime(2025, 9, 30, 21, tzinfo=UTC), "Yahoo", Basis.PRICE, Coverage(598, 600), labels=("replay",)
)
NOW = Side(200, {"2024-10": {"golden_cross": 20}, "2025-08": {"confirmed": 1}}, repeats=1)
THEN = Side(150, {"2024-10": {"golden_cross": 30}, "2025-01": {"approaching_death": 8}}, repeats=4)
KINDS = {kind.name: kind.title for kind in CROSS.kinds}


def rehearsal(**changed) -> Rehearsal:
    facts = {
        "signal": "cross",
        "name": "slow",
        "unit": "sessions",
        "present": NOW,
        "proposed": THEN,
        "kinds": KINDS,
        "first": date(2024, 9, 30),
        "last": LAST,
        "sessions": 252,
        "soon": 5,
        "new": ("AGX", "LITE"),
        "gone": (),
        "grounds": GROUNDS,
    }
    return Rehearsal(**{**facts, **changed})


def test_the_card_says_in_words_what_would_change():
    text = terminal_text(rehearsal_card(rehearsal()))
    assert (
        "cross slow 150 instead of 200: 38 alerts in the last 252 sessions instead of 21; "
        "3.2 a month instead of 1.8; 4 repeats within 5 sessions instead of 1."
    ) in text
    assert "30 Sep 2024 to 30 Sep 2025" in text
    assert "no promise" in text
    assert "all 600 followed here" in text
    assert "Only with 150\nAGX, LITE" in text
    assert "Only with 200" not in text
    footer = text.splitlines()[-1]
    assert footer.startswith("REPLAY · Tue 30 Sep 2025 · Yahoo · price basis · 598 of 600 covered · as of")
    assert footer.endswith("not advice")


def test_alerts_are_told_by_kind_and_by_month_in_tables_that_fit_a_phone():
    card = rehearsal_card(rehearsal(present=replace(NOW, counts={"2024-10": dict.fromkeys(KINDS, 12_345)})))
    blocks = [field.text.split("```")[1].splitlines() for field in card.fields if "```" in field.text]
    assert len(blocks) == 2
    assert max(len(line) for block in blocks for line in block) <= PHONE_COLUMNS
    by_kind = {line.rsplit(maxsplit=2)[0]: line.split()[-2:] for line in blocks[0][2:]}
    assert by_kind["Golden cross"] == ["12,345", "30"]
    assert by_kind["Death cross ahead"] == ["12,345", "8"]
    assert by_kind["All"] == ["74,070", "38"]
    assert by_kind["Repeats in 5"] == ["1", "4"]
    assert len(blocks[1]) == 2 + 13


def test_no_difference_is_said_to_be_none():
    text = rehearsal_card(rehearsal(proposed=replace(NOW, value=150), new=())).text
    assert "no difference, 21 alerts in the last 252 sessions either way" in text


def test_many_subjects_are_counted_after_the_first_ones():
    card = rehearsal_card(rehearsal(new=tuple(f"S{n:02}" for n in range(30))))
    named = next(field.text for field in card.fields if field.title == "Only with 150")
    assert named.endswith("S07 and 22 more")


def test_words_are_rehearsed_as_numbers_are():
    card = rehearsal_card(
        rehearsal(name="require_holds", present=replace(NOW, value="yes"), proposed=replace(THEN, value="no"))
    )
    assert card.title == "Rehearsal: cross require_holds yes → no"
    assert "require_holds no instead of yes" in card.text


def test_the_card_keeps_discords_limits_whatever_it_counts():
    months = {f"{2015 + n // 12}-{n % 12 + 1:02}": dict.fromkeys(KINDS, 9999) for n in range(130)}
    busy = rehearsal(first=date(2015, 1, 1), sessions=2520, present=Side(200, months, 10**6), new=("^" * 30,) * 900)
    card = rehearsal_card(busy)
    assert "By month" not in {field.title for field in card.fields}
    assert embed_payload(card, picture_name="chart.png")["fields"]
    assert len(plain_text(card)) <= 2000


def picture(chart) -> Image.Image:
    data = render(chart)
    assert len(data) < 300_000
    return Image.open(BytesIO(data))


def test_the_picture_shows_each_month_twice_and_carries_its_words():
    chart = rehearsal_chart(rehearsal())
    image = picture(chart)
    assert image.width == 1600
    assert image.info["Description"] == chart.alt
    assert chart.data["present"] == [0, 20, *[0] * 9, 1, 0]
    assert sum(chart.data["proposed"]) == 38
    assert chart.alt.startswith("REPLAY. Alerts per month: cross, slow, 200 (now) beside 150 (proposed)")
    assert "Oct 2024 20 and 30" in chart.alt
    assert chart.alt.endswith("In all 21 and 38.")


@pytest.mark.parametrize(
    ("first", "each", "bars", "axis"),
    [
        (date(2025, 9, 1), "month", 1, ["Sep\n2025"]),
        (date(2024, 8, 30), "month", 14, ["Aug\n2024", "Sep\n "]),
        (date(2023, 2, 1), "quarter", 11, ["Q1\n2023", "Q2\n "]),
        (date(2016, 1, 4), "year", 10, ["2016", "2017"]),
    ],
)
def test_a_longer_span_is_drawn_in_quarters_or_years(first: date, each: str, bars: int, axis: list[str]):
    chart = rehearsal_chart(rehearsal(first=first))
    assert chart.data["title"] == f"Alerts per {each}: cross, slow"
    assert len(chart.data["spans"]) == len(chart.data["present"]) == bars
    assert chart.data["spans"][: len(axis)] == axis
    picture(chart)


def test_every_word_of_the_picture_is_legible_where_discord_shows_it_400_pixels_wide():
    figure = drawing("rehearsal")(rehearsal_chart(rehearsal(first=date(2024, 8, 30))).data)
    figure.draw_without_rendering()
    panel = figure.axes[0]
    labels = [label.get_window_extent() for label in panel.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(labels))
    words = [*panel.get_xticklabels(), *panel.get_yticklabels(), *figure.texts, *figure.legends[0].get_texts()]
    assert min(word.get_fontsize() for word in words) >= 12
    boxes = [word.get_window_extent() for word in words]
    assert min(box.x0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_a_past_without_an_alert_still_gives_a_picture():
    nothing = Side(200, {}, 0)
    chart = rehearsal_chart(rehearsal(present=nothing, proposed=replace(nothing, value=150)))
    picture(chart)
    assert chart.alt.endswith("In all 0 and 0.")
