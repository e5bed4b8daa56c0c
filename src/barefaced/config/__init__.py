"""Every setting, and the way from YAML and words to settings."""
