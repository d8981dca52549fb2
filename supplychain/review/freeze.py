"""Freezing a lot: the step between the evidence and the blend of a product that is reviewed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from supplychain.code import recipe
from supplychain.errors import BadInput
from supplychain.review.acceptance import RESERVE
from supplychain.review.blind import blind_test
from supplychain.review.defects import planted
from supplychain.review.drawing import draw
from supplychain.review.lot import DEFECT, GOOD, RANDOM, SEEDED, SLICED, TARGETED, Item, Lot, SlicePlan, named
from supplychain.review.shown import fields_of, records
from supplychain.review.targets import targets
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from supplychain.chain import Chain
    from supplychain.ledger import Commit
    from supplychain.review.drawing import Draw
    from supplychain.reviewing import Blind, Review
    from supplychain.step import Step

SETTINGS = ("sensitivity", "specificity", "second", "least_seconds")
"""What of the product file the verdict is computed by, beside the limits."""


def freeze(chain: Chain, window: str) -> Commit:
    """Freeze the rows that people are to judge: `lot`, with its plan and its seed.

    It follows from the accepted rows alone: run again on the same rows, it is the same lot, and answers stay good.

    Raises:
        BadInput: The product has no section `review`.
    """
    review = _settings(chain)
    with chain.step("review", window) as step:
        accepted, real, evidence = step.refer("accepted"), step.refer("real"), step.refer("evidence")
        doubts = {rule.id: rule.kwargs for rule in chain.suite("synthetic").doubts.rules}
        made_by = recipe(
            accepted=accepted.content, real=real.content, review=review.model_dump(mode="json"), doubts=doubts
        )
        del evidence  # only rows that were measured are shown: the automatic gates come first
        if not step.reuse("lot", recipe=made_by):
            chain.progress("looking for the rows that a person should see first")
            lot = drawn(chain, window, chain.store.read_table(accepted.table), chain.store.read_table(real.table))
            lot = replace(lot, accepted=accepted.content)
            step.write_document(
                "lot",
                lot.to_json(),
                rows=len(lot.items),
                recipe=made_by,
                seed=str(lot.seed),
                lot_rows=lot.plan.lot,
                sample=lot.plan.n,
                accepts_up_to=lot.plan.c,
                targeted=sum(item.stratum == TARGETED for item in lot.items),
                seeded=len(lot.seeded),
            )
        if review.blind:
            _freeze_blind(chain, step, review.blind, made_by)
    return step.done


def _freeze_blind(chain: Chain, step: Step, blind: Blind, made_by: str) -> None:
    """The rows of the blind test: others when somebody was erased from those of role tune."""
    of_rows = recipe(lot=made_by, tune=step.refer("tune").content)
    if not step.reuse("blind", recipe=of_rows):
        test = blind_test(chain, step, blind)
        step.write_document("blind", test, rows=len(json.loads(test)["items"]), recipe=of_rows)


def _settings(chain: Chain) -> Review:
    review = chain.product.review
    if review is None:
        where = chain.product.file
        raise BadInput("asks for no review", where=where, place="review", remedy="write `review: {}`")
    return review


def drawn(chain: Chain, window: str, accepted: pl.DataFrame, real: pl.DataFrame) -> Lot:
    """The lot of some accepted rows, held against real ones of role train."""
    import numpy as np

    review, product = _settings(chain), chain.product
    schema = Schema.of(real)
    by_chance = draw(chain, review, window, accepted, schema)
    seed, rng, plan, chance, looked = by_chance.seed, by_chance.rng, by_chance.plan, by_chance.chosen, by_chance.looked
    most = min(accepted.height, RESERVE * plan.n)
    without = np.flatnonzero(np.isin(looked, list(chance))).tolist()
    chosen, calm = targets(chain, accepted[looked], real, schema, review.targeted, seed, without=without)
    targeted = [(int(looked[place]), why) for place, why in chosen]
    shown = chance | {place for place, _ in targeted}
    spare = rng.permutation([place for place in looked[calm].tolist() if place not in shown])
    items = [
        *_by_chance(accepted, by_chance, most, schema),
        *(
            replace(item, why=why)
            for item, (_, why) in zip(
                _from_rows(accepted, np.array([place for place, _ in targeted], dtype=np.int64), schema, TARGETED),
                targeted,
                strict=True,
            )
        ),
        *_seeded(accepted, real, schema, review, np.array(spare, dtype=np.int64), rng),
    ]
    items = _doubled(items, review.second, rng)
    early = (
        plan.n if review.plan.mode == "single" else plan.n // 3
    )  # the test of rows in their order comes to an end early
    waits = [not item.slices and (item.stratum == SLICED or item.order >= early) for item in items]
    first = [item for item, late in zip(items, waits, strict=True) if not late]
    early_ones = [first[place] for place in rng.permutation(len(first))]
    later = [item for item, late in zip(items, waits, strict=True) if late]
    shown_as = named([*early_ones, *later])
    settings = {name: float(getattr(review, name)) for name in SETTINGS}
    settings["approvals"] = float(product.approvals)
    return Lot(
        product.name,
        window,
        "",
        seed,
        plan,
        most,
        by_chance.limits,
        review.plan.mode,
        settings,
        dict(review.reasons),
        fields_of(product, schema, real),
        shown_as,
        _slice_plans(by_chance, accepted, shown_as),
    )


def _by_chance(accepted: pl.DataFrame, by_chance: Draw, most: int, schema: Schema) -> list[Item]:
    """The rows drawn by chance from the window, and those that slices want beside them, or may come to want."""
    import numpy as np

    drawn = by_chance.order[:most].tolist()
    beside = sorted({place for each in by_chance.slices for place in each.places} - set(drawn))
    items = _from_rows(accepted, by_chance.order[:most], schema, RANDOM)
    items += _from_rows(accepted, np.array(beside, dtype=np.int64), schema, SLICED)
    places, of_slices = [*drawn, *beside], by_chance.of_slices
    return [replace(item, slices=of_slices.get(place, ())) for item, place in zip(items, places, strict=True)]


def _slice_plans(by_chance: Draw, accepted: pl.DataFrame, items: Sequence[Item]) -> tuple[SlicePlan, ...]:
    """The plans of slices, with the names under which the rows in their reserve are shown."""
    ids = {(item.batch, item.row): item.id for item in items if item.stratum in (RANDOM, SLICED)}
    keys = accepted.select("_batch", "_row").rows() if by_chance.slices else []
    return tuple(
        SlicePlan(each.name, each.plan, tuple(ids[keys[place]] for place in each.reserve)) for each in by_chance.slices
    )


def _from_rows(accepted: pl.DataFrame, places: np.ndarray, schema: Schema, stratum: str) -> list[Item]:
    rows = accepted[places]
    keys = zip(rows["_batch"], rows["_row"], strict=True)
    return [
        Item("", stratum, values, order if stratum == RANDOM else -1, batch, row)
        for order, (values, (batch, row)) in enumerate(zip(records(rows, schema), keys, strict=True))
    ]


def _seeded(
    accepted: pl.DataFrame,
    real: pl.DataFrame,
    schema: Schema,
    review: Review,
    spare: np.ndarray,
    rng: np.random.Generator,
) -> list[Item]:
    """Planted defects, and good rows that look like them in all but the defect."""
    import numpy as np

    calm = spare if len(spare) >= review.defects + review.good else rng.permutation(accepted.height)
    calm = np.resize(calm, review.defects + review.good)  # a tiny window has to lend a row twice
    wrong, what = planted(accepted[calm[: review.defects]], real, schema, review.defects, rng)
    return [
        *(
            Item("", SEEDED, values, truth=DEFECT, why=why)
            for values, why in zip(records(wrong, schema), what, strict=True)
        ),
        *(replace(item, truth=GOOD) for item in _from_rows(accepted, calm[review.defects :], schema, SEEDED)),
    ]


def _doubled(items: list[Item], share: float, rng: np.random.Generator) -> list[Item]:
    """The items, a share of which a second reviewer judges too; every reviewer judges the seeded ones anyway.

    Of a slice's own plan each is judged by two: there one rejection is enough to reject the window.
    """
    able = [place for place, item in enumerate(items) if item.stratum != SEEDED]
    chosen = {able[k] for k in rng.permutation(len(able))[: round(share * len(able))].tolist()}
    return [replace(item, double=place in chosen or bool(item.slices)) for place, item in enumerate(items)]
