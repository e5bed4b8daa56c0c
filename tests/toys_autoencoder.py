"""Files of an autoencoder that has learnt nothing: small random weights, a grey picture about."""

from pathlib import Path

import numpy as np
import safetensors.numpy

from barefaced.forgery.methods.latent_swap_network import decoder, encoder
from barefaced.forgery.network_training import shapes


def write_weights(folder: Path, seed: int = 0) -> Path:
    """Write both files into `folder`, in half precision as they are published."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, make in (("encoder", encoder), ("decoder", decoder)):
        generator = np.random.default_rng((seed, len(part)))
        tensors = {}
        for name, shape in shapes(make).items():
            wide = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
            wide *= 0.3 if name.endswith(("conv.4.weight", "pool.3.weight")) else 1.0
            middle = 0.5 if name == "19.bias" else float(name.endswith("pool.1.weight"))
            tensors[name] = (middle + generator.normal(size=shape) * wide).astype(np.float16)
        if part == "decoder":
            tensors["19.weight"] *= np.float16(0.1)
        safetensors.numpy.save_file(tensors, folder / f"taef2_{part}.safetensors")
    return folder
