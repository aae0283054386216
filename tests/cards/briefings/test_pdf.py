from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdf
import pytest

from bot.cards.briefings import NAMES
from bot.cards.briefings.paper import Beside, Grid, Paper, Points, Section, Words
from bot.cards.briefings.pdf import MOST_PAGES, printed
from bot.cards.briefings.shortening import shortened
from bot.cards.studio import PictureUnavailable, Studio
from bot.questions.briefing import paper_of
from tests.cards.briefings.conftest import grids_of

SHORT = Paper("smallcap", "Short", date(2025, 8, 6), "A sentence.", (Section("One", (Words("Words."),)),))


@pytest.fixture(scope="session")
def pdfs(papers) -> dict[str, pypdf.PdfReader]:
    return {name: pypdf.PdfReader(BytesIO(printed(paper))) for name, paper in papers.items()}


def text_of(pdf: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


@pytest.mark.parametrize("name", [*NAMES])
def test_a_briefing_has_two_to_four_pages_each_numbered(pdfs, name):
    pages = pdfs[name].pages
    assert 2 <= len(pages) <= MOST_PAGES
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page.extract_text()
        assert "not advice" in page.extract_text()


@pytest.mark.parametrize("name", [*NAMES])
def test_title_author_subject_language_and_day_are_in_the_file(pdfs, papers, name):
    pdf = pdfs[name]
    assert pdf.metadata.title == NAMES[name]
    assert pdf.metadata.author == "smallcap-signals"
    assert pdf.metadata.subject == papers[name].summary
    assert pdf.metadata.creation_date.date() == date(2026, 9, 30)
    assert pdf.trailer["/Root"]["/Lang"] == "en"


@pytest.mark.parametrize("name", [*NAMES])
def test_the_outline_and_the_contents_on_the_cover_name_every_section(pdfs, papers, name):
    titles = [section.title for section in papers[name].sections]
    assert [entry["/Title"] for entry in pdfs[name].outline] == titles
    cover = " ".join(pdfs[name].pages[0].extract_text().split())
    assert all(title in cover for title in titles)


@pytest.mark.parametrize("name", [*NAMES])
def test_every_number_of_every_table_can_be_selected_as_text(pdfs, papers, name):
    text = text_of(pdfs[name])
    cells = [cell for grid in grids_of(papers[name]) for row in grid.rows for cell in row if re.search(r"\d", cell)]
    assert len(cells) > 200
    assert [cell for cell in cells if not _is_in(cell, text)] == []


def _is_in(cell: str, text: str) -> bool:
    return all(part in text for part in cell.split())


@pytest.mark.parametrize("name", [*NAMES])
def test_all_fonts_are_embedded_and_are_those_of_the_libraries(pdfs, name):
    fonts = [font for page in pdfs[name].pages for font in _fonts(page["/Resources"])]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert re.search("Libertinus|DejaVu|NewCM", font["/BaseFont"]), font["/BaseFont"]


def _fonts(resources) -> list:
    """Return the fonts of a page, and of what is drawn on it."""
    found = [font.get_object() for font in resources.get("/Font", {}).values()]
    for drawn in resources.get("/XObject", {}).values():
        inner = drawn.get_object().get("/Resources")
        found += [] if inner is None else _fonts(inner)
    return found


@pytest.mark.parametrize("name", [*NAMES])
def test_every_picture_carries_its_words_for_those_who_cannot_see_it(pdfs, papers, name):
    told = _alts(pdfs[name].trailer["/Root"]["/StructTreeRoot"])
    assert told == [picture.chart.alt for picture in papers[name].pictures()]


def _alts(element) -> list[str]:
    kids = element.get("/K", [])
    kids = kids if isinstance(kids, list) else [kids]
    own = [str(element["/Alt"])] if element.get("/S") == "/Figure" and "/Alt" in element else []
    inner = [kid.get_object() for kid in kids]
    return own + [alt for kid in inner if isinstance(kid, dict) and "/K" in kid for alt in _alts(kid)]


def test_the_names_on_the_map_stand_beside_their_points(pdfs):
    text = text_of(pdfs["rotation"])
    assert {"XLK", "XLV", "XLE"} <= set(text.split())


def test_what_a_foreign_name_says_is_never_markup():
    hostile = '#panic("x") *bold* $x$ <a> [b] \\ @c // /* `d` \u202e'
    grid = Grid(("", "n"), ((hostile, "1"),))
    paper = replace(SHORT, summary=hostile, sections=(Section(hostile, (Words(hostile), Points((hostile,)), grid)),))
    text = text_of(pypdf.PdfReader(BytesIO(printed(paper))))
    assert text.count('#panic("x") *bold* $x$ <a> [b] \\ @c // /* `d`') >= 4


def test_pictures_become_smaller_where_there_is_much_to_say(papers):
    paper = papers["smallcap"]
    more = Section("More", tuple(Words("A few more words to fill the page. " * 6) for _ in range(12)))
    longer = replace(paper, sections=(*paper.sections, more))
    assert len(pypdf.PdfReader(BytesIO(printed(longer))).pages) <= MOST_PAGES


@pytest.mark.parametrize("name", [*NAMES])
def test_many_themes_and_many_missing_lines_fit_the_pages_and_each_list_says_how_many_more_there_are(sample, name):
    paper = paper_of(name, crowded(sample))
    missing = [f"Something, number {n}: there are no prices of it, and the reason is a long one." for n in range(60)]
    notes = Section("More notes", (Words("Missing:"), Points(tuple(missing), unlisted=0)))
    pdf = pypdf.PdfReader(BytesIO(printed(replace(paper, sections=(*paper.sections, notes)))))
    assert len(pdf.pages) <= MOST_PAGES
    assert re.search(r"… and \d\d more", text_of(pdf))


def crowded(market):
    """Return the market with forty themes, most of them with names as long as names get."""
    themes = market.facts.themes
    many = [
        replace(themes[n % len(themes)], name=f"theme_{n}", title=f"A theme of a long name, number {n}")
        for n in range(40)
    ]
    return replace(market, facts=replace(market.facts, themes=tuple(many)))


def test_what_a_shortened_list_leaves_out_is_counted_with_what_was_left_out_before():
    grid = Grid(("a",), tuple((str(n),) for n in range(5)), note="Note.", unlisted=4)
    fixed = Grid(("a",), grid.rows)
    points = Points(("one", "two", "three"), unlisted=0)
    paper = replace(SHORT, sections=(Section("One", (Beside((grid, fixed), (points, Words("Words."))),)),))
    (beside,) = shortened(paper, 2).sections[0].blocks
    (short, same), (few, words) = beside.left, beside.right
    assert (len(short.rows), short.under) == (2, "… and 7 more. Note.")
    assert (same, words) == (fixed, Words("Words."))
    assert few.lines == ("one", "two", "… and 1 more")
    assert shortened(paper, 9) == paper


def test_the_same_paper_is_the_same_file():
    assert printed(SHORT) == printed(SHORT)


def print_slowly(paper: Paper) -> bytes:
    if paper.summary == "fails":
        raise KeyError("close")
    return printed(paper)


async def test_the_studio_prints_equal_papers_once_and_in_another_process():
    async with Studio(print_paper=print_slowly) as studio:
        first, second = await asyncio.gather(studio.pdf(SHORT), studio.pdf(replace(SHORT)))
        assert first is second is await studio.pdf(SHORT)
        assert first.startswith(b"%PDF")


async def test_a_paper_that_cannot_be_printed_says_which_and_why():
    async with Studio(print_paper=print_slowly) as studio:
        with pytest.raises(PictureUnavailable, match="the smallcap briefing could not be drawn: KeyError"):
            await studio.pdf(replace(SHORT, summary="fails"))
