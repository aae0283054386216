"""What people decide: routes in full, silences, an audit, subscriptions, preferences, lists, ratings; and proofs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
CADENCES = "cadence IN ('instant', 'daily')"
KINDS = "kind IN ('alert', 'digest', 'retraction', 'notice', 'daily')"


def upgrade() -> None:
    """Add columns and tables; routes there were post at once, everything, and ping nobody, as before."""
    _older()
    _configuration()
    _subscribers()
    _members()
    _proofs()


def _older() -> None:
    op.add_column("guild", sa.Column("moderator_role_id", sa.BigInteger(), nullable=True))
    op.add_column("guild", sa.Column("time_zone", sa.String(length=64), nullable=True))
    op.add_column("guild", sa.Column("left_at", INSTANT, nullable=True))
    with op.batch_alter_table("route", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("importance", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("role_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("cadence", sa.String(length=10), nullable=False, server_default="instant"))
        batch.add_column(sa.Column("daily_at", sa.Time(), nullable=True))
        batch.create_check_constraint("ck_route_cadence", CADENCES)
    with op.batch_alter_table("message", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("not_before", INSTANT, nullable=True))
        batch.drop_constraint("ck_message_kind", type_="check")
    op.execute("UPDATE message SET not_before = created_at")
    with op.batch_alter_table("message", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("not_before", existing_type=INSTANT, nullable=False)
        batch.create_check_constraint("ck_message_kind", KINDS)
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("route_id", existing_type=sa.BigInteger(), nullable=True)
        batch.add_column(sa.Column("subscription_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("role_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("mentions", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_delivery_subscription_id", "delivery", ["subscription_id"], unique=False)
    op.add_column("notice", sa.Column("to_channel_id", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("user_id", sa.BigInteger(), nullable=True))


def _configuration() -> None:
    op.create_table(
        "silence",
        sa.Column("id", KEY, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("signal", sa.String(length=50), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_silence_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_silence"),
        sa.UniqueConstraint("guild_id", "signal", "subject", name="uq_silence_guild_id_signal_subject"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "change",
        sa.Column("id", KEY, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=300), nullable=False),
        sa.Column("undoes", KEY, nullable=True),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_change_guild_id"),
        sa.ForeignKeyConstraint(["undoes"], ["change.id"], name="fk_change_undoes"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sa.UniqueConstraint("undoes", name="uq_change_undoes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_guild_id", "change", ["guild_id"], unique=False)
    op.create_table(
        "edit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("change_id", KEY, nullable=False),
        sa.Column("noun", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.CheckConstraint("noun IN ('route', 'threshold', 'silence', 'guild')", name="ck_edit_noun"),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name="fk_edit_change_id"),
        sa.PrimaryKeyConstraint("id", name="pk_edit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_edit_change_id", "edit", ["change_id"], unique=False)


def _subscribers() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("signal", sa.String(length=50), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_in", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sa.UniqueConstraint(
            "user_id", "signal", "subject", "channel_id", name="uq_subscription_user_id_signal_subject_channel_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscription_guild_id", "subscription", ["guild_id"], unique=False)
    op.create_index("ix_subscription_channel_id", "subscription", ["channel_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("cadence", sa.String(length=10), nullable=False),
        sa.Column("daily_at", sa.Time(), nullable=False),
        sa.Column("importance", sa.Integer(), nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(CADENCES, name="ck_preference_cadence"),
        sa.PrimaryKeyConstraint("user_id", name="pk_preference"),
    )
    op.create_table(
        "snooze",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signal", sa.String(length=50), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "signal", name="pk_snooze"),
    )


def _members() -> None:
    op.create_table(
        "watch",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("symbol", sa.String(length=100), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "symbol", name="pk_watch"),
    )
    op.create_table(
        "rating",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("rated_at", INSTANT, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="ck_rating_stars"),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_rating_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", "symbol", "user_id", name="pk_rating"),
    )
    op.create_table(
        "membership",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("gone_since", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_membership_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_membership"),
    )


def _proofs() -> None:
    op.create_table(
        "bars",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_bars"),
    )
    op.create_table(
        "proof",
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("bars_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["bars_digest"], ["bars.digest"], name="fk_proof_bars_digest"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_proof_event_id"),
        sa.PrimaryKeyConstraint("event_id", name="pk_proof"),
    )
    op.create_index("ix_proof_bars_digest", "proof", ["bars_digest"], unique=False)
