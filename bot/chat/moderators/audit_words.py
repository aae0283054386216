"""What moderators changed, in words: who, when, from what to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.cards.words import escape, listed, shorten
from bot.chat.choices import unit_words, value_words
from bot.chat.moderators.silences import silence_words
from bot.people import EXCHANGE_ZONE, KEYWORDS, THE_BOT, Cadence, Change, Edit, Noun
from signals.catalog import SIGNALS
from signals.definition import Threshold

Row = Mapping[str, Any]

EDITS_SHOWN, EDITS_ROOM = 4, 900
"""Of one change; what is left out is counted."""
SUBJECTS_ROOM = 120
ARROW = "\N{RIGHTWARDS ARROW}"


def change_words(change: Change) -> str:
    """Return one change: its head, and a line for each thing that it changed; struck through once it is undone."""
    head = f"**#{change.id}** <t:{int(change.at.timestamp())}:f> {who(change.by)}: {escape(change.action)}"
    if change.undoes is not None:
        head += f" (takes back #{change.undoes})"
    if change.is_undone:
        head = f"~~{head}~~ (undone)"
    return f"{head}\n{edits_words(change.edits)}"


def edits_words(edits: Sequence[Edit], *, most: int = EDITS_SHOWN, room: int = EDITS_ROOM) -> str:
    """Return a line for each edit, as many as there is room for."""
    return listed([f"• {edit_words(edit)}" for edit in edits], room, most=most)


def reversed_edits(change: Change) -> tuple[Edit, ...]:
    """Return what taking `change` back does."""
    return tuple(replace(edit, before=edit.after, after=edit.before) for edit in change.edits)


def who(user_id: int) -> str:
    """Return who made a change."""
    return "the bot itself" if user_id == THE_BOT else f"<@{user_id}>"


def edit_words(edit: Edit) -> str:
    """Return what was changed, from what to what."""
    match edit.noun:
        case Noun.ROUTE:
            return _route(edit)
        case Noun.THRESHOLD:
            return _threshold(edit)
        case Noun.SILENCE:
            return _silence(edit)
        case Noun.GUILD:
            return _guild(edit)
        case Noun.ORDER:
            return _order(edit)
        case Noun.KEYWORD:
            return _keyword(edit)


def route_name(key: str) -> str:
    """Return which route a key means."""
    channel_id, _, signal = key.partition(" ")
    return f"alerts of **{escape(signal)}** in <#{channel_id}>"


def order_name(key: str) -> str:
    """Return which order a key means."""
    channel_id, _, paper = key.partition(" ")
    return f"paper **{escape(paper)}** in <#{channel_id}>"


def _route(edit: Edit) -> str:
    name = route_name(edit.key)
    if edit.before is None or edit.after is None:
        state = "new" if edit.before is None else "ended"
        return f"{name}: {state} ({', '.join(_route_parts(edit.after or edit.before or {}).values())})"
    before, after = _route_parts(edit.before), _route_parts(edit.after)
    changed = [f"{before[part]} {ARROW} **{after[part]}**" for part in after if before[part] != after[part]]
    return f"{name}: {'; '.join(changed) or 'as it was'}"


def _route_parts(row: Row) -> dict[str, str]:
    subjects, role_id = list(row.get("subjects") or ()), row.get("role_id")
    is_daily = row.get("cadence") == Cadence.DAILY
    return {
        "subjects": _subjects(subjects),
        "importance": f"importance {row.get('importance', 1)} and above",
        "role": f"pings <@&{role_id}>" if role_id else "no ping",
        "cadence": f"once a day at {escape(str(row.get('daily_at')))}" if is_daily else "at once",
    }


def _subjects(subjects: Sequence[str]) -> str:
    shown = list(subjects)
    while len(", ".join(shown)) > SUBJECTS_ROOM:
        shown.pop()
    left = len(subjects) - len(shown)
    named = escape(", ".join(shown)) + (f" and {left} more" if left else "")
    return f"of {named}" if subjects else "of all"


def _threshold(edit: Edit) -> str:
    signal, _, name = edit.key.partition(" ")
    known = next((t for s in SIGNALS if s.name == signal for t in s.thresholds if t.name == name), None)
    unit = unit_words(known) if known else ""
    before, after = _value(edit.before, known), _value(edit.after, known)
    was, now = (" (the default)" if row is None and known else "" for row in (edit.before, edit.after))
    return f"threshold **{escape(signal)} {escape(name)}**: {before}{was} {ARROW} **{after}**{unit}{now}"


def _value(row: Row | None, threshold: Threshold | None) -> str:
    if row is not None:
        return escape(value_words(row["value"]))
    return escape(value_words(threshold.default)) if threshold else "the default"


def _silence(edit: Edit) -> str:
    signal, _, subject = edit.key.partition(" ")
    name = f"silence of {silence_words(signal, subject)}"
    if edit.after is None:
        return f"{name}: ended (was until {_until(edit.before or {})})"
    if edit.before is None:
        return f"{name}: until **{_until(edit.after)}**"
    return f"{name}: until {_until(edit.before)} {ARROW} **{_until(edit.after)}**"


def _order(edit: Edit) -> str:
    name = order_name(edit.key)
    if edit.before is None or edit.after is None:
        state = "new" if edit.before is None else "ended"
        return f"{name}: {state} ({_rhythm(edit.after or edit.before or {})})"
    return f"{name}: {_rhythm(edit.before)} {ARROW} **{_rhythm(edit.after)}**"


def _rhythm(row: Row) -> str:
    at = row.get("at")
    return escape(f"{row.get('rhythm')} at {at}" if at else f"{row.get('rhythm')}, once scanned")


def _keyword(edit: Edit) -> str:
    usual = KEYWORDS.get(edit.key, "nothing")
    before, after = (escape(str(row["paper"] if row else usual)) for row in (edit.before, edit.after))
    return f"keyword **{escape(edit.key)}**: {before} {ARROW} **{after}**"


def _until(row: Row) -> str:
    try:
        return f"<t:{int(datetime.fromisoformat(str(row.get('until'))).timestamp())}:f>"
    except (ValueError, OverflowError):
        return escape(str(row.get("until")))


def _guild(edit: Edit) -> str:
    if edit.key == "moderator_role_id":
        return f"moderator role: {_role(edit.before)} {ARROW} **{_role(edit.after)}**"
    if edit.key == "time_zone":
        return f"time zone: {_zone(edit.before)} {ARROW} **{_zone(edit.after)}**"
    return f"{escape(edit.key)}: {_plain(edit.before)} {ARROW} **{_plain(edit.after)}**"


def _role(row: Row | None) -> str:
    return f"<@&{row['value']}>" if row and row.get("value") else "none"


def _zone(row: Row | None) -> str:
    return escape(str(row["value"])) if row and row.get("value") else f"{EXCHANGE_ZONE} (the default)"


def _plain(row: Row | None) -> str:
    return escape(shorten(str(row["value"]), SUBJECTS_ROOM)) if row else "none"
