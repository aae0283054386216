"""What can be wrong with the database: each message says what to do next."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be used as it is; one line that says what is wrong and what to do next."""


class SchemaTooNew(StoreError):
    """The database was written by a newer program than this one."""


class SchemaTooOld(StoreError):
    """The database has no tables yet, or those of an older program."""
