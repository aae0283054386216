"""The card that answers `insiders`: who bought and sold shares of their own company, by the forms they filed."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.face import Face, Phrase, Shown
from bot.cards.insiders_data import insiders_chart, lines_of
from bot.cards.money import counted, people, sum_words
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
    price,
    session_words,
    short_session,
    shorten,
    titled,
)
from signals.insider_counts import WINDOW_DAYS
from signals.insiders import EVERYBODY, INSIDERS
from signals.types import Event, History, Reading, Scalar, Thresholds

MOST_ROWS = 8
NAME_SHOWN = 60
WHAT_COUNTS = "Awards, exercised options and gifts are not purchases."
NOTHING = "Nothing is known: no forms of insiders are here."
NOTHING_OF_THESE_DAYS = f"Nothing is known: no forms of the last {WINDOW_DAYS} days are here."


def insiders_card(shown: Shown) -> Card:
    """Return the card of all companies, or of one."""
    reading = shown.reading
    is_all = reading.subject == EVERYBODY
    title = "Insider purchases" if is_all else f"{titled(shown.name, reading.subject)}: insiders"
    missing = _missing(shown)
    return Card(
        title=f"{title}, {session_words(reading.session)}",
        text=_lead_of_all(shown) if is_all else _lead(reading),
        tone="neutral",
        fields=(
            *(_of_all(reading) if is_all else _of_one(shown)),
            *((Field("Missing", "\n".join(missing)),) if missing else ()),
        ),
        footer=footer(reading),
    )


def _lead_of_all(shown: Shown) -> str:
    values = shown.reading.values
    if number_of(values.get("purchases")) is None:
        return NOTHING if shown.history.market.facts.insiders is None else NOTHING_OF_THESE_DAYS
    companies = counted(values.get("companies"), "company", "companies")
    cost = _sum(values, "purchase_usd")
    return f"Insiders of {companies} bought shares for {cost} in {WINDOW_DAYS} days. {WHAT_COUNTS}"


def _lead(reading: Reading) -> str:
    values = reading.values
    count = number_of(values.get("purchases"))
    if count is None:
        return f"Whether insiders bought in the last {WINDOW_DAYS} days is unknown: not all forms of it are here."
    if not count:
        return f"No insider filed a purchase made in the last {WINDOW_DAYS} days. {WHAT_COUNTS}"
    cost = _sum(values, "purchase_usd")
    return (
        f"{counted(count, 'purchase', 'purchases')} by {people(values.get('buyers'))} for {cost} "
        f"in {WINDOW_DAYS} days. {WHAT_COUNTS}"
    )


def _sum(values: Mapping[str, Scalar], name: str) -> str:
    """Return a sum; where single prices are missing, that it is the least."""
    if number_of(values.get(name)) is None:
        return "a sum that is unknown"
    is_least = name == "purchase_usd" and (number_of(values.get("unpriced")) or 0) > 0
    return f"{'at least ' if is_least else ''}{sum_words(values.get(name))}"


def _of_all(reading: Reading) -> tuple[Field, ...]:
    values = reading.values
    if number_of(values.get("purchases")) is None:
        return ()
    fields = [_sides(values)]
    if isinstance(values.get("largest_names"), str):
        names, sums = (str(values[name]).split(", ") for name in ("largest_names", "largest_sums"))
        rows = [[name[:10], sum_words(float(usd))] for name, usd in zip(names, sums, strict=True)][:MOST_ROWS]
        fields.insert(0, Field("Largest sums bought", table(["", "for"], rows)))
    companies = counted(values.get("selling_companies"), "company", "companies")
    return (*fields, Field("Sold", f"By insiders of {companies}. Why people sell, forms do not say."))


def _sides(values: Mapping[str, Scalar]) -> Field:
    rows = [
        [title, brief(values.get(count)) if number_of(values.get(count)) is not None else DASH, *_who(values, who, usd)]
        for title, count, who, usd in (
            ("bought", "purchases", "buyers", "purchase_usd"),
            ("sold", "sales", "sellers", "sale_usd"),
        )
    ]
    planned = number_of(values.get("planned_sale_usd"))
    note = "" if not planned else f"\nOf the sales {sum_words(planned)} were planned before (Rule 10b5-1)."
    return Field(f"{WINDOW_DAYS} days", table(["", "lines", "people", "for"], rows) + note)


def _who(values: Mapping[str, Scalar], who: str, usd: str) -> tuple[str, str]:
    known = number_of(values.get(usd))
    return decimal(values.get(who), 0, missing=DASH), DASH if known is None else sum_words(known)


def _of_one(shown: Shown) -> tuple[Field, ...]:
    values = shown.reading.values
    fields = []
    if number_of(values.get("purchases")) is not None or number_of(values.get("sales")) is not None:
        fields.append(_sides(values))
    if isinstance(values.get("last_filed"), str):
        fields.append(Field("Last purchase", _last(values)))
    if rows := lines_of(shown)[:MOST_ROWS]:
        told = [
            [
                short_session(line.traded)[:-5],
                decimal(line.shares, 0, missing=DASH),
                price(line.price_usd, missing=DASH),
            ]
            for line in rows
        ]
        fields.append(Field("Purchases, the latest first", table(["", "shares", "price $"], told)))
    return tuple(fields)


def _last(values: Mapping[str, Scalar]) -> str:
    role = values.get("last_role")
    who = escape(shorten(str(values["last_owner"]), NAME_SHOWN))
    what = f" ({escape(shorten(str(role), NAME_SHOWN))})" if role else ""
    cost = price(values.get("last_price_usd"))
    at = "at a price that is unknown" if cost == UNKNOWN else f"at ${cost}"
    return (
        f"{who}{what}: {decimal(values.get('last_shares'), 0)} shares {at} "
        f"on {short_session(values.get('last_traded'))}, filed on {short_session(values.get('last_filed'))}."
    )


def _missing(shown: Shown) -> list[str]:
    reading, trades = shown.reading, shown.history.market.facts.insiders
    if trades is None:
        return ["Forms 4 of insiders: none are here."]
    values, lines = reading.values, []
    if reading.subject != EVERYBODY and reading.coverage.n == 0:
        told = values.get("covered_to")
        known = "none of it is known" if told is None else f"known from {_span(values)}"
        lines.append(f"Forms: {known}; to say that nobody bought takes all of {WINDOW_DAYS} days.")
    elif reading.coverage.is_partial:
        read = f"{reading.coverage.n:,} of {reading.coverage.of:,} companies"
        least = "" if values.get("purchases") is None else "; sums are the least"
        lines.append(f"Forms: those of {read} are read to the end{least}.")
    if number_of(values.get("unpriced")):
        lines.append(f"Price: not stated for {counted(values.get('unpriced'), 'purchase', 'purchases')}.")
    if trades.fetched is not None:
        lines.append(f"{trades.source or 'Forms'}: asked last {instant_words(trades.fetched)}.")
    return lines


def _span(values: Mapping[str, Scalar]) -> str:
    return f"{short_session(values.get('covered_from'))} to {short_session(values.get('covered_to'))}"


def _numbers(shown: Shown, event: Event) -> tuple[Field, ...]:
    del event
    return _of_one(shown)


def _facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    del thresholds
    values = event.values
    role = values.get("role")
    who = escape(shorten(str(values.get("owner")), NAME_SHOWN))
    others = (number_of(values.get("buyers")) or 1) - 1
    return {
        "who": f"{who}{f' ({escape(shorten(str(role), NAME_SHOWN))})' if role else ''}",
        "others": f" and {others:,.0f} more" if others else "",
        "cost": "a sum that is unknown" if values.get("purchase_usd") is None else sum_words(values["purchase_usd"]),
        "traded": short_session(values.get("traded")),
        "buyers": people(values.get("buyers")),
        "days": brief(values.get("days")),
    }


def _brief(event: Event) -> str:
    if event.kind == "insider_cluster":
        return f"{people(event.values.get('buyers'))} in {brief(event.values.get('days'))} days"
    return f"{people(event.values.get('buyers'))}, {sum_words(event.values.get('purchase_usd'))}"


def mention(history: History, thresholds: Thresholds, symbol: str) -> str:
    """Return what insiders of `symbol` did, where anything is known."""
    if symbol not in history.subjects:
        return ""
    values = INSIDERS.reading(history, symbol, thresholds).values
    bought = number_of(values.get("purchases"))
    if bought is None:
        return ""
    sold = "" if not number_of(values.get("sales")) else f"; {_sold(values)}"
    if not bought:
        return f"No purchase in {WINDOW_DAYS} days{sold}."
    cost = _sum(values, "purchase_usd")
    who = people(values.get("buyers"))
    return f"{counted(bought, 'purchase', 'purchases')} by {who} for {cost} in {WINDOW_DAYS} days{sold}."


def _sold(values: Mapping[str, Scalar]) -> str:
    return f"{counted(values.get('sales'), 'sale', 'sales')} for {_sum(values, 'sale_usd')}"


PHRASES = {
    "insider_purchase": Phrase(
        "Insider purchase",
        "a purchase by {who}{others} had come to be known, for {cost} (traded {traded})",
        "neutral",
        "◆",
    ),
    "insider_cluster": Phrase(
        "Several insiders bought",
        "{buyers} had bought within {days} days by the forms filed",
        "neutral",
        "◆",
    ),
}

FACE = Face(
    card=insiders_card,
    numbers=_numbers,
    chart=insiders_chart,
    phrases=PHRASES,
    facts=_facts,
    brief=_brief,
    mention=mention,
)
