"""What takes from the worth of a verdict, in words for the report."""

from collections.abc import Iterator, Sequence

import numpy as np

from barefaced.faces.face_finder import FINDERS
from barefaced.metrics.thresholds import REALS_PER_FALSE_ALARM
from barefaced.reports.promises import least_promised, promise
from barefaced.values.card import ModelCard, Thresholds
from barefaced.values.media import FaceCrop, Provenance, Video
from barefaced.values.scores import TrackScore

LITTLE = 0.5
"""Share of the pixels a model is shown that the camera must have given; under it most of a crop is made up."""
BITS = 0.02
"""Of a video, per pixel and frame. FaceForensics++ c40 has at most 0.012, c23 in the median 0.041."""
PICTURE_BITS = 0.5
"""Of a JPEG, per pixel: quality 20 or so."""
LOSSLESS = frozenset({"gif", "png", "ffv1", "huffyuv", "ffvhuff", "rawvideo", "bmp", "tiff"})
"""Codecs whose few bits say that there is little to see."""
LEANING = 45.0
"""Degrees of roll, of the median face, over which a head is like none that a model has learnt."""
LEAST_SEEN = 14.0
"""Pixels of a head, in the picture that the finder is given, under which it is often missed: of one head in larger and
larger grey pictures, 15 was found and 10 was not."""
LARGE = 100.0
"""Pixels of a head: where larger ones than this are missed, it is said even where faces were found."""


def of_model(card: ModelCard, thresholds: Thresholds) -> Iterator[str]:
    """What holds for every file: thresholds that stand on few clips, crops that others made.

    Args:
        thresholds: of the card, that the file is judged by.
    """
    worst = least_promised(thresholds) if thresholds.sources else None
    reals = worst.origins if worst else thresholds.real_clips
    if reals < REALS_PER_FALSE_ALARM:
        of = f" of {worst.source}" if worst else ""
        yield (
            f"the model's thresholds were chosen on {reals} real clips{of}: the verdict is not to be relied on. "
            f"Likely forged from {thresholds.fpr_1:.2f}: {promise(thresholds)}"
        )
    if card.finder not in FINDERS:
        yield f"the model learnt on faces found by {card.finder}, and is shown those that centerface finds"


def of_file(
    card: ModelCard, video: Video, provenance: Provenance, decider: TrackScore | None, faces: Sequence[FaceCrop]
) -> Iterator[str]:
    """What holds for this file.

    Args:
        faces: of the person who decides.
    """
    template = card.crop_size / card.crop_margin
    side = float(np.median([face.quality.face_pixels for face in faces])) if faces else template
    if side < LITTLE * template:
        yield f"low resolution: the face is {side:.0f} px wide in the picture, the model looks at {template:.0f}"
    least = BITS if video.fps > 0 else PICTURE_BITS if video.codec in ("jpeg", "webp") else 0.0
    if video.codec not in LOSSLESS and faces and 0 < provenance.bits_per_pixel < least:
        yield (
            f"heavy compression: {provenance.bits_per_pixel:.3f} bits a pixel "
            f"(under {least:g}); what forging leaves behind may be gone, and what is left may look like it"
        )
    roll = float(np.median([abs(face.quality.roll) for face in faces])) if faces else 0.0
    if roll > LEANING:
        yield (
            f"the head leans by {roll:.0f} degrees: it was turned upright, but the model learnt on faces of people who "
            "hold their heads upright"
        )
    smallest = LEAST_SEEN * max(1.0, max(video.height, video.width) / card.finder_side)
    if not faces or smallest > LARGE:
        yield (
            f"small faces are not looked for: in a picture of {video.width} x {video.height} px, heads under about "
            f"{smallest:.0f} px are missed; cut the picture to look at them"
        )
    if decider is not None and decider.nearest and decider.nearest[0].distance > 1:
        yield (
            f"unlike what the model was trained on: its features lie {decider.nearest[0].distance:.1f} times as far "
            f"from the nearest training domain as those of 99 % of {card.domains.usual_on}"
        )
