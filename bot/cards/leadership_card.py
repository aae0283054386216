"""The card that answers `leaders`: which sectors the return came from, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.cards.card import Card, Field
from bot.cards.checked import checked
from bot.cards.cross_card import two_columns
from bot.cards.face import Face, Phrase, Shown
from bot.cards.leadership_data import SectorRow, leadership_chart, sector_rows
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    brief,
    decimal,
    escape,
    number_of,
    percent,
    session_words,
    sessions,
    share,
    short_session,
    shorten,
    signed,
)
from signals.facts import STALE_AFTER_DAYS
from signals.leadership import LEADERSHIP
from signals.leadership_columns import BANKS, INDEX, LEAST_TOTAL_PCT
from signals.types import Event, History, Reading, Scalar, Thresholds

SINCE = {"ytd": "this year", "mtd": "this month"}
SHORT = {
    "Information Technology": "Technology",
    "Consumer Discretionary": "Cons. discr.",
    "Consumer Staples": "Cons. staples",
    "Communication Services": "Communication",
    "Financial Services": "Financials",
    "Basic Materials": "Materials",
    "Consumer Defensive": "Cons. defens.",
    "Consumer Cyclical": "Cons. cyclic.",
}
NAME_LETTERS = 13
WIDE = 99.995
AT_MOST = frozenset({"adds_up", "broad"})

PHRASES = {
    "top_two_above": Phrase(
        "Two sectors carry it",
        "{first} and {second} made up {share} of the small caps' return of the year ({total}), at least {bound}",
        "neutral",
        "◆",
    ),
    "top_two_below": Phrase(
        "More sectors carry it",
        "{first} and {second}, the top two, made up only {share} of the small caps' return of the year ({total})",
        "neutral",
        "◇",
    ),
    "leading_sector": Phrase(
        "Another sector leads",
        "{first} had added most to the small caps' return of the year for {hold} in a row "
        "({points} points of {total}), before it {before}",
        "neutral",
        "◆",
    ),
    "banks_overtake": Phrase(
        "Banks overtake",
        "regional banks, behind until then, had been ahead of the Russell 2000 over {window} for {hold} in a row, "
        "now by {lead} points",
        "neutral",
        "▲",
    ),
}


def leadership_card(shown: Shown) -> Card:
    """Return the card of the year, of the month, or of the banks."""
    reading = shown.reading
    is_banks = reading.subject == "banks"
    fields = [] if is_banks else [Field("Sectors by contribution", sectors_table(reading)), *_sums(reading)]
    fields.append(_banks(reading, shown.thresholds))
    if reading.checks:
        fields.append(Field("Checked", checked(reading, at_most=AT_MOST)))
    missing = _missing(reading)
    if missing:
        fields.append(Field("Missing", "\n".join(missing)))
    title = "Regional banks against small caps" if is_banks else f"Where the small caps' return came from, {shown.name}"
    return Card(
        title=f"{title}, {session_words(reading.session)}",
        text=_banks_lead(reading, shown.thresholds) if is_banks else _lead(reading),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def sectors_table(reading: Reading) -> str:
    """Return every covered sector with its points, share of the return and weight, narrow enough for a phone."""
    rows = sector_rows(reading)
    if not rows:
        return "Unknown: no start weights, or no closes to go with them."
    cells = [
        [
            _short(row.name),
            signed(row.contribution_pct, 2 if abs(row.contribution_pct) < WIDE else 0),
            _share(reading, row),
            share(row.weight_pct, missing=DASH),
        ]
        for row in rows
    ]
    return f"{table(['', 'Points', 'Share', 'Weight'], cells)}\n{_shares_explained(reading)}"


def _lead(reading: Reading) -> str:
    rows, total = sector_rows(reading), reading.values.get("basket_pct")
    since = SINCE.get(reading.subject, "")
    if not rows:
        return "Where the return came from is unknown: no holdings file tells the weights at the start."
    index = percent(reading.values.get("index_pct"))
    return f"The covered shares made {percent(total)} {since}, the Russell 2000 {index}. {_most(rows, total)}"


def _most(rows: Sequence[SectorRow], total: Scalar) -> str:
    """Name the two sectors that moved the return most in its own direction."""
    is_fall = (number_of(total) or 0.0) < 0
    moved = [row for row in (reversed(rows) if is_fall else rows) if (row.contribution_pct < 0) == is_fall][:2]
    named = " and ".join(f"{escape(row.name)} ({signed(row.contribution_pct)} points)" for row in moved)
    if not named:
        return "No sector moved it that way."
    return f"Most was {'lost' if is_fall else 'added'} by {named}."


def _sums(reading: Reading) -> tuple[Field, ...]:
    values = reading.values
    rows = (
        ("Covered basket", percent(values.get("basket_pct"))),
        ("Russell 2000 itself", percent(values.get("index_pct"))),
        ("Residual, points", signed(values.get("residual_points"))),
        ("Top two, share", share(values.get("top_two_share_pct"), 1, missing=_not_meant(reading))),
        ("Effective names", decimal(values.get("effective_names"), 0)),
        ("Weight covered", share(values.get("covered_weight_pct"), 1)),
    )
    return (Field("Put together", two_columns(rows)), Field("Start weights", _weights(reading)))


def _weights(reading: Reading) -> str:
    values = reading.values
    told, start = short_session(values.get("weights_date")), session_words(values.get("start"))
    match values.get("weights"):
        case "file":
            line = f"From the file of {told}, moved on to {start} by the prices."
        case "backed_out":
            line = f"Backed out: from the later file of {told}, moved back to {start} by the prices."
        case _:
            return "Unknown: no holdings file dated by this session tells them."
    return f"{line}{_stale(reading)}"


def _stale(reading: Reading) -> str:
    newest = _day(reading.values.get("members_date"))
    age = (reading.session - newest).days if newest else 0
    if age <= STALE_AFTER_DAYS:
        return ""
    return f"\nSTALE universe: the newest list of members is of {short_session(newest)}, {age} days before."


def _day(value: Scalar) -> date | None:
    """Return an ISO day of a reading as a date; None where missing."""
    return date.fromisoformat(value) if isinstance(value, str) else None


def _banks(reading: Reading, thresholds: Thresholds) -> Field:
    values = reading.values
    rows = (
        (f"Regional banks ({BANKS})", percent(values.get(f"{BANKS}.change_pct"))),
        ("Russell 2000", percent(values.get(f"{INDEX}.change_pct"))),
        ("Lead, points", signed(values.get("banks_minus_index.change_pct"))),
    )
    return Field(f"Regional banks over {sessions(thresholds['banks_sessions'])}", two_columns(rows))


def _banks_lead(reading: Reading, thresholds: Thresholds) -> str:
    lead = number_of(reading.values.get("banks_minus_index.change_pct"))
    window = sessions(thresholds["banks_sessions"])
    if lead is None:
        return f"Whether regional banks lead is unknown: it takes closes of {BANKS} and {INDEX} now and {window} ago."
    side = "ahead of" if lead > 0 else "behind" if lead < 0 else "level with"
    by = f" by {decimal(abs(lead))} points" if lead else ""
    return f"Over {window} regional banks are {side} the Russell 2000{by}."


def _share(reading: Reading, row: SectorRow) -> str:
    return share(row.share_pct, missing=_not_meant(reading))


def _not_meant(reading: Reading) -> str:
    """Return what stands for a share that is not there: ``n.m.`` where it would mean nothing, else a dash."""
    total = number_of(reading.values.get("basket_pct"))
    return "n.m." if total is not None and abs(total) >= LEAST_TOTAL_PCT else DASH


def _shares_explained(reading: Reading) -> str:
    total = number_of(reading.values.get("basket_pct"))
    if total is None or abs(total) < LEAST_TOTAL_PCT:
        return f"No shares: the return is below {brief(LEAST_TOTAL_PCT)}% in size."
    return "Points of the covered basket's return; n.m.: a share above 100% has no meaning."


def _short(name: str) -> str:
    return shorten(SHORT.get(name, name), NAME_LETTERS)


def _missing(reading: Reading) -> list[str]:
    told = []
    covered = reading.coverage
    if reading.subject != "banks":
        if covered.of == 0:
            told.append("A holdings file of the Russell 2000 fund dated by this session.")
        elif covered.n < covered.of:
            absent = f"{covered.of - covered.n:,} of {covered.of:,}"
            told.append(f"{absent} shares of the list: no close on the file's date, at the start or now; left out.")
        if reading.values.get("index_pct") is None:
            told.append(f"{INDEX}: no close at the start or now.")
    if reading.values.get("banks_minus_index.change_pct") is None:
        told.append(f"{BANKS} or {INDEX}: no close now or where the comparison begins.")
    return told


def _numbers(shown: Shown, event: Event) -> tuple[Field, ...]:
    reading = shown.reading
    if event.kind == "banks_overtake":
        return (_banks(reading, shown.thresholds),)
    return Field("Sectors by contribution", sectors_table(reading)), *_sums(reading)


def _facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    values = event.values
    return {
        "first": escape(str(values.get("sector_1.name"))),
        "second": escape(str(values.get("sector_2.name"))),
        "before": escape(str(values.get("sector_before"))),
        "points": signed(values.get("sector_1.contribution_pct")),
        "share": share(values.get("top_two_share_pct")),
        "total": percent(values.get("basket_pct"), 1),
        "bound": share(thresholds["top_two_pct"]),
        "hold": sessions(thresholds["hold_sessions"]),
        "window": sessions(thresholds["banks_sessions"]),
        "lead": decimal(values.get("banks_minus_index.change_pct")),
    }


def _brief(event: Event) -> str:
    if event.kind == "banks_overtake":
        return f"by {decimal(event.values.get('banks_minus_index.change_pct'), 1)} points"
    if event.kind == "leading_sector":
        return f"{event.values.get('sector_1.name')}, before it {event.values.get('sector_before')}"
    return f"share {share(event.values.get('top_two_share_pct'))}"


def mention(history: History, thresholds: Thresholds, symbol: str) -> str:
    """Return what the sector of `symbol` added this year to the small caps' return, where it is one of them."""
    files = history.market.facts.of_universe("smallcap")
    held = next((file for file in reversed(files) if symbol in file.symbols), None)
    if held is None:
        return ""
    sector = held.sectors[held.symbols.index(symbol)]
    reading = LEADERSHIP.reading(history, "ytd", thresholds)
    row = next((row for row in sector_rows(reading) if row.name == sector), None)
    if row is None:
        return ""
    whole = percent(reading.values["basket_pct"])
    return f"{escape(sector)}: {signed(row.contribution_pct)} points of the covered small caps' {whole} this year"


FACE = Face(
    card=leadership_card,
    numbers=_numbers,
    chart=leadership_chart,
    phrases=PHRASES,
    facts=_facts,
    brief=_brief,
    mention=mention,
)
