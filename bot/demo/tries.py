"""What a reader may try at the press of a button, under the question it answers."""

from __future__ import annotations

from bot.demo.scene import MEMBER, MODERATOR, SECOND

_Tries = dict[str, tuple[str, ...]]

_MEMBER_TRIES: _Tries = {
    "Ask the bot": (
        "!cross RUT",
        "!smallcap",
        "!stock STRL",
        "!scan highs",
        "!evidence RUT golden_cross",
        "!status",
        "!whynot KRE",
        "!help",
    ),
    "Look underneath": (
        "!rotation small",
        "!breadth",
        "!rotation sectors",
        "!leaders",
        "!theme optical",
        "!macro",
        "!valuation",
        "!leverage",
    ),
    "Keep and rate": ("!watch add STRL IWM", "!watch list", "!rate RUT 4", "!ratings RUT"),
    "Get messages": ("!subscribe watchlist dm", "!subscriptions", "!snooze 3d", "!preferences"),
}
_MODERATOR_TRIES: _Tries = {
    "Who gets alerts": ("!setup", "!alerts list", "!route list", "!alerts doctor", "!silence KRE 3d"),
    "The numbers": ("!threshold list cross", "!threshold rehearse cross slow 150", "!threshold set cross slow 150"),
    "What changed": ("!audit", "!undo", "!export"),
    "As a member": ("!cross RUT", "!help"),
}
TRIES: dict[str, _Tries] = {MEMBER: _MEMBER_TRIES, SECOND: _MEMBER_TRIES, MODERATOR: _MODERATOR_TRIES}
"""By person, in the server's channels."""

DIRECT_TRIES: _Tries = {
    "What comes here": ("!subscriptions", "!preferences", "!preferences daily 18:00", "!snooze 3d", "!snooze off"),
    "Ask the bot": ("!watch list", "!scan watchlist", "!cross RUT", "!whynot RUT", "!help"),
    "What is kept of you": ("!privacy export", "!privacy delete"),
}
"""In direct messages, whoever looks at theirs."""
