"""A paper as PDF: Typst sets the pages, matplotlib draws the pictures; the worker process runs it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cards import style
from bot.cards.briefings.paper import Beside, Block, Grid, Paper, Picture, Points, Terms, Words
from bot.cards.briefings.shortening import shortened
from bot.cards.card import Chart
from bot.cards.picture import drawing
from bot.cards.theme import LIGHT
from bot.cards.words import session_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AUTHOR = "smallcap-signals"
TEMPLATE = "briefing.typ"
"""How a paper looks; it is handed what the paper says as data, so that no foreign name is ever taken for markup."""
MOST_PAGES = 4
PICTURE_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6)
"""Pictures are made so much smaller until the pages are few enough; the pages are set in milliseconds."""
LIST_LENGTHS = (8, 5, 3, 1)
"""Where the smallest pictures leave too little room, lists are cut to so many lines."""
COLOURS = {"small": LIGHT.ink(style.SMALL), "large": style.LARGE, "dark": style.BACKGROUND}


def printed(paper: Paper) -> bytes:
    """Return the paper as PDF: text can be selected, headings are its outline, pictures carry their alt text."""
    made: bytes = _set(paper, format="pdf")
    return made


def photographed(paper: Paper, *, dots_per_inch: int = 110) -> list[bytes]:
    """Return the pages of the paper as PNG, to be looked at where no PDF can be."""
    made: bytes | list[bytes] = _set(paper, format="png", ppi=dots_per_inch)
    return made if isinstance(made, list) else [made]


def _set(paper: Paper, **form: Any) -> Any:
    """Return the paper in a form that Typst knows, in the first of its `_fittings` that has few enough pages."""
    import typst

    files = {"main.typ": Path(__file__).with_name(TEMPLATE).read_bytes()}
    files |= {f"{at}.svg": drawn(picture.chart) for at, picture in enumerate(paper.pictures())}
    handed: dict[str, str] = {}
    for fitting, share in _fittings(paper):
        handed = {"paper": json.dumps(told(fitting)), "share": str(share)}
        pages = typst.query(files, "<pages>", field="value", one=True, font_paths=_fonts(), sys_inputs=handed)
        if int(pages) <= MOST_PAGES:
            break
    return typst.compile(files, font_paths=_fonts(), sys_inputs=handed, **form)


def _fittings(paper: Paper) -> Iterator[tuple[Paper, float]]:
    """Yield the paper with less and less room taken: first its pictures become smaller, then its lists shorter."""
    yield from ((paper, share) for share in PICTURE_SHARES)
    yield from ((shortened(paper, most), PICTURE_SHARES[-1]) for most in LIST_LENGTHS)


def drawn(chart: Chart) -> bytes:
    """Return the chart as SVG in light colours; its letters stay letters."""
    from matplotlib import rc_context

    figure = drawing(chart.kind)(chart.data, LIGHT)
    _unpin(figure)
    told = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": AUTHOR}):
        figure.savefig(told, format="svg", metadata={"Date": None})
    return told.getvalue()


def _unpin(figure: Figure) -> None:
    """Let words that a chart placed pixel by pixel stay there: an SVG has fewer pixels to the inch."""
    from matplotlib.text import Text
    from matplotlib.transforms import Affine2D, IdentityTransform

    inches = Affine2D().scale(1 / style.DPI) + figure.dpi_scale_trans
    for text in figure.findobj(Text):
        if isinstance(text.get_transform(), IdentityTransform):
            text.set_transform(inches)


def told(paper: Paper) -> dict[str, Any]:
    """Return what the template is handed."""
    pictures = {id(picture): f"{at}.svg" for at, picture in enumerate(paper.pictures())}
    return {
        "title": paper.title,
        "author": AUTHOR,
        "day": [paper.session.year, paper.session.month, paper.session.day],
        "session": session_words(paper.session),
        "summary": paper.summary,
        "label": paper.label,
        "footer": paper.footer,
        "colours": COLOURS,
        "sections": [
            {"title": section.title, "blocks": _blocks(section.blocks, pictures)} for section in paper.sections
        ],
    }


def _blocks(blocks: Iterable[Block], pictures: Mapping[int, str]) -> list[dict[str, Any]]:
    return [_block(block, pictures) for block in blocks]


def _block(block: Block, pictures: Mapping[int, str]) -> dict[str, Any]:
    match block:
        case Words():
            return {"kind": "words", "text": block.text, "quiet": block.is_quiet}
        case Points():
            return {"kind": "points", "items": [_signed(item, block.is_signed) for item in block.lines]}
        case Terms():
            return {"kind": "terms", "pairs": block.pairs}
        case Grid():
            return {
                "kind": "grid",
                "header": block.header,
                "rows": block.rows,
                "texts": block.texts,
                "wide": _widest(block),
                "caption": block.caption,
                "note": block.under,
            }
        case Beside():
            left, right = (_blocks(side, pictures) for side in (block.left, block.right))
            return {"kind": "beside", "left": left, "right": right, "frac": block.left_frac}
        case Picture():
            return {
                "kind": "picture",
                "file": pictures[id(block)],
                "alt": block.chart.alt,
                "caption": block.caption,
            }


def _signed(item: str, is_signed: bool) -> tuple[str, str]:  # noqa: FBT001 - of the block
    """Return what stands before an item, and the item."""
    sign, _, text = item.partition(" ")
    return (sign, text) if is_signed else ("•", item)


def _widest(grid: Grid) -> int:
    """Return the column that takes the room the others leave: of those of words, the one with most to say."""
    if not grid.texts:
        return -1
    return max(grid.texts, key=lambda column: max((len(row[column]) for row in grid.rows), default=0))


@cache
def _fonts() -> Any:
    """Return the fonts that come with the two libraries: nothing depends on those of the machine."""
    import typst
    from matplotlib import get_data_path

    folder = Path(get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
