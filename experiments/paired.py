"""Numbers of repeated runs, as they stand in a table: mean and spread, and differences paired by what was the same."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import t as student_t


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Mean and, of two or more, standard deviation; empty where there is no value."""
    if not values:
        return ""
    return f"{np.mean(values):.{digits}f}" + (f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else "")


def paired(values: Sequence[float]) -> str:
    """Mean, standard deviation, and the 95 % interval of Student's t."""
    if len(values) < 2:
        return f"{np.mean(values):+.3f}" if values else ""
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(student_t.ppf(0.975, len(values) - 1)) * sd / len(values) ** 0.5
    return f"{mean:+.3f} ± {sd:.3f} [{mean - half:+.3f}, {mean + half:+.3f}]"


def rows_of(lines: Sequence[Mapping[str, str]]) -> str:
    """A Markdown table; the columns are the first line's."""
    names = list(lines[0])
    head = "| " + " | ".join(names) + " |\n|" + "---|" * len(names)
    return head + "".join("\n| " + " | ".join(line[name] for name in names) + " |" for line in lines)
