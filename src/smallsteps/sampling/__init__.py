"""Teacher × questions → corpus: asked fast, kept in a store, never paid twice, never beyond the budget."""

from smallsteps.sampling.budget import Caps, Price, parse_price
from smallsteps.sampling.factory import make_teacher
from smallsteps.sampling.plan import Settings, make_plan
from smallsteps.sampling.sample import Outcome, corpus, sample, sample_directly
from smallsteps.sampling.sampler import StopSignal
from smallsteps.sampling.store import Store

__all__ = [
    "Caps",
    "Outcome",
    "Price",
    "Settings",
    "StopSignal",
    "Store",
    "corpus",
    "make_plan",
    "make_teacher",
    "parse_price",
    "sample",
    "sample_directly",
]
