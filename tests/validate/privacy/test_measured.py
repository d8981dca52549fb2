"""The privacy evidence as the chain measures it: every metric that it names, rounded, and the same each time."""

from __future__ import annotations

import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.validate import METRICS, measure, screen
from supplychain.validate.privacy import METRICS as OF_PRIVACY
from supplychain.validate.privacy.rows import rounded, rounded_p

STEPS = (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen, measure)


@pytest.mark.anew
def test_every_named_metric_is_measured_and_no_other(project):
    chain = project.chain()
    for step in STEPS:
        commit = step(chain, "metro")
    found = {row.metric for row in commit.evidence}
    assert set(OF_PRIVACY) <= set(METRICS)
    assert set(OF_PRIVACY) - found == {"dp.epsilon", "dp.delta"}, "marginals claims no epsilon"
    assert found <= set(METRICS)
    by = {(row.metric, row.scope): row for row in commit.evidence}
    assert by["membership.auc", "all"].low < 0.55 < 1 and by["membership.auc", "female=1"].n > 100
    assert by["membership.tpr_at_01pct", "all"].value is None, "400 gold people cannot show a rate of 0.1%"
    assert 0 < by["copies.detectable", "all"].value < 0.2
    privacy = [row for row in commit.evidence if row.metric.startswith(("membership", "risk"))]
    assert all(row.value == round(row.value, 3) for row in privacy if row.value is not None and ".p_" not in row.metric)
    again = measure(chain, "metro")
    assert again.output("evidence").content == commit.output("evidence").content


@pytest.mark.parametrize(("p", "shown"), [(0.0123456, 0.012), (1e-30, 1e-6), (1.0, 1.0), (0.00098765, 0.00099)])
def test_p_values_say_two_digits_and_no_more(p, shown):
    assert rounded_p(p) == pytest.approx(shown)


def test_shares_say_three_decimals_and_no_minus_zero():
    assert str(rounded(-0.0001)) == "0.0" and rounded(0.12345) == 0.123 and rounded(float("nan")) is None
