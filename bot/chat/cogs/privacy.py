"""What is kept of a member: privacy export, delete."""

from __future__ import annotations

from discord.ext import commands

from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from bot.chat.subscribers.direct import write_to
from bot.chat.subscribers.forgetting import EXPORT_WORDS, deletion_answer, export_file

_UNDONE = "nothing was exported (`/privacy export` shows you the file without a direct message)"


class Privacy(commands.Cog):
    """What the bot knows of whom."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @hybrid_group(description="What is kept of you.", invoke_without_command=True)
    async def privacy(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `privacy export` or `privacy delete`")

    @privacy.command(ignore_extra=False, description="Everything that is kept of you, as a file.")
    async def export(self, ctx: Asked) -> None:
        """Hand out what is kept of the asker, where nobody else sees it."""
        await ctx.defer(ephemeral=True)
        file = await export_file(self._ports, ctx.author.id)
        if ctx.interaction is not None:
            await ctx.send(EXPORT_WORDS, file=file, ephemeral=True)
            return
        await write_to(ctx.author, EXPORT_WORDS, undone=_UNDONE, file=file)
        if ctx.guild is not None:
            await say(ctx, "It is in your direct messages.")

    @privacy.command(ignore_extra=False, description="Delete everything that is kept of you.")
    async def delete(self, ctx: Asked) -> None:
        """Ask whether to delete everything, saying what that is."""
        await ctx.defer(ephemeral=True)
        card, view = await deletion_answer(self._ports, ctx.author.id)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)
