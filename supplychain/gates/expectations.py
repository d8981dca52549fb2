"""Expectations that Great Expectations has not: a SQL rule over a row, and a limit on evidence.

Importing this module registers them. It costs seconds (all of Great Expectations): import it inside functions.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pandas as pd
import polars as pl
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    Expectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.map_metric_provider import (
    MulticolumnMapMetricProvider,
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.expectations.registry import (
    get_expectation_impl,
    list_registered_expectation_implementations,
)

from supplychain.gates.judging import TYPES
from supplychain.gates.outcomes import in_words, is_number, known, outcome, span
from supplychain.ledger.verdicts import FAIL, OUTCOMES, PASS

if TYPE_CHECKING:
    from supplychain.gates.suite import Rule


class _SqlRule(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.sql_rule"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_list",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )
    condition_value_keys = ("rule",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_list: pd.DataFrame, rule: str, **_: Any) -> pd.Series:  # noqa: ANN401
        once = column_list.loc[:, ~column_list.columns.duplicated()]
        rows = pl.from_pandas(once).with_columns(pl.col(pl.Categorical).cast(pl.String))
        types = {name: dtype for name, dtype in once.attrs.get(TYPES, {}).items() if name in rows.columns}
        restored = (
            pl.lit(None, dtype).alias(name) if rows[name].null_count() == rows.height else pl.col(name).cast(dtype)
            for name, dtype in types.items()
        )
        kept = rows.with_columns(restored).select(pl.sql_expr(rule).fill_null(value=True).alias("kept"))["kept"]
        return pd.Series(kept.to_numpy(), index=column_list.index)


class ExpectRowsToSatisfySql(MulticolumnMapExpectation):
    """Expect every row to satisfy a SQL condition; a condition that is null for a row holds."""

    rule: str
    ignore_row_if: str = "never"  # the default would skip rows that miss every named value
    map_metric: ClassVar[str] = "multicolumn_values.sql_rule"
    success_keys: ClassVar[tuple[str, ...]] = ("rule", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_list", "rule")


class _EvidenceOf(TableMetricProvider):
    metric_name = "table.evidence_of"
    value_keys = ("metric", "scope")

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,  # noqa: ANN401
    ) -> list[dict[str, Any]]:
        frame, _domain, _accessor = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        chosen = frame[frame["metric"] == metric_value_kwargs["metric"]]
        if metric_value_kwargs["scope"] != "*":
            chosen = chosen[chosen["scope"] == metric_value_kwargs["scope"]]
        rows: list[dict[str, Any]] = chosen.to_dict("records")
        return rows


class ExpectEvidenceToBeBetween(BatchExpectation):
    """Expect a measurement to lie between two limits: surely, or by its value or one end of its interval alone.

    With `bound: surely` there are three outcomes: pass where the whole interval lies within the limits, fail where the
    whole of it lies without, inconclusive else. A metric that nobody measured, and a measurement that is no number,
    fail. The scope `*` means every scope, and the worst outcome of them.
    """

    metric: str
    scope: str = "all"
    bound: Literal["surely", "value", "low", "high"] = "surely"
    min_value: float | None = None
    max_value: float | None = None
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.evidence_of",)
    success_keys: ClassVar[tuple[str, ...]] = ("metric", "scope", "bound", "min_value", "max_value")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "row_condition", "condition_parser")
    args_keys: ClassVar[tuple[str, ...]] = ("metric", "scope")

    def _validate(self, metrics: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ANN401
        found = metrics["table.evidence_of"]
        spans = {str(row["scope"]): span(row["value"], row["low"], row["high"], self.bound) for row in found}
        outcomes = {scope: outcome(ends, self.min_value, self.max_value) for scope, ends in spans.items()}
        worst = max(outcomes.values(), key=OUTCOMES.index, default=FAIL)
        shown = {scope: ends for scope, ends in spans.items() if worst == PASS or outcomes[scope] == worst}
        figures = {str(row["scope"]): float(row["value"]) for row in found if is_number(row["value"])}
        return {
            "success": worst == PASS,
            "result": {
                "observed_value": in_words(shown, figures, worst),
                "details": {
                    "outcome": worst,
                    "figures": figures,
                    "spans": {s: known(ends) for s, ends in spans.items()},
                },
            },
        }


@cache
def known_types() -> frozenset[str]:
    """Every registered expectation type, ours among them."""
    return frozenset(list_registered_expectation_implementations())


@cache
def known_arguments(expectation_type: str) -> frozenset[str]:
    """The arguments that an expectation type takes, without those of its entry (id, meta, severity, ...)."""
    entry = {
        "id",
        "meta",
        "notes",
        "result_format",
        "description",
        "catch_exceptions",
        "rendered_content",
        "severity",
    }
    return frozenset(get_expectation_impl(expectation_type).__fields__) - entry


def build(rule: Rule) -> Expectation:
    """The rule as an expectation object.

    Raises:
        Exception: Whatever Great Expectations finds wrong with it.
    """
    configuration = ExpectationConfiguration(
        type=rule.type, kwargs=dict(rule.kwargs), severity=rule.severity, meta={"id": rule.id}
    )
    return configuration.to_domain_obj()
