"""Every kind of picture, drawn from the simulated market, beside how it looked when it was last looked at."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from bot.cards.card import Chart
from bot.cards.evidence_data import evidence_chart
from bot.cards.picture import KINDS, render
from bot.cards.provenance import Grounds
from bot.cards.rehearsal_data import Rehearsal, Side, rehearsal_chart
from bot.cards.themes_ranking import ranking_chart
from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_market import END
from bot.questions.desk import Desk
from bot.questions.parse import parse
from bot.questions.ports import NoGuildThresholds
from signals.themes import THEMES
from signals.types import Basis, Coverage, Market

BASELINES = Path(__file__).parent / "baselines"
RENEW = "SMALLCAP_RENEW_BASELINES"
WIDE = 400
"""As a phone shows it."""
MOST_RMS = 4.0
"""Greatest difference of a picture, of 255: other hinting or smoothing of edges stays well below it."""
MOST_CHANGED = 0.004
"""Greatest share of pixels that are plainly another colour."""
PLAINLY = 60

QUESTIONS = {
    "cross": "cross RUT",
    "smallcap": "smallcap",
    "fan": "evidence RUT golden_cross",
    "breadth": "breadth",
    "catchup": "catchup",
    "macro": "macro",
    "leadership": "leaders ytd",
    "map": "rotation sectors",
    "recon": "recon additions",
    "valuation": "valuation",
    "leverage": "leverage",
    "gates": "quality optical",
}
OTHERS = ("evidence", "rehearsal", "ranking")
LIGHT = ("cross", "smallcap")
NAMES = (*QUESTIONS, *OTHERS, *(f"{name}_light" for name in LIGHT))


class Known:
    def __init__(self, market: Market) -> None:
        self._market = market

    def market(self) -> Market:
        return self._market


@pytest.fixture(scope="module")
def charts() -> dict[str, Chart]:
    calendar = exchange_calendar(END)
    source = SampleSource(calendar)
    known = source.reference()
    as_of = datetime(END.year, END.month, END.day, 20, 20, tzinfo=UTC)
    market = Market(source.market().prices, as_of, source.name, calendar, labels=source.labels)
    market = replace(market, universes=known.universes, sectors=known.sectors, names=known.names, facts=known.facts)
    desk = Desk(Known(market), NoGuildThresholds(), office=None)

    async def asked() -> dict[str, Chart]:
        answers = {name: await desk.answer(parse(question)) for name, question in QUESTIONS.items()}
        found = {name: answer.card.chart for name, answer in answers.items()}
        study = evidence_chart(answers["fan"].reading, name="Russell 2000", event="Golden cross")
        return {**found, "evidence": study}

    found = asyncio.run(asked())
    thresholds = THEMES.thresholds_with()
    found |= {"rehearsal": rehearsed(), "ranking": ranking_chart(THEMES.history(market, thresholds), thresholds)}
    return {**found, **{f"{name}_light": replace(found[name], theme="light") for name in LIGHT}}


def rehearsed() -> Chart:
    months = [f"{2025 + month // 12}-{month % 12 + 1:02}" for month in range(9, 21)]
    now, then = (
        {month: {"golden_cross": count} for month, count in zip(months, counts, strict=True)}
        for counts in ((4, 7, 2, 0, 5, 9, 12, 3, 6, 8, 1, 4), (6, 9, 5, 2, 5, 14, 18, 4, 9, 10, 3, 7))
    )
    as_of = datetime(2026, 9, 30, 20, 20, tzinfo=UTC)
    grounds = Grounds(
        date(2026, 9, 30), as_of, "simulated market", Basis.PRICE, Coverage(600, 600), labels=("simulated",)
    )
    return rehearsal_chart(
        Rehearsal(
            "cross",
            "slow",
            "sessions",
            Side(200, now, 3),
            Side(150, then, 5),
            {"golden_cross": "Golden cross"},
            date(2025, 10, 1),
            date(2026, 9, 30),
            252,
            5,
            (),
            (),
            grounds,
        )
    )


def small(png: bytes) -> Image.Image:
    """Return a picture as wide as a phone shows it."""
    whole = Image.open(BytesIO(png)).convert("RGB")
    return whole.resize((WIDE, round(whole.height * WIDE / whole.width)), Image.Resampling.LANCZOS)


def apart(was: Image.Image, now: Image.Image) -> tuple[float, float]:
    """Return the root mean square of two pictures' difference, and the share of pixels that plainly differ."""
    differences = np.asarray(ImageChops.difference(was, now), dtype=float)
    return float(np.sqrt((differences**2).mean())), float((differences.max(axis=2) > PLAINLY).mean())


def is_alike(was: Image.Image, now: Image.Image) -> bool:
    rms, changed = apart(was, now)
    return was.size == now.size and rms <= MOST_RMS and changed <= MOST_CHANGED


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_looks_as_it_did(name: str, charts, tmp_path: Path) -> None:
    now, file = small(render(charts[name])), BASELINES / f"{name}.png"
    if os.environ.get(RENEW):
        now.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.is_file(), (
        f"there is no baseline of {name}: look at it, and run with {RENEW}=1 (see baselines/README.md)"
    )
    was = Image.open(file).convert("RGB")
    if not is_alike(was, now):
        now.save(tmp_path / f"{name}-now.png")
        was.save(tmp_path / f"{name}-was.png")
        if was.size == now.size:
            ImageChops.difference(was, now).save(tmp_path / f"{name}-difference.png")
        pytest.fail(f"{name} looks different ({apart(was, now) if was.size == now.size else now.size}): see {tmp_path}")


def test_there_is_a_baseline_of_every_kind_of_picture_and_of_nothing_else(charts) -> None:
    assert {chart.kind for chart in charts.values()} == set(KINDS)
    assert {file.stem for file in BASELINES.glob("*.png")} == set(NAMES)
    assert sum(file.stat().st_size for file in BASELINES.iterdir()) < 400_000


@pytest.mark.parametrize("name", ["cross", "macro", "leadership"])
def test_another_number_or_another_word_is_told_from_how_it_was(name: str, charts) -> None:
    was = small(render(charts[name]))
    assert not is_alike(
        was, small(render(replace(charts[name], data={**charts[name].data, "title": "Something else"})))
    )
    assert not is_alike(was, small(render(charts[name], theme="light")))


def test_a_line_that_moved_is_told_from_how_it_was(charts) -> None:
    data = charts["cross"].data
    moved = replace(charts["cross"], data={**data, "close": data["close"] * 1.02})
    assert not is_alike(small(render(charts["cross"])), small(render(moved)))


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_says_in_words_what_it_shows_and_how_old_it_is(name: str, charts) -> None:
    chart = charts[name]
    assert chart.alt.startswith("SIMULATED. ")
    assert len(chart.alt) > 100
    assert chart.data["as_of"].startswith("As of ")
