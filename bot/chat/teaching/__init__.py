"""What `help` says."""
