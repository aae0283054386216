# ruff: noqa: INP001 - beside the pages, not a package
"""What MkDocs calls while it builds: marked places of pages are filled from the catalog and the simulated market.

A place is a comment on a line of its own, such as ``<!-- made: thresholds -->``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

from docs.making.catalog_pages import events_table, signals_table, thresholds_table, values_table
from docs.making.examples import HERE, Example, Made, examples
from docs.making.scenes import ROOT
from docs.making.terms import read_terms, words_of
from signals.catalog import by_name

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

PICTURES = "made"
LOGO = ROOT / "bot" / "demo" / "static" / "smallcap.png"
PLACE = re.compile(r"^<!-- made: ([a-z]+) -->$", re.MULTILINE)
SIMULATED = (
    "Prices of [the simulated market](../operators/sample.md) are invented, so this shows how evidence looks and says "
    "nothing about real markets. **Mean**: return over three months after the event; **any session**: after every "
    "session (the base rate); **interval**: where the difference of the two lies with 95 % confidence, in points; "
    "**edge**: whether it excludes 0 once corrected for eight horizons ([how](../signals/evidence.md))."
)
NOT_STUDIED = "Nothing to show here: its events are about what has no closes of its own, or too few have been."
_FETCHED = re.compile(
    r"<(?:img|script|link|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>", re.IGNORECASE
)
_LINKED = re.compile(r"rel=[\"']?(?:canonical|prev|next|edit|me)\b", re.IGNORECASE)
_WITHOUT_ALT = re.compile(r"<img\b(?![^>]*\balt=[\"']?[^\s\"'>])[^>]*>", re.IGNORECASE)

_kept: dict[str, Made] = {}


def made() -> Made:
    """Return the examples, made at the first call of a build."""
    if "made" not in _kept:
        _kept["made"] = examples()
    return _kept["made"]


def on_pre_build(**_given: object) -> None:
    """Forget the last build: what examples are made from may have changed while the site was served."""
    _kept.clear()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the bot's face and the pictures of the examples to the site."""
    files.append(File.generated(config, f"{PICTURES}/logo.png", abs_src_path=str(LOGO)))
    for picture in sorted(made().folder.glob("*.png")):
        files.append(File.generated(config, f"{PICTURES}/{picture.name}", abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, page: Page, **_given: object) -> str:
    """Fill the marked places of a page."""
    name = page.file.src_uri.rpartition("/")[2].removesuffix(".md")
    here = get_relative_url(PICTURES, page.url)

    def filled(place: re.Match[str]) -> str:
        return place[0] if place[1] == "words" else part(place[1], name).replace(HERE, here)

    text = PLACE.sub(filled, markdown)
    return PLACE.sub(lambda _place: words_of(read_terms(), text), text)


def part(place: str, name: str) -> str:
    """Return what belongs in a marked place of the page `name`.

    Raises
    ------
    PluginError
        If there is no such part.
    """
    if place == "signals":
        return signals_table()
    example = made().examples[name]
    if place == "example":
        return example.answer
    signal = by_name(name)
    parts = {
        "values": lambda: values_table(signal),
        "thresholds": lambda: thresholds_table(signal),
        "events": lambda: events_table(signal, example.counted),
        "alert": lambda: example.alert,
        "evidence": lambda: _evidence(example),
    }
    if place not in parts:
        raise PluginError(f"{name}: nothing is made for {place!r}: there are {', '.join(parts)}")
    return parts[place]()


def _evidence(example: Example) -> str:
    return f"{example.studies}\n\n{SIMULATED}" if example.studies else NOT_STUDIED


def on_post_page(output: str, page: Page, **_given: object) -> str:
    """Refuse a page that would fetch anything from elsewhere, or shows a picture without words for it."""
    for found in _FETCHED.findall(output):
        if not _LINKED.search(found):
            raise PluginError(f"{page.file.src_uri} would fetch from another machine: {found[:120]}")
    for picture in _WITHOUT_ALT.findall(output):
        raise PluginError(f"{page.file.src_uri} has a picture without alt text: {picture[:120]}")
    return output
