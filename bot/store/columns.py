"""Column types that keep the promises of the records: instants are UTC, JSON holds no NaN."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class NaiveInstant(ValueError):
    """An instant without a time zone was about to be stored."""


class Instant(sa.types.TypeDecorator[datetime]):
    """A UTC instant; a datetime that does not say its zone is refused rather than guessed at."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn an aware instant into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveInstant(f"{value.isoformat()} has no time zone: give a UTC instant")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Give the instant its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def to_json(value: Any) -> str:
    """Return `value` as JSON; NaN has no place in it (missing is null)."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
