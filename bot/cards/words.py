"""Numbers, dates and foreign text as people read them; missing is said, never shown as zero."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from signals.types import Scalar

UNKNOWN = "unknown"
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"

NAME_LETTERS = 30

_LAST_OF_ONE_UNIT = "\uffff"
_MARKDOWN = re.compile(r"([\\*_~`|>#\[\]<])")
_INVITE = re.compile(r"(discord(?:app)?\.(?:gg|com|me|io))/", re.IGNORECASE)
_ZERO_WIDTH = "\u200b"


def number_of(value: object) -> float | None:
    """Return `value` as a finite number, or None where it is missing, infinite or no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def decimal(value: object, digits: int = 2, *, missing: str = UNKNOWN) -> str:
    """Return a number with thousands separators and a proper minus."""
    number = number_of(value)
    if number is None:
        return missing
    return _without_negative_zero(f"{number:,.{digits}f}").replace("-", MINUS)


def signed(value: object, digits: int = 2, *, missing: str = UNKNOWN) -> str:
    """Return a number with its sign always shown; zero has none."""
    text = decimal(value, digits, missing=missing)
    number = number_of(value)
    is_positive = number is not None and round(number, digits) > 0
    return f"+{text}" if is_positive else text


def percent(value: object, digits: int = 2, *, missing: str = UNKNOWN) -> str:
    """Return a signed percentage from a value in per cent (0 to 100)."""
    text = signed(value, digits, missing=missing)
    return text if text == missing else f"{text}%"


def share(value: object, digits: int = 0, *, missing: str = UNKNOWN) -> str:
    """Return a share in per cent, without a sign."""
    text = decimal(value, digits, missing=missing)
    return text if text == missing else f"{text}%"


def brief(value: object) -> str:
    """Return a number without idle zeros: a bound somebody has set."""
    number = number_of(value)
    return UNKNOWN if number is None else f"{number:,.10g}".replace("-", MINUS)


def price(value: object, *, missing: str = UNKNOWN) -> str:
    """Return a price: two decimals, four below one."""
    number = number_of(value)
    if number is None:
        return missing
    return decimal(number, 2 if abs(number) >= 1 else 4)


def times(value: object, *, missing: str = UNKNOWN) -> str:
    """Return a multiple of the usual, two decimals and a multiplication sign."""
    text = decimal(value, missing=missing)
    return text if text == missing else f"{text}{TIMES}"


def sessions(count: object) -> str:
    """Return a count of sessions in words."""
    number = number_of(count)
    if number is None:
        return UNKNOWN
    return f"{number:,.0f} session" if number == 1 else f"{number:,.0f} sessions"


def session_words(session: date | str | Scalar) -> str:
    """Return a session such as ``Wed 6 Aug 2025``; ISO text is understood too."""
    day = _day(session)
    return UNKNOWN if day is None else f"{day:%a} {day.day} {day:%b %Y}"


def short_session(session: date | str | Scalar) -> str:
    """Return a session such as ``6 Aug 2025``."""
    day = _day(session)
    return UNKNOWN if day is None else f"{day.day} {day:%b %Y}"


def instant_words(instant: datetime) -> str:
    """Return a UTC instant such as ``6 Aug 2025 20:00 UTC``."""
    return f"{short_session(instant.date())} {instant:%H:%M} UTC"


def escape(text: str) -> str:
    """Return foreign text on one line that can neither format, link, invite, mention nor hide or turn letters round."""
    shown = (letter for letter in text if letter.isspace() or not unicodedata.category(letter).startswith("C"))
    single_line = " ".join("".join(shown).split())
    bare = _MARKDOWN.sub(r"\\\1", single_line).replace("@", f"@{_ZERO_WIDTH}").replace("://", f":{_ZERO_WIDTH}//")
    return _INVITE.sub(rf"\1{_ZERO_WIDTH}/", bare)


def titled(name: str, subject: str) -> str:
    """Return a subject as a title: its name and symbol, or the symbol alone where it has no other name."""
    if not name or name == subject:
        return escape(subject)
    return escape(name) if name.endswith(f"({subject})") else f"{escape(name)} ({escape(subject)})"


def plain_titled(name: str, subject: str) -> str:
    """Return a subject as a title for pictures, which know no markup; a long name is cut, the symbol is not."""
    if not name or name == subject:
        return subject
    return f"{shorten(name.removesuffix(f'({subject})').strip(), NAME_LETTERS)} ({subject})"


def length(text: str) -> int:
    """Return the length as Discord may count it: UTF-16 code units, never fewer than characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, limit: int) -> str:
    """Return `text` cut to `limit` with an ellipsis that shows it was cut."""
    if length(text) <= limit:
        return text
    kept, used = [], 1
    for letter in text:
        used += 1 if letter <= _LAST_OF_ONE_UNIT else 2
        if used > limit:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…" if limit > 0 else ""


def listed(lines: Sequence[str], limit: int, *, most: int | None = None) -> str:
    """Return as many lines as fit in `limit`, and how many more there are."""
    kept = list(lines if most is None else lines[:most])
    while kept:
        left = len(lines) - len(kept)
        text = "\n".join([*kept, f"… and {left:,} more"] if left else kept)
        if length(text) <= limit:
            return text
        if len(kept) == 1:
            break
        kept.pop()
    return shorten("\n".join(lines[:1]), limit) if len(lines) <= 1 else shorten(f"… {len(lines):,} in all", limit)


def _day(session: object) -> date | None:
    if isinstance(session, datetime):
        return session.date()
    if isinstance(session, date):
        return session
    if isinstance(session, str):
        try:
            return date.fromisoformat(session)
        except ValueError:
            return None
    return None


def _without_negative_zero(text: str) -> str:
    return text.removeprefix("-") if not text.strip("-0.,") else text
