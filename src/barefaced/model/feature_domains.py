"""Where a model's training crops lie in its feature space: which forgeries a face is nearest to, and whether to any.

Alphabet: B crops, C channels of the pooled features, D domains (`real` and the forgery methods), G K S as in `tensors`.

Each domain is a normal distribution with its own mean and a covariance shared by all (Lee et al., "A Simple Unified
Framework for Detecting Out-of-Distribution Samples", NeurIPS 2018), shrunk towards a sphere because there may be fewer
crops than channels (Ledoit & Wolf, J. Multivariate Analysis 88, 2004). The distance is Mahalanobis.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from einops import rearrange
from jaxtyping import Float, Float32, Float64, UInt8
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from sklearn.covariance import ledoit_wolf

from barefaced.errors import CheckpointError
from barefaced.model.student import Student
from barefaced.values.card import DomainsCard
from barefaced.values.tensors import GroupBatch

ARRAYS = ("means", "covariance")
MOST = 6000
"""Training crops measured: 512 channels need some thousands, and more cost minutes."""
LEAST = 2
"""Crops of a domain under which it has no mean worth the name."""
QUANTILE = 0.99


@dataclass(frozen=True)
class Domains:
    """The domains' means, their shared covariance, and what distance is usual."""

    card: DomainsCard
    means: Float32[np.ndarray, "D C"]
    covariance: Float32[np.ndarray, "C C"]

    def arrays(self) -> dict[str, Float32[np.ndarray, "..."]]:
        """Give what a weights file holds, by name."""
        return {name: getattr(self, name) for name in ARRAYS}

    @cached_property
    def _root(self) -> Float64[np.ndarray, "C C"]:
        try:
            return cholesky(self.covariance.astype(np.float64), lower=True)
        except (LinAlgError, ValueError) as e:
            raise CheckpointError(
                expected="feature statistics with a positive covariance", got=str(e), fix="Train the model again."
            ) from e

    def distances(self, features: Float[np.ndarray, "B C"]) -> Float64[np.ndarray, "B D"]:
        """Mahalanobis distance of each crop to each domain's mean.

        Raises:
            CheckpointError: the covariance is none.
        """
        away = rearrange(features.astype(np.float64), "b c -> b 1 c") - self.means.astype(np.float64)
        whitened = solve_triangular(self._root, rearrange(away, "b d c -> c (b d)"), lower=True)
        return rearrange(np.linalg.norm(whitened, axis=0), "(b d) -> b d", d=len(self.means))


def measure(
    student: Student,
    training: Iterable[GroupBatch],
    held_out: Iterable[UInt8[np.ndarray, "B S S 3"]],
    held_out_name: str,
) -> Domains | None:
    """Means, covariance and usual distance of a trained student's features. To be called once, when training ends.

    The usual distance is measured on crops that the student has not learnt: those it has learnt lie closer to their
    means than any other ever will. Where there are none it is measured on the training crops, and the card says so.

    Args:
        training: the batches trained on; the first `MOST` crops of them are looked at.
        held_out: validation crops.
        held_out_name: of them, for the card.

    Returns:
        None where no two domains have `LEAST` crops.
    """
    parts_by_name: dict[str, list[Float32[np.ndarray, "B C"]]] = {}
    seen = 0
    for batch in training:
        crops = rearrange(batch.images[batch.present], "b c h w -> b h w c").cpu().numpy()
        names = np.broadcast_to(np.array(batch.methods, object), tuple(batch.present.shape))[
            batch.present.cpu().numpy()
        ]
        features = student.look(crops)[1]
        for name in batch.methods:
            parts_by_name.setdefault(name, []).append(features[names == name])
        seen += len(crops)
        if seen >= MOST:
            break
    by_name = {name: np.concatenate(parts).astype(np.float64) for name, parts in parts_by_name.items()}
    by_name = {name: features for name, features in by_name.items() if len(features) >= LEAST}
    if len(by_name) < 2:
        return None
    means = np.stack([features.mean(axis=0) for features in by_name.values()])
    centred = np.concatenate([features - mean for features, mean in zip(by_name.values(), means, strict=True)])
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    card = DomainsCard(
        names=tuple(by_name),
        counts=tuple(map(len, by_name.values())),
        shrinkage=float(shrinkage),
        usual_on=held_out_name,
    )
    domains = Domains(card, means.astype(np.float32), covariance.astype(np.float32))
    others = [student.look(crops)[1] for crops in held_out if len(crops)]
    nearest = domains.distances(np.concatenate(others or list(by_name.values()))).min(axis=1)
    usual = float(np.quantile(nearest, QUANTILE))
    on = held_out_name if others else "the training crops themselves: too small"
    return Domains(
        DomainsCard(card.names, card.counts, card.shrinkage, usual, f"{len(nearest)} crops of {on}"),
        domains.means,
        domains.covariance,
    )
