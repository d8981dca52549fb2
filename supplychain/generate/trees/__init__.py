"""`trees`, our own synthesizer: sequential trees that are pruned on other people than they were grown on.

`model.py` is the synthesizer. Fitting: `tokens.py` (values that people share), `fitting.py` (the order of columns),
`growing.py` (their trees), `likeness.py` (columns that are often another), `people.py` (people with several rows).
Drawing: `forest.py`, `drawing.py` (column by column, by the rules), `streams.py`, `conditions.py` (slices).
"""

from supplychain.generate.trees.model import Trees

__all__ = ["Trees"]
