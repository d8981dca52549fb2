"""Generate: fit a synthesizer on real `train` rows, and sample the candidates that the plan asks for.

Example:
    >>> import polars as pl
    >>> from supplychain.generate import synthesizer
    >>> model = synthesizer("marginals").fit(pl.DataFrame({"age": [65, 70, 81], "sex": ["f", "m", "f"]}), seed=1)
    >>> model.sample(2, seed=7, where="sex = 'f'")["sex"].to_list()
    ['f', 'f']
"""

from supplychain.generate.batches import stale_work
from supplychain.generate.candidates import sample_candidates
from supplychain.generate.fit import fit_synthesizer
from supplychain.generate.synthesizer import Synthesizer, installed, synthesizer

__all__ = ["Synthesizer", "fit_synthesizer", "installed", "sample_candidates", "stale_work", "synthesizer"]
