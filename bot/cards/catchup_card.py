"""The card that answers `catchup`: how much of their fall the smaller Nasdaq names have made good."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.catchup_data import PAIRS, SUBJECTS, Pair, catchup_chart, state_words
from bot.cards.face import Face, Phrase, Shown
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    UNKNOWN,
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

RATIO_DIGITS = 4
MEDIANS = (("1 session", 1), ("5 sessions", 5), ("21 sessions", 21))

PHRASES = {
    **{
        f"recovered_{level}": Phrase(
            f"{level}% made good",
            "{pair} stood at {recovered} of the way back from its trough of {trough} to its peak of {peak}, "
            f"past {level}%",
            "golden",
            "▲",
        )
        for level in (25, 50, 75)
    },
    "new_trough": Phrase(
        "New trough", "{pair} fell to its lowest since its peak of {peak}, {fall} below it", "death", "▼"
    ),
}


def catchup_card(shown: Shown) -> Card:
    """Return the card of both pairs."""
    reading = shown.reading
    fields = [
        Field("Made good, against QQQ", _falls(reading)),
        Field("Peak and trough", "\n".join(_dates(reading, pair) for pair in PAIRS)),
    ]
    if _median(reading, 1) is not None or _median(reading, 21) is not None:
        fields.append(Field("Median Nasdaq share minus QQQ, in points", _medians(reading)))
    missing = _missing(shown)
    if missing:
        fields.append(Field("Missing", missing))
    return Card(
        title=f"Catch-up of the smaller Nasdaq names, {session_words(reading.session)}",
        text="\n".join(f"{pair.name}: {state_words(shown, pair)}." for pair in PAIRS),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def event_fields(shown: Shown, event: Event) -> tuple[Field, ...]:
    """Return the numbers an alert rests on."""
    values = event.values
    rows = [
        ["Ratio", decimal(values.get("ratio"), RATIO_DIGITS)],
        ["Peak", decimal(values.get("peak"), RATIO_DIGITS)],
        ["Trough", decimal(values.get("trough"), RATIO_DIGITS)],
        ["Fall", percent(values.get("fall_pct"), 1)],
        ["From the peak", percent(values.get("from_peak_pct"), 1)],
        ["Made good", _made_good(values.get("recovered_frac"))],
    ]
    return (
        Field(f"{SUBJECTS[event.subject].fund} / QQQ", table(rows[0], rows[1:])),
        Field("Days known", _known_days(shown.reading, SUBJECTS[event.subject])),
    )


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what fills the braces of an event's sentence."""
    del thresholds
    return {
        "pair": f"{SUBJECTS[event.subject].fund}/QQQ",
        "recovered": _made_good(event.values.get("recovered_frac")),
        "trough": short_session(event.values.get("trough_session")),
        "peak": short_session(event.values.get("peak_session")),
        "fall": share(abs(number_of(event.values.get("fall_pct")) or 0), 1),
    }


def event_brief(event: Event) -> str:
    """Return an event's number for a list."""
    if event.kind == "new_trough":
        return f"{percent(event.values.get('fall_pct'), 1)} from its peak"
    return f"{_made_good(event.values.get('recovered_frac'))} made good"


def _falls(reading: Reading) -> str:
    rows = [
        [
            pair.short,
            _made_good(reading.values.get(f"{pair.fund}.recovered_frac")),
            percent(reading.values.get(f"{pair.fund}.fall_pct"), 1, missing=DASH),
            percent(reading.values.get(f"{pair.fund}.from_peak_pct"), 1, missing=DASH),
        ]
        for pair in PAIRS
    ]
    return table(["", "Good", "Fall", "Now"], rows)


def _dates(reading: Reading, pair: Pair) -> str:
    values = reading.values
    if values.get(f"{pair.fund}.peak_session") is None:
        return f"{pair.fund}: {UNKNOWN}"
    peak, trough = (short_session(values.get(f"{pair.fund}.{name}_session")) for name in ("peak", "trough"))
    return f"{pair.fund}: peak {peak}, trough {trough}; {_known_days(reading, pair)}"


def _known_days(reading: Reading, pair: Pair) -> str:
    known = reading.values.get(f"{pair.fund}.known_sessions")
    return f"over {sessions(known)} with a close of both"


def _medians(reading: Reading) -> str:
    rows = [[words, signed(_median(reading, count), missing=DASH)] for words, count in MEDIANS]
    return f"{table(['', 'Points'], rows)}\n{_list_words(reading)}"


def _list_words(reading: Reading) -> str:
    """Return how many shares are covered, of which list, and whether it is old or was not known yet."""
    covered, members, told, age = (
        reading.values.get(f"nasdaq.{name}") for name in ("covered", "members", "file_date", "file_age_days")
    )
    counted = f"{decimal(covered, 0)} of {decimal(members, 0)} shares of"
    days = number_of(age)
    if told is None:
        return f"{counted} a list without a date (hindsight)"
    if days is None:
        return f"{counted} the later list of {short_session(told)} (hindsight)"
    stale = f", STALE: {days:,.0f} days old, more than {STALE_AFTER_DAYS}" if days > STALE_AFTER_DAYS else ""
    return f"{counted} the list of {short_session(told)}{stale}"


def _median(reading: Reading, count: int) -> float | None:
    return number_of(reading.values.get(f"nasdaq.median_minus_qqq_{count}_pct"))


def _missing(shown: Shown) -> str:
    values, lines = shown.reading.values, []
    for pair in PAIRS:
        session = values.get(f"{pair.fund}.session")
        if session is None:
            lines.append(f"{pair.fund}: no session with a close of it and of QQQ.")
        elif session != shown.reading.session.isoformat():
            lines.append(f"{pair.fund}: no later session than {short_session(session)} with a close of it and of QQQ.")
        if session is not None and values.get(f"{pair.fund}.peak") is None:
            lines.append(f"{pair.fund}: known for fewer than {sessions(shown.thresholds['peak_sessions'])}.")
    if values.get("nasdaq.members") is None:
        lines.append("Median Nasdaq share: no list of Nasdaq shares here.")
    return "\n".join(lines)


def _made_good(value: Scalar) -> str:
    number = number_of(value)
    return DASH if number is None else share(100 * number)


FACE = Face(
    card=catchup_card,
    numbers=event_fields,
    chart=catchup_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=event_brief,
)
