"""Metrics with confidence intervals by a bootstrap clustered by origin."""
