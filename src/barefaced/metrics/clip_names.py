"""Clips that other tools would take for one: ids of which only the last folder distinguishes nothing.

The most used benchmark of the field groups frames into videos by the last folder's name. The four forgeries
`Deepfakes/000_003`, `Face2Face/000_003`, ... become one video there, whose mean score hides a method that fails.
"""

import numpy as np

from barefaced.metrics.ranking import auc, has_both
from barefaced.metrics.score_columns import factorize
from barefaced.values.scores import VideoScores


def collisions(videos: VideoScores) -> list[str]:
    """Warn in one sentence where clips share their last name, with what grouping by it would have shown; else nothing.

    Clips of the two classes are kept apart, as there.
    """
    last = np.array([str(clip).rstrip("/").replace("\\", "/").rpartition("/")[2] for clip in videos.clip], object)
    names = factorize(last)[0] * 2 + videos.label
    merged, at = np.unique(names, return_inverse=True)
    if len(merged) == len(names):
        return []
    clips = np.bincount(at)
    frames = np.bincount(at, videos.frames)
    scores = np.bincount(at, videos.fakeness * videos.frames) / frames
    sharing = int(clips[clips > 1].sum())
    said = f"{sharing} clips share their last folder's name with another"
    if not has_both(videos.label):
        return [f"{said}: they are told apart by their whole ids"]
    return [
        f"{said}: grouped by it, {len(names)} videos would be {len(merged)}, "
        f"and the video AUC would read {auc(merged % 2, scores):.3f} for {auc(videos.label, videos.fakeness):.3f}"
    ]
