"""Hostile words through the whole path: every text argument, both forms, no defect, no ping, no live link."""

from __future__ import annotations

import pytest

HOSTILE = [
    "@everyone",
    "<@&1> <@2> <#3>",
    "[a](https://b.example)",
    "https://b.example/discord.gg/abc",
    "**_~~`|>#",
    "```py\nprint(1)\n```",
    "'; DROP TABLE route; --",
    "\u202eTUR\u202c\u200b",
    "9" * 400,
    "1e999",
    "-0",
    "\N{SNOWMAN}\N{GRINNING FACE}" * 20,
    "\\",
    '"',
    "\u201copen",
    "{0}{symbol}%s$(x)",
    "null None NaN",
    "a\x00b",
]
ARGUMENTS = {
    "cross": "symbol",
    "evidence": "event",
    "help": "command",
    "why": "alert",
    "whynot": "symbol",
    "watch add": "symbols",
    "watch remove": "symbols",
    "scan": "where",
    "rate": "stars",
    "ratings": "symbol",
    "subscribe": "subject",
    "unsubscribe": "signal",
    "snooze": "duration",
    "preferences timezone": "zone",
    "preferences quiet": "hours",
    "preferences daily": "hour",
    "preferences importance": "least",
    "preferences signals": "names",
    "alerts here": "symbols",
    "alerts off": "signal",
    "threshold list": "signal",
    "threshold set": "value",
    "threshold reset": "name",
    "threshold rehearse": "value",
    "silence add": "what",
    "silence off": "what",
}
BESIDE = {
    "rate": {"symbol": "IWM"},
    "threshold set": {"signal": "cross", "name": "slow"},
    "threshold reset": {"signal": "cross"},
    "threshold rehearse": {"signal": "cross", "name": "slow"},
    "silence add": {"duration": "3d"},
}
BEFORE = {
    "rate": "IWM ",
    "evidence": "rut ",
    "alerts here": "cross ",
    "threshold set": "cross slow ",
    "threshold reset": "cross ",
    "threshold rehearse": "cross slow ",
    "silence add": "cross ",
}


@pytest.mark.parametrize("command", ARGUMENTS)
async def test_hostile_words_are_answered_without_a_defect_a_ping_or_a_live_link(place, command):
    for words in HOSTILE:
        await place.moderator.send(place.channel, f"!{command} {BEFORE.get(command, '')}{words}")
        await place.moderator.slash(
            place.channel, command, **{**BESIDE.get(command, {}), ARGUMENTS[command]: words[:60]}
        )
    answers = [m for m in place.channel.history() if m.author.id == place.env.bot.user.id]
    assert len(answers) >= len(HOSTILE)
    for answer in answers:
        shown = answer.content + "".join(embed.description or "" for embed in answer.embeds)
        for live in ("@everyone", "<@&1>", "<@2>", "https://", "discord.gg/a", "\u202e"):
            assert live not in shown
    assert place.behind.routes.kept == {}
    assert place.behind.thresholds.kept == {}
    assert place.behind.members.kept == {}
    assert place.behind.ratings.kept == {}
