"""discord.py: client, cogs, views, permission checks, error replies."""
