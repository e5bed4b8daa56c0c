"""Real faces in a store into a store of them and of their forgeries; and the same while a run trains.

Joins the wings: landmarks that faces found, stores and splits of datasets, the methods of forgery.

    subjects         whose faces are forged and lent
    learn_methods    which methods, and what the learned ones have learnt
    forge_store      into a store
    online           while a run trains
"""

from barefaced.pipelines.forge.forge_store import Task, chain_store, forge_store, forged_clips, summary
from barefaced.pipelines.forge.learn_methods import chosen_methods, networks, ready
from barefaced.pipelines.forge.online import OnlineForger
from barefaced.pipelines.forge.subjects import Subject, choose, choose_lenders, list_subjects, parts_of

__all__ = [
    "OnlineForger",
    "Subject",
    "Task",
    "chain_store",
    "choose",
    "choose_lenders",
    "chosen_methods",
    "forge_store",
    "forged_clips",
    "list_subjects",
    "networks",
    "parts_of",
    "ready",
    "summary",
]
