"""SDMetrics' quality and diagnostic scores: figures that the field knows, where the package is installed.

They are shown and should decide nothing: a batch that a classifier nearly always tells from real rows may score 0.9.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl

    from supplychain.schema import Schema

_KINDS = {"integer": "numerical", "number": "numerical", "date": "datetime", "datetime": "datetime"}


def has_sdmetrics() -> bool:
    """Whether SDMetrics is installed; it comes with the extra `sdv`."""
    try:
        return find_spec("sdmetrics") is not None
    except ModuleNotFoundError:  # an importer that refuses it says so by raising
        return False


def report_scores(real: pl.DataFrame, other: pl.DataFrame, schema: Schema) -> dict[str, tuple[float, float]]:
    """SDMetrics' scores of a table, 0 to 1: `quality` and `diagnostic`, each with half the width of a 95% interval.

    The interval is that of a mean over columns, and over pairs of columns.

    Raises:
        ImportError: SDMetrics is not installed.
    """
    with _without("torch"), warnings.catch_warnings():  # one metric that is not used here would load it, for seconds
        warnings.simplefilter("ignore")
        from sdmetrics.reports.single_table import DiagnosticReport, QualityReport

    frames = [frame.select(schema.names).to_pandas() for frame in (real, other)]
    kinds = {column.name: {"sdtype": _KINDS.get(column.kind, "categorical")} for column in schema.columns}
    found = {}
    for name, report in (("quality", QualityReport()), ("diagnostic", DiagnosticReport())):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            report.generate(*frames, {"columns": kinds}, verbose=False)
        found[name] = float(report.get_score()), _margin(report)
    return found


class _Hidden(MetaPathFinder):
    """Finds nothing, and says so, for one package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == self._package:
            raise ModuleNotFoundError(fullname, name=fullname)


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Let imports do without a package that is not loaded yet."""
    hidden = _Hidden(package)
    sys.meta_path.insert(0, hidden)
    try:
        yield
    finally:
        sys.meta_path.remove(hidden)


def _margin(report: Any) -> float:  # noqa: ANN401  (a report of SDMetrics)
    """The score is the mean of its properties, each the mean of what its details list."""
    details: list[pd.Series] = [report.get_details(name)["Score"] for name in report.get_properties()["Property"]]
    variances = [float(scores.var() / len(scores)) for scores in details if len(scores) > 1]
    return float(1.96 * sum(variances) ** 0.5 / max(len(details), 1))
