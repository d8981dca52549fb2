"""Gates: Great Expectations is the only judge, of rows and of evidence alike.

Suites are the files `expectations/<product>/{real,synthetic,evidence}.yaml`; every threshold stands there.
"""

from supplychain.gates.derived import Derivation, derivations, repaired
from supplychain.gates.judgement import Judgement, Verdict
from supplychain.gates.judging import judge
from supplychain.gates.native import kept_rows, row_conditions, unread
from supplychain.gates.pieces import Hearing, row_wise
from supplychain.gates.suite import SUITES, Rule, Suite, declared_gates, read_suite, suite_hash
from supplychain.gates.waiving import revoke, waive

__all__ = [
    "SUITES",
    "Derivation",
    "Hearing",
    "Judgement",
    "Rule",
    "Suite",
    "Verdict",
    "declared_gates",
    "derivations",
    "judge",
    "kept_rows",
    "read_suite",
    "repaired",
    "revoke",
    "row_conditions",
    "row_wise",
    "suite_hash",
    "unread",
    "waive",
]
