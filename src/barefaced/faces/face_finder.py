"""The face finder: pixels in, boxes and five landmarks out.

Alphabet: N pictures, H W their height and width, B network batch, h w cells of the network's answer (4 pixels a cell),
F candidate faces. Pictures are RGB uint8; boxes are (left, top, right, bottom); landmarks as in `types`. Coordinates
are OpenCV's: a pixel's centre is a whole number, so the picture reaches from -0.5 to W - 0.5.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from barefaced.config.media import FinderSettings
from barefaced.errors import BadConfig, MissingWeights, UntrustedWeights
from barefaced.faces.sandbox.signal_stack import kept_signal_stack
from barefaced.runtime.model_packages import locate
from barefaced.runtime.silent_openvino import openvino
from barefaced.values.media import Face

STRIDE = 4
"""Pixels of the network's input per cell of its answer."""
MULTIPLE = 32
"""The network halves its input five times."""
OVERLAP = 0.3
"""Intersection over union at which the weaker of two boxes is the same face (as in the model package's own code)."""
SHAPES_KEPT = 8
"""Input shapes whose compiled network stays in memory: a data set mixes few."""


@runtime_checkable
class FaceFinder(Protocol):
    """Whatever finds faces."""

    def find(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        """The faces of one picture, surest first."""
        ...

    def find_many(self, frames: Sequence[UInt8[np.ndarray, "H W 3"]]) -> list[list[Face]]:
        """`find` of every picture, in their order."""
        ...


class CenterFace:
    """CenterFace (Xu, Yan, Yuan, Du, Fang, "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019).

    The network takes RGB in 0 to 255 as it is. A picture is shrunk so that its longest side is `settings.side`, never
    enlarged (at 480 px an enlarged 224 px crop loses 13 % of the faces that fill it), and padded at the right and
    bottom to a multiple of 32, so nothing is distorted. Where no face is found it is looked at once more at half that
    size: a face that fills the network's input is easily missed.

    A picture alone gives the same numbers as among others.

    Args:
        settings: longest side, least confidence, perhaps a local model.
        threads: CPU threads; None leaves the choice to OpenVINO.

    Raises:
        MissingWeights: no model package, or no file at `settings.model`.
        UntrustedWeights: the package's file is not the one we know, or the named file is no such network.
    """

    def __init__(self, settings: FinderSettings, threads: int | None = None) -> None:
        self.side = settings.side
        self.confidence = settings.confidence
        path = Path(settings.model) if settings.model else locate("centerface")
        if not path.is_file():
            raise MissingWeights(
                expected=f"the face finder's ONNX file at {path}", got="no such file", fix="Correct finder.model."
            )
        self._core = openvino.Core()
        # Without the precision hint some CPUs compute in bfloat16, and a machine's faces would not be another's.
        self._options: dict[str, object] = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
        if threads is not None:
            self._options["INFERENCE_NUM_THREADS"] = threads
        try:
            self._model = self._core.read_model(path)
        except RuntimeError as e:
            raise UntrustedWeights(
                expected=f"an ONNX network at {path}", got=str(e).splitlines()[-1], fix="Correct finder.model."
            ) from e
        if len(self._model.inputs) != 1 or len(self._model.outputs) != 4:
            raise UntrustedWeights(
                expected=f"CenterFace at {path}: one input, four outputs",
                got=f"{len(self._model.inputs)} and {len(self._model.outputs)}",
                fix="Correct finder.model.",
            )
        self._compiled = functools.lru_cache(SHAPES_KEPT)(self._compile)

    def find(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        """The faces of one picture, surest first."""
        return self.find_many([rgb])[0]

    def find_many(self, frames: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[list[Face]]:
        """`find` of every picture, in their order; sizes may differ, equal ones are quicker."""
        found = self._look(frames, [min(self.side, max(rgb.shape[:2])) for rgb in frames])
        missed = [n for n, faces in enumerate(found) if not faces]
        halves = [max(MULTIPLE, min(self.side, max(frames[n].shape[:2])) // 2) for n in missed]
        for n, faces in zip(missed, self._look([frames[n] for n in missed], halves), strict=True):
            found[n] = faces
        return found

    def _look(self, frames: Sequence[UInt8[np.ndarray, "_ _ 3"]], sides: Sequence[int]) -> list[list[Face]]:
        inputs = [_to_network(rgb, side) for rgb, side in zip(frames, sides, strict=True)]
        found: list[list[Face]] = [[] for _ in frames]
        for shape in dict.fromkeys(blob.shape[2:] for blob, _ in inputs):
            # One queue a call: two threads may use the same finder.
            queue = openvino.AsyncInferQueue(self._compiled(shape))

            def keep(request, n: int) -> None:
                heat, scale, offset, points = (request.get_output_tensor(i).data[0] for i in range(4))
                found[n] = _faces(heat, scale, offset, points, self.confidence, inputs[n][1], frames[n].shape[:2])

            queue.set_callback(keep)
            for n, (blob, _) in enumerate(inputs):
                if blob.shape[2:] == shape:
                    queue.start_async(blob, n)
            queue.wait_all()
        return found

    def _compile(self, shape: tuple[int, int]) -> openvino.CompiledModel:
        model = self._model.clone()
        model.reshape([1, 3, *shape])
        with kept_signal_stack():
            return self._core.compile_model(model, "CPU", self._options)


def load_finder(settings: FinderSettings, threads: int | None = None) -> FaceFinder:
    """The finder that `settings.name` names.

    Raises:
        MissingWeights, UntrustedWeights: see the finder.
        BadConfig: a finder that only names where imported crops come from.
    """
    if settings.name not in FINDERS:
        raise BadConfig(
            expected=f"a face finder that is here: {', '.join(FINDERS)}",
            got=repr(settings.name),
            fix="Crops found by another are taken with `barefaced data import`.",
        )
    return FINDERS[settings.name](settings, threads)


FINDERS: dict[str, Callable[[FinderSettings, int | None], FaceFinder]] = {"centerface": CenterFace}


def _to_network(
    rgb: UInt8[np.ndarray, "H W 3"], side: int
) -> tuple[Float32[np.ndarray, "1 3 _ _"], tuple[float, float]]:
    """The network's input, and its pixels per picture pixel in height and width (equal but for whole-pixel sizes)."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    high, wide = max(1, round(height * scale)), max(1, round(width * scale))
    if (high, wide) != (height, width):
        rgb = cv2.resize(rgb, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    blob = np.zeros((1, 3, high + -high % MULTIPLE, wide + -wide % MULTIPLE), np.float32)
    blob[0, :, :high, :wide] = rgb.transpose(2, 0, 1)
    return blob, (high / height, wide / width)


def _faces(
    heat: Float32[np.ndarray, "1 h w"],
    scale: Float32[np.ndarray, "2 h w"],
    offset: Float32[np.ndarray, "2 h w"],
    points: Float32[np.ndarray, "10 h w"],
    confidence: float,
    pixels: tuple[float, float],
    size: tuple[int, ...],
) -> list[Face]:
    """The network's four answers as faces in picture pixels. All its pairs are (y, x)."""
    row, column = np.nonzero(heat[0] >= confidence)
    cell = np.stack([row, column], axis=-1)
    sure = heat[0, row, column]
    sides = np.exp(scale[:, row, column].T) * STRIDE
    # The half cell makes edge coordinates. Mirrored pictures confirm it: x and mirrored x add up to W within 0.4 px.
    centre = (cell + offset[:, row, column].T + 0.5) * STRIDE
    # Landmarks count from the box's own corner, also where it lies outside the picture.
    corner = centre - sides / 2
    marks = corner[:, None] + points[:, row, column].T.reshape(-1, 5, 2) * sides[:, None]
    boxes = np.concatenate([corner, corner + sides], axis=-1).reshape(-1, 2, 2)
    # Edges to pixel centres: half a pixel less; then (y, x) to (x, y).
    boxes = (boxes / np.array(pixels) - 0.5)[..., ::-1].reshape(-1, 4)
    marks = (marks / np.array(pixels) - 0.5)[..., ::-1]
    height, width = size
    boxes = np.clip(boxes, -0.5, np.array([width, height, width, height]) - 0.5)
    return [
        Face(box=boxes[n].astype(np.float32), landmarks=marks[n].astype(np.float32), confidence=float(sure[n]))
        for n in _strongest(boxes, sure)
    ]


def _strongest(boxes: Float64[np.ndarray, "F 4"], sure: Float32[np.ndarray, " F"]) -> list[int]:
    """Positions of the boxes that no surer box covers, surest first: greedy non-maximum suppression."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.argsort(-sure, kind="stable")
    kept: list[int] = []
    while left.size:
        best, rest = left[0], left[1:]
        kept.append(int(best))
        corner = np.maximum(boxes[best, :2], boxes[rest, :2])
        shared = np.prod(np.clip(np.minimum(boxes[best, 2:], boxes[rest, 2:]) - corner, 0, None), axis=-1)
        left = rest[shared < OVERLAP * (area[best] + area[rest] - shared)]
    return kept
