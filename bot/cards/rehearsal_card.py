"""The card of a rehearsal: what a threshold's new value would have changed, before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Card, Field
from bot.cards.provenance import footer
from bot.cards.rehearsal_data import MOST_BARS, Rehearsal, Side, month_words, rehearsal_chart, value_words
from bot.cards.table import table
from bot.cards.words import decimal, escape, sessions, short_session

MOST_NAMED = 8
KIND_LETTERS = 19
PROMISE = "This is the past, and no promise: another year may bring more of them, or fewer."


def rehearsal_card(rehearsal: Rehearsal) -> Card:
    """Return the card of `rehearsal`, with its picture."""
    now, then = value_words(rehearsal.present.value), value_words(rehearsal.proposed.value)
    span = f"{short_session(rehearsal.first)} to {short_session(rehearsal.last)}"
    of = rehearsal.grounds.coverage.of
    text = (
        f"**{rehearsal.signal} {rehearsal.name} {escape(then)} instead of {escape(now)}**: {_change(rehearsal)}.\n"
        f"Counted over {sessions(rehearsal.sessions)}, {span}, and {'the one symbol' if of == 1 else f'all {of:,}'} "
        f"followed here; a channel hears of its own subjects alone. {PROMISE}"
    )
    fields = [Field("By kind", _by_kind(rehearsal))]
    if len(rehearsal.months) <= MOST_BARS:
        fields.append(Field("By month", _by_month(rehearsal)))
    fields += [
        Field(title, _named(subjects))
        for title, subjects in ((f"Only with {then}", rehearsal.new), (f"Only with {now}", rehearsal.gone))
        if subjects
    ]
    return Card(
        title=f"Rehearsal: {rehearsal.signal} {rehearsal.name} {escape(now)} → {escape(then)}",
        text=text,
        fields=tuple(fields),
        footer=footer(rehearsal.grounds),
        chart=rehearsal_chart(rehearsal),
    )


def _change(rehearsal: Rehearsal) -> str:
    now, then = rehearsal.present, rehearsal.proposed
    n = rehearsal.sessions
    over = f"in {'the last ' if rehearsal.last == rehearsal.grounds.session else ''}{sessions(n)}"
    if now.counts == then.counts and now.repeats == then.repeats and not (rehearsal.new or rehearsal.gone):
        return f"no difference, {_alerts(now)} {over} either way"
    return (
        f"{_alerts(then)} {over} instead of {now.total:,}; "
        f"{decimal(then.a_month(n), 1)} a month instead of {decimal(now.a_month(n), 1)}; "
        f"{then.repeats:,} {'repeat' if then.repeats == 1 else 'repeats'} within {sessions(rehearsal.soon)} "
        f"instead of {now.repeats:,}"
    )


def _alerts(side: Side) -> str:
    return f"{side.total:,} alert" if side.total == 1 else f"{side.total:,} alerts"


def _by_kind(rehearsal: Rehearsal) -> str:
    now, then = rehearsal.present, rehearsal.proposed
    rows: list[list[str | int]] = [
        [title[:KIND_LETTERS], now.by_kind[kind], then.by_kind[kind]]
        for kind, title in rehearsal.kinds.items()
        if now.by_kind[kind] or then.by_kind[kind]
    ]
    rows.append(["All", now.total, then.total])
    rows.append([f"Repeats in {rehearsal.soon}", now.repeats, then.repeats])
    return _counted(rows)


def _by_month(rehearsal: Rehearsal) -> str:
    months = rehearsal.months
    return _counted(
        [
            [month_words(month), rehearsal.present.in_month(month), rehearsal.proposed.in_month(month)]
            for month in months
        ]
    )


def _counted(rows: Sequence[Sequence[str | int]]) -> str:
    told = [[cell if isinstance(cell, str) else f"{cell:,}" for cell in row] for row in rows]
    return table(["", "now", "then"], told)


def _named(subjects: tuple[str, ...]) -> str:
    shown = ", ".join(escape(subject) for subject in subjects[:MOST_NAMED])
    more = len(subjects) - MOST_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown
