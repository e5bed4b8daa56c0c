"""Real faces in a store into a store of them and of their forgeries; and the same while a run trains.

Joins the wings: landmarks that vision found, stores and splits of datasets, the methods of forgery.

    sitters     whose faces are forged and lent        methods     which methods, and what the learned ones have learnt
    store       into a store                           online      while a run trains
"""

from barefaced.forging.methods import chosen_methods, networks, ready
from barefaced.forging.online import OnlineForger
from barefaced.forging.sitters import Sitter, choose, parts_of, sitters
from barefaced.forging.store import Task, chain_store, forge_store, forged_clips, summary

__all__ = [
    "OnlineForger",
    "Sitter",
    "Task",
    "chain_store",
    "choose",
    "chosen_methods",
    "forge_store",
    "forged_clips",
    "networks",
    "parts_of",
    "ready",
    "sitters",
    "summary",
]
