"""What keeps the program from running; one line each that says what to do."""

from __future__ import annotations


class CannotRun(Exception):
    """The bot cannot run as things are."""
