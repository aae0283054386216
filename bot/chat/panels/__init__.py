"""What components do: one file per message they stand below."""
