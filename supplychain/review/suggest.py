"""Reasons that repeat become rules: an expectation that would have refused those rows, for a person to accept."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import BadInput
from supplychain.gates import read_suite
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from supplychain.chain import Chain
    from supplychain.review.verdict import Verdict

LEAST = 3
"""Rows with the same reason that make a pattern; two may be chance."""
REAL_BROKEN = 0.005
"""The share of real rows that a suggested rule may refuse: what real people are is no defect."""
COVERED = 0.6
"""The share of the rows with a reason that a rule has to refuse."""


@dataclass(frozen=True)
class Suggestion:
    """A rule that people's rejections suggest.

    Attributes:
        id: Its id in the suite, once it is accepted.
        rule: A SQL condition that a row has to keep.
        reason: The reason that the rows have in common.
        refused: Rejected rows that it would have refused.
        of: Rejected rows with that reason.
        accepted: Accepted rows of the window that it would refuse too.
        real: The share of real rows of role train that break it.
    """

    id: str
    rule: str
    reason: str
    refused: int
    of: int
    accepted: int
    real: float

    def as_yaml(self) -> str:
        """The entry of a suite."""
        why = (
            f"Reviewers rejected {self.of} rows as {self.reason}; "
            f"{self.refused} of them break this, {self.real:.2%} of real rows do."
        )
        rule = self.rule.replace("'", "''")
        return (
            "\n  - type: expect_rows_to_satisfy_sql\n"
            f"    kwargs: {{rule: '{rule}', mostly: {1 - max(2 * self.real, 0.01):.3f}}}\n"
            "    severity: critical\n"
            f'    meta: {{id: {self.id}, why: "{why}"}}\n'
        )


def suggestions(chain: Chain, window: str, found: Verdict) -> list[Suggestion]:
    """A rule for each reason that at least three rejected rows have in common, where a short one is there.

    Planted defects are no rows of the window and suggest nothing. The rule is the condition on one or two columns that
    covers most of the rejected rows and fewest of the others, and that real people keep.
    """
    ledger, product = chain.ledger, chain.product.name
    real, accepted = (
        chain.store.read_table(ledger.current(product, name, window).table) for name in ("real", "accepted")
    )
    schema, made = Schema.of(real), []
    for reason in dict.fromkeys(record.reason for _, record in found.rejected):
        said = [(item, record) for item, record in found.rejected if record.reason == reason]
        if len(said) < LEAST:
            continue
        keys = pl.DataFrame(
            {"_batch": [item.batch for item, _ in said], "_row": [item.row for item, _ in said]},
            schema={"_batch": pl.String, "_row": accepted.schema["_row"]},
        )
        rejected = accepted.join(keys, on=["_batch", "_row"], how="semi")
        marked = [name for _, record in said for name in record.fields]
        columns = [name for name in dict.fromkeys(marked) if marked.count(name) >= LEAST] or schema.names
        best = _best(rejected, accepted, real, schema, columns)
        if best:
            rule, refused, others, share = best
            made.append(Suggestion(f"review-{reason}", rule, reason, refused, len(said), others, share))
    return made


def _best(
    rejected: pl.DataFrame, accepted: pl.DataFrame, real: pl.DataFrame, schema: Schema, columns: Sequence[str]
) -> tuple[str, int, int, float] | None:
    """The rule with the most rejected rows for the fewest others, its counts, and its share of real rows."""
    atoms = {text: text for name in columns for text in _atoms(rejected, schema, name)}
    tables = (rejected, accepted, real)
    masks = {
        text: [table.select(pl.sql_expr(text).fill_null(value=False)).to_series().to_numpy() for table in tables]
        for text in atoms
    }
    names = [text for text in atoms if masks[text][0].sum() >= COVERED * rejected.height]
    found = []
    for texts in [*((name,) for name in names), *combinations(names, 2)]:
        hit = [masks[texts[0]][side] & masks[texts[-1]][side] for side in range(3)]
        refused, share = int(hit[0].sum()), float(hit[2].mean())
        if refused >= max(LEAST, COVERED * rejected.height) and share <= REAL_BROKEN:
            found.append((-refused, int(hit[1].sum()), len(texts), texts, share))
    if not found:
        return None
    refused, others, _, texts, share = min(found)
    return f"NOT ({' AND '.join(texts)})", -refused, others + refused, share


def _atoms(rejected: pl.DataFrame, schema: Schema, name: str) -> Iterator[str]:
    """Conditions on one column that most of the rejected rows keep."""
    column, quoted, values = schema[name], '"' + name.replace('"', '""') + '"', rejected[name].drop_nulls()
    if column.kind in ("date", "datetime") or not len(values):
        return
    if column.is_discrete:
        value: Any = values.value_counts(sort=True)[name][0]
        text = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
        yield f"{quoted} = {text}"
        return
    for share, sign in ((0.0, ">="), (0.25, ">="), (0.75, "<="), (1.0, "<=")):
        yield f"{quoted} {sign} {values.quantile(share, 'nearest'):g}"


def accept(chain: Chain, suggestion: Suggestion) -> str:
    """Write a suggested rule to the end of the product's synthetic.yaml; the file stays as it was where that fails.

    Returns:
        The file.

    Raises:
        BadInput: The suite would not be one any more; it has the rule already.
    """
    file = chain.suite_file("synthetic")
    before = file.read_text(encoding="utf-8")
    file.write_text(before.rstrip("\n") + "\n" + suggestion.as_yaml(), encoding="utf-8")
    try:
        read_suite(file, root=chain.root, levers=chain.product.lever_values)
    except BadInput as error:
        file.write_text(before, encoding="utf-8")
        raise BadInput(f"cannot take {suggestion.id} ({error.problem})", where=file, remedy="add it by hand") from None
    return str(file.relative_to(chain.root))
