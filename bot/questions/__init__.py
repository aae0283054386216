"""From a question to an answer: parse, read, card."""
