"""The whole bot on a simulated Discord in a browser."""
