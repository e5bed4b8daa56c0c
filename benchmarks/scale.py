"""What the clips of a large data set cost beside their pixels: the manifest, and being handed out by Ray.

Run: python benchmarks/scale.py STORE SCRATCH [--clips 2000 8000] [--tasks 4000]

The first record of STORE is copied under as many names into a store in SCRATCH, which is then collated by a process
of its own: core seconds and peak memory. Two numbers of clips tell what one more costs. `--tasks` of nothing go through
a local Ray.
"""

import argparse
import os
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

from barefaced.datasets.clip_record import to_json
from barefaced.datasets.crop_files import safe_key
from barefaced.datasets.store import Store
from barefaced.runtime.progress import Work
from barefaced.runtime.ray_workers import over_ray
from barefaced.runtime.workers import Done


def copied(source: Store, out: Path, clips: int) -> None:
    """A store of so many clips without pixels."""
    Store.create(out, source.settings)
    (out / "clips").mkdir(exist_ok=True)
    first = source.records()[0]
    for number in range(clips):
        clip = replace(first.clip, clip=f"{first.clip.clip}/{number}")
        record = replace(first, clip=clip, crops=tuple(replace(crop, clip=clip.clip) for crop in first.crops))
        (out / "clips" / f"{safe_key(clip.clip)}.json").write_bytes(to_json(record))


def collated(out: Path) -> tuple[float, float]:
    """Core seconds and peak megabytes of `barefaced data collate`."""
    words = [sys.executable, "-m", "barefaced", "data", "collate", str(out)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as run:
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = status
    assert status == 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**10


def nothing(_number: int) -> Done:
    return Done("", 32)


def handed_out(tasks: int) -> float:
    """Seconds for so many tasks that do nothing."""
    import ray
    from ray import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a benchmark
    over_ray(nothing, range(8), Work("begin", 8, "tasks", None), nothing)
    begin = time.perf_counter()
    over_ray(nothing, range(tasks), Work("hand out", tasks, "tasks", None), nothing)
    took = time.perf_counter() - begin
    ray.shutdown()
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--clips", type=int, nargs=2, default=(2000, 8000))
    parser.add_argument("--tasks", type=int, default=4000)
    asked = parser.parse_args()
    costs = []
    for clips in asked.clips:
        copied(Store.open(asked.store), asked.scratch / str(clips), clips)
        seconds, peak = collated(asked.scratch / str(clips))
        costs.append((seconds, peak))
        print(f"{clips} clips: {seconds:.1f} core seconds, {peak:.0f} MB at most")
    (less, low), (more, high) = costs
    further = asked.clips[1] - asked.clips[0]
    print(f"a clip more: {(more - less) / further * 1000:.2f} ms, {(high - low) / further * 1024:.1f} kB")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        took = handed_out(asked.tasks)
    print(f"Ray: {asked.tasks} tasks of nothing in {took:.1f} s, {asked.tasks / took:.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
