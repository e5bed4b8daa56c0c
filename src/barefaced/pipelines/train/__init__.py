"""Training: the engine, the loop that reads from top to bottom, the run's folder, what chooses and what finishes."""
