"""The card that answers `breadth`: how many members take part, of small caps and of large ones beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.cards.breadth_data import breadth_chart
from bot.cards.card import Card, Field
from bot.cards.face import Face, Phrase, Shown
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    brief,
    decimal,
    number_of,
    percent,
    session_words,
    sessions,
    share,
    short_session,
    signed,
)
from signals.facts import STALE_AFTER_DAYS
from signals.types import Event, Reading, Scalar, Thresholds

SMALL, LARGE = "Russell 2000", "S&P 500"
GROUPS = (("", SMALL), ("largecap.", LARGE))

PHRASES = {
    "breadth_thrust": Phrase(
        "Breadth thrust",
        "the Russell 2000's advancing share, averaged over 10 sessions, was {now}, up from {low} {waited} before",
        "golden",
        "▲",
    ),
    "divergence": Phrase(
        "Few behind the high",
        "the Russell 2000 closed at a 52-week high with {share} of its members above their 200-session average, "
        "fewer than {bound}",
        "warning",
        "!",
    ),
    "above_200_up": Phrase(
        "Most above average",
        "{share} of the Russell 2000's members stood above their 200-session average, up past {half}",
        "golden",
        "▲",
    ),
    "above_200_down": Phrase(
        "Most below average",
        "{share} of the Russell 2000's members stood above their 200-session average, down past {half}",
        "death",
        "▼",
    ),
}


def breadth_card(shown: Shown) -> Card:
    """Return the card of one session's breadth."""
    reading = shown.reading
    fields = [
        Field("Taking part", _taking_part(reading)),
        Field("Median member minus its index, in points", _medians(reading)),
        Field("Advances minus declines, summed up", _line(reading)),
        Field("Members counted", "\n".join(_list_of(reading, prefix, name) for prefix, name in GROUPS)),
    ]
    missing = _missing(reading)
    if missing:
        fields.append(Field("Missing", missing))
    return Card(
        title=f"Breadth of the {SMALL}, {session_words(reading.session)}",
        text=_lead(reading),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def event_fields(shown: Shown, event: Event) -> tuple[Field, ...]:
    """Return the numbers an alert rests on."""
    values = event.values
    rows = [
        ["Above SMA200", share(values.get("above_200_pct"))],
        ["Above SMA50", share(values.get("above_50_pct"))],
        ["Advancing, average", _frac(values.get("advancing_ema_frac"))],
        ["Index from its high", percent(values.get("index_from_high_pct"), 1)],
        ["Members covered", f"{decimal(values.get('covered'), 0)}/{decimal(values.get('members'), 0)}"],
    ]
    return (Field("Numbers", table(rows[0], rows[1:])), Field("Members counted", _list_of(shown.reading, "", SMALL)))


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what fills the braces of an event's sentence."""
    return {
        "share": share(event.values.get("above_200_pct"), 1),
        "half": f"{brief(thresholds['above_pct'])}%",
        "bound": f"{brief(thresholds['divergence_pct'])}%",
        "now": _frac(event.values.get("advancing_ema_frac"), 1),
        "low": _frac(event.values.get("low_frac"), 1),
        "waited": sessions(event.values.get("sessions_since_low")),
    }


def event_brief(event: Event) -> str:
    """Return an event's number for a list."""
    if event.kind == "breadth_thrust":
        return f"{_frac(event.values.get('low_frac'))} to {_frac(event.values.get('advancing_ema_frac'))} advancing"
    return f"{share(event.values.get('above_200_pct'))} above SMA200"


def _lead(reading: Reading) -> str:
    values = reading.values
    if number_of(values.get("above_200_pct")) is None:
        return "How many members stand above their 200-session average is unknown."
    of = decimal(values.get("covered"), 0)
    text = f"{share(values.get('above_200_pct'))} of the {of} members covered stand above their 200-session average"
    if number_of(values.get("advances")) is None:
        return f"{text}."
    return f"{text}; {decimal(values.get('advances'), 0)} rose and {decimal(values.get('declines'), 0)} fell."


def _taking_part(reading: Reading) -> str:
    rows = [
        ["Above SMA200", *_each(reading, "above_200_pct", _share)],
        ["Above SMA50", *_each(reading, "above_50_pct", _share)],
        ["Advances", *_each(reading, "advances", _count)],
        ["Declines", *_each(reading, "declines", _count)],
        ["Advancing", *_each(reading, "advancing_frac", _frac)],
        ["  10-ses. avg", *_each(reading, "advancing_ema_frac", _frac)],
        ["New highs", *_each(reading, "new_highs", _count)],
        ["New lows", *_each(reading, "new_lows", _count)],
        ["Index f. high", *_each(reading, "index_from_high_pct", _from_high)],
    ]
    return table(["", "R2000", "S&P500"], rows)


def _medians(reading: Reading) -> str:
    rows = [
        [words, *_each(reading, f"median_minus_index_{count}_pct", _points)]
        for words, count in (("1 session", 1), ("5 sessions", 5), ("21 sessions", 21))
    ]
    return table(["", "R2000", "S&P500"], rows)


def _line(reading: Reading) -> str:
    values, lines = reading.values, []
    for prefix, name in GROUPS:
        total = values.get(f"{prefix}ad_line")
        if number_of(total) is not None:
            since = short_session(values.get(f"{prefix}ad_line_since"))
            lines.append(f"{name}: {signed(total, 0)} since {since}")
    return "\n".join(lines) or "unknown"


def _list_of(reading: Reading, prefix: str, name: str) -> str:
    """Return where a group's members come from, how many are covered, and how old their list is."""
    values = reading.values
    members = values.get(f"{prefix}members")
    if not number_of(members):
        return f"{name}: no list of members"
    counted = f"{name}: {decimal(values.get(f'{prefix}covered'), 0)} of {decimal(members, 0)}"
    told, age = values.get(f"{prefix}file_date"), number_of(values.get(f"{prefix}file_age_days"))
    if told is None:
        return f"{counted}, from a list without a date (hindsight)"
    if age is None:
        return f"{counted}, from the later list of {short_session(told)} (hindsight)"
    days = f"{age:,.0f} {'day' if age == 1 else 'days'} old"
    stale = f": STALE, more than {STALE_AFTER_DAYS} days" if age > STALE_AFTER_DAYS else ""
    return f"{counted}, from the list of {short_session(told)}, {days}{stale}"


def _missing(reading: Reading) -> str:
    values, lines = reading.values, []
    for prefix, name in GROUPS:
        members, covered = (number_of(values.get(f"{prefix}{what}")) for what in ("members", "covered"))
        if not members:
            lines.append(f"{name}: its members are not known here.")
        elif covered is not None and covered < members:
            lines.append(f"{name}: {members - covered:,.0f} members without 200 closes in a row.")
        if number_of(values.get(f"{prefix}index_from_high_pct")) is None:
            lines.append(f"{name}: no 252 closes in a row of the index itself.")
    return "\n".join(lines)


def _each(reading: Reading, measure: str, words: Callable[[Scalar], str]) -> list[str]:
    return [words(reading.values.get(f"{prefix}{measure}")) for prefix, _ in GROUPS]


def _share(value: Scalar) -> str:
    return share(value, missing=DASH)


def _count(value: Scalar) -> str:
    return decimal(value, 0, missing=DASH)


def _frac(value: Scalar, digits: int = 0) -> str:
    number = number_of(value)
    return DASH if number is None else share(100 * number, digits)


def _from_high(value: Scalar) -> str:
    return percent(value, 1, missing=DASH)


def _points(value: Scalar) -> str:
    return signed(value, missing=DASH)


FACE = Face(
    card=breadth_card,
    numbers=event_fields,
    chart=breadth_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=event_brief,
)
