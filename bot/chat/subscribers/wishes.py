"""What members' words mean when they subscribe: a signal, a subject, and where, in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.cards.words import escape
from bot.chat.choices import ALL, DEFAULT_SIGNAL, MOST_CHOICES, Choices, alertable, matching, offered, symbol_or_none
from bot.chat.errors import Refusal
from bot.chat.ports import Desk
from bot.chat.replies import Asked
from bot.chat.subjects import group_named, is_group, need_narrowed
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import WATCHLIST, Groups, Subscription, covers
from signals.catalog import SIGNALS
from signals.definition import Signal

HERE, DM = "here", "dm"
_WHERE = {
    DM: "dm: by direct message",
    HERE: "here: you are mentioned when this channel tells of it",
}
_NEAR = 0.8
"""How alike a word must be to a signal's name to have been meant for it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed for each; empty where nothing was."""

    signal: str = ""
    subject: str = ""
    where: str = ""

    def __bool__(self) -> bool:
        """Whether anything was typed at all."""
        return bool(self.signal or self.subject or self.where)


def wish_of(ctx: Asked, signal: str, subject: str, where: str) -> Wish:
    """Return the words of a command: a slash says which is which, after a prefix they may stand in any order."""
    if ctx.interaction is not None:
        return Wish(signal.strip(), subject.strip(), where.strip().casefold())
    return sorted_out(f"{signal} {subject} {where}")


def sorted_out(typed: str) -> Wish:
    """Return which of the words are a signal, which say where, and the rest: the subject.

    A symbol that is called like one of these words is itself where ``$`` stands before it. A signal that raises no
    alerts is none here: its name may be a group's.
    """
    words = typed.replace('"', " ").split()
    where = next((word for word in words if word.casefold() in _WHERE), "")
    if where:
        words.remove(where)
    names = {signal.name for signal in SIGNALS if signal.kinds}
    signal = next((word for word in words if word.casefold() in names), "")
    if signal:
        words.remove(signal)
    return Wish(signal, " ".join(words), where.casefold())


def signal_wanted(typed: str) -> Signal:
    """Return the signal to subscribe to."""
    return alertable(typed or DEFAULT_SIGNAL)


def is_here(typed: str) -> bool:
    """Whether it shall come to this channel; refuse what names no place."""
    if typed not in {"", *_WHERE}:
        raise Refusal(f"{safe(typed, TYPED_SHOWN)} is no place: say `dm` or `here`")
    return typed == HERE


def subject_wanted(desk: Desk, signal: Signal, typed: str) -> str:
    """Return the symbol, group or list that `typed` names; empty for all symbols."""
    words = typed.split()
    if not words or typed.casefold() == ALL:
        return ""
    need_narrowed(signal, [typed])
    if typed.casefold() == WATCHLIST:
        return WATCHLIST
    if is_group(typed):
        return group_named(desk, typed)
    found = symbol_or_none(desk, typed) or _group_called(desk, typed)
    if found:
        return found
    near = get_close_matches(words[0].casefold(), [s.name for s in SIGNALS if s.kinds], n=1, cutoff=_NEAR)
    if near:
        raise Refusal(f"there is no signal {safe(words[0], TYPED_SHOWN)}: did you mean {near[0]}?")
    if words[0].casefold() in {signal.name for signal in SIGNALS}:
        alertable(words[0])
    if len(words) > 1 and all(symbol_or_none(desk, word) for word in words):
        raise Refusal("name one symbol at a time; or put them on your list with `watch add`, and name `watchlist`")
    return desk.resolve(typed)


def matched(mine: Sequence[Subscription], wish: Wish, *, desk: Desk, channel_id: int) -> list[Subscription]:
    """Return those of a member's subscriptions that the words name; every one for ``all``."""
    here = is_here(wish.where)
    signal = alertable(wish.signal).name if wish.signal else None
    subjects = _subjects(mine, desk, wish.subject)
    return [
        one
        for one in mine
        if signal in {None, one.signal}
        and (subjects is None or one.subject in subjects)
        and (not wish.where or (one.channel_id == channel_id if here else one.is_direct))
    ]


def carried(route_subjects: tuple[str, ...], wanted: str, *, groups: Groups, watched: Sequence[str]) -> tuple[str, ...]:
    """Return what of a wanted subject a route tells of, as subjects; none where it tells of nothing of it."""
    if not route_subjects or wanted in route_subjects:
        return (wanted,)
    if not wanted:
        return route_subjects
    symbols = watched if wanted == WATCHLIST else groups.get(wanted, frozenset({wanted}))
    return tuple(sorted(symbol for symbol in symbols if covers(route_subjects, symbol, groups)))


def subject_words(subject: str) -> str:
    """Return a subject as it stands in a sentence."""
    if subject == WATCHLIST:
        return "the symbols on your list"
    return escape(subject) if subject else "all symbols"


def subject_choices(desk: Desk, typed: str) -> Choices:
    """Return the symbols, groups and list that fit what was typed."""
    wanted = typed.strip().casefold()
    own = [(WATCHLIST, f"{WATCHLIST}: whatever your list holds"), (ALL, f"{ALL}: every symbol")]
    groups = [(name, f"{name} ({len(symbols)} symbols)") for name, symbols in sorted(desk.groups().items())]
    symbols = [(symbol, f"{symbol}: {name}") for symbol, name in desk.suggest(typed, MOST_CHOICES)]
    fitting = [pair for pair in [*own, *groups] if wanted in pair[0].casefold()]
    return offered([*fitting, *symbols] if not wanted or is_group(typed) else [*symbols[:15], *fitting])


def where_choices(typed: str) -> Choices:
    """Return the places that fit what was typed."""
    return matching(typed, _WHERE.items())


def own_subject_choices(mine: Sequence[Subscription], typed: str) -> Choices:
    """Return the subjects of a member's own subscriptions that fit what was typed."""
    subjects = {one.subject or ALL: subject_words(one.subject) for one in mine}
    return matching(typed, subjects.items())


def _subjects(mine: Sequence[Subscription], desk: Desk, typed: str) -> set[str] | None:
    """Return the subjects that `typed` names among a member's own; None for any."""
    wanted = typed.casefold()
    if wanted in {"", ALL}:
        return None
    own = {one.subject for one in mine if one.subject.casefold() in {wanted, wanted.removeprefix("$")}}
    if own:
        return own  # what it was called when it was subscribed to, whether it is still followed or not
    return {subject_wanted(desk, alertable(DEFAULT_SIGNAL), typed)}


def _group_called(desk: Desk, typed: str) -> str | None:
    """Return the one group whose own name `typed` is; None where there is none, or more than one."""
    called = [name for name in desk.groups() if name.partition(":")[2].casefold() == typed.casefold()]
    return called[0] if len(called) == 1 else None
