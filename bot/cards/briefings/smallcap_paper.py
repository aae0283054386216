"""The Small Cap Golden Cross Briefing: the Russell 2000, its averages, and how many of its members take part."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards.briefings import NAMES, SMALLCAP
from bot.cards.briefings.changes import changes
from bot.cards.briefings.cover import cover
from bot.cards.briefings.lists import fresh_crosses, near_a_cross, theme_members
from bot.cards.briefings.material import Material
from bot.cards.briefings.notes import data_notes, definitions, thin
from bot.cards.briefings.paper import Beside, Block, Grid, Paper, Picture, Points, Section, Words
from bot.cards.briefings.studies import TITLE as EVIDENCE
from bot.cards.briefings.studies import studies
from bot.cards.cross_card import check_lines, cross_picture, forecast, is_known, state_words, windows_of
from bot.cards.face import Shown
from bot.cards.faces import face_of
from bot.cards.plain import without_markup
from bot.cards.smallcap_card import smallcap_card
from bot.cards.smallcap_data import ROWS
from bot.cards.words import (
    DASH,
    decimal,
    number_of,
    percent,
    price,
    share,
    short_session,
    signed,
    times,
)
from signals.types import Scalar

WIDE = 0.62
"""What a picture has of the width, beside its numbers."""
INDEX, UNIVERSE = "^RUT", "smallcap"
COLUMNS = (
    ("1 session", "d1_pct"),
    ("5 sessions", "d5_pct"),
    ("Month", "mtd_pct"),
    ("Quarter", "qtd_pct"),
    ("Year", "ytd_pct"),
    ("1 year", "y1_pct"),
    ("From high", "from_high_pct"),
)
EXPLAINED = (
    "Change in %; month, quarter and year to date; from high: distance from the highest close of 252 sessions in %; "
    "RSI: of 100; 50/200: golden while the 50-session average is above the 200-session average, death while below. "
    "The last row is in points."
)
TERMS = (
    "Session",
    "Golden and death cross",
    "Gap",
    "Flat closes",
    "RSI 14",
    "Breadth",
    "SMA50, SMA200",
    "Base rate",
    "Interval",
)


def smallcap_paper(material: Material) -> Paper:
    """Return the briefing."""
    sections = (
        changes(material),
        Section("Dashboard", _dashboard(material)),
        Section("The Russell 2000 and its averages", _averages(material)),
        Section("How many take part", _breadth(material)),
        Section("Lists", (Beside(near_a_cross(material), fresh_crosses(material)), *theme_members(material))),
        Section(EVIDENCE, studies(material.followed, ("golden_cross", "death_cross"), "Russell 2000")),
        data_notes(material),
        definitions(material, TERMS),
    )
    return cover(material, SMALLCAP, NAMES[SMALLCAP], _summary(material), sections)


def _summary(material: Material) -> str:
    board, cross = material.of("smallcap", "market"), material.of("cross", INDEX)
    lead = "The small caps' session is unknown" if board is None else smallcap_card(board).text.removesuffix(".")
    if cross is None or not is_known(cross.reading):
        return f"{lead}; where the Russell 2000's averages stand is unknown."
    fast, slow = windows_of(cross.thresholds)
    side = "above" if cross.reading.state == "golden" else "below"
    crossed = cross.reading.values.get(f"last_{cross.reading.state}")
    since = f" since {short_session(crossed)}" if cross.reading.values.get("sessions_since") is not None else ""
    averages = f"the Russell 2000's {fast}-session average has stood {side} the {slow}-session average"
    return f"{lead}; {averages}{since}."


def _dashboard(material: Material) -> tuple[Block, ...]:
    shown = material.of("smallcap", "market")
    if shown is None:
        return (Words("Unknown: see the data notes."),)
    values = shown.reading.values
    rows = [
        (
            row.name,
            *(_signed(values.get(f"{row.symbol}.{name}")) for _, name in COLUMNS),
            decimal(values.get(f"{row.symbol}.rsi14"), 0, missing=DASH),
            str(values.get(f"{row.symbol}.cross") or DASH),
        )
        for row in ROWS
    ]
    ahead = [_signed(values.get(f"small_minus_large.{name}")) for _, name in COLUMNS]
    rows.append(("Russell 2000 minus S&P 500", *ahead, "", ""))
    header = ("", *(title for title, _ in COLUMNS), "RSI 14", "50/200")
    picture = _picture(shown, "The indices over one year, each from the same start.")
    under = [field.text for field in smallcap_card(shown).fields if field.title == "Underneath"]
    told = [Words(without_markup(line)) for text in under for line in text.split("\n")]
    return (Grid(header, tuple(rows)), Beside(picture, (Words(EXPLAINED, is_quiet=True), *told), WIDE))


def _averages(material: Material) -> tuple[Block, ...]:
    shown = material.of("cross", INDEX)
    if shown is None:
        return (Words("Unknown: see the data notes."),)
    reading, (fast, slow) = shown.reading, windows_of(shown.thresholds)
    values = reading.values
    rows = (
        ("Close", price(values.get("close"))),
        (f"{fast}-session average", price(values.get("fast"))),
        (f"{slow}-session average", price(values.get("slow"))),
        ("Gap, fast over slow", percent(values.get("gap_pct"))),
        ("Gap, 5-session change", _points(values.get("gap_change_5"))),
        ("RSI 14, of 100", decimal(values.get("rsi14"), 1)),
        ("Volume against usual", times(values.get("rvol20"))),
    )
    layers = check_lines(reading).split("\n") if reading.checks and is_known(reading) else []
    beside = (
        Grid(("", "Now"), rows),
        *(Words(line) for line in without_markup(forecast(reading)).split("\n")),
        *((Words("The last cross, layer by layer:"), Points(tuple(layers), is_signed=True)) if layers else ()),
    )
    picture = Picture(cross_picture(shown), "Close, both averages and their crosses over a year; volume and RSI.")
    return (Words(without_markup(state_words(reading, (fast, slow)))), Beside((picture,), beside, WIDE))


def _breadth(material: Material) -> tuple[Block, ...]:
    shown = material.of("breadth", UNIVERSE)
    if shown is None:
        return (Words("Unknown: see the data notes."),)
    values = shown.reading.values
    rows = [
        (title, *(tell(values.get(f"{prefix}{name}")) for prefix in ("", "largecap."))) for title, name, tell in _PARTS
    ]
    text = without_markup(face_of("breadth").card(shown).text)
    header = ("", "Russell 2000", "S&P 500")
    picture = _picture(shown, "The index, its members above their averages, and how many advance.")
    return (Words(text), Beside(picture, (Grid(header, tuple(rows)), *thin(shown.reading)), WIDE))


def _picture(shown: Shown, caption: str) -> tuple[Block, ...]:
    chart = face_of(shown.reading.signal).chart(shown)
    return () if chart is None else (Picture(chart, caption),)


def _signed(value: Scalar) -> str:
    return signed(value, missing=DASH)


def _share(value: Scalar) -> str:
    return share(value, missing=DASH)


def _count(value: Scalar) -> str:
    return decimal(value, 0, missing=DASH)


def _frac(value: Scalar) -> str:
    number = number_of(value)
    return DASH if number is None else share(100 * number)


def _percent(value: Scalar) -> str:
    return percent(value, 1, missing=DASH)


def _points(value: Scalar) -> str:
    return DASH if number_of(value) is None else f"{signed(value)} pt"


_PARTS: tuple[tuple[str, str, Callable[[Scalar], str]], ...] = (
    ("Above their SMA200", "above_200_pct", _share),
    ("Above their SMA50", "above_50_pct", _share),
    ("Advances", "advances", _count),
    ("Declines", "declines", _count),
    ("Advancing, 10-session average", "advancing_ema_frac", _frac),
    ("New 52-week highs", "new_highs", _count),
    ("New 52-week lows", "new_lows", _count),
    ("Index from its high", "index_from_high_pct", _percent),
    ("Median minus index, 21 sessions", "median_minus_index_21_pct", _points),
)
