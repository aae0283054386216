"""The tables, as the program of this version expects them; migrations bring every older file to this shape.

Those of single members are in `member_tables`, those of papers in `paper_tables`.

``sqlite_autoincrement`` keeps the numbers of removed rows from being given out again: old deliveries still name them.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from bot.people import Cadence, Noun
from bot.records import DeliveryState, MessageKind, NoticeState, RunState
from bot.store.columns import Instant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A row number; SQLite numbers rows by itself only where the type is INTEGER."""


def one_of(column: str, states: type[StrEnum]) -> sa.CheckConstraint:
    """Return a constraint that lets a column hold the values of an enum alone."""
    allowed = ", ".join(f"'{state.value}'" for state in states)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=column)


meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.String(100), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

guild = sa.Table(
    "guild",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first_seen", Instant, nullable=False),
    # Who may moderate the bot beside those with Manage Server.
    sa.Column("moderator_role_id", sa.BigInteger),
    # IANA name; the hours of daily messages to its channels are told in it. Null: the exchange's.
    sa.Column("time_zone", sa.String(64)),
    # Since when the bot is no member any more: what is kept of the guild is deleted a while later.
    sa.Column("left_at", Instant),
)

route = sa.Table(
    "route",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("guild_id", sa.ForeignKey("guild.id"), nullable=False, index=True),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("signal", sa.String(50), nullable=False),
    sa.Column("subjects", sa.JSON, nullable=False),
    # Events below it are not sent; the role, which members take by themselves, is pinged; at once or once a day.
    sa.Column("importance", sa.Integer, nullable=False, server_default="1"),
    sa.Column("role_id", sa.BigInteger),
    sa.Column("cadence", sa.String(10), nullable=False, server_default=Cadence.INSTANT),
    sa.Column("daily_at", sa.Time),
    sa.Column("created_by", sa.BigInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("channel_id", "signal"),
    one_of("cadence", Cadence),
    sqlite_autoincrement=True,
)

threshold = sa.Table(
    "threshold",
    metadata,
    sa.Column("guild_id", sa.ForeignKey("guild.id"), primary_key=True),
    sa.Column("signal", sa.String(50), primary_key=True),
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("job", sa.String(50), nullable=False),
    sa.Column("session", sa.Date, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("computed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("absent", sa.JSON, nullable=False, server_default="[]"),
    # The signals it looked for, each with the version of its formula; of runs before the column nobody knows them.
    sa.Column("versions", sa.JSON, nullable=False, server_default="{}"),
    # Since when it has failed without a success between; and when the moderators were told so.
    sa.Column("failing_since", Instant),
    sa.Column("told_at", Instant),
    sa.UniqueConstraint("job", "session"),
    one_of("state", RunState),
    sqlite_autoincrement=True,
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("identity", sa.String(500), nullable=False, unique=True),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False, index=True),
    sa.Column("signal", sa.String(50), nullable=False),
    sa.Column("kind", sa.String(50), nullable=False),
    sa.Column("subject", sa.String(100), nullable=False),
    sa.Column("session", sa.Date, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("thresholds", sa.JSON, nullable=False),
    sa.Column("values", sa.JSON, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("retracted_at", Instant),
    sqlite_autoincrement=True,
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", Key, primary_key=True),
    # What it is, such as ``alert 12 34`` for run and channel: found again, it is not written again.
    sa.Column("identity", sa.String(200), nullable=False, unique=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False, index=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    # Where to: a channel, or with `is_direct` the direct messages of this user.
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("is_direct", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("session", sa.Date, nullable=False),
    sa.Column("nonce", sa.String(25), nullable=False, unique=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("priority", sa.Integer, nullable=False),
    # Smaller goes first: by importance, and then all guilds' first channels before anybody's second.
    sa.Column("rank", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", Instant, nullable=False),
    # Before this it is not wanted (quiet hours, a daily hour); after it, it is due unless a retry waits.
    sa.Column("not_before", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease", sa.String(32)),
    sa.Column("leased_until", Instant),
    sa.Column("payload", sa.JSON(none_as_null=True)),
    sa.Column("first_claimed_at", Instant),
    # Since when it may be in Discord without our knowing; null where it surely is not, or surely is.
    sa.Column("maybe_sent_at", Instant),
    sa.Column("sent_at", Instant),
    sa.Column("discord_id", sa.BigInteger),
    sa.Column("replies_to", sa.ForeignKey("message.id")),
    # Which paper it is, where it is one.
    sa.Column("paper", sa.String(20), nullable=False, server_default=""),
    sa.Column("is_possible_duplicate", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_message_state_rank", "state", "rank"),
    sa.Index("ix_message_channel_id_state", "channel_id", "state"),
    one_of("state", DeliveryState),
    one_of("kind", MessageKind),
    sqlite_autoincrement=True,
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("event.id"), nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("is_direct", sa.Boolean, nullable=False, server_default=sa.false()),
    # No foreign keys: a delivery outlives the route or the subscription that asked for it.
    sa.Column("route_id", sa.BigInteger, index=True),
    sa.Column("subscription_id", sa.BigInteger, index=True),
    # Whom it may ping: the route's role, and members who asked to be told here.
    sa.Column("role_id", sa.BigInteger),
    sa.Column("mentions", sa.JSON, nullable=False, server_default="[]"),
    # How important its event is; of a message's roles the most important delivery's is pinged.
    sa.Column("priority", sa.Integer, nullable=False, server_default="1"),
    sa.Column("message_id", sa.ForeignKey("message.id")),
    # The digest that tells of it later, and the message that takes it back.
    sa.Column("follow_up_id", sa.ForeignKey("message.id"), index=True),
    sa.Column("retraction_id", sa.ForeignKey("message.id"), index=True),
    # Too late for its alert, and so far in no digest.
    sa.Column("is_untold", sa.Boolean, nullable=False, server_default=sa.false()),
    # Nobody should hear of it any more: its event was taken back, or the channel no longer asks for it.
    sa.Column("is_moot", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("expires_at", Instant, nullable=False),
    sa.UniqueConstraint("event_id", "channel_id"),
    # Both columns: with the first alone SQLite would rather walk through all deliveries of a state.
    sa.Index("ix_delivery_message_id_state", "message_id", "state"),
    sa.Index(
        "ix_delivery_untold",
        "channel_id",
        sqlite_where=sa.text("is_untold = 1"),  # in the words of the queries, or SQLite would not use it
        postgresql_where=sa.text("is_untold"),
    ),
    one_of("state", DeliveryState),
    sqlite_autoincrement=True,
)

destination = sa.Table(
    "destination",
    metadata,
    # A channel, or with `is_direct` a user; there is a row only where something is the matter with it.
    sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("is_direct", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("off_since", Instant),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    # Embeds are refused there; plain words are not.
    sa.Column("is_plain", sa.Boolean, nullable=False, server_default=sa.false()),
)

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("identity", sa.String(200), nullable=False, unique=True),
    sa.Column("run_id", sa.ForeignKey("run.id"), nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("about_channel_id", sa.BigInteger),
    # For a member whose direct messages are refused: where they asked, and who is to be told there.
    sa.Column("to_channel_id", sa.BigInteger),
    sa.Column("user_id", sa.BigInteger),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("tried", sa.Integer, nullable=False, server_default="0"),
    sa.Column("message_id", sa.ForeignKey("message.id"), index=True),
    sa.Column("created_at", Instant, nullable=False),
    one_of("state", NoticeState),
    sqlite_autoincrement=True,
)

identify = sa.Table(
    "identify",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sqlite_autoincrement=True,
)

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

enclosed = sa.Table(
    "enclosed",
    metadata,
    sa.Column("message_id", sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.ForeignKey("attachment.digest"), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("alt", sa.Text, nullable=False),
)

silence = sa.Table(
    "silence",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("guild_id", sa.ForeignKey("guild.id"), nullable=False),
    # Of one signal, of one subject, or of both; empty means any.
    sa.Column("signal", sa.String(50), nullable=False),
    sa.Column("subject", sa.String(100), nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.UniqueConstraint("guild_id", "signal", "subject"),
    sqlite_autoincrement=True,
)

change = sa.Table(
    "change",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("guild_id", sa.ForeignKey("guild.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    # Discord's id of the moderator; 0 is the bot itself.
    sa.Column("by", sa.BigInteger, nullable=False),
    sa.Column("action", sa.String(300), nullable=False),
    # The change that this one takes back.
    sa.Column("undoes", sa.ForeignKey("change.id"), unique=True),
    sqlite_autoincrement=True,
)

edit = sa.Table(
    "edit",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("change_id", sa.ForeignKey("change.id"), nullable=False, index=True),
    sa.Column("noun", sa.String(20), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),
    # Null where there was nothing before, or is nothing after.
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON(none_as_null=True)),
    one_of("noun", Noun),
    sqlite_autoincrement=True,
)

bars = sa.Table(
    "bars",
    metadata,
    # The bars an event rested on, as they were then; events of one symbol and session share them.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

proof = sa.Table(
    "proof",
    metadata,
    sa.Column("event_id", sa.ForeignKey("event.id"), primary_key=True),
    # The reading of its session as JSON, byte for byte what computing it again from the bars gives.
    sa.Column("reading", sa.Text, nullable=False),
    sa.Column("bars_digest", sa.ForeignKey("bars.digest"), nullable=False, index=True),
)
