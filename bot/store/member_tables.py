"""The tables of what single members decided: every one of them has a `user_id`, and `privacy delete` empties it."""

from __future__ import annotations

import sqlalchemy as sa

from bot.people import Cadence
from bot.store.columns import Instant
from bot.store.tables import Key, metadata, one_of

subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # Whose thresholds it follows; 0 where it was made in a direct message: the defaults.
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("signal", sa.String(50), nullable=False),
    # A symbol, a group such as ``universe:smallcap``, ``watchlist``; empty means all.
    sa.Column("subject", sa.String(100), nullable=False),
    # Where they are mentioned; 0 is their direct messages.
    sa.Column("channel_id", sa.BigInteger, nullable=False, index=True),
    # Where they asked: the place to say that their direct messages are refused.
    sa.Column("asked_in", sa.BigInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("user_id", "signal", "subject", "channel_id"),
    sqlite_autoincrement=True,
)

preference = sa.Table(
    "preference",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time_zone", sa.String(64), nullable=False),
    sa.Column("quiet_from", sa.Time),
    sa.Column("quiet_to", sa.Time),
    sa.Column("cadence", sa.String(10), nullable=False),
    sa.Column("daily_at", sa.Time, nullable=False),
    sa.Column("importance", sa.Integer, nullable=False),
    # Only these; empty means all.
    sa.Column("signals", sa.JSON, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    one_of("cadence", Cadence),
)

snooze = sa.Table(
    "snooze",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # Empty means every signal.
    sa.Column("signal", sa.String(50), primary_key=True),
    sa.Column("until", Instant, nullable=False),
)

watch = sa.Table(
    "watch",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("symbol", sa.String(100), primary_key=True),
    sa.Column("added_at", Instant, nullable=False),
)

rating = sa.Table(
    "rating",
    metadata,
    sa.Column("guild_id", sa.ForeignKey("guild.id"), primary_key=True),
    sa.Column("symbol", sa.String(100), primary_key=True),
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("stars", sa.Integer, nullable=False),
    sa.Column("rated_at", Instant, nullable=False),
    sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
)

membership = sa.Table(
    "membership",
    metadata,
    # Members of whom something is kept for this guild alone: are they still there? Asked now and then.
    sa.Column("guild_id", sa.ForeignKey("guild.id"), primary_key=True),
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("checked_at", Instant, nullable=False),
    sa.Column("gone_since", Instant),
)
