"""Scores to numbers: ranking, intervals, calibration, verdicts. numpy, scipy and scikit-learn; no torch."""
