"""Bias: planted disparities are seen, and rows that a slice was asked for on purpose are none."""

from __future__ import annotations

import polars as pl
import pytest

from tests.validate.arms import POOR, bias_of


@pytest.fixture(scope="module")
def clean(parts, fresh):
    return bias_of(fresh, parts.fresh)


def test_fresh_real_people_widen_nothing(clean):
    for (metric, scope), row in clean.items():
        if metric == "bias.left_out":
            continue
        assert row.low <= row.value <= row.high, (metric, scope)
        if metric.endswith(("_change", "gap")):
            assert row.low < 0.05, (metric, scope)
    assert clean["bias.share", "female=1"].low < 1.05 and clean["bias.share", "female=1 x black=1"].high > 0.9
    assert all(row.low < 0.03 and row.high > -0.03 for (metric, _), row in clean.items() if metric == "bias.outcome")


def test_an_amplified_bias_is_seen(parts):
    """The outcome made likelier for one group."""
    drawn = pl.Series("u", [k % 2 for k in range(parts.fresh.height)])
    biased = parts.fresh.with_columns(
        pl.when((pl.col("female") == 1) & (drawn == 1)).then(1).otherwise(pl.col("high")).alias("high")
    )
    found = bias_of(parts.effect(biased), biased)
    assert found["bias.gap", "female"].low > 0.05
    assert found["bias.odds_change", "female"].low > 0.05
    assert found["bias.calibration_change", "female"].low > 0.05
    assert found["bias.outcome", "female=1"].low > 0.1
    assert abs(found["bias.outcome", "female=0"].value) < 0.05
    assert found["bias.outcome", "female=1 x black=1"].low > 0.1


def test_lost_and_swelled_groups_are_seen(parts):
    fewer = parts.fresh.filter((pl.col("black") == 0) | (pl.col("age") % 3 == 0))
    found = bias_of(parts.effect(fewer), fewer)
    assert found["bias.share", "black=1"].high < 0.8
    assert found["bias.share", "female=1"].low < 1.05
    assert found["bias.share", "black=1"].reference == pytest.approx(1, abs=0.25)
    nobody = parts.fresh.filter(pl.col("black") == 0)
    assert bias_of(parts.effect(nobody), nobody)["bias.share", "black=1"].high < 0.1


def test_rows_that_a_slice_asked_for_are_no_distortion(parts):
    asked = POOR.pick(parts.fresh)
    rows = pl.concat([parts.fresh, asked, asked, asked])
    names = pl.Series(["all"] * parts.fresh.height + ["poor-health"] * 3 * asked.height)
    effect = parts.effect(rows)
    columns = ("female", "poor")
    told, untold = bias_of(effect, rows, names, columns), bias_of(effect, rows, sensitive=columns)
    assert untold["bias.share", "poor=1"].low > 1.25
    assert told["bias.share", "poor=1"].low < 1.1 and told["bias.share", "poor=1"].high > 0.9
    assert abs(told["bias.outcome", "female=1"].value) < abs(untold["bias.outcome", "female=1"].value)


def test_groups_of_one_person_are_left_out_and_counted(parts):
    def marked(rows):
        return rows.with_row_index("group").with_columns(pl.col("group").clip(0, 1).cast(pl.String).alias("group"))

    roles = {name: marked(getattr(parts, name)) for name in ("real", "gold", "tune")}
    added = marked(parts.fresh)
    found = bias_of(parts.effect(added, **roles), added, sensitive=("group", "female"))
    assert found["bias.left_out", "group"].value == 1
    assert found["bias.left_out", "group x female"].value == 2
    assert found["bias.gap", "group"].value != found["bias.gap", "group"].value, "no figure, so that a gate fails"
    assert ("bias.opportunity", "group") not in found and ("bias.share", "group=0") not in found
    assert ("bias.gap", "female") in found


def test_quantities_classes_and_numbers_as_groups(parts):
    roles = {name: getattr(parts, name).with_columns(pl.col("totchr").clip(0, 2)) for name in ("real", "gold", "tune")}
    added = parts.fresh.with_columns(pl.col("totchr").clip(0, 2))
    swapped = added.with_columns(pl.when(pl.col("female") == 1).then(0).otherwise(pl.col("totchr")).alias("totchr"))
    found = bias_of(parts.effect(swapped, outcome="totchr", **roles), swapped, sensitive=("female", "age"))
    value = found["bias.outcome", "female=1"]
    assert value.low > 0.2 or value.high < -0.2, "a class that is not the last moves too"
    assert found["bias.gap", "female"].low > 0.05
    assert len([scope for metric, scope in found if metric == "bias.share" and scope.startswith("age=")]) == 4
    raised = parts.fresh.with_columns((pl.col("income") + 40 * pl.col("female")).alias("income"))
    found = bias_of(parts.effect(raised, outcome="income"), raised, sensitive=("female",))
    assert found["bias.gap", "female"].low > 0.1 and found["bias.outcome", "female=1"].low > 0.1
    assert found["bias.odds_change", "female"].low > 0.05
