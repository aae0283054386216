"""How an older database becomes one of this version: one file per step, numbered, never edited once released."""
