"""What can be wrong with an input: each error names the parameter, its value and the bound it broke."""

from __future__ import annotations


class SignalError(ValueError):
    """A signal was asked for something it cannot compute; the message says what and why.

    Attributes
    ----------
    parameter : str
        Name of the offending parameter.
    value : object
        What was given.
    bound : str
        The rule it broke, in words a moderator can read.
    """

    def __init__(self, parameter: str, value: object, bound: str) -> None:
        self.parameter = parameter
        self.value = value
        self.bound = bound
        super().__init__(f"{parameter} is {value}: {bound}")

    def __reduce__(self) -> tuple[type[SignalError], tuple[str, object, str]]:
        """Survive the way back from a worker process."""
        return type(self), (self.parameter, self.value, self.bound)


class InvalidThreshold(SignalError):
    """A threshold is outside its bounds, of the wrong type, or contradicts another one."""


class InvalidWindow(SignalError):
    """A window is not a whole number of sessions within its bounds."""


class InsufficientHistory(SignalError):
    """There are fewer sessions than the computation needs."""


class UnalignedInput(SignalError):
    """Arrays that must share sessions or symbols do not."""


class UnknownSubject(SignalError):
    """The symbol, pair, sector, theme or series is not part of the market."""


class UnknownSignal(SignalError):
    """The catalog has no signal of that name."""
