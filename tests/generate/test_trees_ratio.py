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
from supplychain.generate.trees.ratio import chosen, chosen_people, learn_ratio, most_rows
from supplychain.generate.trees.tokens import learn
from supplychain.measures.fidelity import discriminator_auc
from supplychain.schema import Schema


def alike(n: int, seed: int) -> pl.DataFrame:
    """Twenty answers that all hang a little on one thing that no column tells: each pair goes together weakly."""
    rng = np.random.default_rng(seed)
    leaning = rng.normal(size=n).clip(-2, 2)
    return pl.DataFrame(
        {f"answer {number}": np.where(rng.random(n) < 0.5 + 0.12 * leaning, "yes", "no") for number in range(20)}
    )


def spread(rows: pl.DataFrame) -> float:
    """The variance of how often people say yes; of answers that have nothing to do with one another it is 5."""
    return float(rows.select(pl.sum_horizontal(pl.all() == "yes")).to_series().var())


def test_what_is_weak_in_each_column_and_adds_up_is_chosen_for():
    real = alike(4_000, 1)
    plain, picked = (Trees(choices=choices).fit(real, seed=1).sample(8_000, seed=2) for choices in (1, 4))
    assert picked.height == 8_000
    assert spread(real) - spread(picked) < 0.7 * (spread(real) - spread(plain))


@pytest.fixture(scope="module")
def halves(people):
    rows = people.drop("person").with_columns((pl.col("drugexp") >= 2500).cast(pl.Int64).alias("high_spend"))
    mixed = rows.drop("drugexp").sample(fraction=1, shuffle=True, seed=1)
    return mixed.head(6_000), mixed.tail(4_000)


def told_apart(halves: tuple[pl.DataFrame, pl.DataFrame], choices: int) -> float:
    real, other = halves
    model = Trees(choices=choices).fit(real, seed=1)
    schema = Schema.of(real)
    return float(np.mean([discriminator_auc(other, model.sample(4_000, seed=s), schema, seed=1)[0] for s in (2, 3)]))


def test_a_classifier_tells_chosen_rows_less_well(halves):
    assert told_apart(halves, 4) < told_apart(halves, 1)


def test_where_nothing_is_wrong_nobody_is_preferred_and_least_of_all_those_that_were_learnt_from():
    codes, tokens = coded(alike(4_000, 1))
    others, fresh = (coded(alike(4_000, seed))[0] for seed in (2, 3))
    ratio = learn_ratio(sample(codes, tokens), others, min_leaf=50)
    own, new = (ratio.log_odds(with_zeros(rows)) for rows in (codes, fresh))
    assert abs(new.mean()) < 0.05 and new.std() < 0.8
    assert own.mean() - new.mean() < 0.4


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


@pytest.mark.parametrize("choices", [0, 2.5, 101])
def test_choices_are_a_whole_number_up_to_a_hundred(choices):
    with pytest.raises(TypeError, match="choices is"):
        Trees(choices=choices)


def test_a_wide_table_is_compared_on_fewer_rows():
    assert most_rows(24) == 60_000 and most_rows(400) * 400 <= 3_000_000 and most_rows(0) > 0


def test_a_model_of_before_there_were_choices_is_read_and_takes_every_row(tmp_path):
    real = alike(600, 1)
    plain = Trees(choices=1).fit(real, seed=1)
    plain._settings.pop("choices")  # as such a file has it
    plain._fitted.save(tmp_path / "new", plain._settings)
    head, _, body = (tmp_path / "new").read_bytes().partition(b"\n")
    (tmp_path / "old").write_bytes(head.replace(b'"form": 2', b'"form": 1') + b"\n" + body)
    assert b'"form": 1' in (tmp_path / "old").read_bytes()
    again = Trees.load(tmp_path / "old").sample(500, seed=2)
    assert again.equals(Trees(choices=1).fit(real, seed=1).sample(500, seed=2))


def test_too_few_rows_are_not_parted():
    codes, tokens = coded(alike(40, 1))
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
