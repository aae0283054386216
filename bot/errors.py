"""What keeps the program from running, or makes it wait; one line each that says what to do."""

from __future__ import annotations


class CannotRun(Exception):
    """The bot cannot run as things are."""

    exit_code = 1


class Refused(CannotRun):
    """Discord refuses the bot for good: a new start changes nothing until somebody does what the line says."""

    exit_code = 78
    """EX_CONFIG of sysexits.h, so that a host can be told not to start it again."""


class StillComing(Exception):
    """What is asked for is on its way and waited for, not for ever: nothing has failed, and nobody need be told."""
