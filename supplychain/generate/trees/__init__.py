"""`trees`, our own synthesizer: sequential trees that are pruned on other people than they were grown on.

`model.py` is the synthesizer. Fitting: `tokens.py` (values that people share), `fitting.py` (the order of columns),
`growing.py` and `pruning.py` (their trees), `likeness.py` (columns that are often another), `people.py` (people with
several rows), `ratio.py` and `boosting.py` (which drawn rows are taken).
Drawing: `forest.py`, `drawing.py` (column by column, by the rules), `runs.py`, `streams.py`, `conditions.py` (slices).
"""

from supplychain.generate.trees.model import Trees

__all__ = ["Trees"]
