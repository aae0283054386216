"""Servers that the bot enters and leaves: noted for what is kept of them, and greeted once."""

from __future__ import annotations

import discord
import structlog

from bot.chat.ports import Memory, Ports
from bot.chat.replies import UNANSWERED

log = structlog.get_logger(__name__)

HELLO = (
    "Hello! I tell what US small caps do, and prove every number. "
    "A moderator can say `/setup` to choose where alerts come; `/help` shows what everybody can ask."
)


async def entered(guild: discord.Guild, ports: Ports) -> None:
    """Note that the bot is in a server, and say hello if it never has."""
    await ports.guilds.rejoin(guild.id)
    await _greet(guild, ports.memory)


async def counted(client: discord.Client, ports: Ports) -> None:
    """Note which servers the bot has entered and left while it was not connected.

    One in which Discord has an outage is still the bot's: the gateway names it, if nothing else of it.
    """
    here = {guild.id for guild in client.guilds}
    for guild_id in await ports.guilds.present():
        if guild_id not in here:
            log.info("server_left", guild=guild_id)
            await ports.guilds.leave(guild_id, ports.clock.now())
    for guild_id in sorted(here):
        await ports.guilds.rejoin(guild_id)


async def _greet(guild: discord.Guild, memory: Memory) -> None:
    key = f"hello {guild.id}"
    channel = guild.system_channel
    if channel is None or await memory.get(key) is not None:
        return
    allowed = channel.permissions_for(guild.me)
    if not (allowed.view_channel and allowed.send_messages):
        return
    await memory.set(key, "said")
    try:
        await channel.send(HELLO, suppress_embeds=True)
    except UNANSWERED as error:
        log.info("hello_not_said", guild=guild.id, reason=str(error))
