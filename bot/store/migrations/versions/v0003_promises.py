"""What delivery needs to keep its promises: kinds of message, follow-ups, breakers, notices, the identify budget."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
STATES = "state IN ('pending', 'claimed', 'sent', 'expired', 'suppressed', 'dead')"


def upgrade() -> None:
    """Add columns and tables; what was sent, expired or dead before stays so and is told of no more."""
    _message()
    _delivery()
    op.add_column("run", sa.Column("failing_since", INSTANT, nullable=True))
    op.add_column("run", sa.Column("told_at", INSTANT, nullable=True))
    op.add_column("event", sa.Column("retracted_at", INSTANT, nullable=True))
    _destination()
    _notice()
    _identify()


def _message() -> None:
    with op.batch_alter_table("message", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("identity", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="alert"))
        batch.add_column(sa.Column("is_direct", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("rank", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("maybe_sent_at", INSTANT, nullable=True))
        batch.add_column(sa.Column("replies_to", KEY, nullable=True))
        batch.add_column(sa.Column("is_possible_duplicate", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.drop_constraint("uq_message_run_id_channel_id", type_="unique")
    op.execute("UPDATE message SET identity = 'alert ' || run_id || ' ' || channel_id, rank = (5 - priority) * 1000000")
    _look_back()
    with op.batch_alter_table("message", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("identity", existing_type=sa.String(length=200), nullable=False)
        batch.alter_column("kind", existing_type=sa.String(length=10), server_default=None)
        batch.create_unique_constraint("uq_message_identity", ["identity"])
        batch.create_foreign_key("fk_message_replies_to", "message", ["replies_to"], ["id"])
        batch.create_check_constraint("ck_message_state", STATES) if _is_sqlite() else None
        batch.create_check_constraint("ck_message_kind", "kind IN ('alert', 'digest', 'retraction', 'notice')")
    op.create_index("ix_message_run_id", "message", ["run_id"], unique=False)
    op.create_index("ix_message_state_rank", "message", ["state", "rank"], unique=False)
    op.drop_index("ix_message_state_due_at", "message")


def _look_back() -> None:
    """Note what the program before this one may have sent without knowing, and drop what nobody will send again."""
    # It froze before it sent, and a time-out put the message back to pending as if nothing had been asked.
    op.execute(
        "UPDATE message SET maybe_sent_at = first_claimed_at WHERE payload IS NOT NULL"
        " AND (state = 'claimed' OR (state = 'pending' AND attempt > 0))"
    )
    op.execute("UPDATE message SET payload = NULL WHERE state NOT IN ('pending', 'claimed')")
    op.execute(
        "DELETE FROM enclosed WHERE message_id IN (SELECT id FROM message WHERE state NOT IN ('pending', 'claimed'))"
    )
    op.execute("DELETE FROM attachment WHERE digest NOT IN (SELECT digest FROM enclosed)")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _delivery() -> None:
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("is_direct", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("follow_up_id", KEY, nullable=True))
        batch.add_column(sa.Column("retraction_id", KEY, nullable=True))
        batch.add_column(sa.Column("is_untold", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("is_moot", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_foreign_key("fk_delivery_follow_up_id", "message", ["follow_up_id"], ["id"])
        batch.create_foreign_key("fk_delivery_retraction_id", "message", ["retraction_id"], ["id"])
        batch.create_check_constraint("ck_delivery_state", STATES) if _is_sqlite() else None
    op.create_index("ix_delivery_follow_up_id", "delivery", ["follow_up_id"], unique=False)
    op.create_index("ix_delivery_retraction_id", "delivery", ["retraction_id"], unique=False)
    op.drop_index("ix_delivery_message_id", "delivery")
    op.create_index("ix_delivery_message_id_state", "delivery", ["message_id", "state"], unique=False)
    untold = sa.text("is_untold = 1" if _is_sqlite() else "is_untold")
    op.create_index("ix_delivery_untold", "delivery", ["channel_id"], sqlite_where=untold, postgresql_where=untold)


def _destination() -> None:
    op.create_table(
        "destination",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("is_direct", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("off_since", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("is_plain", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("channel_id", name="pk_destination"),
    )
    op.create_index("ix_destination_guild_id", "destination", ["guild_id"], unique=False)


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("identity", sa.String(length=200), nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("about_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tried", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'addressed', 'given up')", name="ck_notice_state"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_notice_message_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_notice_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("identity", name="uq_notice_identity"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_message_id", "notice", ["message_id"], unique=False)
    op.create_index("ix_notice_state", "notice", ["state"], unique=False)


def _identify() -> None:
    op.create_table(
        "identify",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identify"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identify_at", "identify", ["at"], unique=False)
