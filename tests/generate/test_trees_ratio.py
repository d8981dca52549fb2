"""Which of the drawn rows are taken: the likelier they are among real people, the more often."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.generate.trees import Trees
from supplychain.generate.trees.boosting import Bins, grow_boosted
from supplychain.generate.trees.growing import Sample
from supplychain.generate.trees.ratio import chosen, chosen_people, learn_ratio
from supplychain.generate.trees.tokens import learn
from supplychain.measures.fidelity import discriminator_auc
from supplychain.schema import Schema

SIDES = [f"s{number}" for number in range(40)]


def mirrored(n: int, seed: int) -> pl.DataFrame:
    """Two columns of forty values that are never equal: one that trees on half of 1,500 people hardly see."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 40, n)
    right = (left + rng.integers(1, 40, n)) % 40
    return pl.DataFrame({"left": np.take(SIDES, left), "right": np.take(SIDES, right), "x": rng.integers(0, 9, n)})


def equal(rows: pl.DataFrame) -> float:
    return (rows["left"] == rows["right"]).mean()


def test_what_the_trees_of_columns_leave_out_is_chosen_away():
    real = mirrored(6_000, 1)
    plain, chosen_ = (Trees(choices=choices).fit(real, seed=1).sample(6_000, seed=2) for choices in (1, 4))
    assert equal(plain) > 0.01 and equal(chosen_) < equal(plain) / 2
    assert chosen_.height == 6_000


@pytest.fixture(scope="module")
def halves(people):
    rows = people.drop("person").with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high_spend"))
    mixed = rows.drop("drugexp").sample(fraction=1, shuffle=True, seed=1)
    return mixed.head(6_000), mixed.tail(4_000)


def test_a_classifier_tells_chosen_rows_less_well(halves):
    real, other = halves
    auc = [
        np.mean(
            [
                discriminator_auc(other, Trees(choices=choices).fit(real, seed=seed).sample(4_000, seed=3), Schema.of(real), seed=1)[0]
                for seed in (1, 2, 3)
            ]
        )
        for choices in (1, 4)
    ]  # fmt: skip
    assert auc[1] < auc[0]


def test_rows_of_the_same_kind_are_not_told_apart():
    codes, tokens = coded(mirrored(4_000, 1))
    others, _ = coded(mirrored(4_000, 2))
    ratio = learn_ratio(sample(codes, tokens), others, min_leaf=50)
    fresh, _ = coded(mirrored(4_000, 3))
    odds = ratio.log_odds(with_zeros(fresh))
    assert abs(odds.mean()) < 0.05 and odds.std() < 0.3


def test_the_odds_are_the_ratio_of_the_densities():
    rng = np.random.default_rng(1)
    real, made = (
        pl.DataFrame({"a": rng.choice(["u", "v"], 20_000, p=[p, 1 - p]), "x": rng.integers(0, 5, 20_000)})
        for p in (0.6, 0.2)
    )
    codes, tokens = coded(real)
    drawn = made.select(pl.col("a").replace_strict(tokens[0].labels, [0, 1], return_dtype=pl.Int64), "x").to_numpy()
    ratio = learn_ratio(sample(codes, tokens), drawn.astype(np.int32), min_leaf=50)
    one_of_each = with_zeros(np.array([[tokens[0].labels.index(label), 2] for label in "uv"], dtype=np.int32))
    assert ratio.log_odds(one_of_each) == pytest.approx(np.log([0.6 / 0.2, 0.4 / 0.8]), abs=0.1)


def test_too_few_rows_are_not_parted():
    codes, tokens = coded(mirrored(40, 1))
    assert learn_ratio(sample(codes, tokens), codes, min_leaf=50) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.floats(-1, 1)), min_size=8, max_size=60))
def test_the_first_split_is_the_best_there_is(rows):
    codes = np.array([row[:2] for row in rows], dtype=np.int32)
    off = np.array([row[2] for row in rows])
    tokens = [
        learn(pl.Series("a", list(range(4)) * 30), "integer", np.ones(120), 5)[0],
        learn(pl.Series("b", list("abcde") * 30), "category", np.ones(150), 5)[0],
    ]
    tree = grow_boosted(codes, off, np.ones(len(off)), Bins.of(tokens), min_leaf=2)
    leaf_of_root = np.zeros(len(off), bool)
    if tree.feature[0]:
        leaf_of_root = tree.goes_to[codes[:, tree.feature[0] - 1]] > tree.goes_to[codes[:, tree.feature[0] - 1]].min()
    ordered = max((gained(off, codes[:, 0] > cut) for cut in range(4)), default=0.0)
    assert gained(off, leaf_of_root) >= ordered - 1e-9


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(-5, 5), st.floats(0, 1)), min_size=1, max_size=60),
    st.lists(st.integers(0, 20), min_size=4, max_size=4),
)
def test_of_each_run_as_many_as_wanted_are_taken(rows, wanted):
    run, odds, chance = (np.array(part) for part in zip(*sorted(rows), strict=True))
    taken = chosen(odds, chance, run, np.array(wanted))
    for number in range(4):
        assert taken[run == number].sum() == min(wanted[number], (run == number).sum())
    alone = [
        chosen(odds[run == number], chance[run == number], run[run == number], np.array(wanted)) for number in range(4)
    ]
    assert (taken == np.concatenate(alone)).all(), "what is beside it changes nothing"


def test_rows_are_taken_by_their_odds():
    rng = np.random.default_rng(1)
    odds = np.tile(np.log([1.0, 3.0]), 40_000)
    taken = chosen(odds, rng.random(len(odds)), np.zeros(len(odds), int), np.array([4_000]))
    assert taken[1::2].sum() / taken[::2].sum() == pytest.approx(3, rel=0.1)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.floats(-5, 5), st.floats(0, 1)), min_size=1, max_size=40),
    st.integers(0, 60),
)
def test_people_are_taken_until_their_rows_are_enough(people, wanted):
    many, odds, chance = (np.array(part) for part in zip(*people, strict=True))
    taken = chosen_people(odds, chance, many, wanted)
    rows = many[taken].sum()
    assert rows >= min(wanted, many.sum())
    assert not taken.any() or rows - many[taken].max() < max(wanted, 1)
    assert not taken[-1] or rows >= many.sum() or many[:-1].sum() < wanted


def gained(off: np.ndarray, right: np.ndarray) -> float:
    """How much a split in two lowers the squared error; nothing where a side has less than two rows."""
    if min(right.sum(), (~right).sum()) < 2:
        return 0.0
    parts = [off[right], off[~right], off]
    return float(parts[0].sum() ** 2 / len(parts[0]) + parts[1].sum() ** 2 / len(parts[1]) - off.sum() ** 2 / len(off))


def coded(frame: pl.DataFrame):
    """A frame's codes and tokens; every column a category."""
    learned = [
        learn(frame[name], "integer" if frame[name].dtype.is_integer() else "category", np.ones(frame.height), 5)
        for name in frame.columns
    ]
    return np.stack([codes for _, codes in learned], axis=1).astype(np.int32), [tokens for tokens, _ in learned]


def sample(codes: np.ndarray, tokens: list) -> Sample:
    ones = np.ones(len(codes))
    return Sample(codes, tokens, np.arange(len(codes)), ones, ones)


def with_zeros(codes: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((len(codes), 1), np.int32), codes], axis=1)
