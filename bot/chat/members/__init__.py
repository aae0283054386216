"""What members ask."""
