"""The tables of papers: what channels have ordered, and what words ask for one."""

from __future__ import annotations

import sqlalchemy as sa

from bot.people import BRIEFINGS, MUTE, PaperName, Rhythm
from bot.store.columns import Instant
from bot.store.tables import Key, metadata, one_of

PRINTED = ", ".join(f"'{name}'" for name in (*BRIEFINGS, MUTE))

standing_order = sa.Table(
    "standing_order",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("guild_id", sa.ForeignKey("guild.id"), nullable=False, index=True),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("paper", sa.String(20), nullable=False),
    sa.Column("rhythm", sa.String(10), nullable=False),
    # In the guild's time zone; null: once the session has been scanned.
    sa.Column("at", sa.Time),
    sa.Column("created_by", sa.BigInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("channel_id", "paper"),
    one_of("paper", PaperName),
    one_of("rhythm", Rhythm),
    sqlite_autoincrement=True,
)

keyword = sa.Table(
    "keyword",
    metadata,
    sa.Column("guild_id", sa.ForeignKey("guild.id"), primary_key=True),
    # In the one form in which messages are compared with it.
    sa.Column("words", sa.String(100), primary_key=True),
    # A briefing; or nothing, where a word that asks for one elsewhere does not here.
    sa.Column("paper", sa.String(20), nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.CheckConstraint(f"paper IN ({PRINTED})", name="paper"),
)
