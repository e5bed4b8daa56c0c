"""Numbers to pages: JSON, terminal tables, figures. Nothing here computes a metric."""
