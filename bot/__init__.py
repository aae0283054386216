"""The shell: who hears what the market says."""

__version__ = "0.1.0"
