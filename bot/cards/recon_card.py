"""The card that answers `recon`: the dates, who would join and leave the Russell 2000, or what a symbol would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.cards.card import Card, Field
from bot.cards.face import Face, Phrase, Shown
from bot.cards.provenance import footer
from bot.cards.recon_data import dollars, placements_of, recon_chart
from bot.cards.style import SYMBOLS
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    UNKNOWN,
    brief,
    escape,
    number_of,
    percent,
    session_words,
    share,
    short_session,
    shorten,
    signed,
    times,
    titled,
)
from signals.facts import STALE_AFTER_DAYS
from signals.recon import ADDITIONS, CALENDAR, DELETIONS, RECON, SUBJECTS
from signals.recon_calendar import DATES
from signals.recon_projection import Placement
from signals.recon_ranks import UNKNOWN_CAP
from signals.types import Event, History, Reading, Scalar, Thresholds

MOST_ROWS = 12
NAMES_SHOWN = 300
SIZE_ALONE = "It is a ranking by size, not a filter of quality."
CHANGES = {
    "addition": "would be added to the Russell 2000",
    "deletion": "would be deleted from the Russell 2000",
    "move_up": "would move up to the Russell 1000",
    "move_down": "would come down to the Russell 2000",
    "joins_1000": "would join the Russell 1000",
    "leaves_1000": "would leave the Russell 1000",
    "stays": "would stay where it is",
}


def recon_card(shown: Shown) -> Card:
    """Return the card of the dates, of the projected additions or deletions, or of a symbol."""
    reading = shown.reading
    fields = {
        CALENDAR: lambda: (
            dates(reading),
            _further(reading),
            *_projection(reading),
            *_list(reading),
            *_volume(reading),
        ),
        ADDITIONS: lambda: (*_moves(shown, ADDITIONS), *_projection(reading), *_list(reading)),
        DELETIONS: lambda: (*_moves(shown, DELETIONS), *_projection(reading), *_list(reading)),
    }.get(reading.subject, lambda: (*_place(reading), dates(reading), *_list(reading)))()
    missing = _missing(reading)
    whose = SUBJECTS.get(reading.subject)
    title = f"{whose[:1].upper()}{whose[1:]}" if whose else f"{titled(shown.name, reading.subject)}: reconstitution"
    return Card(
        title=f"{title}, {session_words(reading.session)}",
        text=_lead(reading),
        tone="neutral",
        fields=(*fields, *((Field("Missing", "\n".join(missing)),) if missing else ())),
        footer=footer(reading),
    )


def dates(reading: Reading) -> Field:
    """Return the dates of the reconstitution the session belongs to."""
    values = reading.values
    if values.get("effective") is None:
        return Field("Dates", "Unknown: the calendar begins later.")
    lines = [f"{title[:1].upper()}{title[1:]}: {session_words(values.get(name))}" for name, title in DATES.items()]
    said = "As published." if values.get("dates") == "published" else "By rule, not published yet."
    return Field("Dates", "\n".join([*lines, said]))


def _lead(reading: Reading) -> str:
    values = reading.values
    if reading.subject not in SUBJECTS:
        return f"{_fate(reading)} {SIZE_ALONE}"
    if values.get("next_date") is None:
        return "The next date is unknown."
    days = number_of(values.get("next_days"))
    when = "in 1 day" if days == 1 else f"in {brief(days)} days"
    return f"Next: {values.get('next_name')}, {session_words(values.get('next_date'))}, {when}. {SIZE_ALONE}"


def _fate(reading: Reading) -> str:
    values = reading.values
    change = CHANGES.get(str(values.get("change")))
    if change is None:
        return f"What the ranking would do with it is unknown: {values.get('reason') or UNKNOWN_CAP}."
    why = f" ({values.get('reason')})" if values.get("reason") else ""
    return f"It {change}{why}."


def _further(reading: Reading) -> Field:
    told = str(reading.values.get("further") or "none")
    return Field("After that, effective on", told.replace(", ", "\n"))


def _projection(reading: Reading) -> tuple[Field, ...]:
    """Return the breakpoints with their bands, and how many would move."""
    values = reading.values
    if values.get("caps_date") is None:
        return ()
    rows = [
        [str(rank), *(_short(values.get(name)) for name in (f"breakpoint_{rank}_usd", *_band(rank)))]
        for rank in (1000, 2000, 3000)
    ]
    made_from = (
        f"Capitalisations of {short_session(values.get('caps_date'))}, {brief(values.get('ranked'))} ranked; "
        f"members of {short_session(values.get('members_date'))}: {brief(values.get('capped'))} of "
        f"{brief(values.get('members'))} have a capitalisation, {brief(values.get('placed'))} are placed."
    )
    lines = (
        table(["rank", "cap", "above", "within"], rows),
        made_from,
        f"Additions: {brief(values.get('additions'))}, deletions: {brief(values.get('deletions'))}.",
        *(
            f"{title}, with the distance in %: {escape(shorten(_with_distances(values, name), NAMES_SHOWN))}."
            for title, name in (("Up to the 1000", "moves_up"), ("Down from the 1000", "moves_down"))
            if values.get(f"{name}_names")
        ),
    )
    return (Field("Breakpoints, in $", "\n".join(lines)),)


def _with_distances(values: Mapping[str, Scalar], moves: str) -> str:
    """Return names with their distances from the breakpoint, such as ``M02 +35``."""
    parts = (str(values[f"{moves}_{what}"]).split(", ") for what in ("names", "distances"))
    pairs = zip(*parts, strict=True)
    return ", ".join(f"{name} {DASH if away == '?' else signed(float(away), 0)}" for name, away in pairs)


def _band(rank: int) -> tuple[str, str]:
    return f"band_{rank}_upper_usd", f"band_{rank}_lower_usd"


def _short(value: Scalar) -> str:
    return DASH if number_of(value) is None else dollars(value).removeprefix("$")


def _moves(shown: Shown, side: str) -> tuple[Field, ...]:
    found = placements_of(shown, side)
    if not found:
        what = "Nobody, by what is known." if shown.reading.state in {"known", "partial"} else "Unknown."
        return (Field("Who", what),)
    return (Field("Who, the largest first", _rows(found)),)


def _rows(found: Sequence[Placement]) -> str:
    rows = [
        [
            each.symbol[:8],
            DASH if each.rank is None else str(each.rank),
            _short(each.cap_usd),
            signed(each.distance_pct, 0, missing=DASH),
        ]
        for each in found[:MOST_ROWS]
    ]
    more = f"\n… and {len(found) - MOST_ROWS:,} more" if len(found) > MOST_ROWS else ""
    reasons = [f"{escape(each.symbol)}: {each.reason}." for each in found[:MOST_ROWS] if each.reason]
    return "\n".join([table(["", "rank", "cap", "dist %"], rows) + more, *reasons])


def _place(reading: Reading) -> tuple[Field, ...]:
    values = reading.values
    listed = values.get("listed")
    lines = (
        f"In now: {values.get('now') or UNKNOWN}",
        f"After the ranking: {values.get('then') or UNKNOWN}",
        f"Rank: {brief(values.get('rank'))}",
        f"Capitalisation: {dollars(values.get('cap_usd'))}",
        f"From the nearest breakpoint: {percent(values.get('distance_pct'), 1)}",
        f"On the last list: {listed or 'no'}" if values.get("list_date") else "No list is known.",
    )
    return (Field("Place", "\n".join(lines)),)


def _list(reading: Reading) -> tuple[Field, ...]:
    values = reading.values
    if values.get("list_date") is None:
        return ()
    counts = f"{brief(values.get('list_additions'))} additions, {brief(values.get('list_deletions'))} deletions"
    lines = [f"Of {session_words(values.get('list_date'))}: {counts}."]
    for title, name in (("New", "added"), ("Withdrawn", "withdrawn"), ("On it again", "reinstated")):
        if names := values.get(f"list_{name}_names"):
            lines.append(f"{title}: {escape(shorten(str(names), NAMES_SHOWN))}.")
    for title, name in (("Not projected", "unforeseen"), ("Projected, and not on it", "absent")):
        if names := values.get(f"list_{name}_names"):
            lines.append(f"{title}: {escape(shorten(str(names), NAMES_SHOWN))}.")
    for title, side in (("additions", ""), ("deletions", "deletions_")):
        precision, recall = (values.get(f"{side}{name}_pct") for name in ("precision", "recall"))
        lines.append(
            f"Projected {title}: {share(precision)} of them are on it (precision), "
            f"{share(recall)} of it was projected (recall)."
        )
    return (Field("Last published list", "\n".join(lines)),)


def _missing(reading: Reading) -> list[str]:
    values = reading.values
    lines = []
    if values.get("caps_date") is None:
        lines.append("Projection: no capitalisations, or no members dated before rank day.")
    elif values.get("breakpoint_1000_usd") is None:
        lines.append(f"Projection: {brief(values.get('ranked'))} companies are ranked, it takes 1,000.")
    elif values.get("breakpoint_3000_usd") is None:
        lines.append("Breakpoint 3000: fewer companies are ranked; nobody falls out by size.")
    if (age := _age(reading)) is not None and age > STALE_AFTER_DAYS:
        lines.append(f"Capitalisations are {age} days old.")
    if values.get("list_date") is None:
        lines.append("No published list is known.")
    return lines


def _volume(reading: Reading) -> tuple[Field, ...]:
    day, rvol = (reading.values.get(name) for name in ("effective_day", "effective_rvol"))
    if day is None:
        return ()
    told = f"{short_session(day)}: {times(rvol)} the mean of the 20 sessions before."
    return (Field("IWM's volume on the last effective day", told),)


def _age(reading: Reading) -> int | None:
    """Return how old the capitalisations are at the session, or on rank day once that has passed; in days."""
    caps, rank = (reading.values.get(name) for name in ("caps_date", "rank_day"))
    if caps is None or rank is None:
        return None
    return (min(reading.session, date.fromisoformat(str(rank))) - date.fromisoformat(str(caps))).days


def _numbers(shown: Shown, event: Event) -> tuple[Field, ...]:
    del event
    reading = shown.reading
    own = () if reading.subject in SUBJECTS else _place(reading)
    return (*own, dates(reading), *_projection(reading), *_list(reading))


def _facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    del thresholds
    values = event.values
    side = str(values.get("side"))
    return {
        "name": str(values.get("name")),
        "day": session_words(values.get("date")),
        "said": str(values.get("dates")),
        "change": CHANGES.get(str(values.get("change")), UNKNOWN),
        "before": str(values.get("before")),
        "published": short_session(values.get("published")),
        "additions": brief(values.get("additions")),
        "deletions": brief(values.get("deletions")),
        "side": f"an {side}" if side == "addition" else f"a {side}",
        "what": {"added": "new on", "withdrawn": "withdrawn from", "reinstated": "again on"}.get(
            str(values.get("what")), UNKNOWN
        ),
        "rvol": times(values.get("rvol")),
    }


def _brief(event: Event) -> str:
    values = event.values
    if event.kind == "recon_list":
        return f"{brief(values.get('additions'))} additions, {brief(values.get('deletions'))} deletions"
    if event.kind == "recon_projection":
        return f"{values.get('before')} to {values.get('then')}"
    if event.kind == "recon_listed":
        return f"{values.get('side')}, {values.get('what')}"
    return times(values.get("rvol")) if event.kind == "recon_volume" else str(values.get("name"))


def mention(history: History, thresholds: Thresholds, symbol: str) -> str:
    """Return what the ranking would do with `symbol`, where a file of capitalisations has it."""
    if symbol not in history.subjects[len(SUBJECTS) :]:
        return ""
    reading = RECON.reading(history, symbol, thresholds)
    if reading.values.get("change") not in CHANGES:
        return ""
    away = number_of(reading.values.get("distance_pct"))
    distance = "" if away is None else f", {percent(away, 1)} from the nearest breakpoint"
    return f"{_fate(reading).removeprefix('It ').rstrip('.')}{distance}"


PHRASES = {
    "recon_date": Phrase("Reconstitution date", "the Russell reconstitution had its {name} ({said})", "neutral", "◆"),
    "recon_date_ahead": Phrase(
        "Reconstitution date ahead",
        "the Russell reconstitution's {name} was a session away: {day} ({said})",
        "neutral",
        "◇",
    ),
    "recon_list": Phrase(
        "List published",
        "a list of {published} had come to be known: {additions} additions to the Russell 2000, {deletions} deletions",
        "neutral",
        "◆",
    ),
    "recon_listed": Phrase("Official list", "it was {what} the list of {published} as {side}", "neutral", "◆"),
    "recon_projection": Phrase(
        "Projection changed", "by its size it {change}; the projection before said {before}", "neutral", "◇"
    ),
    "recon_volume": Phrase(
        "Reconstitution volume",
        "IWM's volume on the effective day was {rvol} its mean of 20 sessions",
        "neutral",
        SYMBOLS["golden"],
    ),
}

FACE = Face(
    card=recon_card, numbers=_numbers, chart=recon_chart, phrases=PHRASES, facts=_facts, brief=_brief, mention=mention
)
