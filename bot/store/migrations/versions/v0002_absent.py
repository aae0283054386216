"""Remember with each run which symbols had no bar yet: their events are looked for once the bars have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; of runs before it nobody knows what was absent."""
    op.add_column("run", sa.Column("absent", sa.JSON(), nullable=False, server_default="[]"))
