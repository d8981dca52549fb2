"""Three outcomes, and waivers: what counts, for which rule, until when, and what can never be waived."""

from __future__ import annotations

import json
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.errors import BadInput, GateRefused
from supplychain.gates import revoke, waive
from supplychain.gates.outcomes import outcome, span
from supplychain.ledger import verdicts
from supplychain.ledger.index import query
from supplychain.ledger.verdicts import FAIL, INCONCLUSIVE, PASS, in_force, today
from supplychain.merge import blend
from supplychain.publish import publish
from supplychain.validate import PRIVATE, judge_evidence
from tests.bad_input import put_release

EVIDENCE = "expectations/clinic/evidence.yaml"
TOMORROW = (today() + timedelta(days=1)).isoformat()
NUMBER = st.floats(-5, 5)


@given(st.tuples(NUMBER, NUMBER, NUMBER).map(sorted), st.one_of(st.none(), NUMBER), st.one_of(st.none(), NUMBER))
def test_an_interval_passes_inside_fails_outside_and_else_nobody_can_tell(ends, least, most):
    low, value, high = ends
    said = outcome(span(value, low, high, "surely"), least, most)
    grid = [low + (high - low) * step / 50 for step in range(51)]
    inside = [(least is None or x >= least) and (most is None or x <= most) for x in (*grid, low, value, high)]
    if said == PASS:
        assert all(inside)
    elif said == FAIL:
        assert not any(inside)
    elif all(inside):
        pytest.fail("what lies inside must pass")


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.5, 0.45, 0.55, PASS),
        (0.5, 0.3, 0.7, INCONCLUSIVE),
        (0.3, 0.2, 0.39, FAIL),
        (0.5, None, None, PASS),  # exact
        (0.3, None, None, FAIL),
        (0.5, 0.45, None, PASS),  # nothing is known above, and no limit asks
        (0.5, None, 0.7, INCONCLUSIVE),
        (None, 0.45, 0.55, FAIL),
        (float("nan"), 0.45, 0.55, FAIL),
        (float("inf"), 0.45, 0.55, FAIL),
        (0.5, float("nan"), float("nan"), PASS),
    ],
)
def test_what_is_at_least_four_tenths(value, low, high, said):
    assert outcome(span(value, low, high, "surely"), 0.4, None) == said


@pytest.fixture
def refused(project):
    """A window whose rows are there and whose evidence was refused by `marginals`; a release is there from before."""
    put_release(project)
    project.edit(EVIDENCE, "min_value: 0.8}", "min_value: 0.9999}")
    judge_evidence(project.chain(), "metro")
    with pytest.raises(GateRefused, match=r"marginals found 0\.9.*set by expectations/clinic/evidence\.yaml:4 "):
        blend(project.chain(), "metro")
    return project


def put_waiver(project, name="marginals", until=TOMORROW, window="metro"):
    return waive(project.chain(), window, name, reason="a pilot", by="Dr Ada", until=until, private=PRIVATE).waivers


@pytest.mark.parametrize("name", ["marginals", "evidence/marginals", "fidelity"])
def test_a_waived_rule_lets_a_release_through_that_says_so(refused, name):
    (waiver,) = put_waiver(refused, name)
    assert (waiver.rule, waiver.limit) == ("marginals", "marginal.mean surely at least 0.9999")
    chain = refused.chain()
    assert blend(chain, "metro").waivers == (waiver,)
    folder = refused.home / publish(chain, "metro").release.path
    gates = json.loads((folder / "manifest.json").read_bytes())["windows"][0]["gates"]
    assert [gate["rule"] for gate in gates if "waived" in gate] == ["marginals"]
    told = {"by": "Dr Ada", "reason": "a pilot", "until": TOMORROW}
    assert next(gate for gate in gates if gate["rule"] == "marginals")["waived"] == told
    assert f"Waived until {TOMORROW} by Dr Ada: a pilot" in (folder / "README.md").read_text()


def test_a_waiver_ends_with_its_day_and_publish_looks_again(refused, monkeypatch):
    put_waiver(refused, until=today().isoformat())
    chain = refused.chain()
    blend(chain, "metro")
    later = today() + timedelta(days=1)
    monkeypatch.setattr(verdicts, "today", lambda: later)
    with pytest.raises(GateRefused, match="marginals found"):
        publish(chain, "metro")
    with pytest.raises(GateRefused, match="marginals found"):
        blend(chain, "metro")
    assert len(chain.ledger.releases("clinic")) == 1


def test_a_waiver_is_of_one_rule_with_its_limit_in_one_window(refused):
    put_waiver(refused)
    put_waiver(refused, window="rural", until=TOMORROW, name="discriminator")
    chain = refused.chain()
    assert [waiver.rule for waiver in in_force(chain.ledger, "clinic", "metro")] == ["marginals"]
    refused.edit(EVIDENCE, "min_value: 0.9999}", "min_value: 0.99999}")
    judge_evidence(chain, "metro")
    with pytest.raises(GateRefused, match=r"at least 0\.99999"):
        blend(chain, "metro")


@pytest.mark.parametrize("name", ["marginals", "evidence/marginals", "fidelity"])
def test_what_is_taken_back_counts_no_more_and_both_stay_in_the_log(refused, name):
    put_waiver(refused)
    chain = refused.chain()
    blend(chain, "metro")
    (back,) = revoke(chain, "metro", name, reason="the pilot is over", by="Dr Eve").waivers
    assert (back.rule, back.revoked, back.by) == ("marginals", True, "Dr Eve")
    assert in_force(chain.ledger, "clinic", "metro") == []
    with pytest.raises(GateRefused, match="marginals found"):
        publish(chain, "metro")
    with pytest.raises(GateRefused, match="marginals found"):
        blend(chain, "metro")
    told = query(chain.ledger, "select reason, revoked from waivers where step = 'waive' order by revoked").rows()
    assert told == [("a pilot", False), ("the pilot is over", True)]
    put_waiver(refused)
    assert [waiver.revoked for waiver in in_force(chain.ledger, "clinic", "metro")] == [False]


def test_what_is_not_waived_cannot_be_taken_back(refused):
    with pytest.raises(BadInput, match="clinic: nothing of 'marginals' is waived in window metro; see `supplychain ev"):
        revoke(refused.chain(), "metro", "marginals", reason="x", by="y")
    put_waiver(refused)
    with pytest.raises(BadInput, match="did you mean 'marginals'"):
        revoke(refused.chain(), "metro", "marginal", reason="x", by="y")
    with pytest.raises(BadInput, match="--by: is empty"):
        revoke(refused.chain(), "metro", "marginals", reason="x", by="")


@pytest.mark.parametrize(
    ("name", "more", "line"),
    [
        ("no-copies", {}, "no-copies: guards privacy, and nobody can waive it; make another batch"),
        ("privacy", {}, "privacy: guards privacy, and nobody can waive it; make another batch"),
        ("marginal", {}, "clinic: there is no gate or rule 'marginal'; did you mean 'marginals'?"),
        ("age", {}, "age: stands in real and synthetic; write real/age or synthetic/age"),
        ("coverage", {}, "clinic: there is no gate or rule 'coverage'"),
        ("plausibility", {}, "clinic: gate plausibility refuses nothing in window metro; name a rule"),
        ("marginals", {"until": "2020-01-01"}, "--until: 2020-01-01 is past; name today (UTC) or a later day"),
        ("marginals", {"until": "soon"}, "--until: 'soon' is no day; write it as YYYY-MM-DD"),
        ("marginals", {"reason": " "}, "--reason: is empty"),
        ("marginals", {"by": ""}, "--by: is empty"),
    ],
)
def test_what_cannot_be_waived_is_refused_in_one_line(refused, name, more, line):
    given_ = {"reason": "x", "by": "y", "until": TOMORROW, **more}
    with pytest.raises(BadInput) as said:
        waive(refused.chain(), "metro", name, private=PRIVATE, **given_)
    assert str(said.value).startswith(line)


def test_a_privacy_metric_cannot_be_waived_under_another_gate(refused):
    refused.edit(EVIDENCE, "id: no-copies, gate: privacy", "id: no-copies, gate: utility")
    with pytest.raises(BadInput, match="guards privacy"):
        put_waiver(refused, "no-copies")


def test_the_command_waives_and_evidence_shows_it(refused, supplychain):
    arguments = ("--product", "clinic", "--window", "metro", "--reason", "a pilot", "--by", "Ada", "--until", TOMORROW)
    code, out, _ = supplychain("waive", "marginals", *arguments)
    assert code == 0 and f"is waived until {TOMORROW} by Ada" in " ".join(out.split())
    shown = json.loads(supplychain("evidence", "clinic", "--json")[1])["metro"]
    assert shown["verdict"] == "passed" and [waiver["by"] for waiver in shown["waivers"]] == ["Ada"]
    (waived,) = [gate for gate in shown["gates"] if gate["waiver"]]
    assert waived["rule"] == "marginals" and not waived["passed"] and not waived["blocks"]
    shown = supplychain("evidence", "clinic")[1]
    places = [shown.index(text) for text in ("1 waived", "What failed", "Waived", "Every measurement")]
    assert places == sorted(places), "the verdict, what failed, then everything"
    code, out, _ = supplychain("waive", "marginals", *arguments[:-2], "--revoke")
    assert code == 0 and "is waived no more, says Ada" in " ".join(out.split())
    assert json.loads(supplychain("evidence", "clinic", "--json")[1])["metro"]["verdict"] == "refused"
    for more, line in (((), "--until: is missing"), (("--revoke", "--until", TOMORROW), "--until: goes not with")):
        assert supplychain("waive", "marginals", *arguments[:-2], *more)[2].startswith(f"supplychain: {line}")
    assert supplychain("waive", "no-copies", *arguments)[::2] == (
        64,
        "supplychain: no-copies: guards privacy, and nobody can waive it; make another batch\n",
    )


def test_doubt_warns_and_in_a_strict_product_blocks(project):
    """A limit inside the interval: too little data to tell."""
    put_release(project)
    chain = project.chain()
    output = chain.ledger.current("clinic", "evidence", "metro")
    row = chain.store.read_table(output.table).row(by_predicate=pl.col("metric") == "marginal.mean", named=True)
    middle = (row["low"] + row["value"]) / 2
    project.edit(EVIDENCE, "min_value: 0.8}", f"min_value: {middle}}}")
    (doubt,) = [gate for gate in judge_evidence(chain, "metro").gates if gate.rule == "marginals"]
    assert doubt.outcome == INCONCLUSIVE and not doubt.passed and not doubt.blocks
    assert doubt.figures == {"all": row["value"]}
    blend(chain, "metro")
    project.edit("assets/products/clinic/defs.yaml", "risk: {unmet: 0}", "risk: {unmet: 0, inconclusive: block}")
    strict = project.chain()
    with pytest.raises(GateRefused, match=r"judged by another evidence\.yaml"):
        blend(strict, "metro")
    assert next(gate for gate in judge_evidence(strict, "metro").gates if gate.rule == "marginals").blocks
    with pytest.raises(GateRefused, match=r"too little data to tell, and levers\.risk\.inconclusive is block"):
        blend(strict, "metro")


def test_a_refusal_names_the_lever_that_moves_it(project):
    put_release(project)
    project.edit(EVIDENCE, "bound: low, max_value: 0.0}", "max_value: levers.risk.bias_gap}")
    project.edit(EVIDENCE, "metric: copies.excess", "metric: discriminator.auc")
    judge_evidence(project.chain(), "metro")
    with pytest.raises(GateRefused, match=r"at most 0\.05, set by levers\.risk\.bias_gap \("):
        blend(project.chain(), "metro")


def test_a_metric_that_nobody_computed_fails(project):
    """A name that is known, and no row of it: that is a failure, never a pass."""
    put_release(project)
    project.edit(EVIDENCE, "metric: marginal.mean, min_value: 0.8", 'metric: bias.gap, scope: "no-such", max_value: 9')
    (missing,) = [gate for gate in judge_evidence(project.chain(), "metro").gates if gate.rule == "marginals"]
    assert (missing.outcome, missing.observed, missing.blocks) == (FAIL, "not measured", True)
