"""Silences of a server: what words mean by them, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches

import discord

from bot.cards.card import Card
from bot.cards.words import escape, instant_words
from bot.chat.choices import Choices, alertable, matching, offered, subjects_named, symbol_choices
from bot.chat.durations import LONGEST, duration_of, duration_words
from bot.chat.errors import Refusal
from bot.chat.parts import MOST_OPTIONS, choice, laid_out
from bot.chat.ports import Desk
from bot.chat.press import Action, press
from bot.chat.subjects import is_group
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import THE_BOT, Silence
from signals.catalog import SIGNALS
from signals.errors import UnknownSubject

LENGTHS = ("1h", "12h", "1d", "3d", "1w", "2w", "30d", "90d")
"""Offered before anything is typed."""
MEANWHILE = "its alerts are still found and counted as suppressed, but they are not sent, and not told later"


def request_of(desk: Desk, typed: str) -> tuple[str, str, timedelta]:
    """Return signal, subject and length of the silence that `typed` asks for; the length stands last."""
    words = typed.split()
    for at in range(1, len(words)):
        tail = " ".join(words[at:])
        if _is_length(tail):
            return (*silenced_of(desk, " ".join(words[:at])), duration_of(tail, LONGEST))
    if len(words) < 2:  # noqa: PLR2004 - what, and for how long
        raise Refusal("say what and for how long, such as `silence cross 3d` or `silence cross STRL 12h`")
    is_unit = not any(letter.isdigit() for letter in words[-1])
    duration_of(" ".join(words[-2:] if is_unit and len(words) > 2 else words[-1:]), LONGEST)  # noqa: PLR2004 - the same
    raise Refusal("say the length of time last, such as `silence cross 3d`")


def silenced_of(desk: Desk, typed: str) -> tuple[str, str]:
    """Return the signal and the subject that `typed` names; either may be empty, not both."""
    first, _, rest = typed.strip().partition(" ")
    if is_group(first) or is_group(rest):
        raise Refusal("a silence is for a signal, a symbol, or a symbol of a signal; groups are chosen in the route")
    if first.lower() not in {signal.name for signal in SIGNALS}:
        return "", _symbol(desk, typed)
    signal = alertable(first)
    subjects = subjects_named(desk, signal, rest.replace(",", " "))
    if len(subjects) > 1:
        raise Refusal("one symbol at a time, please: say the command once for each")
    return signal.name, "".join(subjects)


def key_of(signal: str, subject: str) -> str:
    """Return the key under which a silence is set."""
    return f"{signal} {subject}"


def silence_words(signal: str, subject: str) -> str:
    """Return what a silence is about."""
    if signal and subject:
        return f"**{escape(signal)}** of **{escape(subject)}**"
    return f"everything of **{escape(subject)}**" if subject else f"all of **{escape(signal)}**"


def set_words(signal: str, subject: str, *, until: datetime, length: timedelta) -> str:
    """Return the acknowledgement of a silence."""
    end = f"silence off {signal} {escape(subject)}".replace("  ", " ").strip()
    return (
        f"Stored: {silence_words(signal, subject)} is silent for {duration_words(length)}, until {_until(until)}. "
        f"Meanwhile {MEANWHILE}. `{end}` ends it earlier."
    )


def silences_card(silences: Sequence[Silence]) -> Card:
    """Return what a server does not hear of at present, what ends first in front."""
    lines = [
        f"• {silence_words(silence.signal, silence.subject)} until {_until(silence.until)} "
        f"(<t:{int(silence.until.timestamp())}:R>){_setter(silence)}"
        for silence in _by_end(silences)
    ]
    nothing = "Nothing is silenced. `silence cross 3d` would silence a signal, `silence STRL 12h` a symbol."
    return Card("Silences of this server", "\n".join(lines) or nothing, footer=f"While it lasts, {MEANWHILE}.")


def silences_view(silences: Sequence[Silence]) -> discord.ui.View | None:
    """Return the choice of silences to end; none where there are none."""
    options = [
        (
            key_of(silence.signal, silence.subject),
            " of ".join(part for part in (silence.signal, silence.subject) if part),
            f"until {instant_words(silence.until)}",
        )
        for silence in _by_end(silences)
    ]
    if not options:
        return None
    most = min(len(options), MOST_OPTIONS)
    return laid_out([choice(press(Action.UNSILENCE), options, hint="End now…", most=most)])


def what_choices(desk: Desk, typed: str) -> Choices:
    """Return the signals and then the symbols that fit what was typed."""
    signals = matching(typed, ((s.name, f"{s.name}: {s.title}") for s in SIGNALS if s.kinds))
    return [*signals, *symbol_choices(desk, typed)][:MOST_OPTIONS]


def length_choices(typed: str) -> Choices:
    """Return lengths of time in words: what was typed where it is one, then the usual ones."""
    usual = [length for length in LENGTHS if length.startswith(typed.strip().casefold())]
    mine = [typed.strip()] if _is_length(typed) else []
    return offered((text, duration_words(duration_of(text))) for text in dict.fromkeys([*mine, *usual]))


def standing_choices(silences: Sequence[Silence], typed: str) -> Choices:
    """Return the silences that can be ended and fit what was typed."""
    pairs = [(" ".join(part for part in (s.signal, s.subject) if part), s) for s in _by_end(silences)]
    return matching(typed, ((text, f"{text}, until {instant_words(s.until)}") for text, s in pairs))


def _symbol(desk: Desk, typed: str) -> str:
    try:
        return desk.resolve(typed)
    except UnknownSubject:
        near = get_close_matches(typed.split(maxsplit=1)[0].lower()[:40], [s.name for s in SIGNALS if s.kinds], n=1)
        if not near:
            raise
        shown = safe(typed, TYPED_SHOWN)
        raise Refusal(f"there is no signal and no symbol {shown}: did you mean {near[0]}?") from None


def _is_length(typed: str) -> bool:
    try:
        duration_of(typed, LONGEST)
    except Refusal:
        return False
    return True


def _by_end(silences: Sequence[Silence]) -> list[Silence]:
    return sorted(silences, key=lambda silence: (silence.until, silence.signal, silence.subject))


def _setter(silence: Silence) -> str:
    """Return who set it; nobody is named where a moderator had their name deleted."""
    return "" if silence.set_by == THE_BOT else f", set by <@{silence.set_by}>"


def _until(until: datetime) -> str:
    return f"<t:{int(until.timestamp())}:f>"
