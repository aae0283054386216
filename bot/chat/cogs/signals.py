"""One question per signal, made from what the signal declares: its word, what may follow it, what it says."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices, matching, symbol_choices
from bot.chat.ports import Desk, Pictures
from bot.chat.replies import Asked, reply
from bot.chat.views import answer_view
from signals.catalog import SIGNALS
from signals.definition import Signal

Typed = commands.Range[str, 1, 60]
OWN = frozenset({"cross", "quality"})
"""Signals whose question is written by hand: a picture of several periods, or lists to turn and sort, below it."""
ASKED = tuple(signal for signal in SIGNALS if signal.command not in OWN)


class _Answering(commands.Cog):
    """Answers for a signal."""

    def __init__(self, desk: Desk, pictures: Pictures) -> None:
        self.desk = desk
        self._pictures = pictures

    async def answer(self, ctx: Asked, signal: Signal, subject: str) -> None:
        """Show what `signal` says of `subject`."""
        await ctx.defer()
        card = await self.desk.ask(signal.command, subject, guild_id=ctx.guild.id if ctx.guild else None)
        await reply(ctx, card, self._pictures, view=answer_view(signal))


def _command(signal: Signal) -> commands.HybridCommand[Any, ..., Any]:
    """Return the command of `signal`, with completion of what it takes."""

    async def alone(self: _Answering, ctx: Asked) -> None:
        await self.answer(ctx, signal, "")

    async def of_symbol(self: _Answering, ctx: Asked, *, symbol: Typed) -> None:
        await self.answer(ctx, signal, symbol)

    async def of_theme(self: _Answering, ctx: Asked, *, theme: Typed = "") -> None:
        await self.answer(ctx, signal, theme)

    async def of_some(self: _Answering, ctx: Asked, *, which: Typed = "") -> None:
        await self.answer(ctx, signal, which)

    option = option_of(signal)
    callback: Any = {"": alone, "symbol": of_symbol, "theme": of_theme, "which": of_some}[option]
    callback.__name__ = signal.command
    callback.__qualname__ = f"Signals.{signal.command}"  # discord.py tells a method from a function by it
    callback.__doc__ = signal.summary
    if option:
        callback = app_commands.describe(**{option: _describe(signal)})(callback)
    made: Any = commands.hybrid_command(name=signal.command, description=signal.summary, ignore_extra=False)(callback)
    if option:
        made.autocomplete(option)(_completion(signal))
    command: commands.HybridCommand[Any, ..., Any] = made
    return command


def option_of(signal: Signal) -> str:
    """Return what the option of a signal's question is called; empty where it takes none."""
    if not signal.takes:
        return ""
    return signal.subject_kind if signal.subject_kind in {"symbol", "theme"} else "which"


def _describe(signal: Signal) -> str:
    if signal.choices is None:
        return "An index, ETF or stock, such as RUT, IWM or STRL"
    return f"Which one: {signal.takes.strip('[]<>').replace('|', ', ')}"


def _completion(signal: Signal) -> Any:
    async def complete(self: _Answering, _interaction: discord.Interaction[Any], current: str) -> Choices:
        if signal.choices is None:
            return symbol_choices(self.desk, current)
        return matching(current, ((name, f"{name}: {title}") for name, title in self.desk.choices_of(signal.name)))

    complete.__qualname__ = f"Signals.{signal.command}_completion"
    return complete


_COMMANDS = {signal.command: _command(signal) for signal in ASKED}

Signals = type("Signals", (_Answering,), {**_COMMANDS, "__module__": __name__})
"""The cog of all of them."""
