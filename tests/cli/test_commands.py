"""Commands: exit codes, JSON, and words for people."""

from __future__ import annotations

import json

import pytest

from supplychain.cli.run import run_window_shown
from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.validate import judge_evidence, measure, screen


def test_status_evidence_releases_verify_and_lineage(project, supplychain):
    assert supplychain("status")[1].startswith("nothing has been made yet")
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0

    status = json.loads(supplychain("status", "--json")[1])
    assert [(row["window"], row["gates"], row["in_release"]) for row in status] == [("metro", "passed", "1.0.0")]

    code, out, _ = supplychain("evidence", "clinic")
    assert code == 0
    assert out.index("passed") < out.index("What failed") < out.index("Every measurement")
    evidence = json.loads(supplychain("evidence", "clinic@1.0.0", "--json")[1])["metro"]
    assert evidence["verdict"] == "passed"
    assert {row["metric"] for row in evidence["evidence"]} >= {
        "discriminator.auc",
        "tstr.ratio",
        "copies.excess",
    }

    releases = json.loads(supplychain("releases", "clinic", "--json")[1])
    assert [row["version"] for row in releases] == ["1.0.0"]
    verified = json.loads(supplychain("verify", "clinic@1.0.0", "--json")[1])
    assert verified["rows"] == releases[0]["rows"]

    into = json.loads(supplychain("lineage", "clinic", "--json")[1])
    assert {"real", "synthesizer", "source"} <= {row["asset"] for row in into}
    held = json.loads(supplychain("lineage", "clinic", "--window", "metro", "--json")[1])
    assert [row["version"] for row in held] == ["1.0.0"]
    counted = json.loads(supplychain("lineage", "clinic", "--sql", "select count(*) as n from batches", "--json")[1])
    assert counted[0]["n"] >= 2


def test_run_prints_json_for_programs(project, supplychain):
    code, out, err = supplychain("run", "clinic", "--window", "metro", "--json")
    assert code == 0 and err == ""
    (run,) = json.loads(out)
    assert run["release"]["version"] == "1.0.0"
    assert all(gate["passed"] for gate in run["gates"] if gate["severity"] == "critical")


def test_a_run_that_goes_on_counts_what_was_judged_before_it(project, supplychain, capsys):
    """As after a review: rows and evidence were made and judged by a run before, and this one only publishes them."""
    chain = project.chain()
    before = (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen, measure, judge_evidence)
    for step in before:
        step(chain, "metro")
    only = ("blend", "release")
    end = run_window_shown(project.root, chain.store, "clinic", "metro", quiet=False, only=only)
    assert end.exit_code == 0
    suites = (project.root / "expectations/clinic").glob("*.yaml")
    declared = sum(suite.read_text().count("  - type:") for suite in suites)
    drift = 1  # nothing was compared
    out = capsys.readouterr().out
    assert "Gates: passed; " in out and f" of {declared - drift} expectations held" in out
    assert [row["gates"] for row in json.loads(supplychain("status", "--json")[1])] == ["passed"]


@pytest.mark.long
def test_a_window_that_waits_for_people_says_so_in_one_line(project, supplychain, capsys):
    """Nobody has judged a row yet: that a slice has none rejected of none says nothing."""
    review = "  review: {slices: [poor-health], defects: 10, good: 10}\n"
    project.edit("assets/products/clinic/defs.yaml", "  generate: {", review + "  generate: {")
    chain = project.chain()
    before = (land, find_gaps, make_plan, fit_synthesizer, sample_candidates, screen, measure, judge_evidence)
    for step in before:
        step(chain, "metro")
    end = run_window_shown(project.root, chain.store, "clinic", "metro", quiet=False, only=("lot",))
    out, err = capsys.readouterr()
    assert end.exit_code == 3
    assert err.count("\n") == 1 and "verdict found awaits review: 0 of" in err
    assert "0 of 0" not in out.partition("Gates:")[2]


def test_a_refusal_names_gate_number_and_threshold(project, supplychain):
    project.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.9999}")
    code, out, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 3
    assert "gate fidelity of evidence refused: marginals found 0.9" in err
    assert "wanted marginal.mean surely at least 0.9999, set by expectations/clinic/evidence.yaml:4 (" in err
    assert len(err.strip().splitlines()) == 1
    assert "Nothing was published" in out


def test_check_looks_at_everything_and_makes_nothing(project, supplychain):
    code, out, _ = supplychain("check")
    assert code == 0 and out.startswith("checking clinic ...")
    assert "clinic: product file, three suites, source (23 columns)" in out
    assert not project.home.exists() or not (project.home / "events").exists()


def test_doctor_is_content_and_then_finds_what_is_gone(project, supplychain):
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    rows = {row["what"]: row for row in json.loads(supplychain("doctor", "--json")[1])}
    assert all(row["ok"] for row in rows.values())
    assert "gaussian-copula" in rows["synthesizers"]["found"]
    victim = next((project.home / "tables/clinic/gold/metro").iterdir())
    victim.unlink()
    code, out, _ = supplychain("doctor", "--json")
    assert code == 1
    assert victim.name in next(row["found"] for row in json.loads(out) if row["what"] == "lineage log")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["frobnicate"], "No such command"),
        (["run"], "names no product; write supplychain run PRODUCT"),
        (["run", "--plan", "nowhere.json"], "make it with `supplychain plan PRODUCT -o nowhere.json`"),
        (["run", "clinic", "--windw", "metro"], "No such option"),
        (["run", "clinik"], "did you mean 'clinic'?"),
        (["run", "clinic", "--window", "mtro"], "did you mean 'metro'?"),
        (["verify", "clinic"], "there is no product 'clinic' in this store"),
    ],
)
def test_bad_usage_is_one_line_and_64(project, supplychain, arguments, word):
    code, _, err = supplychain(*arguments)
    assert code == 64
    assert word in err
    assert len(err.strip().splitlines()) == 1 and err.startswith("supplychain: ")


def test_outside_a_project_the_command_says_so(tmp_path, monkeypatch, supplychain):
    monkeypatch.chdir(tmp_path)
    code, _, err = supplychain("run", "clinic")
    assert code == 64 and "no project here" in err


def test_debug_shows_the_traceback(project, supplychain):
    assert "Traceback" in supplychain("run", "clinik", "--debug")[2]
    assert "Traceback" not in supplychain("run", "clinik")[2]
