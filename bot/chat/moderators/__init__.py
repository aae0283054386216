"""What moderators set."""
