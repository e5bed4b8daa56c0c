"""Clips whose middle third is forged: are they flagged there?

    python experiments/spliced.py MODEL FACEFORENSICS --compression c40

For every target and method: the real clip with the frames of its middle third replaced by those of its forgery, both
decoded from the data set's own files and encoded once more, alike (x264, the given CRF). Said for each: the share of
the truly forged time that the segments of the most suspicious person cover, the share of the segments that is truly
forged, the overlap (intersection over union), and the mean score inside and outside. AUC: of inside over outside
moments, within the clip: 0.5 is chance. With --real the clip is real throughout, encoded the same way.
"""

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from sklearn.metrics import roc_auc_score

from barefaced.config.media import DetectSettings
from barefaced.datasets import layouts
from barefaced.metrics.verdict import largest_jump
from barefaced.pipelines.detect.detector import load
from barefaced.reports.detection.report import Report
from barefaced.values.dataset import Clip
from paired import rows_of


def frames(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def splice(real: Path, forged: Path, target: Path, crf: int) -> tuple[float, float]:
    """Write the spliced clip; the seconds between which it is forged."""
    with av.open(str(real)) as container, av.open(str(forged)) as other:
        rate = container.streams.video[0].average_rate
        count = min(container.streams.video[0].frames, other.streams.video[0].frames)
    if rate is None:
        raise SystemExit(f"{real}: its header gives no frame rate; take clips of a constant one")
    start, end = count // 3, 2 * count // 3
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": str(crf), "threads": "1"})
        stream.pix_fmt = "yuv420p"
        for n, (one, two) in enumerate(itertools.islice(zip(frames(real), frames(forged), strict=False), count)):
            rgb = two if start <= n < end else one
            if n == 0:
                stream.height, stream.width = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
            rgb = np.ascontiguousarray(rgb[: stream.height, : stream.width])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        out.mux(stream.encode(None))
    return start / float(rate), end / float(rate)


def judged(report: Report, start: float, end: float) -> dict[str, float]:
    """The segments against the truth, in shares of time; NaN where there is nothing to divide by."""
    track = next(one for one in report.tracks if one.track == report.decided_by)
    cut = [(one.start, one.end) for one in report.segments if one.track == track.track]
    inside = sum(max(0.0, min(b, end) - max(a, start)) for a, b in cut)
    marked = sum(b - a for a, b in cut)
    truth = np.array([start <= moment.seconds < end for moment in track.moments])
    scores = np.array([moment.fakeness for moment in track.moments])
    return {
        "jump": largest_jump(scores)[0],
        "found": inside / (end - start),
        "right": inside / marked if marked else float("nan"),
        "overlap": inside / (marked + end - start - inside),
        "inside": float(scores[truth].mean()),
        "outside": float(scores[~truth].mean()),
        "AUC": float(roc_auc_score(truth, scores)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("root", type=Path)
    parser.add_argument("--compression", default="c40")
    parser.add_argument("--crf", type=int, default=23, help="of the second encoding")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--real", action="store_true", help="splice the real clip into itself")
    given = parser.parse_args()
    clips = layouts.read("faceforensics", given.root, given.compression).clips
    reals = {clip.origin: clip for clip in clips if not clip.label}
    pairs = [(reals[clip.origin], clip) for clip in clips if clip.label and clip.origin in reals]
    lines = []
    with TemporaryDirectory() as folder, load(given.model) as detector:
        part = {
            origin: name
            for seen in detector.card.trained_on
            for name, origins in (("trained on", seen.train_origins), ("chosen by", seen.val_origins))
            for origin in origins
        }
        if given.real:
            pairs = list({real.origin: (real, forged) for real, forged in pairs}.values())
        for number, (real, forged) in enumerate(pairs):
            path = Path(folder) / f"{number}.mp4"
            start, end = splice(real.path, real.path if given.real else forged.path, path, given.crf)
            report = detector.detect(path, DetectSettings(frames=given.frames, evidence=0))
            path.unlink()
            lines.append(_line(real, forged, part.get(real.origin, "unseen"), judged(report, start, end)))
            print(json.dumps(lines[-1]), flush=True)
    for group in ("part", "method"):
        print(rows_of(_means(lines, group)))


def _line(real: Clip, forged: Clip, part: str, found: dict[str, float]) -> dict[str, object]:
    rounded = {name: round(value, 3) for name, value in found.items()}
    return {"target": real.identity, "method": forged.method, "part": part, **rounded}


def _means(lines: list[dict], group: str) -> list[dict[str, str]]:
    """A row for each value of `group`: means, and how many clips were flagged at all inside the third."""
    table = []
    for value in sorted({line[group] for line in lines}):
        some = [line for line in lines if line[group] == value]
        row = {group: value, "clips": str(len(some)), "flagged inside": str(sum(line["found"] > 0 for line in some))}
        for name in ("jump", "found", "right", "overlap", "inside", "outside", "AUC"):
            numbers = [line[name] for line in some if np.isfinite(line[name])]
            row[name] = f"{np.mean(numbers):.2f}" if numbers else "-"
        table.append(row)
    return table


if __name__ == "__main__":
    main()
