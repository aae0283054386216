"""What subscribers decide."""
