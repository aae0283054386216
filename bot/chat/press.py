"""What a component says when it is used: its `custom_id`, which comes back from outside and is believed in nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from bot.chat.errors import Refusal

PERIODS = {"6m": "6 months", "1y": "1 year", "5y": "5 years", "all": "All"}
"""How far back a chart of `cross` reaches, and what its button says."""
DEFAULT_PERIOD = "1y"

MARK = "sc:"
LONGEST = 100
"""Discord's limit for a `custom_id`."""
_VERSION = "1"
_STALE = "that button is not one I know any more: ask again with `/help`"

EVENT = re.compile(r"[a-z][a-z0-9_]{0,39}")
WORD = re.compile(r"[a-z][a-z0-9_]{0,49}")
SYMBOL = re.compile(r"[!-~]{1,40}")
PERIOD = re.compile("|".join(PERIODS))
PAGE = re.compile(r"[0-9]{1,3}")
NUMBER = re.compile(r"[0-9]{1,18}")
SNOWFLAKE = re.compile(r"[0-9]{1,18}|[1-8][0-9]{18}")
"""A number of Discord's; no larger than a database takes."""
STARS = re.compile(r"[1-5]")
LONGEST_PLACE = 40
PLACE = re.compile(rf".{{0,{LONGEST_PLACE}}}")
"""What is scanned, or how its name begins; empty is everything."""
VALUE = re.compile(r"[0-9A-Za-z_.+-]{1,24}")
SPAN = re.compile(r"[0-9]{1,4}(?:-[0-9]{8})?|[0-9]{8}-(?:[0-9]{8})?")
"""So many sessions, or those up to a day; or those from a day to another, or to the last one."""
MARK_OF = re.compile(r"[0-9a-f]{6}")
DIGEST = re.compile(r"[0-9a-f]{32}")
STEP = re.compile(r"[a-z]{2,12}")
"""What is decided in `setup`, or where to go."""
PAUSE = re.compile(r"[0-9]{1,2}[dhw]|off")
"""How long a snooze lasts."""
MINUTE = re.compile(r"[0-9]{1,10}")
"""Minutes since 1970."""


class Needs(Enum):
    """Who may use a component."""

    EVERYBODY = auto()
    OWNER = auto()
    """The member whose number is its first argument."""
    MODERATOR = auto()
    """A moderator of the server, looked up at every use."""


class Action(StrEnum):
    """What a component does."""

    CHART = "chart"
    """Show another period, in place."""
    REFRESH = "refresh"
    """Show the present state, in place."""
    EVIDENCE = "evidence"
    """Show what followed, to the presser alone."""
    LIST = "list"
    """Show all events of a message that lists the most important alone, to the presser alone, a page at a time."""
    NOW = "now"
    """Show where it stands now, to the presser alone: an alert stays as it was sent."""
    READ = "read"
    """Show what a signal, by the word that asks for it, says of a subject now, to the presser alone."""
    BRIEFING = "briefing"
    """Hand a briefing as PDF to the presser alone."""
    HELP = "help"
    """Show the page of help that was chosen."""
    WHY = "why"
    """Show why the message it stands below was sent, to the presser alone."""
    WHY_OF = "why_of"
    """Choose which event of a message to explain, or turn the page of the choices, in place."""
    UNWATCH = "unwatch"
    """Take the chosen symbols off one's list, in place."""
    RATE = "rate"
    """Give a symbol so many stars, and show the new count in place."""
    BOARD = "board"
    """Turn the page of the leader board, in place."""
    SCAN = "scan"
    """Turn the page of a scan, in place."""
    SORT = "sort"
    """Put a scan into the chosen order, in place."""
    ROSTER = "roster"
    """Turn the page of a list of companies, in place."""
    RANK = "rank"
    """Put a list of companies into the chosen order, in place."""
    NARROW = "narrow"
    """Show the chosen ones of a list of companies, in place."""
    UNSILENCE = "unsilence"
    """End the chosen silences, in place."""
    ADJUST = "adjust"
    """Open the form of the chosen threshold of a signal."""
    PROPOSE = "propose"
    """Rehearse the value that was written into the form of a threshold."""
    KEEP = "keep"
    """Store a rehearsed value: signal, threshold, value, span rehearsed, and the mark of the value beside it."""
    AUDIT = "audit"
    """Turn the page of the audit, in place."""
    UNDO = "undo"
    """Take back the change of this number, if it is still the last one."""
    IMPORT = "import"
    """Store what the file of this message says, if that is still what was shown."""
    CANCEL = "cancel"
    """Change nothing, and say so in place."""
    ROUTES = "routes"
    """Turn the page of the routes, in place."""
    TAKE = "take"
    """Take a role that alerts ping, or give it back."""
    DOCTOR = "doctor"
    """Turn the page of the check-up, in place."""
    EXAMINE = "examine"
    """Check up anew, in place."""
    REVIVE = "revive"
    """Switch channels on again whose permissions are right now."""
    PRUNE = "prune"
    """End the routes of channels that are gone."""
    SETUP = "setup"
    """A step of `setup`, about the chosen channel; 0 where none is chosen."""
    SUBSCRIPTIONS = "subscriptions"
    """Show one's subscriptions, a page of them, in place."""
    UNSUBSCRIBE = "unsubscribe"
    """End the chosen subscriptions, in place."""
    SNOOZE = "snooze"
    """Snooze every signal for so long, or end all snoozes, in place."""
    TEST_DIRECT = "test_direct"
    """Send a direct message to see whether one arrives."""
    PREFERENCES = "preferences"
    """Show one's preferences, in place."""
    PREFER = "prefer"
    """Store what was chosen for a preference, in place; `own` opens its form."""
    ASK = "ask"
    """Open the form of a preference."""
    ANSWER = "answer"
    """Store what was written into the form of a preference, in place."""
    FORGET = "forget"
    """Delete everything about a member, soon after the minute in which the button was shown."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the arguments of an action look like, and who may use it; the last may hold colons."""

    arguments: tuple[re.Pattern[str], ...] = ()
    needs: Needs = Needs.EVERYBODY


GRAMMAR: dict[Action, Grammar] = {
    Action.CHART: Grammar((PERIOD, SYMBOL)),
    Action.REFRESH: Grammar((PERIOD, SYMBOL)),
    Action.EVIDENCE: Grammar((EVENT, SYMBOL)),
    Action.LIST: Grammar((PAGE, NUMBER)),
    Action.NOW: Grammar((PERIOD, SYMBOL)),
    Action.READ: Grammar((WORD, SYMBOL)),
    Action.BRIEFING: Grammar((WORD,)),
    Action.HELP: Grammar(),
    Action.WHY: Grammar(),
    Action.WHY_OF: Grammar((SNOWFLAKE, PAGE, SNOWFLAKE, SNOWFLAKE), Needs.OWNER),
    Action.UNWATCH: Grammar((SNOWFLAKE, PAGE), Needs.OWNER),
    Action.RATE: Grammar((STARS, SYMBOL)),
    Action.BOARD: Grammar((SNOWFLAKE, PAGE), Needs.OWNER),
    Action.SCAN: Grammar((SNOWFLAKE, PAGE, WORD, WORD, PLACE), Needs.OWNER),
    Action.SORT: Grammar((SNOWFLAKE, WORD, PLACE), Needs.OWNER),
    Action.ROSTER: Grammar((SNOWFLAKE, PAGE, WORD, WORD, PLACE), Needs.OWNER),
    Action.RANK: Grammar((SNOWFLAKE, WORD, PLACE), Needs.OWNER),
    Action.NARROW: Grammar((SNOWFLAKE, WORD, PLACE), Needs.OWNER),
    Action.UNSILENCE: Grammar((), Needs.MODERATOR),
    Action.ADJUST: Grammar((WORD,), Needs.MODERATOR),
    Action.PROPOSE: Grammar((WORD, WORD), Needs.MODERATOR),
    Action.KEEP: Grammar((WORD, WORD, VALUE, SPAN, MARK_OF), Needs.MODERATOR),
    Action.AUDIT: Grammar((PAGE,), Needs.MODERATOR),
    Action.UNDO: Grammar((NUMBER,), Needs.MODERATOR),
    Action.IMPORT: Grammar((DIGEST,), Needs.MODERATOR),
    Action.CANCEL: Grammar((), Needs.MODERATOR),
    Action.ROUTES: Grammar((PAGE,), Needs.MODERATOR),
    Action.TAKE: Grammar((SNOWFLAKE,)),
    Action.DOCTOR: Grammar((PAGE,), Needs.MODERATOR),
    Action.EXAMINE: Grammar((PAGE,), Needs.MODERATOR),
    Action.REVIVE: Grammar((), Needs.MODERATOR),
    Action.PRUNE: Grammar((), Needs.MODERATOR),
    Action.SETUP: Grammar((STEP, SNOWFLAKE), Needs.MODERATOR),
    Action.SUBSCRIPTIONS: Grammar((SNOWFLAKE, PAGE), Needs.OWNER),
    Action.UNSUBSCRIBE: Grammar((SNOWFLAKE, PAGE), Needs.OWNER),
    Action.SNOOZE: Grammar((SNOWFLAKE, PAUSE), Needs.OWNER),
    Action.TEST_DIRECT: Grammar((SNOWFLAKE,), Needs.OWNER),
    Action.PREFERENCES: Grammar((SNOWFLAKE,), Needs.OWNER),
    Action.PREFER: Grammar((SNOWFLAKE, STEP), Needs.OWNER),
    Action.ASK: Grammar((SNOWFLAKE, STEP), Needs.OWNER),
    Action.ANSWER: Grammar((SNOWFLAKE, STEP), Needs.OWNER),
    Action.FORGET: Grammar((SNOWFLAKE, MINUTE), Needs.OWNER),
}
"""Every action, what may follow it, and who may use it."""


@dataclass(frozen=True, slots=True)
class Press:
    """What a component asks for, checked against `GRAMMAR`."""

    action: Action
    arguments: tuple[str, ...] = ()

    @property
    def custom_id(self) -> str:
        """The press as Discord keeps it; a defect of ours where it is none that `parse_press` would take."""
        text = f"{MARK}{_VERSION}:{':'.join((self.action, *self.arguments))}"
        if len(text) > LONGEST or not _fits(self.action, self.arguments):
            raise ValueError(f"no component can say {text!r}")
        return text

    @property
    def needs(self) -> Needs:
        """Who may use it."""
        return GRAMMAR[self.action].needs


def press(action: Action, *arguments: object) -> Press:
    """Return what a component shall say."""
    return Press(action, tuple(str(argument) for argument in arguments))


def parse_press(custom_id: str) -> Press:
    """Return what `custom_id` asks for; refuse what no component of ours can have said."""
    version, _, rest = custom_id.removeprefix(MARK).partition(":")
    name, _, _ = rest.partition(":")
    if version == _VERSION and name in set(Action):
        action = Action(name)
        arguments = tuple(rest.split(":", len(GRAMMAR[action].arguments))[1:])
        if _fits(action, arguments) and ":".join((action, *arguments)) == rest:
            return Press(action, arguments)
    raise Refusal(_STALE)


def _fits(action: Action, arguments: tuple[str, ...]) -> bool:
    grammar = GRAMMAR[action].arguments
    return len(arguments) == len(grammar) and all(
        pattern.fullmatch(argument) for pattern, argument in zip(grammar, arguments, strict=True)
    )
