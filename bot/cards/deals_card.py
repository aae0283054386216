"""The card that answers `deals`: merger filings of the quarter against the year before, and whom they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.cards.card import Card, Field
from bot.cards.deals_data import deals_chart, named_of, own_filings
from bot.cards.face import Face, Phrase, Shown
from bot.cards.money import counted
from bot.cards.provenance import footer
from bot.cards.table import table
from bot.cards.words import (
    DASH,
    UNKNOWN,
    brief,
    decimal,
    escape,
    instant_words,
    number_of,
    percent,
    session_words,
    short_session,
    shorten,
    titled,
)
from signals.deal_facts import FORMS, DealFiling
from signals.deal_values import LOOK_BACK_DAYS, NAMES
from signals.deals import DEALS, EVERYBODY
from signals.types import Event, History, Reading, Scalar, Thresholds

MOST_LINES = 8
NAME_SHOWN = 50
COUNTED_ONCE = "Each filing is counted once, amendments not; a deal may take several."
NOTHING = "Nothing is known: no merger filings are here."


def deals_card(shown: Shown) -> Card:
    """Return the card of all merger filings, or of those that name a symbol."""
    reading = shown.reading
    is_all = reading.subject == EVERYBODY
    title = "Merger filings" if is_all else f"{titled(shown.name, reading.subject)}: merger filings"
    missing = _missing(shown)
    return Card(
        title=f"{title}, {session_words(reading.session)}",
        text=_lead_of_all(reading) if is_all else _lead(reading),
        tone="neutral",
        fields=(
            *(_of_all(shown) if is_all else _of_one(shown)),
            *((Field("Missing", "\n".join(missing)),) if missing else ()),
        ),
        footer=footer(reading),
    )


def _lead_of_all(reading: Reading) -> str:
    values = reading.values
    if values.get("quarter") is None:
        return NOTHING
    if number_of(values.get("filings")) is None:
        return f"No day of {values.get('quarter')} is covered yet. {COUNTED_ONCE}"
    days = counted(values.get("days"), "day", "days")
    return (
        f"{values.get('quarter')} up to {short_session(values.get('through'))} ({days}): "
        f"{counted(values.get('filings'), 'filing', 'filings')}, {_against(values, '')} in as many days of the year "
        f"before. {COUNTED_ONCE}"
    )


def _against(values: Mapping[str, Scalar], which: str) -> str:
    """Return a year before in words, such as ``after 12 (+25.0%)``."""
    before = number_of(values.get(f"{which}year_before"))
    if before is None:
        return "after an unknown number"
    change = percent(values.get(f"{which}change_pct"), 1, missing="n.m.")
    return f"after {before:,.0f} ({change})"


def _lead(reading: Reading) -> str:
    count = number_of(reading.values.get("symbol_filings"))
    if count is None:
        return f"Whether a merger filing names it is unknown: not all of {LOOK_BACK_DAYS} days are covered."
    if not count:
        return f"No merger filing of the last {LOOK_BACK_DAYS} days names it."
    return (
        f"{counted(count, 'merger filing names', 'merger filings name')} it in {LOOK_BACK_DAYS} days, the last "
        f"on {session_words(reading.values.get('last_filed'))}. It may be the target, the bidder or a seller."
    )


def _of_all(shown: Shown) -> tuple[Field, ...]:
    values = shown.reading.values
    if values.get("quarter") is None:
        return ()
    forms = [[form, decimal(values.get(name), 0, missing=DASH)] for form, name in NAMES.items()]
    explained = "\n".join(f"{form}: {what}." for form, what in FORMS.items())
    names, counts = (str(values.get(name)).split(", ") for name in ("quarters", "quarter_filings"))
    told = [[name, DASH if count == "?" else count] for name, count in zip(names, counts, strict=True)]
    fields = [
        Field("This quarter, by form", f"{table(['', 'filings'], forms)}\n{explained}"),
        Field("Quarters before", f"{table(['', 'filings'], told)}\n{_last_quarter(values)}"),
    ]
    if lines := _lines(named_of(shown)):
        fields.append(Field("Companies with prices here, the latest first", lines))
    return tuple(fields)


def _last_quarter(values: Mapping[str, Scalar]) -> str:
    if number_of(values.get("last_filings")) is None:
        return f"{values.get('last_quarter')} is not covered to its end."
    filings = counted(values.get("last_filings"), "filing", "filings")
    return f"{values.get('last_quarter')}: {filings}, {_against(values, 'last_')} a year before."


def _of_one(shown: Shown) -> tuple[Field, ...]:
    lines = _lines(own_filings(shown))
    return (Field("Filings, the latest first", lines),) if lines else ()


def _lines(filings: Sequence[DealFiling]) -> str:
    lines = [
        f"{short_session(each.filed)}: {each.form}, {escape(shorten(each.company, NAME_SHOWN))}"
        f"{f' ({escape(each.symbol)})' if each.symbol else ''}"
        for each in filings[:MOST_LINES]
    ]
    more = len(filings) - MOST_LINES
    return "\n".join([*lines, f"… and {more:,} more"] if more > 0 else lines)


def _missing(shown: Shown) -> list[str]:
    reading, deals = shown.reading, shown.history.market.facts.deals
    if deals is None:
        return ["Merger filings: none are here."]
    lines = []
    if reading.subject == EVERYBODY and reading.coverage.is_partial:
        spans = f"{reading.coverage.n} of {reading.coverage.of}"
        lines.append(f"Coverage: {spans} of this quarter, the one before, and both a year before.")
    elif reading.coverage.is_partial:
        lines.append(f"Coverage: not all of the last {LOOK_BACK_DAYS} days.")
    if deals.fetched is not None:
        lines.append(f"{deals.source or 'Form index'}: asked last {instant_words(deals.fetched)}.")
    return lines


def _numbers(shown: Shown, event: Event) -> tuple[Field, ...]:
    del event
    return _of_one(shown)


def _facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    del thresholds
    values = event.values
    form = str(values.get("form"))
    return {
        "form": form,
        "what": FORMS.get(form, UNKNOWN),
        "company": escape(shorten(str(values.get("company")), NAME_SHOWN)),
        "filed": short_session(values.get("filed")),
    }


def mention(history: History, thresholds: Thresholds, symbol: str) -> str:
    """Return the merger filings that name `symbol`, where there are any."""
    if symbol not in history.subjects:
        return ""
    values = DEALS.reading(history, symbol, thresholds).values
    if not number_of(values.get("symbol_filings")):
        return ""
    last = f"{values.get('last_form')} on {short_session(values.get('last_filed'))}"
    return f"{brief(values.get('symbol_filings'))} in {LOOK_BACK_DAYS} days, the last {last}."


PHRASES = {
    "merger_filed": Phrase(
        "Merger filing",
        "a {form} of {filed} had come to be known that names {company}, the first merger filing in a year ({what})",
        "neutral",
        "◆",
    ),
}

FACE = Face(
    card=deals_card,
    numbers=_numbers,
    chart=deals_chart,
    phrases=PHRASES,
    facts=_facts,
    brief=lambda event: f"{event.values.get('form')}, {short_session(event.values.get('filed'))}",
    mention=mention,
)
