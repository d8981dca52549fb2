"""Coincidences with single people: as many as real people have are chance, and a few more are not."""

from __future__ import annotations

from math import ceil

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from bench import plants
from supplychain.measures.copies import met

ROWS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abc")), min_size=1, max_size=25)


def table(rows: list[tuple[int, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["x", "y"], orient="row")


@given(ROWS, ROWS, ROWS)
def test_counts_are_of_contents_that_one_person_has(made, targets, strangers):
    found = met(table(made), table(targets), table(strangers), ["x", "y"], "_entity")
    alone = {content for content in targets if targets.count(content) == 1}
    twice = sum(targets.count(content) == 2 for content in set(targets))
    assert found.rows == len(set(made)) and found.hits == len(set(made) & alone)
    assert found.chance == len(set(strangers) & alone) + twice
    assert 0 < found.p <= 1


@given(ROWS, ROWS, ROWS)
def test_one_more_copy_never_looks_like_chance_more(made, targets, strangers):
    there, real, others = (table(rows) for rows in (made, targets, strangers))
    alone = real.filter(real.is_unique()).join(there, on=["x", "y"], how="anti").head(1)
    before = met(there, real, others, ["x", "y"], "_entity").p
    assert met(pl.concat([there, alone]), real, others, ["x", "y"], "_entity").p <= before + 1e-9 or not alone.height


def test_a_persons_own_rows_are_no_coincidence():
    real = table([(1, "a"), (1, "a"), (2, "b")]).with_columns(_entity=pl.Series(["p", "p", "q"]))
    found = met(table([(1, "a")]), real, table([(3, "c")]), ["x", "y"], "_entity")
    assert (found.hits, found.chance) == (1, 0)


@given(ROWS, ROWS)
def test_of_rows_that_their_content_parted_pairs_tell_what_is_chance(made, rows):
    """Rows that are alike lie on one side; as many pairs count as one by one would have a row among the targets."""
    contents = sorted(set(rows))
    parted = [[row for row in rows if contents.index(row) % 2 == side] for side in (0, 1)]
    targets, strangers = (table(part) if part else table(rows).clear() for part in parted)
    found = met(table(made), targets, strangers, ["x", "y"], None)
    pairs, share = sum(rows.count(content) == 2 for content in contents), targets.height / len(rows)
    assert found.chance == ceil(pairs * share * (2 - share)) and found.hits <= found.rows


def test_as_many_coincidences_as_parted_twins_make_are_chance():
    """Accounts without a movement are alike now and then: new ones are as often like old ones, and that is no copy."""
    rng = np.random.default_rng(5)
    everyone, fresh = (
        pl.DataFrame({"x": rng.integers(0, 200_000, n), "y": rng.integers(0, 2, n)}) for n in (9_000, 6_000)
    )
    inside = everyone.hash_rows(seed=3) % 5 < 3
    members, others = everyone.filter(inside), everyone.filter(~inside)
    assert met(fresh, members, others, ["x", "y"], None).p > 0.05
    assert met(fresh, members, others, ["x", "y"], "_entity").p < 0.005, "as if strangers could have been alike"
    copied = plants.copies(fresh, members, 0.01, 1)
    assert met(copied, members, others, ["x", "y"], None).p < 0.005


def test_eight_copies_in_three_thousand_rows_are_seen_and_fresh_people_are_not(people):
    mixed = people.drop("person").sample(fraction=1, shuffle=True, seed=4)
    members, others, fresh = mixed.head(4_000), mixed.slice(4_000, 2_800), mixed.slice(6_800, 3_000)
    names = members.columns
    assert met(fresh, members, others, names, "_entity").p > 0.05
    found = met(plants.copies(fresh, members, 0.0025, 1), members, others, names, "_entity")
    assert found.p < 0.005
    share = found.rows / (found.rows + found.others)
    assert found.p == pytest.approx(float(binom(found.hits + found.chance, share).sf(found.hits - 1)))
