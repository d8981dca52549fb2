"""Distributions and draws: they have the figures that were given, and correlate as was asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as draws_of
from hypothesis import strategies as st

from supplychain.roi.distribution import Distribution
from supplychain.roi.draws import Law, Range, counted, draw, law_of, updated
from supplychain.roi.inputs import Correlation


def stated(**figures) -> Law:
    law = law_of(Distribution.model_validate({"unit": "h", "source": "assumed", **figures}))
    assert law is not None
    return law


@draws_of(p10=st.floats(0.01, 1e3), factor=st.floats(1.01, 100))
def test_a_lognormal_has_its_p10_and_p90(p10, factor):
    found = stated(dist="lognormal", p10=p10, p90=p10 * factor).range
    assert (found.low, found.high) == pytest.approx((p10, p10 * factor))


@draws_of(
    low=st.floats(0, 100), up=st.floats(0.1, 50), more=st.floats(0.1, 50), kind=st.sampled_from(("pert", "triangular"))
)
def test_pert_and_triangular_stay_between_their_ends_with_their_means(low, up, more, kind):
    law = stated(dist=kind, low=low, mode=low + up, high=low + up + more)
    drawn = draw({"x": law}, 4_000, 1)["x"]
    assert drawn.min() >= low and drawn.max() <= low + up + more
    weight = 4 if kind == "pert" else 1
    mean = (low + weight * (low + up) + low + up + more) / (2 + weight)
    assert drawn.mean() == pytest.approx(mean, rel=2e-3), "a hypercube's mean is close by construction"
    middle = Distribution(dist=kind, low=low, mode=low + up, high=low + up + more, unit="h", source="assumed").middle
    assert middle == pytest.approx(mean)


def test_draws_fill_every_part_of_the_range_once():
    drawn = np.sort(draw({"x": Law("triangular", (0.0, 0.5, 1.0))}, 1_000, 3)["x"])
    chance = np.where(drawn < 0.5, 2 * drawn**2, 1 - 2 * (1 - drawn) ** 2)
    assert (np.floor(chance * 1_000) == np.arange(1_000)).mean() > 0.99


def test_correlated_inputs_correlate_as_asked_and_keep_their_values():
    from scipy.stats import spearmanr

    laws = {
        "wage": Law("pert", (50, 70, 120)),
        "label_price": Law("lognormal", (0.0, 0.5)),
        "ceiling": Law("beta", (2, 3)),
    }
    pairs = (
        Correlation(between=("wage", "label_price"), rank=0.7),
        Correlation(between=("wage", "ceiling"), rank=-0.4),
    )
    free, tied = draw(laws, 5_000, 1), draw(laws, 5_000, 1, pairs)
    assert spearmanr(tied["wage"], tied["label_price"])[0] == pytest.approx(0.7, abs=0.02)
    assert spearmanr(tied["wage"], tied["ceiling"])[0] == pytest.approx(-0.4, abs=0.02)
    for name in laws:
        assert np.allclose(np.sort(free[name]), np.sort(tied[name]))
    assert abs(spearmanr(free["wage"], free["label_price"])[0]) < 0.05


@draws_of(st.lists(st.floats(0.5, 50), min_size=0, max_size=60))
def test_measurements_pull_a_prior_towards_them_by_their_number(values):
    prior = stated(dist="lognormal", p10=4, p90=18)
    after = updated(prior, tuple(values))
    before_mean, mean = np.log(prior.range.middle), np.log(after.range.middle)
    if values:
        measured = float(np.log(values).mean())
        assert mean == pytest.approx((3 * before_mean + len(values) * measured) / (3 + len(values)), abs=1e-6)
    else:
        assert after == prior


def test_many_measurements_decide_the_spread_and_one_alone_says_nothing():
    values = tuple(np.exp(np.random.default_rng(1).normal(2, 0.1, 400)))
    found = updated(stated(dist="lognormal", p10=4, p90=18), values)
    assert found.range.high / found.range.low < np.exp(2.6 * 0.15)
    assert updated(None, (3.0,)) is None and updated(None, (3.0, 5.0)) is not None
    assert updated(stated(dist="fixed", value=0), (3.0, 5.0)) == updated(None, (3.0, 5.0))


def test_counts_update_a_share_as_a_beta():
    assert counted(stated(dist="beta", passes=5, fails=9), 3, 1) == Law("beta", (8.5, 10.5))
    assert counted(stated(dist="fixed", value=0.5), 6, 0) == Law("beta", (7.5, 1.5)), "the prior weighs three"
    assert counted(None, 1, 0) is None
    assert counted(stated(dist="beta", passes=5, fails=9), 0, 0) == Law("beta", (5.5, 9.5))
    assert Range.of(np.arange(101.0)) == Range(10.0, 50.0, 90.0)
