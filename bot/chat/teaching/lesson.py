"""A lesson: one command, what it answers, and an example in both forms."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lesson:
    """One command: how it is called, what it answers, and an example in both forms.

    Attributes
    ----------
    command : str
        Its full name, such as ``alerts here``.
    takes : str
        What may follow: ``[optional]``, ``<needed>``.
    says : str
        What it does; what stands before the first colon or semicolon says it on the page of all commands.
    """

    command: str
    takes: str
    says: str
    prefix_example: str
    slash_example: str

    def usage(self, mark: str) -> str:
        """Return how to call it, with `mark` before its name."""
        return f"{mark}{self.command} {self.takes}".rstrip()

    @property
    def gist(self) -> str:
        """What it does in a few words."""
        return re.split("[:;]", self.says, maxsplit=1)[0]
