"""The cards of rotation: who leads of two sides, and where everybody stands on the map."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.face import Face, Phrase, Shown
from bot.cards.provenance import footer
from bot.cards.rotation_data import SECTOR_WORDS, rotation_chart, state_words
from bot.cards.style import SYMBOLS
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    UNKNOWN,
    decimal,
    escape,
    number_of,
    percent,
    session_words,
    sessions,
    shorten,
    signed,
)
from signals import rotation
from signals.rotation_columns import BENCHMARKS, MAPS, PAIRS, SECTORS
from signals.rotation_events import DAY_LEGS, SUBJECTS, names_on
from signals.rotation_map import LEAST_WEEKS, QUADRANTS
from signals.types import Check, Event, History, Reading, Thresholds

LEAD_CHECKS, DAY_CHECKS = slice(0, 3), slice(3, None)
QUADRANT_ORDER = [word for word in QUADRANTS.values() if word]
NAME_LETTERS = 13
MOST_WEEKS = 99
SIDES = {
    "small_leads": ("Russell 2000", "S&P 500"),
    "large_leads": ("S&P 500", "Russell 2000"),
    "equal_leads": ("equal-weight S&P 500 (RSP)", "cap-weighted one (SPY)"),
    "cap_leads": ("cap-weighted S&P 500 (SPY)", "equal-weight one (RSP)"),
}


def rotation_card(shown: Shown) -> Card:
    """Return the card of one pair or one map."""
    return _map_card(shown) if shown.reading.subject in MAPS else _pair_card(shown)


def _pair_card(shown: Shown) -> Card:
    reading = shown.reading
    fields = [*_pair_fields(shown), Field("The session", _day(reading))]
    if shown.evidence:
        fields.append(Field("What followed in the past", shown.evidence))
    if missing := _missing_of_pair(reading):
        fields.append(Field("Missing", "\n".join(missing)))
    return Card(
        title=f"{escape(shown.name)}: {state_words(reading.state)}",
        text=_pair_lead(shown),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def _pair_lead(shown: Shown) -> str:
    reading, limits = shown.reading, shown.thresholds
    since = reading.values.get("state_since")
    when = f" since {session_words(since)} ({sessions(reading.values.get('state_sessions'))})" if since else ""
    if reading.state in SIDES:
        leader, led = SIDES[reading.state]
        return f"The {leader} has led the {led}{when}." if when else f"The {leader} leads the {led}."
    if reading.state == "neutral":
        return f"Neither side leads{when}."
    needed = int(limits["long"]) + int(limits["hold_sessions"])
    return f"Who leads is unknown: it takes {needed} sessions with prices of both sides."


def _pair_fields(shown: Shown) -> tuple[Field, Field]:
    reading = shown.reading
    checks = [check_line(check) for check in reading.checks[LEAD_CHECKS]]
    return (
        Field("Ratio, and its change", _pair_table(shown)),
        Field("What a lead takes", "\n".join(checks)),
    )


def _pair_table(shown: Shown) -> str:
    values, limits = shown.reading.values, shown.thresholds
    pairs = {"": PAIRS[SUBJECTS.index(shown.reading.subject)]}
    if "QQQE.ratio" in values:
        pairs["QQQE."] = PAIRS[2]
    rows = [
        ["ratio", *(decimal(values.get(f"{at}ratio"), 4, missing=DASH) for at in pairs)],
        [
            f"{limits['short']} sess.",
            *(percent(values.get(f"{at}relative_short_pct"), missing=DASH) for at in pairs),
        ],
        [f"{limits['long']} sess.", *(percent(values.get(f"{at}relative_long_pct"), missing=DASH) for at in pairs)],
        ["50/200", *(str(values.get(f"{at}cross") or DASH) for at in pairs)],
        ["10 years", *(decimal(values.get(f"{at}percentile_10y_pct"), 0, missing=DASH) for at in pairs)],
    ]
    header = ["", *("/".join(symbol.removeprefix("^") for symbol in pair) for pair in pairs.values())]
    note = "10 years: 0 is the ratio's lowest of 2,520 sessions, 100 its highest."
    if len(pairs) > 1:
        note += f"\nQQQE / QQQ: {state_words(str(values.get('QQQE.state')))}."
    return f"{table(header, rows)}\n{note}"


def _day(reading: Reading) -> str:
    values = reading.values
    rows = [
        [
            "/".join(symbol.removeprefix("^") for symbol in pair),
            percent(values.get(f"{pair[0]}.d1_pct"), missing=DASH),
            percent(values.get(f"{pair[1]}.d1_pct"), missing=DASH),
            signed(values.get(margin), missing=DASH),
        ]
        for pair, margin in zip(PAIRS[:2], ("small_minus_large.d1_pct", "equal_minus_cap.d1_pct"), strict=True)
    ]
    passed = [check.result.value for check in reading.checks[DAY_CHECKS]]
    verdict = (
        "a broadening day"
        if set(passed) == {"pass"}
        else "no broadening day"
        if "fail" in passed
        else f"{UNKNOWN} whether it was a broadening day"
    )
    checks = "\n".join(check_line(check) for check in reading.checks[DAY_CHECKS])
    return f"{table(['', 'first', 'second', 'points'], rows)}\n{verdict.capitalize()}:\n{checks}"


def check_line(check: Check) -> str:
    """Return a check as its sign, question and numbers."""
    if check.name == "held":
        told = f"at least {decimal(check.bound, 0)}: {decimal(check.value, 0)}"
    elif check.name.endswith("_rose"):
        told = f": {percent(check.value)}"
    elif check.name.startswith("relative_"):
        told = f" {percent(check.bound)}: {percent(check.value)}"
    else:
        told = f" by {decimal(check.bound)} points: {signed(check.value)}"
    return f"{SYMBOLS[check.result.value]} {check.title}{' ' * (check.name == 'held')}{told}"


def _missing_of_pair(reading: Reading) -> list[str]:
    pairs = {"": PAIRS[SUBJECTS.index(reading.subject)], "QQQE.": PAIRS[2]}
    lines = [
        f"{pair[0]} / {pair[1]}: no prices of both for this session."
        for at, pair in pairs.items()
        if f"{at}ratio" in reading.values and reading.values[f"{at}ratio"] is None
    ]
    days = [symbol for symbol in DAY_LEGS if reading.values.get(f"{symbol}.d1_pct") is None]
    return [*lines, f"{', '.join(days)}: no change of the session known."] if days else lines


def _map_card(shown: Shown) -> Card:
    reading = shown.reading
    names = names_on(shown.history, reading.subject)
    fields = [Field("Where each stands", _map_table(shown, names))] if names else []
    if reading.subject == "sectors":
        fields.append(Field("Sectors", ", ".join(f"{symbol} {word}" for symbol, word in SECTOR_WORDS.items())))
    unknown = [name for name in names if reading.values.get(f"{name}.quadrant") is None]
    if unknown or not names:
        said = (
            f"{', '.join(unknown)}: fewer than {LEAST_WEEKS} weeks of closes without a hole."
            if names
            else "No themes are listed."
        )
        fields.append(Field("Missing", said))
    if shown.evidence:
        fields.append(Field("What followed in the past", shown.evidence))
    return Card(
        title=f"Rotation map: {escape(shown.name)}",
        text=_map_lead(reading),
        tone="neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )


def _map_lead(reading: Reading) -> str:
    values = reading.values
    week = values.get("week")
    if reading.state == UNKNOWN or week is None:
        return f"Unknown: the map takes {LEAST_WEEKS} weeks of closes."
    text = f"At the end of the week, {session_words(week)}, leading: {values.get('leading') or 'none'}."
    came = values.get("entered_leading")
    return f"{text} New among them: {came}." if came else text


def _map_table(shown: Shown, names: tuple[str, ...]) -> str:
    reading, values = shown.reading, shown.reading.values
    digits = 1 if reading.subject == "sectors" else 0

    def place(name: str) -> tuple[int, float]:
        quadrant = values.get(f"{name}.quadrant")
        order = QUADRANT_ORDER.index(str(quadrant)) if quadrant else len(QUADRANT_ORDER)
        return order, -(number_of(values.get(f"{name}.ratio")) or 0.0)

    rows = [
        [
            shorten(name, NAME_LETTERS),
            decimal(values.get(f"{name}.ratio"), digits, missing=DASH),
            decimal(values.get(f"{name}.momentum"), digits, missing=DASH),
            str(values.get(f"{name}.quadrant") or UNKNOWN),
            _weeks(values.get(f"{name}.weeks")),
        ]
        for name in sorted(names, key=place)
    ]
    against = BENCHMARKS[reading.subject]
    held = f"a new one counts once it has held for {shown.thresholds['hold_weeks']}"
    note = f"Ratio and momentum against {against}: 100 is usual. wk: weeks in the quadrant; {held}."
    return f"{table(['', 'rat', 'mom', 'quadrant', 'wk'], rows)}\n{note}"


def _weeks(weeks: object) -> str:
    number = number_of(weeks)
    return DASH if number is None else str(int(min(number, MOST_WEEKS)))


def alert_fields(shown: Shown, event: Event) -> tuple[Field, ...]:
    """Return the numbers below an alert."""
    if event.kind == "broadening_day":
        return (Field("The session", _day(shown.reading)),)
    if event.kind == "entered_leading":
        names = names_on(shown.history, event.subject)
        return (Field("Where each stands", _map_table(shown, names)),)
    return _pair_fields(shown)


def sentence_facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    """Return what the sentences of `PHRASES` leave open."""
    values = event.values
    side = -1 if event.kind in {"large_leads", "cap_leads"} else 1
    return {
        "pair": " / ".join(PAIRS[SUBJECTS.index(event.subject)]) if event.subject not in MAPS else "",
        "bound": percent(side * float(thresholds["lead_pct"])),
        "short": str(thresholds["short"]),
        "long": str(thresholds["long"]),
        "hold": sessions(thresholds["hold_sessions"]),
        "short_pct": percent(values.get("relative_short_pct")),
        "long_pct": percent(values.get("relative_long_pct")),
        "leader": SIDES.get(str(values.get("lead")), (UNKNOWN, ""))[0],
        "lasted": sessions(values.get("lead_sessions")),
        "small": percent(values.get("^RUT.d1_pct")),
        "equal": percent(values.get("RSP.d1_pct")),
        "over_large": decimal(values.get("small_minus_large.d1_pct")),
        "over_cap": decimal(values.get("equal_minus_cap.d1_pct")),
        "entrants": escape(str(values.get("entrants") or UNKNOWN)),
        "benchmark": BENCHMARKS.get(event.subject, ""),
    }


def brief_numbers(event: Event) -> str:
    """Return an event's numbers, to stand in a list."""
    values = event.values
    if event.kind == "entered_leading":
        return escape(str(values.get("entrants") or UNKNOWN))
    if event.kind == "broadening_day":
        rose = (("Russell 2000", "^RUT"), ("RSP", "RSP"))
        return ", ".join(f"{name} {percent(values.get(f'{symbol}.d1_pct'))}" for name, symbol in rose)
    returns = ((event.thresholds.get(name), values.get(f"relative_{name}_pct")) for name in ("short", "long"))
    return "ratio " + ", ".join(f"{percent(change)} over {sessions(count)}" for count, change in returns)


def mention(history: History, thresholds: Thresholds, symbol: str) -> str:
    """Return a sector fund's place on the map, or who leads the pair that an index or fund is half of."""
    if symbol in SECTORS:
        values = rotation.reading(history, "sectors", thresholds).values
        quadrant = values[f"{symbol}.quadrant"]
        place = f"ratio {decimal(values[f'{symbol}.ratio'], 1)}, momentum {decimal(values[f'{symbol}.momentum'], 1)}"
        return f"On the map: {quadrant} ({place})." if quadrant else ""
    subject = next((subject for subject, pair in zip(SUBJECTS, PAIRS[:2], strict=False) if symbol in pair), "")
    if not subject:
        return ""
    state = rotation.reading(history, subject, thresholds).state
    return f"{state_words(state)}.".capitalize() if state != UNKNOWN else ""


_BEGAN = (
    "over {short} sessions the ratio {pair} changed by {short_pct}, over {long} by {long_pct}, both beyond {bound} for "
    "{hold} in a row"
)


def _lead_phrase(kind: str, title: str, sign: str) -> Phrase:
    leader, led = SIDES[kind]
    return Phrase(title, f"the {leader} began to lead the {led}: {_BEGAN}", "neutral", sign)


PHRASES = {
    "small_leads": _lead_phrase("small_leads", "Small caps lead", SYMBOLS["golden"]),
    "large_leads": _lead_phrase("large_leads", "Large caps lead", SYMBOLS["death"]),
    "equal_leads": _lead_phrase("equal_leads", "Equal weight leads", SYMBOLS["golden"]),
    "cap_leads": _lead_phrase("cap_leads", "Cap weight leads", SYMBOLS["death"]),
    "lead_over": Phrase(
        "Lead over",
        "the lead of the {leader} ended after {lasted}: over {long} sessions the ratio {pair} changed by {long_pct}, "
        "to the other side of 0",
        "neutral",
    ),
    "broadening_day": Phrase(
        "Broadening day",
        "the Russell 2000 rose {small}, {over_large} points more than the S&P 500, and the equal-weight S&P 500 (RSP) "
        "{equal}, {over_cap} points more than SPY",
        "neutral",
        "◆",
    ),
    "entered_leading": Phrase(
        "Into leading",
        "the week ended with new names in the quadrant leading of the rotation map against {benchmark}: {entrants}",
        "neutral",
        "●",
    ),
}

FACE = Face(
    card=rotation_card,
    numbers=alert_fields,
    chart=rotation_chart,
    phrases=PHRASES,
    facts=sentence_facts,
    brief=brief_numbers,
    mention=mention,
)
