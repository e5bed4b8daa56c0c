"""Forgeries beside the faces they were made of, to look at."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from barefaced.config.pictures import ForgeSettings
from barefaced.datasets.store import Store
from barefaced.pipelines.forge import Subject, Task, choose_lenders, forged_clips, summary
from barefaced.reports.gallery import Example, page

SHOWN = 12
"""People on the page."""


def gallery_page(
    faces: Store, forged: Store, people: Sequence[Subject], methods: dict, settings: ForgeSettings, seed: int
) -> str:
    """Return a page of real faces beside their forgeries, of people spread evenly over the source."""
    examples = []
    for n in np.linspace(0, len(people) - 1, min(SHOWN, len(people))).astype(int):
        subject = people[n]
        lent = choose_lenders(people, subject, methods, settings, seed)
        first = replace(subject, crops=subject.crops[:1], rows=subject.rows[:1])
        for name, clip in forged_clips(
            Task(first, lent, faces.path, forged.path, methods, settings, seed), faces
        ).items():
            real = faces.load(first.crops[0])
            examples.append(Example(name, subject.clip.origin, real, clip.pixels[0], clip.masks[0], clip.refused[0]))
    examples.sort(key=lambda example: list(methods).index(example.method))
    return page(f"Forgeries of {forged.path.name}", examples, summary(forged))
