"""The forgery methods, one a file."""
