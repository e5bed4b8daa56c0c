"""What a label or a folder's name says: real, forged, or nothing. One rule for every list, folder and score file.

A name is split into words at everything but letters and digits, and at camel case: `YouTube-real`, `real_videos`,
`FF-real` and `CelebReal` are real; `DFDC_Fake` and `manipulated_sequences` are forged. Words of both kinds
(`real_vs_fake`), a denial (`not_real`) and names that hold none of the words say nothing: people are asked.
"""

import difflib
import re
from collections.abc import Collection, Mapping

from barefaced.errors import BadConfig
from barefaced.values.dataset import REAL

FAKE = "fake"
"""The method of a forgery whose method nobody names."""
_REAL = frozenset({"real", "reals", "original", "originals", "pristine", "authentic", "genuine", "youtube", "actors"})
_FORGED = frozenset(
    {"fake", "fakes", "forged", "forgery", "forgeries", "manipulated", "synthesis", "synthetic", "tampered"}
)
_THINGS = frozenset({"videos", "video", "images", "image", "pictures", "faces", "frames", "sequences", "data", "set"})
"""Words that name no method."""
_DENIED = frozenset({"not", "non", "no", "un"})
_TRUTH = {"0": False, "0.0": False, "false": False, "1": True, "1.0": True, "true": True}
"""Only as a whole label: in `real-1` or `method_0` a number counts something else."""
_PUBLISHED = """
deepfake deepfakes deepfakedetection face2face faceswap faceshifter neuraltextures simswap inswapper blendface uniface
mobileswap facedancer deepfacelab fsgan fomm wav2lip mraa pirender tpsm tpsmm lia dagan sadtalker mcnet hyperreenact
heygen facevid2vid vqgan stylegan stylegan2 stylegan3 ddim ddpm rddm dit sit pixart midjourney midjourney6 collabdiff
e4e e4s stargan starganv2 styleclip whichfaceisreal whichisreal
"""
_METHODS = frozenset(_PUBLISHED.split())
"""Published forgery methods. A data set may be called so, too: a word for real weighs more (`Deepfakes-real`)."""


def words_of(name: str) -> list[str]:
    """Split a name into its words, in lower case; a method's name stays one word."""
    joined = re.sub(r"(deep)[ _-]?(fake)", r" \1\2", name, flags=re.IGNORECASE)
    words: list[str] = []
    for part in re.findall(r"[A-Za-z0-9]+", joined):
        if part.lower() in _METHODS | _REAL:  # YouTube and DeepFakes are one word each
            words.append(part.lower())
        else:
            words += [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", part)]
    return words


def label_of(name: str, real: Collection[str] = ()) -> bool | None:
    """Read what a label or a folder's name says.

    Args:
        name: a label as somebody wrote it, in any case.
        real: names that somebody said are real. They are then, whatever they look like, 0 and 1 mean nothing of
            themselves, and a name that the rule does not know is forged.

    Returns:
        True for forged, False for real, None where the name does not say.
    """
    whole = name.strip()
    if whole in real:
        return False
    if whole.lower() in _TRUTH:
        return True if real else _TRUTH[whole.lower()]
    words = set(words_of(whole))
    says_real, says_forged = bool(words & _REAL), bool(words & _FORGED)
    if says_real != says_forged and not words & _DENIED:
        return says_forged
    if words & _METHODS and not says_real and not words & _DENIED:
        return True
    return True if real else None


def method_of(label: str, real: Collection[str] = ()) -> str:
    """Name the method that a label stands for: `real`, a forgery method, or `fake` where it names none."""
    if label_of(label, real) is False:
        return REAL
    words = {word for word in words_of(label) if not word.isdecimal()}
    bare = re.sub(r"(?<=.)[_\-]fake$", "", label.strip(), flags=re.IGNORECASE)
    if bare == label.strip() and (bare.lower() in _TRUTH or (words and words <= _FORGED | _THINGS | {"deepfake"})):
        return FAKE
    return bare


def is_only_real(name: str) -> bool:
    """Whether a name holds nothing but words for real; `real_esrgan` may still be a forgery method."""
    words = set(words_of(name))
    return bool(words) and words <= _REAL


def check_named(real: Collection[str], labels: Collection[str], what: str) -> None:
    """Refuse names in `--real` that are no label of `what`.

    Raises:
        BadConfig: by name.
    """
    for name in real:
        if name not in labels:
            near = difflib.get_close_matches(name, labels, 2, 0.5)
            raise BadConfig(
                expected=f"--real among the labels of {what}: {', '.join(labels) or 'none'}",
                got=repr(name),
                fix=f"Did you mean {' or '.join(near)}?" if near else "Write it as it stands there.",
            )


def unknown_labels(counts: Mapping[str, int], what: str) -> BadConfig:
    """Ask for labels that say neither real nor forged, as an error to raise.

    Args:
        counts: how many files each of them has.
        what: what the labels are of, for the message.
    """
    return BadConfig(
        expected=f"labels that say real or forged in {what}",
        got=", ".join(f"{label!r} ({count})" for label, count in counts.items()),
        fix="Name those that are real, --real NAME,NAME; the others of these are then forgeries.",
    )


def counted_labels(kinds: Mapping[str, tuple[int, str]]) -> str:
    """Write how many files each label has and the method that it was taken for, as one line."""
    parts = []
    for label, (count, method) in sorted(kinds.items()):
        kind = REAL if method == REAL else "forged" if method in (FAKE, label) else f"forged by {method}"
        parts.append(f"{label}: {count} {kind}")
    return "labels taken for: " + ", ".join(parts)
