"""One thread a process: the networks here are tiny, and a busy machine stalls a pool of threads at every barrier."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
