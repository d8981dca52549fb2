"""Candidates: as planned, batch by batch, the same for any number of workers."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import StoreFault, SupplyChainError
from supplychain.generate import fit_synthesizer, installed, sample_candidates, stale_work, synthesizer
from supplychain.generate.batches import Order, each, groups
from supplychain.generate.marginals import Marginals
from supplychain.generate.synthesizer import synthesizer_class
from supplychain.merge import blend
from supplychain.slices import Slice
from supplychain.validate import judge_evidence, measure, screen
from supplychain.validate import subject as subject_module
from tests.generate.making import SICK, add_rule, candidates, quota, table, with_columns


def test_batches_are_whole_labelled_and_recorded(planned):
    chain, commit = candidates(planned)
    rows = chain.store.read_table(commit.output("candidates").table)
    assert {batch.id for batch in commit.batches} == set(rows["_batch"])
    assert len({batch.seed for batch in commit.batches}) == len(commit.batches) > 5
    assert all(batch.candidates <= 150 for batch in commit.batches)
    sizes = dict(rows.group_by("_batch").len().iter_rows())
    assert all(sizes[batch.id] == batch.sampled for batch in commit.batches)
    numbers = rows.group_by("_batch").agg(pl.col("_row").sort())
    assert all(row == list(range(len(row))) for row in numbers["_row"].to_list())
    sick = rows.filter(pl.col("_slice") == "poor-health")
    assert ((sick["fair"] == 1) | (sick["poor"] == 1)).all()


def test_no_two_batches_hold_the_same_rows(planned):
    chain, commit = candidates(planned)
    rows = chain.store.read_table(commit.output("candidates").table)
    names = [name for name in rows.columns if not name.startswith("_")]
    assert rows.select(names).unique().height == rows.height


def test_four_workers_write_the_bytes_of_one(planned, tmp_path):
    _, one = candidates(planned)
    planned.edit("assets/products/clinic/defs.yaml", "workers: 1", "workers: 4")
    planned.home = tmp_path / "four"
    _, four = candidates(planned)
    assert four.output("candidates").content == one.output("candidates").content


def test_a_changed_model_file_is_not_loaded(planned):
    chain, _ = candidates(planned)
    output = chain.ledger.current("clinic", "synthesizer", "metro")
    (planned.home / output.path).write_bytes(b"not the model")
    with pytest.raises(StoreFault, match="it is not loaded"):
        sample_candidates(chain, "metro")


def fits(chain):
    """Fit again, and say whether anything was fitted."""
    said = []
    fit_synthesizer(replace(chain, progress=said.append), "metro")
    return any(text.startswith("fitting") for text in said)


def test_the_same_rows_are_never_fitted_twice(planned):
    chain, _ = candidates(planned)
    before = chain.ledger.current("clinic", "synthesizer", "metro")
    assert not fits(chain)
    assert chain.ledger.current("clinic", "synthesizer", "metro") == before


@pytest.mark.parametrize("what", ["rows", "settings", "code", "damage"])
def test_what_has_changed_is_fitted_again(planned, what, monkeypatch):
    chain, _ = candidates(planned)
    if what == "rows":
        rows = pl.read_csv(planned.root / "clinic.csv")
        rows.head(2_900).write_csv(planned.root / "clinic.csv")
        land(chain, "metro")
    elif what == "settings":
        planned.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", "synthesizer: trees")
        chain = planned.chain()
    elif what == "code":
        monkeypatch.setattr("supplychain.code.code_hash", lambda: "other")
    else:
        path = chain.store.path(chain.ledger.current("clinic", "synthesizer", "metro").path)
        Path(path).write_bytes(b"something else")
    assert fits(chain)


def test_exactly_the_planned_rows_though_rules_refuse_most(planned):
    """People of 80 and over are about a fifth: later rounds ask for what is missing, and not for all again."""
    _, commit, accepted = quota(planned, keep=80, per_row=50)
    assert accepted.rows == 400
    assert commit.output("candidates").notes["exhausted"] is None
    assert 1_500 < commit.output("candidates").rows < 5_000


def test_the_budget_of_candidates_is_hard_and_says_where_it_ended(planned):
    _, commit, accepted = quota(planned, keep=80, per_row=2)
    assert sum(batch.candidates for batch in commit.batches) == 800
    assert accepted.rows < 400
    words = commit.output("candidates").notes["exhausted"]
    assert words.startswith(f"all: {accepted.rows} of 400 after 800 candidates (")


# Hundreds of slices at once.


def plan_by_hand(chain, lines):
    """A plan of (slice, predicate, rows, candidates)."""
    with chain.step("define", "metro") as step:
        step.write("plan", pl.DataFrame(lines, schema=["slice", "predicate", "rows", "candidate_budget"], orient="row"))


def sample_each(self, orders):
    """One pass over many orders, as a synthesizer may offer it; here with no gain but with a count."""
    orders = list(orders)
    sample_each.asked.append(len(orders))
    return (self.sample(n, seed=seed, where=where) for n, seed, where in orders)


def test_three_hundred_slices_at_once_get_exactly_their_rows_or_say_why_not(project, monkeypatch):
    monkeypatch.setattr(Marginals, "sample_each", sample_each, raising=False)
    sample_each.asked = []
    project.edit("expectations/clinic/synthetic.yaml", "min_value: 65", "min_value: 80, mostly: 0.01")  # refuses most
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer):
        step(chain, "metro")
    # Overlapping ones, one that holds nobody, one whose rows all break the rule, one that is met by chance alone.
    lines = [(f"older-{n}", f"age >= {65 + n % 20} AND female = {n % 2}", 5 + n % 3, 2_000) for n in range(300)]
    lines += [
        ("nobody", "age > 500", 10, 300),
        ("too-young", "age < 70", 10, 200),
        ("rare", "age >= 85 AND poor = 1", 20, 4_000),
    ]
    plan_by_hand(chain, lines)
    said = []
    commit = sample_candidates(replace(chain, progress=said.append), "metro")
    screened = screen(chain, "metro").output("accepted")
    short = ("nobody", "too-young")
    made = dict(table(chain, "accepted").group_by("_slice").len().iter_rows())
    assert {name: made.get(name, 0) for name, *_ in lines} == {
        name: 0 if name in short else rows for name, _, rows, _ in lines
    }
    words = commit.output("candidates").notes["exhausted"]
    assert words == (
        "nobody: 0 of 10 after 300 candidates (0.0% good); too-young: 0 of 10 after 200 candidates (0.0% good)"
    )
    assert f"exhausted: {words.split('; ')[0]}; raise levers.cost.candidates_per_row" in said
    budgets = {name: budget for name, _, _, budget in lines}
    asked = dict.fromkeys(budgets, 0)
    for batch in commit.batches:
        asked[batch.slice] += batch.candidates
    assert all(asked[name] <= budgets[name] for name in budgets)
    planned = sum(rows for _, _, rows, _ in lines)
    assert screened.rows == planned - 20 and screened.notes["planned"] == planned
    assert len(commit.batches) > 500 and len(sample_each.asked) <= 10, "one pass a round, not one call a slice"
    for name, where, *_ in lines[:20]:
        rows = table(chain, "candidates").filter(pl.col("_slice") == name)
        assert Slice(name, where).pick(rows).height == rows.height


def test_the_gate_on_the_plan_agrees_and_long_tables_are_measured_by_a_sample(planned, monkeypatch):
    monkeypatch.setattr(subject_module, "MOST_ROWS", 150)
    chain, commit = candidates(planned)
    accepted = screen(chain, "metro").output("accepted")
    found = {(row.metric, row.scope): row for row in measure(chain, "metro").evidence}
    of_plan = found["rows.of_plan", "all"]
    assert (of_plan.value, of_plan.n) == (accepted.rows / accepted.notes["planned"], accepted.notes["planned"])
    assert of_plan.value == 1
    assert found["marginal.mean", "all"].n == 150
    assert found["copies.share", "all"].n == commit.output("candidates").rows, "copies are counted among all"


@pytest.mark.parametrize(
    "name", ["marginals", *(n for n in installed() if hasattr(synthesizer_class(n), "sample_each"))]
)
def test_in_one_pass_each_order_gets_the_rows_of_a_call_of_its_own(name, people, monkeypatch):
    if name == "marginals":
        monkeypatch.setattr(Marginals, "sample_each", sample_each, raising=False)
        sample_each.asked = []
    model = synthesizer(name).fit(people.drop("person").head(800), seed=3)
    wheres = ["TRUE", "age >= 75", "fair = 1 OR poor = 1", "age > 500", "TRUE", "female = 1 AND income > 20"]
    orders = [Order(str(n), Slice(f"s{n}", where), 0, 40, 40 * (n % 3), n) for n, where in enumerate(wheres)]
    alone = [model.sample(order.candidates, seed=order.seed, where=order.slice) for order in orders]
    for together in (1, 45, 10_000):
        made = [rows for group in groups(orders, together) for rows in each(model, group)]
        assert all(one.equals(other) for one, other in zip(made, alone, strict=True))


def test_the_batch_names_the_synthesizer_that_was_fitted_not_the_one_that_is_asked_for(planned):
    candidates(planned)
    planned.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", "synthesizer: trees")
    assert {batch.synthesizer for batch in sample_candidates(planned.chain(), "metro").batches} == {"marginals"}


def test_a_synthesizer_with_other_columns_is_refused_in_one_line(planned, monkeypatch):
    candidates(planned)
    draw = Marginals.sample
    monkeypatch.setattr(
        Marginals, "sample", lambda self, n, **how: draw(self, n, **how).with_columns(pl.col("age").cast(pl.String))
    )
    planned.edit("assets/products/clinic/defs.yaml", "batch_rows: 150", "batch_rows: 151")
    with pytest.raises(SupplyChainError, match=r"made other columns than the real ones: age \(String\)"):
        sample_candidates(planned.chain(), "metro")


# Rules that only Great Expectations can read, and rules with one right answer.


REGEX = """
  - type: expect_column_values_to_match_regex
    kwargs: {column: sex, regex: ^w, mostly: 0.01}
    meta: {id: women, why: For a test.}
"""


def test_the_plan_is_filled_though_only_great_expectations_can_read_a_rule(planned):
    woman = pl.when(pl.col("female") == 1).then(pl.lit("woman")).otherwise(pl.lit("man"))
    with_columns(planned, woman.alias("sex"))
    add_rule(planned, REGEX)
    planned.edit("assets/products/clinic/defs.yaml", "levers:\n", "levers:\n    cost: {candidates_per_row: 20}\n")
    chain, commit = candidates(planned)
    accepted = screen(chain, "metro").output("accepted")
    assert accepted.rows == accepted.notes["planned"] == 500
    assert set(table(chain, "accepted")["sex"]) == {"woman"}
    assert commit.output("candidates").notes["exhausted"] is None


def test_a_derived_column_is_computed_anew_noted_and_not_released(planned):
    with_columns(planned, (pl.col("fair") + pl.col("poor")).alias("sick"))
    add_rule(planned, SICK)
    chain, commit = candidates(planned)
    rows = table(chain, "candidates")
    repaired = rows.filter(pl.col("_repaired").is_not_null())
    assert 100 < repaired.height < rows.height
    assert commit.output("candidates").notes["repaired"] == f"sick-is-fair-or-poor: {repaired.height:,}"
    assert (rows["sick"] == rows["fair"] + rows["poor"]).all()
    screened = screen(chain, "metro")
    assert {gate.rule: gate.failed_rows for gate in screened.gates}["sick-is-fair-or-poor"] == 0
    assert table(chain, "accepted").filter(pl.col("_repaired").is_not_null()).height > 0
    measure(chain, "metro")
    judge_evidence(chain, "metro")
    assert not {"_repaired", "_slice"} & set(blend(chain, "metro").output("blend").columns)


# Killed in the middle.

SAMPLE = """
from supplychain.chain import Chain
from supplychain.generate import sample_candidates
from supplychain.project import find_product, project_root
root = project_root()
sample_candidates(Chain.open(find_product("clinic", root), root), "metro")
"""


def children(pid):
    """Processes that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if status.read_text().rpartition(")")[2].split()[1] == str(pid):
                found.append(int(status.parent.name))
    return found


def killed_in_the_middle(project):
    """Sample in another process and kill it when some batches are done; the workers that it had."""
    folder = project.home / "parts/clinic/metro/generate"
    running = subprocess.Popen([sys.executable, "-c", SAMPLE], cwd=project.root)
    deadline = time.monotonic() + 60
    while len(list(folder.rglob("*.parquet"))) < 4:
        assert running.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    workers = children(running.pid)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    return workers


def alive(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.long), 4])
def test_after_a_crash_finished_batches_are_used_again_and_the_bytes_are_the_same(project, workers, tmp_path):
    product = "assets/products/clinic/defs.yaml"
    project.edit(
        product, "{synthesizer: marginals}", f"{{synthesizer: marginals, batch_rows: 100, workers: {workers}}}"
    )
    project.edit(product, "{all: 400, poor-health: 100}", "{all: 20000}")
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer):
        step(chain, "metro")
    shutil.copytree(project.home, tmp_path / "undisturbed")

    left_behind = killed_in_the_middle(project)
    assert len(left_behind) >= workers - 1
    parts = list((project.home / "parts").rglob("*.parquet"))
    finished = pl.concat([pl.read_parquet(part).select("_batch") for part in parts])["_batch"].n_unique()
    parts[0].write_bytes(b"damaged")  # such a one is made again
    assert list(stale_work(chain.ledger, "clinic")) == [
        f"parts/clinic/metro/generate/{path.name}"
        for path in (project.home / "parts/clinic/metro/generate").glob("*.tmp")
    ]

    project.edit(product, f"workers: {workers}", f"workers: {max(workers // 2, 1)}")
    said = []
    again = sample_candidates(replace(project.chain(), progress=said.append), "metro")
    used = next(int(line.split()[0].replace(",", "")) for line in said if "used again" in line)
    assert used == finished - 1 and used < len(again.batches)
    assert not list((project.home / "parts").rglob("*.*")), "what is in the log needs no parts"

    project.home = tmp_path / "undisturbed"
    project.edit(product, f"workers: {max(workers // 2, 1)}", "workers: 1")
    undisturbed = sample_candidates(project.chain(), "metro")
    assert again.output("candidates").content == undisturbed.output("candidates").content
    assert [batch.id for batch in again.batches] == [batch.id for batch in undisturbed.batches]

    deadline = time.monotonic() + 10
    while any(map(alive, left_behind)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, left_behind)), "workers end with the process that started them"


def test_the_doctor_removes_what_no_run_would_use(planned, supplychain):
    chain, _ = candidates(planned)
    for path in ("generate/an-older-model/a-b.parquet", "generate/x.tmp", "validate/y.tmp"):
        chain.store.write(f"parts/clinic/metro/{path}", b"left by a killed run")
    code, out, _ = supplychain("doctor", "--json")
    found = {row["what"]: row["found"] for row in json.loads(out)}
    assert code == 0 and found["unfinished work"] == "2 left by killed runs, removed"
    assert not [path for path in (planned.home / "parts").rglob("*") if path.is_file()]
