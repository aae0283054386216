"""Papers: what channels have ordered, what words ask for one, and the messages that carry them.

Beside them, each run remembers which signals it looked for, and in which version of their formulas.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
KINDS = "kind IN ('alert', 'digest', 'retraction', 'notice', 'daily', 'paper')"
NOUNS = "noun IN ('route', 'threshold', 'silence', 'guild', 'order', 'keyword')"


def upgrade() -> None:
    """Add columns and tables; nobody has ordered anything, and of earlier runs nobody knows the versions."""
    op.add_column("run", sa.Column("versions", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("message", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("paper", sa.String(length=20), nullable=False, server_default=""))
        batch.drop_constraint("ck_message_kind", type_="check")
        batch.create_check_constraint("ck_message_kind", KINDS)
    with op.batch_alter_table("edit", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint("ck_edit_noun", type_="check")
        batch.create_check_constraint("ck_edit_noun", NOUNS)
    _orders()
    _keywords()


def _orders() -> None:
    op.create_table(
        "standing_order",
        sa.Column("id", KEY, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("paper", sa.String(length=20), nullable=False),
        sa.Column("rhythm", sa.String(length=10), nullable=False),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("paper IN ('smallcap', 'rotation', 'digest')", name="ck_standing_order_paper"),
        sa.CheckConstraint("rhythm IN ('daily', 'weekly')", name="ck_standing_order_rhythm"),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_standing_order_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_standing_order"),
        sa.UniqueConstraint("channel_id", "paper", name="uq_standing_order_channel_id_paper"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_standing_order_guild_id", "standing_order", ["guild_id"], unique=False)


def _keywords() -> None:
    op.create_table(
        "keyword",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(length=100), nullable=False),
        sa.Column("paper", sa.String(length=20), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.CheckConstraint("paper IN ('smallcap', 'rotation', 'off')", name="ck_keyword_paper"),
        sa.ForeignKeyConstraint(["guild_id"], ["guild.id"], name="fk_keyword_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", "words", name="pk_keyword"),
    )
