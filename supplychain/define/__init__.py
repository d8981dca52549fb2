"""Define: real rows by role, the gaps that a model finds in them, and the plan of what to make."""

from supplychain.define.gaps import check_gaps, find_gaps
from supplychain.define.land import check_rows, land
from supplychain.define.plan import make_plan
from supplychain.define.source import source_columns

__all__ = ["check_gaps", "check_rows", "find_gaps", "land", "make_plan", "source_columns"]
