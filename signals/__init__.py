"""The core: what the market says. Pure functions over arrays: no I/O, no clock, no Discord."""
