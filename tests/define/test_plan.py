"""Plans: what the levers ask for, what gaps need, what contradicts itself; and a saved plan is applied as it is."""

from __future__ import annotations

import json

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan, plan_against_actual, plan_ahead
from supplychain.define.basis import Gap
from supplychain.define.outlook import time_needed
from supplychain.define.plan_lines import plan_lines
from supplychain.define.pricing import Prices
from supplychain.define.spread import shadow_prices
from supplychain.errors import BadInput, GateRefused
from supplychain.learning import Curve, Exchange
from supplychain.ledger.entries import Evidence, Output
from supplychain.ledger.events import Commit
from supplychain.project import with_levers

PRODUCT = "assets/products/clinic/defs.yaml"


def gap(name, **known):
    told = {"predicate": "a = 1", "verdict": "gap", "kind": "missing", "rows": 200, "share": 0.05, "loss": 0.6}
    limits = {"low": 0.55, "high": 0.65, "curve": Curve(2.0, 0.4, 0.36)}
    return Gap(slice=name, **{**told, **limits, **known})


def whole(**known):
    return gap("all", predicate="TRUE", verdict="fine", kind=None, rows=4_000, share=1.0, **known)


def lines(product, *gaps, support=None, prices=None):
    named = {one.slice: one for one in gaps}
    rows = support or {one.slice: one.rows for one in gaps}
    return {line.slice: line for line in plan_lines(product, named, rows, prices or Prices())}


@pytest.fixture
def clinic(project):
    return project.chain().product


def levers(product, **changed):
    return with_levers(product, {f"levers.{key.replace('__', '.')}": value for key, value in changed.items()})


def test_the_rows_asked_for_are_planned_whatever_was_found(clinic):
    plan = lines(clinic, whole(), gap("poor-health", verdict="fine", kind=None))
    assert {name: line.rows for name, line in plan.items()} == {"all": 400, "poor-health": 100}
    assert {line.action for line in plan.values()} == {"synthesise"}


@pytest.mark.parametrize(
    ("kind", "action", "word"),
    [
        ("missing", "buy real", "rows are too few"),
        ("noisy", "leave", "will not help"),
        ("overconfident", "recalibrate", "recalibrate"),
        ("shifted", "refresh real", "rows of this window help"),
    ],
)
def test_each_kind_of_gap_has_its_remedy(clinic, kind, action, word):
    """Without rows to spread, nothing is synthesised by itself; what would help is said."""
    line = lines(clinic, whole(), gap("found-one", kind=kind))["found-one"]
    assert (line.rows, line.action) == (0, action)
    assert word in line.why


def test_a_combination_that_nobody_has_seen_is_to_be_bought(clinic):
    line = lines(clinic, whole(), gap("hole", kind="uncovered", rows=0, curve=None), support={"all": 4_000})["hole"]
    assert line.action == "buy real"
    assert line.buy_rows == clinic.gaps.least_rows


def test_rows_are_spread_over_gaps_that_rows_close_and_a_share_goes_to_all(clinic):
    product = levers(clinic, coverage__most_rows=1_000, coverage__rows={})
    plan = lines(product, whole(), gap("thin"), gap("noise", kind="noisy"), gap("unsure", kind="overconfident"))
    assert plan["thin"].rows == 750
    assert plan["all"].rows == 250
    assert plan["noise"].rows == plan["unsure"].rows == 0
    assert plan["thin"].best_case < plan["thin"].loss
    assert plan["thin"].expected is None  # nobody has measured what a synthetic row is worth


def test_without_a_gap_nothing_is_spread(clinic):
    product = levers(clinic, coverage__most_rows=1_000, coverage__rows={})
    assert not sum(line.rows for line in lines(product, whole(), gap("fine-one", verdict="fine", kind=None)).values())


def test_a_target_is_met_by_as_many_rows_as_the_curve_needs(clinic):
    product = levers(clinic, coverage__targets={"poor-health": 0.55}, coverage__rows={})
    prices = Prices(exchange={"poor-health": (Exchange(0.3), Exchange(0.5), Exchange(0.7))})
    line = lines(product, whole(), gap("poor-health"), prices=prices)["poor-health"]
    curve = Curve(2.0, 0.4, 0.36)
    assert curve.loss(200 + 0.5 * line.rows) <= 0.55 < curve.loss(200 + 0.5 * (line.rows - 2))
    assert line.expected == pytest.approx(0.6 - (curve.loss(200) - curve.loss(200 + 0.5 * line.rows)))


def test_a_target_below_the_noise_is_said_to_be_out_of_reach(clinic):
    product = levers(clinic, coverage__targets={"poor-health": 0.3})
    line = lines(levers(product, coverage__rows={"all": 10}), whole(), gap("poor-health"))["poor-health"]
    assert (line.rows, line.buy_rows) == (0, 0)
    assert "not expected to reach the target 0.3" in line.why


def test_where_friction_says_buy_nothing_is_made_up(clinic):
    product = levers(clinic, coverage__most_rows=1_000, coverage__rows={})
    line = lines(product, whole(), gap("thin"), prices=Prices(advice={"thin": "buy real"}, real={"thin": 12.0}))["thin"]
    assert line.action == "buy real"
    assert line.cost == 12.0 * line.buy_rows


def test_a_budget_that_does_not_pay_says_which_lever_to_move_and_by_how_much(clinic):
    product = levers(clinic, cost__budget=300.0)
    with pytest.raises(BadInput) as refused:
        lines(product, whole(), gap("poor-health"), prices=Prices(row=1.0, fixed=50.0))
    text = str(refused.value)
    assert "levers.cost.budget: 300.00 EUR does not pay for the 500 rows asked for (550.00)" in text
    assert "raise it to 550.00, or ask for 250 rows less under levers.coverage" in text
    lines(levers(clinic, cost__budget=550.0), whole(), gap("poor-health"), prices=Prices(row=1.0, fixed=50.0))


def test_a_budget_that_does_not_pay_is_refused_at_its_line(project):
    """Two prices make a run cost something; the line is the lever's own in the file."""
    inputs = "inputs: {wage: {dist: fixed, value: 100, unit: EUR/h, source: quoted, ref: a test}, "
    inputs += "define_hours: {dist: fixed, value: 10, unit: h, source: quoted, ref: a test}}"
    project.edit(PRODUCT, "  levers:\n", f"  roi: {{{inputs}}}\n  levers:\n    cost: {{budget: 5.0}}\n")
    chain = measured(project)
    with pytest.raises(
        BadInput, match=r"^assets/products/clinic/defs.yaml:\d+: levers.cost.budget: 5.00 EUR does not pay"
    ):
        make_plan(chain, "metro")


def test_a_deadline_that_is_too_near_says_so(clinic):
    product = levers(clinic, cost__deadline_days=3.0)
    with pytest.raises(BadInput, match=r"deadline_days: 3 days are not enough: synthetic rows take 8.0 .*raise it to"):
        lines(product, whole(), gap("poor-health"), prices=Prices(days=8.0))


def test_a_lever_that_binds_has_a_shadow_price(clinic):
    product = levers(clinic, coverage__most_rows=1_000, coverage__rows={})
    gaps = {"all": whole(), "thin": gap("thin")}
    support = {"all": 4_000, "thin": 200}
    (shadow,) = shadow_prices(product, gaps, support, Prices())
    assert shadow["lever"] == "levers.coverage.most_rows"
    assert shadow["fall"] > 0
    (capped,) = shadow_prices(levers(product, risk__synthetic_per_real=2.0), gaps, support, Prices())
    assert capped["lever"] == "levers.risk.synthetic_per_real"


def measured(project):
    chain = project.chain()
    for step in (land, find_gaps):
        step(chain, "metro")
    return chain


def test_planning_writes_nothing_and_says_what_the_run_would(project):
    chain = measured(project)
    before = len(chain.ledger.commits("clinic"))
    plan = plan_ahead(chain, "metro", spec=chain.product.spec_hash, levers={})
    assert len(chain.ledger.commits("clinic")) == before
    make_plan(chain, "metro")
    output = chain.ledger.current("clinic", "plan", "metro")
    assert output.notes["plan"] == plan.id
    assert chain.store.read_table(output.table).equals(plan.table)


def test_the_command_plans_saves_and_exits_with_two_where_there_is_something_to_do(project, supplychain):
    code, out, _ = supplychain("plan", "clinic", "--window", "metro", "-o", "plan.json")
    assert code == 2
    for words in ("+ all: +400 synthetic rows", "+ poor-health: +100 synthetic rows", "Gates", "Time", "Cost"):
        assert words in out
    assert json.loads((project.root / "plan.json").read_text())["window"] == "metro"
    assert not project.chain().ledger.find("clinic", "plan", "metro")


def test_a_plan_says_what_changed_since_the_last_run_and_that_nothing_has(project, supplychain):
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    code, out, _ = supplychain("plan", "clinic", "--window", "metro")
    assert code == 0
    assert "= all: +400 synthetic rows" in out
    assert "Nothing to do: release 1.0.0 was made by this very plan." in out
    code, out, _ = supplychain("plan", "clinic", "--window", "metro", "--set", "levers.coverage.rows={all: 300}")
    assert code == 2
    assert "~ all: +300 synthetic rows (was 400)" in out
    assert "- poor-health" in out


def test_a_row_that_costs_more_than_it_is_worth_is_not_made(clinic):
    product = levers(clinic, coverage__most_rows=1_000, coverage__rows={"all": 10})
    line = lines(product, whole(), gap("thin"), prices=Prices(row=50.0, worth=10.0))["thin"]
    assert line.rows == 0
    assert "costs more than it is worth" in line.why


def test_an_expected_loss_has_an_interval(clinic):
    product = levers(clinic, coverage__rows={"all": 10, "poor-health": 500})
    prices = Prices(exchange={"poor-health": (Exchange(0.1), Exchange(0.5), Exchange(0.9))})
    line = lines(product, whole(), gap("poor-health", steepness=(0.5, 1.5)), prices=prices)["poor-health"]
    assert line.expected_low < line.expected < line.expected_high < line.loss


def test_a_plan_that_could_not_be_saved_is_refused_before_anything_is_measured(project, supplychain):
    code, _, err = supplychain("plan", "clinic", "--window", "metro", "-o", "nowhere/plan.json")
    assert code == 64
    assert "nowhere/plan.json: cannot be written; name a file in a folder that you may write" in err
    assert not project.chain().ledger.find("clinic", "real", "metro")


def test_a_saved_plan_is_applied_exactly_though_its_levers_are_not_the_files(project, supplychain):
    assert (
        supplychain(
            "plan", "clinic", "--window", "metro", "--set", "levers.coverage.rows={all: 300}", "-o", "plan.json"
        )[0]
        == 2
    )
    code, _, err = supplychain("run", "--plan", "plan.json")  # a plan knows its product
    assert code == 0, err
    chain = project.chain()
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    assert accepted.height == 300
    assert set(accepted["_slice"]) == {"all"}


@pytest.mark.parametrize("what", ["product file", "source", "edited", "other product", "other window", "no plan"])
def test_a_plan_whose_inputs_have_changed_is_refused_in_one_line(project, supplychain, what):
    supplychain("plan", "clinic", "--window", "metro", "-o", "plan.json")
    again = "make it again with `supplychain plan clinic -o FILE`"
    arguments = ["run", "clinic", "--plan", "plan.json"]
    if what == "product file":
        project.edit(PRODUCT, "poor-health: 100", "poor-health: 90")
        expected = f"plan.json: was made before assets/products/clinic/defs.yaml changed; {again}"
    elif what == "source":
        rows = pl.read_csv(project.root / "clinic.csv")
        rows.head(2_900).write_csv(project.root / "clinic.csv")
        expected = "was made from another content of "
    elif what == "edited":
        text = (project.root / "plan.json").read_text()
        (project.root / "plan.json").write_text(text.replace('"rows": 400', '"rows": 4000'))
        expected = "plan.json: was edited after it was made"
    elif what == "other product":
        other = (project.root / PRODUCT).read_text().replace("name: clinic", "name: other")
        project.write("assets/products/other/defs.yaml", other)
        for suite in ("real", "synthetic", "evidence"):
            project.write(
                f"expectations/other/{suite}.yaml", (project.root / f"expectations/clinic/{suite}.yaml").read_text()
            )
        arguments[1] = "other"
        expected = "plan.json: is a plan for clinic, not for other"
    elif what == "other window":
        arguments += ["--window", "rural"]
        expected = "plan.json: is a plan for window metro, not for rural; leave --window out"
    else:
        (project.root / "plan.json").write_text("{}")
        expected = "plan.json: is no plan file (it lacks 'format'); make it again"
    code, _, err = supplychain(*arguments)
    assert code == 64
    assert expected in err
    assert len(err.strip().splitlines()) == 1
    assert not project.chain().ledger.find("clinic", "release", "metro")


def test_a_person_must_have_read_the_plan_where_risk_says_so(project, supplychain):
    project.edit(PRODUCT, "risk: {unmet: 0}", "risk: {unmet: 0, human_review: plan}")
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 3
    assert "levers.risk.human_review wants a person to read the plan first; `supplychain plan clinic" in err
    assert supplychain("plan", "clinic", "--window", "metro", "-o", "plan.json")[0] == 2
    assert supplychain("run", "clinic", "--plan", "plan.json")[0] == 0


def test_a_review_lever_holds_in_the_library_too(project):
    project.edit(PRODUCT, "risk: {unmet: 0}", "risk: {unmet: 0, human_review: plan}")
    with pytest.raises(GateRefused, match="wants a person to read the plan first"):
        make_plan(measured(project), "metro")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("levers.cost.budget=-3", "--set: levers.cost.budget: -3 does not fit here"),
        ("levers.cost.bugdet=3", "--set: levers.cost.bugdet: unknown key; did you mean 'budget'?"),
        ("levers.cst.budget=3", "--set: levers.cst.budget: there is no such lever; did you mean 'cost'?"),
        ("slices.x=age", "--set: slices.x: is no lever; levers can be set for one plan"),
        ("budget", "--set: 'budget' is no LEVER=VALUE"),
        ("levers.coverage.rows={all: [", "--set: levers.coverage.rows: cannot read the value"),
        ("levers.coverage.rows={oll: 3}", "there is no such slice"),
        ("levers.coverage.ways=3", "--set: levers.coverage.ways: decides which gaps are looked for, before there is"),
    ],
)
def test_a_setting_that_is_no_lever_is_refused(project, supplychain, setting, expected):
    code, _, err = supplychain("plan", "clinic", "--window", "metro", "--set", setting)
    assert code == 64
    assert expected in err


def test_an_empty_plan_is_no_error_and_a_run_of_it_says_why_it_ends(project, supplychain):
    project.edit(
        PRODUCT, "coverage: {rows: {all: 400, poor-health: 100}}", "coverage: {most_rows: 100, keep: 0.0, ways: 0}"
    )
    project.edit(PRODUCT, "  generate:", "  gaps: {depth: 0}\n  generate:")
    project.edit(PRODUCT, "poor-health: fair = 1 OR poor = 1", "poor-health: female = 1")
    code, out, _ = supplychain("plan", "clinic", "--window", "metro")
    assert code == 0, out
    assert "Nothing to do" in out
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 1
    assert "the plan asks for no row" in err


def done(run, asset, seconds, window="metro"):
    return Commit("", 0, "", "clinic", window, "", run, "", "", seconds, 0.0, outputs=(Output(asset, "", ""),))


def test_a_window_that_waited_for_people_took_what_both_of_its_runs_took():
    before, after = done("a", "evidence", 16.0), done("b", "release", 4.0)
    elsewhere = done("c", "evidence", 90.0, "rural")
    assert time_needed([before, after], 100)["p50"] == pytest.approx(20.0)
    assert time_needed([before, elsewhere, after], 100)["p50"] == pytest.approx(20.0), "another window is another's"
    whole = [done("d", "evidence", 16.0), done("d", "release", 4.0)]
    assert time_needed(whole, 100)["p50"] == pytest.approx(20.0), "a run that did both counts once"
    assert time_needed([before], 100) is None


def test_a_run_is_set_against_its_plan_and_durations_are_foretold_from_the_second_on(project, supplychain):
    """The second plan knows how long the first run took; what it says is kept in the log with the plan."""
    _, out, _ = supplychain("run", "clinic", "--window", "metro")
    assert "Plan against actual" in out
    assert "(P10/50/90)" not in out.partition("Plan against actual")[2]
    _, out, _ = supplychain("run", "clinic", "--window", "metro")
    assert "(P10/50/90)" in out
    ledger = project.chain().ledger
    notes = ledger.current("clinic", "plan", "metro").notes
    first = [commit for commit in ledger.commits("clinic") if commit.run == ledger.commits("clinic")[0].run]
    assert notes["seconds_p10"] < notes["seconds_p50"] < notes["seconds_p90"]
    assert notes["seconds_p50"] == pytest.approx(sum(commit.seconds for commit in first))
    run = ledger.commits("clinic")[-1].run
    _, out, _ = supplychain("plan", "clinic", "--window", "metro")
    assert "Compared  No price is known" in out
    actual = plan_against_actual(ledger, "clinic", run)
    assert dict(actual.slices.select("slice", "planned").iter_rows()) == {"all": 400, "poor-health": 100}
    assert actual.slices["accepted"].sum() == ledger.current("clinic", "accepted", "metro").rows
    assert actual.inside[1] == 1
    assert actual.slices["expected"].null_count() == 2  # nobody has measured what a synthetic row is worth
    measured = (row for commit in ledger.commits("clinic") if commit.run == run for row in commit.evidence)
    told = {row.scope: row.value for row in measured if row.metric == "release.fall"}
    assert dict(actual.slices.select("slice", "fall").iter_rows()) == told, "of the release as it is weighed"
    assert (actual.slices["low"] <= actual.slices["fall"]).all()


def test_what_a_gate_would_see_is_known_from_the_plans_own_window(project):
    """Another window's wider interval, though newer, says nothing of this one."""
    chain = measured(project)
    rule = next(rule for rule in chain.suite("evidence").rules if rule.kwargs.get("metric") == "marginal.mean")
    for window, width in (("metro", 0.01), ("rural", 0.2)):
        with chain.step("validate", window) as step:
            step.measured([Evidence("marginal.mean", "all", 0.9, 0.9 - width, 0.9 + width, None, 100, 0.0)])
    gates = {gate["rule"]: gate["sees"] for gate in plan_ahead(chain, "metro", spec="", levers={}).outlook["gates"]}
    assert 0.01 < gates[rule.id] < 0.05


def test_a_run_that_made_no_row_has_no_actual(project):
    chain = measured(project)
    assert plan_against_actual(chain.ledger, "clinic", "adhoc") is None
