"""Commands by subject; a body parses, asks, renders and replies, and never reaches another cog."""
