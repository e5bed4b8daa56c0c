"""Dense landmarks: the 468 points of a face mesh on an aligned crop.

Alphabet: S side of the square crop, N crops. Crops are RGB uint8, made with the margin 1.3 around ArcFace's template.
Points are (x, y, z) in the crop's pixels in MediaPipe's order; a pixel's centre is a whole number; z grows away from
the camera and has no fixed zero; left and right are as seen in the picture.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.faces.sandbox.signal_stack import kept_signal_stack
from barefaced.runtime.model_packages import locate
from barefaced.runtime.silent_openvino import openvino

POINTS = 468
SIDE = 192
"""Of the network's input, in pixels."""
CENTRE = 0.9
"""Part of the crop's side that the network is given. On 300 photographs at 128 px, for the whole crop and for 0.9 of
it: moved by 4 px the points change by 1.00 and 0.86 px, mirrored by 1.97 and 1.65 px, and they lie 4.6 and 4.5 px from
the template's five; 0.8 is as steady and loses more faces."""
PRESENCE = 0.0
"""Presence logit that a face is over. Over it are 0.2 % of 1,100 patches of cats, walls, print and noise, all of the
crops of 749 UTKFace photographs, and 94 % of 613 crops of faces in the wild."""


class FaceMesh:
    """MediaPipe FaceMesh (Kartynnik, Ablavatski, Grishchenko, Grundmann, "Real-time Facial Surface Geometry from
    Monocular Video on Mobile GPUs", 2019).

    The network is given the centre of the crop at 192 px, RGB in [0, 1].

    Args:
        threads: CPU threads; None leaves the choice to OpenVINO.

    Raises:
        MissingWeights: no model package.
        UntrustedWeights: the package's file is not the one we know.
    """

    def __init__(self, threads: int | None = None) -> None:
        # As for the face finder: the same numbers on every machine.
        options: dict[str, object] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        core = openvino.Core()
        with kept_signal_stack():
            self._network = core.compile_model(core.read_model(locate("face_mesh")), "CPU", options)

    def find(self, rgb: UInt8[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "468 3"] | None:
        """The points of the crop's face; None where the network sees no face. They may lie outside the crop."""
        points, presence = self.look(rgb)
        return points if presence > PRESENCE else None

    def find_many(self, crops: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Float32[np.ndarray, "468 3"] | None]:
        """`find` of every crop, in their order; sizes may differ."""
        return [self.find(rgb) for rgb in crops]

    def look(self, rgb: UInt8[np.ndarray, "S S 3"]) -> tuple[Float32[np.ndarray, "468 3"], float]:
        """The points whether or not they are a face's, and the presence logit."""
        side = rgb.shape[0]
        scale = SIDE / (CENTRE * side)
        # Maps the crop's centre to the network's; beyond the crop's border it is never asked.
        shift = (SIDE - 1) / 2 - scale * (side - 1) / 2
        matrix = np.array([[scale, 0, shift], [0, scale, shift]])
        flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        blob = cv2.warpAffine(rgb, matrix, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
        found = self._network.create_infer_request().infer(blob[None].astype(np.float32) / 255)
        points = found[0].reshape(POINTS, 3) / scale
        # The network counts from its input's edge: mirrored pictures agree so within 0.05 px of a 128 px crop.
        points[:, :2] += (side - SIDE / scale) / 2 - 0.5
        return points, float(found[1].item())
