"""Define: real rows by role, the gaps that a model finds in them, and the plan of what to make."""

from supplychain.define.actual import ENOUGH_RUNS, plan_against_actual
from supplychain.define.arrivals import Arrival, arrivals
from supplychain.define.gaps import check_gaps, find_gaps
from supplychain.define.land import check_rows, land
from supplychain.define.plan import make_plan, plan_ahead
from supplychain.define.source import source_columns

__all__ = [
    "ENOUGH_RUNS",
    "Arrival",
    "arrivals",
    "check_gaps",
    "check_rows",
    "find_gaps",
    "land",
    "make_plan",
    "plan_against_actual",
    "plan_ahead",
    "source_columns",
]
