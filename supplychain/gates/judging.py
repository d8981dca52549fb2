"""Run a suite on a frame with Great Expectations."""

from __future__ import annotations

import logging
import warnings
from math import isfinite
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import SupplyChainError, one_line
from supplychain.gates.judgement import Judgement, Verdict, in_rows, of_two
from supplychain.gates.natively import judge_natively
from supplychain.gates.rule import EVIDENCE_RULE
from supplychain.ledger.verdicts import FAIL

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from supplychain.gates.natively import Found
    from supplychain.gates.rule import Rule, Suite

TYPES = "supplychain.types"
"""The attribute of the judged frame that says what its columns were, where missing values have hidden it."""
LOW_CARDINALITY = 1_000
"""Text columns with at most this many values go to the judge as categories: half the time at a million rows."""


def judge(frame: pl.DataFrame, suite: Suite, *, natively: bool = True) -> Judgement:
    """What a suite says of a frame.

    Great Expectations is the judge. Row rules of which it is known what it would say of each row are answered without
    it, in a tenth of the time; a property test holds both against one another.

    A rule whose evaluation raises has failed and is critical, whatever severity it was given: its verdict is
    unknown. Every declared rule comes back with a verdict, or this raises.

    Args:
        frame: The rows, or the evidence.
        suite: The rules, read by `read_suite`.
        natively: Whether rules may be answered without Great Expectations.

    Raises:
        SupplyChainError: Great Expectations returned other than one result a rule.
    """
    known = judge_natively(frame, suite) if natively else {}
    rest = suite.with_rules(rule for rule in suite.rules if rule.id not in known)
    found = known | (_by_the_judge(frame, rest) if rest.rules else {})
    verdicts = tuple(found[rule.id][0] for rule in suite.rules)
    named = [{rule.id: found[rule.id][1] for rule in suite.rules if rule.doubts is doubts} for doubts in (False, True)]
    return Judgement(suite, verdicts, *({name: rows for name, rows in each.items() if rows} for each in named))


def _by_the_judge(frame: pl.DataFrame, suite: Suite) -> dict[str, Found]:
    """The verdicts of Great Expectations, and the positions of the rows that it names, by rule id."""
    results = {result.expectation_config.meta["id"]: result for result in _validate(frame, suite)}
    missing = [rule.id for rule in suite.rules if rule.id not in results]
    if missing or len(results) != len(suite.rules):
        raise SupplyChainError(f"{suite.file}: the judge returned no verdict on {', '.join(missing)}")
    return {
        rule.id: (
            _verdict(rule, results[rule.id], frame.height, strict=suite.strict),
            tuple(sorted(int(i) for i in results[rule.id].result.get("unexpected_index_list") or ())),
        )
        for rule in suite.rules
    }


def _validate(frame: pl.DataFrame, suite: Suite) -> Iterable[Any]:
    """One context a call: a data source that two threads share gives wrong results without a word."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from supplychain.gates.expectations import build

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    definition = context.data_sources.add_pandas("frame").add_dataframe_asset("frame")
    batch = definition.add_batch_definition_whole_dataframe("frame").get_batch({"dataframe": _for_the_judge(frame)})
    expectations = gx.ExpectationSuite(name=suite.name)
    # Never through the constructor: it drops what it cannot read.
    expectations.expectations = [build(rule) for rule in suite.rules]
    # Positions, not copies, of every failing row; the lists of values are cut at 200 and not used.
    with warnings.catch_warnings():
        # A condition on one column names it twice: see `read_suite`.
        warnings.filterwarnings("ignore", "DataFrame columns are not unique")
        results: list[Any] = batch.validate(
            expectations, result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False}
        ).results
    return results


def _for_the_judge(frame: pl.DataFrame) -> pd.DataFrame:
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    few = [name for name in texts if frame[name].n_unique() <= LOW_CARDINALITY]
    rows = frame.with_columns(pl.col(few).cast(pl.Categorical)).to_pandas()
    # A whole number beside a missing one comes as a float, and a column of missing values as anything.
    hidden = [name for name in frame.columns if frame[name].null_count()]
    rows.attrs[TYPES] = {name: dtype for name in hidden if _is_hidden(dtype := frame[name].dtype, frame[name])}
    return rows


def _is_hidden(dtype: pl.DataType, values: pl.Series) -> bool:
    return dtype.is_integer() or values.null_count() == len(values)


def _verdict(rule: Rule, result: Any, height: int, *, strict: bool) -> Verdict:  # noqa: ANN401  (a result of GX)
    raised = _raised(result.exception_info)
    if raised:
        critical = type(rule)(**{**rule.__dict__, "severity": "critical"})
        return Verdict(critical, FAIL, f"could not be evaluated: {raised}", evaluated=False)
    details, held = result.result, of_two(held=bool(result.success))  # a quantile one answers with numpy's bool
    if "unexpected_count" not in details:
        return _of_the_table(rule, held, details, strict=strict)
    count, rows = int(details["unexpected_count"] or 0), int(details.get("element_count", height))
    considered = rows - int(details.get("missing_count") or 0)
    return Verdict(rule, held, in_rows(count, rows), count, rows, considered)


def _of_the_table(rule: Rule, held: str, details: dict[str, Any], *, strict: bool) -> Verdict:
    """The verdict of a rule that is not about single rows; one on evidence brings its own outcome and figures."""
    found, more = details.get("observed_value"), details.get("details") or {}
    known = {"all": float(found)} if isinstance(found, int | float) and isfinite(found) else {}
    own = more if rule.type == EVIDENCE_RULE else {}
    return Verdict(
        rule,
        own.get("outcome", held),
        one_line(str(found)),
        figures=own.get("figures", known),
        spans=own.get("spans", {}),
        strict=strict,
    )


def _raised(info: dict[str, Any]) -> str:
    """The message of an exception; the information has two shapes, with and without a level of metric ids."""
    shapes = [info, *(value for value in info.values() if isinstance(value, dict))]
    messages = [str(shape.get("exception_message")) for shape in shapes if shape.get("raised_exception")]
    return one_line(messages[0].strip().partition("\n")[0]) if messages else ""
