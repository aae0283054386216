"""What there is to teach everybody, by what one wants to know."""

from __future__ import annotations

from bot.chat.teaching.lesson import Lesson
from signals.catalog import SIGNALS
from signals.definition import Signal


def _lesson(signal: Signal) -> Lesson:
    """Return the lesson of a signal's question, made from what the signal declares."""
    of_kind = {"symbol": "STRL", "theme": "optical"}
    example = of_kind.get(signal.subject_kind) or signal.takes.strip("[]<>").partition("|")[0]
    example = of_kind.get(example, example)
    option = (
        "which" if "|" in signal.takes else {"symbol": "symbol", "theme": "theme"}.get(signal.subject_kind, "which")
    )
    if not signal.takes:
        return Lesson(signal.command, signal.takes, _says(signal), signal.command, signal.command)
    return Lesson(
        signal.command,
        signal.takes,
        _says(signal),
        f"{signal.command} {example}",
        f"{signal.command} {option}:{example}",
    )


def _says(signal: Signal) -> str:
    title, summary = (text[:1].lower() + text[1:] for text in (signal.title, signal.summary))
    return f"{title}: {summary.rstrip('.')}"


MEMBER_LESSONS: dict[str, tuple[Lesson, ...]] = {
    "How does one symbol stand?": (
        Lesson(
            "cross",
            "[symbol]",
            "its two averages: which one leads and since when, what would make them cross, with a chart",
            "cross IWM",
            "cross symbol:IWM",
        ),
        Lesson(
            "stock",
            "<symbol>",
            "everything about one symbol: what all signals say of it, on one card",
            "stock STRL",
            "stock symbol:STRL",
        ),
        *(_lesson(signal) for signal in SIGNALS if signal.choices is None and signal.name != "cross"),
    ),
    "What did the last session bring?": (
        Lesson(
            "scan",
            "[where] [kind]",
            "crosses, approaches and 52-week highs: of all, a universe, a sector or your watchlist",
            "scan watchlist highs",
            "scan where:watchlist kind:highs",
        ),
    ),
    "What does the market do underneath?": tuple(_lesson(signal) for signal in SIGNALS if signal.choices is not None),
    "What is there to read in print?": (
        Lesson(
            "briefing",
            "[name]",
            "the last session on a few printed pages: smallcap, or rotation",
            "briefing rotation",
            "briefing name:rotation",
        ),
    ),
    "What came after that in the past?": (
        Lesson(
            "evidence",
            "[symbol] [event]",
            "what followed past events: the returns after each, beside the base rate",
            "evidence RUT golden_cross",
            "evidence symbol:RUT event:golden_cross",
        ),
    ),
    "Why this alert, and why not another?": (
        Lesson(
            "why",
            "[alert]",
            "the numbers that made an alert: name it by its link or number, or reply to it",
            "why 1402638472913059840",
            "why alert:1402638472913059840",
        ),
        Lesson(
            "whynot",
            "<symbol> [signal]",
            "what kept an alert quiet: here, and for you",
            "whynot STRL cross",
            "whynot symbol:STRL signal:cross",
        ),
    ),
    "What do I keep an eye on?": (
        Lesson(
            "watch add",
            "<symbols…>",
            "put symbols on your list",
            "watch add STRL IWM",
            "watch add symbols:STRL IWM",
        ),
        Lesson(
            "watch remove",
            "<symbols…>",
            "take symbols off it: some, or all",
            "watch remove STRL",
            "watch remove symbols:STRL",
        ),
        Lesson("watch list", "", "your list: where each symbol of it stands", "watch list", "watch list"),
    ),
    "What do members think of it?": (
        Lesson(
            "rate",
            "<symbol> <stars>",
            "give a symbol 1 to 5 stars; again to change your mind",
            "rate STRL 4",
            "rate symbol:STRL stars:4",
        ),
        Lesson(
            "ratings",
            "[symbol]",
            "how this server rates a symbol; or which it rates highest",
            "ratings STRL",
            "ratings symbol:STRL",
        ),
    ),
    "What reaches me, and how?": (
        Lesson(
            "subscribe",
            "[signal] [subject] [where]",
            "get alerts by direct message: of a symbol, a group or all; or be mentioned where a channel tells of it",
            "subscribe cross STRL dm",
            "subscribe signal:cross subject:STRL where:dm",
        ),
        Lesson(
            "unsubscribe",
            "[signal] [subject] [where]",
            "end subscriptions: those that match what you name, or all",
            "unsubscribe STRL",
            "unsubscribe subject:STRL",
        ),
        Lesson(
            "subscriptions",
            "",
            "what comes to you: with buttons to end, pause and test it",
            "subscriptions",
            "subscriptions",
        ),
        Lesson(
            "snooze",
            "<duration> [signal]",
            "hear nothing for a while: of every signal, or of one",
            "snooze 3d cross",
            "snooze duration:3d signal:cross",
        ),
    ),
    "When and how do direct messages come?": (
        Lesson(
            "preferences show",
            "",
            "all of these on one page: with selects and forms",
            "preferences",
            "preferences show",
        ),
        Lesson(
            "preferences timezone",
            "<zone>",
            "where your clock is",
            "preferences timezone Europe/Berlin",
            "preferences timezone zone:Europe/Berlin",
        ),
        Lesson(
            "preferences quiet",
            "<hours>",
            "hours in which nothing arrives; alerts wait for their end",
            "preferences quiet 22:00-07:00",
            "preferences quiet hours:22:00-07:00",
        ),
        Lesson(
            "preferences daily",
            "<hour>",
            "all of a day in one message",
            "preferences daily 18:00",
            "preferences daily hour:18:00",
        ),
        Lesson("preferences instant", "", "each message at once", "preferences instant", "preferences instant"),
        Lesson(
            "preferences importance",
            "<least>",
            "how important an alert must be",
            "preferences importance 3",
            "preferences importance least:3",
        ),
        Lesson(
            "preferences signals",
            "<names…>",
            "which signals may come",
            "preferences signals cross",
            "preferences signals names:cross",
        ),
    ),
    "What is kept of me?": (
        Lesson("privacy export", "", "everything that is kept of you, as a file", "privacy export", "privacy export"),
        Lesson("privacy delete", "", "delete all of it: after a button", "privacy delete", "privacy delete"),
    ),
    "Can I trust it?": (
        Lesson(
            "status",
            "",
            "how the bot is: last session, coverage, symbols held back and why, next run, deliveries",
            "status",
            "status",
        ),
        Lesson(
            "about",
            "",
            "what the bot is: where prices come from, how late they are, and what it is not",
            "about",
            "about",
        ),
        Lesson(
            "help",
            "[command]",
            "this page; or one command, or a group of them, with examples",
            "help cross",
            "help command:cross",
        ),
    ),
}
"""Question to the commands that answer it."""
