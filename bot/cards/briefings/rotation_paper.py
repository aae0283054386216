"""The Small-Cap Rotation Monitor: who leads, where the return came from, and what rates do."""

from __future__ import annotations

from bot.cards.briefings import NAMES, ROTATION
from bot.cards.briefings.changes import changes
from bot.cards.briefings.cover import cover
from bot.cards.briefings.lists import fresh_crosses, hindsight_note, near_a_cross, theme_members, themed
from bot.cards.briefings.material import Material
from bot.cards.briefings.notes import data_notes, definitions, thin
from bot.cards.briefings.paper import Beside, Block, Grid, Paper, Picture, Points, Section, Words
from bot.cards.briefings.studies import TITLE as EVIDENCE
from bot.cards.briefings.studies import studies
from bot.cards.face import Shown
from bot.cards.faces import face_of
from bot.cards.leadership_data import sector_rows
from bot.cards.macro_card import SHORT, macro_card, names_of
from bot.cards.plain import without_markup
from bot.cards.rotation_card import LEAD_CHECKS, check_line
from bot.cards.rotation_data import SECTOR_WORDS, rotation_chart, state_words
from bot.cards.themes_ranking import ranking_chart
from bot.cards.words import DASH, UNKNOWN, decimal, number_of, percent, share, short_session, signed
from signals.macro_series import NAMES as SERIES
from signals.rotation_columns import BENCHMARKS
from signals.rotation_events import names_on
from signals.types import Scalar

PAIRS = (("Russell 2000 / S&P 500", "small", ""), ("RSP / SPY", "equal", ""), ("QQQE / QQQ", "equal", "QQQE."))
"""Name, subject, and what stands before its values."""
TERMS = (
    "Session",
    "Lead",
    "Rotation map",
    "Contribution",
    "SMA50, SMA200",
    "Made good",
    "Rank",
    "Base rate",
    "Interval",
)
WIDE, MAP_WIDE = 0.6, 0.56
"""What a picture has of the width, beside its numbers."""
MISSING: tuple[Block, ...] = (Words("Unknown: see the data notes."),)


def rotation_paper(material: Material) -> Paper:
    """Return the briefing."""
    sections = (
        changes(material),
        Section("Who leads", _pairs(material)),
        Section("Themes", _themes(material)),
        Section("Rotation map of the sectors", _map(material, "sectors")),
        Section("Where the return came from", _leadership(material)),
        Section("Lists", (Beside(near_a_cross(material), fresh_crosses(material)),)),
        Section("Smaller Nasdaq names, rates and spreads", (Beside(_words(material), _macro(material)),)),
        Section(EVIDENCE, studies(material.followed, ("small_leads", "large_leads"), "Russell 2000")),
        data_notes(material),
        definitions(material, TERMS),
    )
    return cover(material, ROTATION, NAMES[ROTATION], _summary(material), sections)


def _summary(material: Material) -> str:
    small, sectors = material.of("rotation", "small"), material.of("rotation", "sectors")
    lead = "Who leads is unknown" if small is None else _text(small).removesuffix(".")
    leading = None if sectors is None else sectors.reading.values.get("leading")
    if sectors is None or sectors.reading.values.get("week") is None:
        return f"{lead}; which sectors lead is unknown."
    named = ", ".join(SECTOR_WORDS.get(symbol.strip(), symbol) for symbol in str(leading or "").split(",") if symbol)
    return f"{lead}; leading on the rotation map of the sectors: {named or 'none'}."


def _text(shown: Shown) -> str:
    return " ".join(without_markup(face_of(shown.reading.signal).card(shown).text).split("\n"))


def _pairs(material: Material) -> tuple[Block, ...]:
    small = material.of("rotation", "small")
    rows = [row for name, subject, at in PAIRS if (row := _pair_row(material, name, subject, at))]
    if small is None or not rows:
        return MISSING
    short, long = (small.thresholds[window] for window in ("short", "long"))
    header = ("", "Ratio", f"{short} sessions", f"{long} sessions", "50/200", "Rank", "State", "Since")
    beside = (
        Words("Change of the ratio in %. Rank: place among the ratio's last ten years, 0 to 100.", is_quiet=True),
        Words("What a lead takes:"),
        Points(tuple(check_line(check) for check in small.reading.checks[LEAD_CHECKS]), is_signed=True),
    )
    picture = _picture(small, "The ratio, its averages and its changes over a year; shaded: a lead.")
    return (Words(_text(small)), Grid(header, tuple(rows), texts=(0, 6)), Beside(picture, beside, WIDE))


def _pair_row(material: Material, name: str, subject: str, at: str) -> tuple[str, ...]:
    shown = material.of("rotation", subject)
    if shown is None:
        return ()
    values = shown.reading.values
    state = shown.reading.state if not at else str(values.get(f"{at}state"))
    since = values.get(f"{at}state_since")
    return (
        name,
        decimal(values.get(f"{at}ratio"), 4, missing=DASH),
        percent(values.get(f"{at}relative_short_pct"), missing=DASH),
        percent(values.get(f"{at}relative_long_pct"), missing=DASH),
        str(values.get(f"{at}cross") or DASH),
        decimal(values.get(f"{at}percentile_10y_pct"), 0, missing=DASH),
        state_words(state),
        DASH if since is None else short_session(since),
    )


def _map(material: Material, subject: str) -> tuple[Block, ...]:
    shown = material.of("rotation", subject)
    if shown is None:
        return MISSING
    values = shown.reading.values
    names = sorted(names_on(shown.history, subject), key=lambda name: -(number_of(values.get(f"{name}.ratio")) or 0.0))
    rows = [
        (
            f"{name} {SECTOR_WORDS.get(name, '')}".strip(),
            decimal(values.get(f"{name}.ratio"), 1, missing=DASH),
            decimal(values.get(f"{name}.momentum"), 1, missing=DASH),
            str(values.get(f"{name}.quadrant") or UNKNOWN),
            decimal(values.get(f"{name}.weeks"), 0, missing=DASH),
        )
        for name in names
    ]
    header = ("", "Ratio", "Momentum", "Quadrant", "Weeks")
    caption = f"Against {BENCHMARKS[subject]}; 100 is usual"
    grid = (Grid(header, tuple(rows), texts=(0, 3), caption=caption),) if rows else ()
    picture = _picture(shown, "Each sector's way over eight weeks, the dot is the last.")
    return (Words(_text(shown)), Beside(picture, grid, MAP_WIDE))


def _leadership(material: Material) -> tuple[Block, ...]:
    year, month, banks = (material.of("leadership", subject) for subject in ("ytd", "mtd", "banks"))
    told = dict.fromkeys(_text(shown) for shown in (year, month, banks) if shown is not None)
    blocks: list[Block] = [Words(text) for text in told]
    rows = [] if year is None else sector_rows(year.reading)
    if year is None or not rows:
        return tuple(blocks) or MISSING
    grid = Grid(
        ("Sector", "Points", "Share", "Weight"),
        tuple(
            (
                row.name,
                signed(row.contribution_pct),
                share(row.share_pct, missing="n.m."),
                share(row.weight_pct, missing=DASH),
            )
            for row in rows
        ),
        caption="This year; n.m.: a share that would mean nothing",
    )
    return (
        *blocks,
        Beside(
            _picture(year, "What each sector added or took this year, in points."), (grid, *thin(year.reading)), WIDE
        ),
    )


def _themes(material: Material) -> tuple[Block, ...]:
    def year(shown: Shown) -> float:
        lead = number_of(shown.reading.values.get("basket_minus_index.ytd_pct"))
        return float("inf") if lead is None else -lead

    rows = [
        (
            themed(shown),
            *(percent(shown.reading.values.get(f"{period}_pct"), 1, missing=DASH) for period in ("d5", "m1", "ytd")),
            _points(shown.reading.values.get("basket_minus_index.ytd_pct")),
            percent(shown.reading.values.get("from_average_pct"), 1, missing=DASH),
        )
        for shown in sorted(material.every("themes"), key=year)
    ]
    if not rows:
        return (Words("No themes are listed here."),)
    header = ("Theme", "5 sessions", "1 month", "Year", "Lead, year", "From SMA50")
    note = f"Lead: minus the Russell 2000, in points. {hindsight_note(row[0] for row in rows)}".strip()
    return (Grid(header, tuple(rows), note=note, unlisted=0), *_ranking(material), *theme_members(material))


def _ranking(material: Material) -> tuple[Block, ...]:
    """Return the picture of all themes beside what they are."""
    one = next(material.every("themes"))
    chart = ranking_chart(one.history, one.thresholds)
    if chart is None:
        return ()
    picture = Picture(chart, "Every theme's return since the year began, beside the index.")
    told = "A theme is a list of shares in one line of business, weighted equally each month."
    return (Beside((picture,), (Words(told, is_quiet=True),), WIDE),)


def _words(material: Material) -> tuple[Block, ...]:
    """Return the smaller Nasdaq names, rates and the dates ahead in words."""
    catchup, macro = next(material.every("catchup"), None), material.of("macro", "market")
    told = [Words(_text(shown)) for shown in (catchup, macro) if shown is not None]
    ahead = [] if macro is None else [field.text for field in macro_card(macro).fields if field.title == "Dates ahead"]
    return (*told, *(Points(tuple(text.split("\n")), unlisted=0) for text in ahead)) or MISSING


def _macro(material: Material) -> tuple[Block, ...]:
    shown = material.of("macro", "market")
    if shown is None:
        return MISSING
    values = shown.reading.values
    rows = []
    for name in SERIES:
        level, day, month, rank = names_of(name)
        digits = 1 if name == "^VIX" else 0
        rows.append(
            (
                SHORT[name],
                decimal(values.get(level), 2, missing=DASH),
                signed(values.get(day), digits, missing=DASH),
                signed(values.get(month), digits, missing=DASH),
                decimal(values.get(rank), 0, missing=DASH),
            )
        )
    header = ("", "Level, %", "1 day, bp", "21 days, bp", "Rank")
    return (Grid(header, tuple(rows), note="The VIX and its changes are in points."),)


def _picture(shown: Shown, caption: str) -> tuple[Block, ...]:
    chart = rotation_chart(shown) if shown.reading.signal == "rotation" else face_of(shown.reading.signal).chart(shown)
    return () if chart is None else (Picture(chart, caption),)


def _points(value: Scalar) -> str:
    return DASH if number_of(value) is None else f"{signed(value, 1)} pt"
