"""Gaps: the slices where a model of the outcome, trained on today's real rows, falls short, and what would help."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain import seeds
from supplychain.code import recipe
from supplychain.define.conjunctions import Conjunction, Signal
from supplychain.define.crossfit import FOLDS, CrossFit, Rows, tuned
from supplychain.define.cuts import Binned, binned
from supplychain.define.finder import find_slices
from supplychain.define.gap_lines import SCHEMA, Subject, line_of
from supplychain.define.kinds import Limits
from supplychain.define.measured import Learning, Measured
from supplychain.define.uncovered import find_uncovered
from supplychain.errors import BadInput, nearest
from supplychain.estimator import Estimator
from supplychain.gates import suite_hash
from supplychain.schema import Schema
from supplychain.slices import EVERYTHING, Slice
from supplychain.yardstick import Features, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.product import Product
    from supplychain.step import Step

LONGEST_NAME = 64


def find_gaps(chain: Chain, window: str) -> Commit:
    """Measure the outcome model, out of fold, on roles train and tune, and find where it falls short.

    Writes `gaps`, one row a slice: first `all`, then the declared slices, then those found, then combinations of
    values that no row has. See docs/gaps.md for its columns and the kinds of gap.

    Raises:
        BadInput: The outcome model cannot be used, `gaps.columns` names no column, or there are too few entities.
    """
    product = chain.product
    with chain.step("define", window) as step:
        real = step.read("real")
        known = pl.concat([real, step.read("tune")])
        check_gaps(product, chain.root, known.columns)
        _refuse_few_entities(product, known, window)
        before = _earlier(step, window, known)
        made_of = _recipe(step)
        if not step.reuse("gaps", recipe=made_of):
            try:
                table, notes = _studied(chain, window, known, real.height, before)
            except BadInput as error:
                if error.where is None and error.place:
                    raise error.at(product.at(chain.root, *error.place.split(".")), error.place) from error
                raise
            step.write("gaps", table, recipe=made_of, **notes)
    return step.done


def _recipe(step: Step) -> str:
    """Hash of all that the gaps of a window follow from."""
    product = step.chain.product
    return recipe(
        inputs=[(item.asset, item.window, item.content) for item in step.inputs],
        outcome=product.outcome.model_dump(mode="json"),
        model=_declared_model(product).source,
        slices=product.slices,
        gaps=product.gaps.model_dump(mode="json"),
        ways=product.levers.coverage.ways,
        rules=suite_hash(step.chain.suite_file("real"), step.chain.root, product.lever_values),
        seed=product.recipe_hash,
    )


def check_gaps(product: Product, root: Path, columns: Sequence[str]) -> None:
    """Refuse what the gap search could not use; nothing is measured.

    Args:
        product: The product.
        root: The project.
        columns: Columns of the real rows.

    Raises:
        BadInput: `gaps.columns` names none of them, or the outcome model cannot be used.
    """
    may_define = [name for name in columns if name != product.outcome.name and not name.startswith("_")]
    for name in product.gaps.columns:
        if name not in may_define:
            problem = "is the outcome" if name == product.outcome.name else "is no column of the real rows"
            raise BadInput(
                f"{name!r} {problem}",
                where=product.at(root, "gaps", "columns"),
                place="gaps.columns",
                remedy=nearest(name, may_define),
            )
    try:
        _declared_model(product).check(quantity=False if product.outcome.where else None)
    except BadInput as error:
        place = error.place or "outcome.model"
        raise error.at(product.at(root, *place.split(".")), place) from error


def _declared_model(product: Product) -> Estimator:
    return Estimator(product.outcome.model or "", product.outcome.settings)


def _refuse_few_entities(product: Product, known: pl.DataFrame, window: str) -> None:
    entities = known["_entity"].n_unique()
    if entities < 2 * FOLDS:
        raise BadInput(
            f"roles train and tune of window {window} have {entities} entities; the outcome model is cross-fitted on "
            f"{FOLDS} parts of them",
            where=product.file,
            place="gaps",
            remedy=f"bring rows of at least {2 * FOLDS} entities",
        )


def _earlier(step: Step, window: str, known: pl.DataFrame) -> pl.DataFrame | None:
    """Rows of train and tune of the windows before this one, as far as they have landed."""
    product, ledger = step.chain.product, step.chain.ledger
    parts = [
        step.read(asset, window=earlier).select(known.columns)
        for earlier in product.windows[: product.windows.index(window)]
        for asset in ("real", "tune")
        if (found := ledger.find(product.name, asset, earlier)) and set(known.columns) <= set(found[1].columns)
    ]
    return pl.concat(parts, how="vertical_relaxed") if parts else None


def _studied(
    chain: Chain, window: str, known: pl.DataFrame, train_rows: int, before: pl.DataFrame | None
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The table of gaps, and what is noted of it."""
    import numpy as np

    product, outcome = chain.product, chain.product.outcome.name
    seed = seeds.integer(chain.seed("gaps", window=window))
    everything = pl.concat([known, before], how="vertical_relaxed") if before is not None else known
    target = Target.of(outcome, everything)
    features = Features.of(everything, Schema.of(everything), leave_out=(outcome,))
    rows = Rows.of(known, features, target)
    earlier = Rows.of(before, features, target) if before is not None else None
    model = _declared_model(product)
    if not (model.path or model.settings):
        model = tuned(rows, target, features.categorical, seed, chain.progress)
    measured = Measured.of(CrossFit(model, target, features.categorical, seed), rows, earlier, chain.progress)
    limits = Limits(
        product.gaps.matters * float(measured.loss.mean()), product.gaps.matters, product.gaps.overconfident
    )

    everyone = np.ones(len(rows), dtype=np.bool_)
    subjects = [Subject(slice_, slice_.mask(known).to_numpy(), everyone) for slice_ in product.all_slices]
    columns = _columns(product, known)
    told = {subject.inside.tobytes() for subject in subjects}  # the same rows under another name are no news
    subjects += [one for one in _found(chain, columns, measured, limits, seed) if one.inside.tobytes() not in told]
    learning = Learning.of(measured, (subject.inside & subject.among for subject in subjects), chain.progress)
    lines = [line_of(subject, measured, learning, limits, train_rows) for subject in subjects]
    lines += _lacking(chain, columns, known, seed, {line["slice"] for line in lines})
    table = pl.DataFrame(lines, schema=SCHEMA)
    return table, {
        "gaps": int((table["verdict"] == "gap").sum()),
        "found": int(table["found"].sum()),
        "auc": table["auc"][0],
        "model": model.name,
        "settings": json.dumps(dict(model.settings), sort_keys=True, default=str),
    }


def _columns(product: Product, known: pl.DataFrame) -> list[Binned]:
    """The columns that may define a slice, in bins."""
    names = product.gaps.columns or [
        name for name in known.columns if not name.startswith("_") and name != product.outcome.name
    ]
    columns = (binned(known[name]) for name in names)
    return [column for column in columns if column is not None]


def _found(chain: Chain, columns: list[Binned], measured: Measured, limits: Limits, seed: int) -> Iterable[Subject]:
    """The slices that the finder found and confirmed."""
    import numpy as np

    gaps = chain.product.gaps
    signals = [Signal("loss", measured.loss, limits.loss)]
    if measured.confidence is not None:
        signals.append(Signal("overconfidence", measured.confidence, limits.overconfidence))
    if measured.shift is not None:
        signals.append(Signal("shift", measured.shift, limits.loss))
    confirms = measured.rows.confirms
    found = find_slices(
        columns,
        signals,
        confirms,
        measured.people,
        depth=gaps.depth,
        least_rows=gaps.least_rows,
        most=gaps.most,
        false_discovery=gaps.false_discovery,
        seed=seed,
        progress=chain.progress,
    )
    taken = {EVERYTHING, *chain.product.slices}
    codes = np.stack([column.codes for column in columns]) if found else np.empty((0, 0), dtype=np.uint8)
    for one in found:
        slice_ = spoken(one.conjunction, columns, taken)
        taken.add(slice_.name)
        yield Subject(slice_, one.conjunction.mask(codes), confirms, one.q)


def spoken(conjunction: Conjunction, columns: Sequence[Binned], taken: Iterable[str]) -> Slice:
    """The conjunction as a slice, under a name that says it and that no other has.

    The name follows from the predicate alone, unless another slice has it already.
    """
    bins = conjunction.bins(columns)
    predicate = " AND ".join(part.where for part in bins)
    name = "-and-".join(part.words for part in bins)
    name = name if name[0].isalpha() else f"x-{name}"
    mark = hashlib.sha256(predicate.encode()).hexdigest()[:8]
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 9].rstrip('-')}-{mark}"
    return Slice(f"{name}-{mark}" if name in set(taken) else name, predicate)


def _lacking(
    chain: Chain, columns: list[Binned], known: pl.DataFrame, seed: int, taken: set[str]
) -> Iterable[dict[str, Any]]:
    """Rows of the table for combinations of values that no row has."""
    product = chain.product
    plain = [name for name in known.columns if not name.startswith("_")]
    lacking = find_uncovered(
        columns,
        known,
        lambda: chain.suite("real", columns=plain),
        ways=product.levers.coverage.ways,
        most=product.gaps.most,
        seed=seed,
        progress=chain.progress,
    )
    for one in lacking:
        slice_ = spoken(one.conjunction, columns, taken)
        taken.add(slice_.name)
        yield {
            "slice": slice_.name,
            "predicate": slice_.where,
            "found": True,
            "rows": 0,
            "train_rows": 0,
            "share": 0.0,
            "expected_rows": one.expected,
            "kind": "uncovered",
            "verdict": "gap",
            "remedy": f"No row where about {one.expected:.0f} were to be expected: collect or make some, or rule the "
            f"combination out in expectations/{product.name}/real.yaml.",
        }
