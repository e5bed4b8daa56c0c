"""What long work needs: files that survive a crash, worker processes, progress, packages of weights."""
