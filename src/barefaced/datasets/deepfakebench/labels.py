"""DeepfakeBench's names of data sets and labels, and ours."""

import re
from dataclasses import dataclass

from barefaced.datasets.layouts import celeb_df, deeperforensics, df40, dfdc, dfdc_preview, faceforensics, uadfv
from barefaced.datasets.layouts.layout import Who
from barefaced.values.dataset import REAL, Clip

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


def meant(name: str, label: str) -> tuple[str, str, str]:
    """Our data set, method and DF40's domain of the label `label` in the JSON of the data set `name`.

    A label that is not DeepfakeBench's own is real when its last word says so, else a method by its name.
    """
    if label in _KNOWN:
        return *_KNOWN[label], ""
    words = re.split(r"[_\-]", label)
    method = re.sub(r"[_\-]?fake$", "", label, flags=re.IGNORECASE) or "fake"
    of_df40 = re.fullmatch(r"(.+)_(ff|cdf)", name)
    if of_df40 is not None:
        return "df40", REAL if words[-1].lower() == REAL else of_df40[1], of_df40[2]
    return _DATASETS.get(name, name), REAL if words[-1].lower() == REAL else method, ""


def whose(dataset: str, method: str, name: str, domain: str, reals: set[str]) -> Who:
    """Whose scene the video `name` is of, as the data set's own layout has it; else its own.

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


def label_of(one: Set, method: str) -> str:
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
