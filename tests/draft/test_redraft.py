"""Suites drafted for a product: their tolerances refuse rows like the real ones as often as they say, and no more."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from supplychain.draft.redraft import least_share
from supplychain.draft.replay import tolerance
from supplychain.gates import judge, read_suite
from supplychain.monitor import METRICS as OF_DRIFT
from supplychain.validate import METRICS

OFTEN = 4_000


@given(st.integers(100, 5_000), st.integers(50, 5_000), st.floats(0.001, 0.2), st.integers(0, 50))
def test_a_batch_may_break_what_chance_lets_it_and_more_broken_rows_give_more_patience(rows, batch, rate, broken):
    share = least_share(broken, rows, batch, rate)
    assert 0 <= least_share(broken + 10, rows, batch, rate) <= share <= 1
    assert share <= least_share(broken, rows, batch, min(rate * 2, 0.9))


def test_a_share_refuses_as_often_as_it_says():
    """Real rows break a rule at an unknown rate; one table says how patient to be, another is judged."""
    rng = np.random.default_rng(1)
    rate, rows, batch = 0.02, 2_000, 1_000
    seen, arrived = rng.binomial(rows, rate, OFTEN), rng.binomial(batch, rate, OFTEN)
    shares = {count: least_share(int(count), rows, batch, 0.05) for count in np.unique(seen)}
    refused = np.mean([1 - broken / batch < shares[count] for count, broken in zip(seen, arrived, strict=True)])
    assert 0.01 < refused < 0.06


def test_a_limit_of_replays_refuses_as_often_as_it_says():
    rng = np.random.default_rng(2)
    draws = rng.normal(0.9, 0.02, (1_000, 13))
    below = [value < tolerance(list(rest), 0.05, lower_is_better=False) for *rest, value in draws]
    above = [value > tolerance(list(rest), 0.05, lower_is_better=True) for *rest, value in draws]
    assert 0.02 < np.mean(below) < 0.07 and 0.02 < np.mean(above) < 0.07


def test_the_drafts_are_suites_that_real_rows_pass_and_nothing_is_written_over(project, supplychain, people, tmp_path):
    code, out, err = supplychain("expectations", "draft", "clinic", "--suite", "real", "--false-alarms", "0.02")
    assert code == 0 and "judging" in err and "in at most 0.02 of batches" in out.replace("\n# ", " ")
    (tmp_path / "real.yaml").write_text(out)
    suite = read_suite(tmp_path / "real.yaml", columns=[*people.columns, "high_spend"])
    fresh = people.sample(3_000, seed=2).with_columns(high_spend=(pl.col("drugexp") >= 2500).cast(pl.Int64))
    assert judge(fresh, suite).passed
    assert not judge(fresh.with_columns(age=pl.col("age") + 50), suite).passed
    code, _, err = supplychain("expectations", "draft", "clinic", "--suite", "real", "-o", str(tmp_path))
    assert code == 64 and "real.yaml: is there already; name another folder" in err
    assert (tmp_path / "real.yaml").read_text() == out


def test_enough_rows_are_half_of_the_smallest_window_and_of_what_is_asked_for(project, supplychain, people, tmp_path):
    """As many rows as all windows have together would refuse each of them."""
    for suite in ("real", "synthetic"):
        assert supplychain("expectations", "draft", "clinic", "--suite", suite, "-o", str(tmp_path))[0] == 0
    found = {
        suite: next(rule for rule in read_suite(tmp_path / f"{suite}.yaml").rules if rule.id == "enough-rows")
        for suite in ("real", "synthetic")
    }
    smallest = people.sample(3_000, seed=1)["msa"].value_counts()["count"].min()
    assert abs(found["real"].kwargs["min_value"] - smallest / 2) < smallest / 20
    assert "or so that the smallest window had" in found["real"].why
    assert found["synthetic"].kwargs["min_value"] == 250 and found["synthetic"].why.startswith("Half of the 500 rows")


def test_a_drafted_evidence_suite_has_what_fresh_real_rows_reach(project, supplychain, tmp_path, monkeypatch):
    monkeypatch.setattr("supplychain.draft.replay.REPLAYS", 3)
    assert supplychain("expectations", "draft", "clinic", "--suite", "evidence", "-o", str(tmp_path))[0] == 0
    levers = project.chain().product.lever_values
    rules = read_suite(tmp_path / "evidence.yaml", metrics=(*METRICS, *OF_DRIFT), levers=levers).rules
    limits = {rule.kwargs["metric"]: rule.kwargs for rule in rules if rule.id.endswith("-as-real")}
    assert 0.8 < limits["marginal.mean"]["min_value"] < 1
    assert 0.5 < limits["discriminator.auc"]["max_value"] < 0.8
    assert limits.keys() == {"marginal.mean", "pair.mean", "discriminator.auc", "tstr.ratio"}


def test_a_wrong_suite_or_rate_is_refused(project, supplychain):
    for arguments, line in (
        (("--suite", "rael"), "--suite: there is no suite 'rael'; did you mean 'real'?"),
        (("--false-alarms", "5"), "--false-alarms: 5.0 is no rate; name one between 0 and 1"),
    ):
        code, _, err = supplychain("expectations", "draft", "clinic", *arguments)
        assert code == 64 and err == f"supplychain: {line}\n"
