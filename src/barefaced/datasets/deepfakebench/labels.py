"""DeepfakeBench's names of data sets and labels, and ours."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from barefaced.datasets.layouts import celeb_df, deeperforensics, df40, dfdc, dfdc_preview, faceforensics, uadfv
from barefaced.datasets.layouts.layout import Who
from barefaced.values.dataset import REAL, Clip
from barefaced.values.labels import label_of, method_of

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Set:
    """One of DeepfakeBench's data sets."""

    name: str
    dataset: str
    """Our name of it."""
    labels: dict[str, str]
    """Method to label. Any other method's label is METHOD_Fake."""
    levels: bool = False
    """Whether its JSON has the compression levels: FaceForensics++'s family alone."""


_FF = {"Deepfakes": "FF-DF", "Face2Face": "FF-F2F", "FaceSwap": "FF-FS", "NeuralTextures": "FF-NT"}
SETS = (
    Set("FaceForensics++", "faceforensics", {REAL: "FF-real", **_FF}, levels=True),
    *(Set(label, "faceforensics", {REAL: "FF-real", method: label}, levels=True) for method, label in _FF.items()),
    Set("FaceShifter", "faceforensics", {REAL: "FF-real", "FaceShifter": "FF-FH"}, levels=True),
    Set("DeepFakeDetection", "dfd", {REAL: "DFD_real", faceforensics.DFD: "DFD_fake"}, levels=True),
    Set("Celeb-DF-v1", "celeb_df_v1", {REAL: "CelebDFv1_real", "Celeb-synthesis": "CelebDFv1_fake"}),
    Set("Celeb-DF-v2", "celeb_df_v2", {REAL: "CelebDFv2_real", "Celeb-synthesis": "CelebDFv2_fake"}),
    Set("DFDC", "dfdc", {REAL: "DFDC_Real", "fake": "DFDC_Fake"}),
    Set("DFDCP", "dfdc_preview", {REAL: "DFDCP_Real", "method_A": "DFDCP_FakeA", "method_B": "DFDCP_FakeB"}),
    Set("UADFV", "uadfv", {REAL: "UADFV_Real", "fake": "UADFV_Fake"}),
    Set("DeeperForensics-1.0", "deeperforensics", {REAL: "DF_real", "end_to_end": "DF_fake"}),
)
_KNOWN = {label: (one.dataset, method) for one in SETS for method, label in one.labels.items()}
_DATASETS = {one.name: one.dataset for one in SETS}


def read_label(name: str, label: str, real: Collection[str] = ()) -> tuple[str, str, str]:
    """Read our data set, method and DF40's domain from the label `label` in the JSON of the data set `name`.

    Args:
        name: the data set, as the JSON calls it.
        label: DeepfakeBench's own, or any that `values.labels` knows.
        real: labels that somebody said are real.

    Returns:
        the method is empty where the label says neither real nor forged.
    """
    if label in _KNOWN and label not in real:
        return *_KNOWN[label], ""
    of_df40 = re.fullmatch(r"(.+)_(ff|cdf)", name)
    dataset = "df40" if of_df40 else _DATASETS.get(name, name)
    forged = label_of(label, real)
    if forged is None and (last := re.search(r"[_\-](real|fake)$", label, re.IGNORECASE)):
        forged = last[1].lower() != REAL  # DeepfakeBench's own form: METHOD_Fake, even of a method called real_swap
    if forged is None:
        return dataset, "", ""
    method = REAL if not forged else of_df40[1] if of_df40 else method_of(label, real)
    return dataset, method, of_df40[2] if of_df40 else ""


def read_people(dataset: str, method: str, name: str, domain: str, reals: set[str]) -> Who:
    """Read whose scene the video `name` is of, as the data set's own layout has it; else its own.

    Args:
        reals: names of the data set's real videos.
    """
    own = Who(f"{dataset}/{name}", f"{dataset}/{name}")
    if dataset in ("faceforensics", "dfd"):
        return faceforensics.who(name, method) or own
    if dataset in ("celeb_df_v1", "celeb_df_v2"):
        return celeb_df.who(dataset, name)
    if dataset == "dfdc":
        return dfdc.who(name)
    if dataset == "dfdc_preview":
        return dfdc_preview.who(name, method, reals)
    if dataset == "uadfv":
        return uadfv.who(name, method) or own
    if dataset == "deeperforensics":
        return deeperforensics.who(name, method) or own
    if dataset == "df40":
        return df40.who(name, domain) or own
    return own


def label_in(one: Set, method: str) -> str:
    return one.labels.get(method) or (f"{one.name}_Real" if method == REAL else f"{method}_Fake")


def sets_of(clip: Clip) -> list[Set]:
    """The JSON files that `clip` belongs into: a real clip of FaceForensics++ into FaceShifter's, too."""
    dataset = "dfd" if clip.dataset == "faceforensics" and "__" in clip.origin else clip.dataset
    known = [one for one in SETS if one.dataset == dataset and one.name not in _FF.values()]
    mine = [one for one in known if clip.method in one.labels] or known[:1]
    return mine or [Set(dataset, dataset, {}, levels=bool(clip.compression))]


def folder_of(one: Set, clip: Clip) -> str:
    """Where the frames, landmarks and masks of a clip lie, as DeepfakeBench arranges the data set."""
    if one.dataset in ("faceforensics", "dfd"):
        top = "original_sequences" if clip.method == REAL else "manipulated_sequences"
        inner = clip.method if clip.method != REAL else "youtube" if one.dataset == "faceforensics" else "actors"
        return f"FaceForensics++/{top}/{inner}/{clip.compression}"
    if one.dataset in ("celeb_df_v1", "celeb_df_v2") and clip.method == REAL:
        return f"{one.name}/{'YouTube-real' if clip.origin == clip.identity else 'Celeb-real'}"
    if one.dataset == "dfdc_preview" and clip.method == REAL:
        return f"{one.name}/original_videos"
    if one.dataset == "deeperforensics":
        return f"{one.name}/{'target_videos' if clip.method == REAL else f'manipulated_videos/{clip.method}'}"
    return "/".join(part for part in (one.name, clip.method, clip.compression) if part)
