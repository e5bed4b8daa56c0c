"""barefaced."""
