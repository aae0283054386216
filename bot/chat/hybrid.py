"""discord.py's hybrid decorators under narrower types: mypy cannot infer their unions of generic callables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from discord.ext import commands


class HybridCommand(Protocol):
    """What a decorated function has become."""

    def autocomplete(self, name: str) -> Callable[[Any], Any]:
        """Decorate the function that completes the option `name`."""
        ...


class HybridGroup(Protocol):
    """What a decorated function has become, to which subcommands are added."""

    def command(self, **given: Any) -> Callable[[Any], HybridCommand]:
        """Decorate a subcommand."""
        ...


hybrid_command = cast("Callable[..., Callable[[Any], HybridCommand]]", commands.hybrid_command)
hybrid_group = cast("Callable[..., Callable[[Any], HybridGroup]]", commands.hybrid_group)
