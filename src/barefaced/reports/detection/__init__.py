"""The answer of detection: a value, its JSON, page and table."""
