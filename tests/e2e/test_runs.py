"""The whole chain through a real Dagster instance: in this process, and through the multiprocess executor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from dagster._core.definitions.reconstruct import ReconstructableJob

import supplychain as api
from supplychain.ledger import Ledger
from supplychain.ledger.questions import made_row, releases_using, went_into
from supplychain.publish import verify
from supplychain.store import Store


def test_both_windows_become_one_release(project, supplychain):
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    code, out, err = supplychain("run", "clinic", "--window", "rural")
    assert code == 0, err

    ledger = Ledger(Store.open(project.home))
    versions = [commit.release.version for commit in ledger.releases("clinic")]
    assert versions == ["1.0.0", "1.1.0"]
    rows = api.load("clinic")
    assert rows.filter(pl.col("msa") == 0).height and rows.filter(pl.col("msa") == 1).height
    first = api.load("clinic", "1.0.0")
    assert rows.filter(pl.col("msa") == 1).equals(first), "an untouched window is the same rows"
    assert "drift columns-stay" not in out or "educyr" in out
    assert "compared_with 1.0.0" in out
    first, second = (project.home / f"releases/clinic/{version}/data/metro.parquet" for version in ("1.0.0", "1.1.0"))
    assert first.read_bytes() == second.read_bytes(), "a window that is carried over is the same bytes"


def test_gold_and_tune_people_are_never_in_a_release(project, supplychain):
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    chain = project.chain()
    tables = {
        noun: chain.store.read_table(chain.ledger.current("clinic", noun, "metro").table)
        for noun in ("real", "tune", "gold", "accepted")
    }
    entities = {noun: set(frame["_entity"]) for noun, frame in tables.items() if "_entity" in frame.columns}
    assert not entities["real"] & entities["gold"] and not entities["real"] & entities["tune"]
    assert not entities["tune"] & entities["gold"]
    released = api.load("clinic").filter(pl.col("_origin") == "real")
    assert released.height == tables["real"].height
    names = [name for name in tables["gold"].columns if not name.startswith("_")]
    # People are told apart by income and Social Security share, which hardly any two have in common.
    overlap = released.join(tables["gold"].select(names), on=names, how="semi")
    twins = tables["real"].join(tables["gold"].select(names), on=names, how="semi")
    assert overlap.height == twins.height


def test_running_again_changes_nothing(project, supplychain):
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    before = {path.name: path.read_bytes() for path in (project.home / "releases").rglob("*") if path.is_file()}
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    after = {path.name: path.read_bytes() for path in (project.home / "releases").rglob("*") if path.is_file()}
    assert after == before
    assert len(Ledger(Store.open(project.home)).releases("clinic")) == 1


@pytest.mark.anew
def test_two_stores_get_the_same_bytes(project, supplychain, monkeypatch, tmp_path):
    def released(home):
        monkeypatch.setenv("SUPPLYCHAIN_HOME", str(home))
        assert supplychain("run", "clinic", "--window", "metro")[0] == 0
        return {path.name: path.read_bytes() for path in (home / "releases").rglob("*") if path.is_file()}

    assert released(tmp_path / "one") == released(tmp_path / "two")


def test_a_row_that_breaks_a_rule_is_set_aside_with_its_name(project, supplychain):
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    chain = project.chain()
    aside = chain.store.read_table(chain.ledger.current("clinic", "set_aside", "metro").table)
    assert aside.height > 0, "the survey has people with two health statuses"
    assert set(aside["_rules"].explode()) == {"one-health-status"}
    assert (aside.select("vegood", "good", "fair", "poor").sum_horizontal() > 1).all()
    real = chain.store.read_table(chain.ledger.current("clinic", "real", "metro").table)
    assert (real.select("vegood", "good", "fair", "poor").sum_horizontal() <= 1).all()


def test_too_many_broken_rows_stop_the_window(project, supplychain):
    project.edit("expectations/clinic/real.yaml", "mostly: 0.98", "mostly: 0.999")
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 3
    assert "gate plausibility of real refused: one-health-status" in err
    assert not (project.home / "releases").exists()


def test_a_planted_rule_violation_is_refused(project, supplychain, monkeypatch):
    """A generator whose every second candidate is 12 years old."""
    from supplychain.generate.marginals import Marginals

    honest = Marginals._draw

    def planted(self, n, rng):
        rows = honest(self, n, rng)
        return rows.with_columns(pl.when(pl.int_range(pl.len()) % 2 == 0).then(12).otherwise("age").alias("age"))

    monkeypatch.setattr(Marginals, "_draw", planted)
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 3
    assert "gate plausibility of accepted refused: age found" in err
    assert not (project.home / "releases").exists()
    rejected = project.chain()
    table = rejected.store.read_table(rejected.ledger.current("clinic", "rejected", "metro").table)
    assert "age" in set(table["_rules"].explode())


@pytest.mark.parametrize("share", [0.01, pytest.param(0.25, marks=pytest.mark.long)])
def test_planted_copies_of_train_people_are_refused(project, supplychain, monkeypatch, share):
    """A generator that gives back some of the people it was trained on."""
    from supplychain.generate.marginals import Marginals

    honest_fit, honest_draw = Marginals.fit, Marginals._draw

    def fit(self, frame, *, seed):
        Marginals.memory = frame.drop("_entity")
        return honest_fit(self, frame, seed=seed)

    def draw(self, n, rng):
        rows = honest_draw(self, n, rng)
        copies = Marginals.memory.sample(n, with_replacement=True, seed=1)
        chosen = pl.Series(rng.random(n) < share)
        return pl.concat([copies.filter(chosen), rows.filter(~chosen)]).select(rows.columns)

    monkeypatch.setattr(Marginals, "fit", fit)
    monkeypatch.setattr(Marginals, "_draw", draw)
    monkeypatch.setattr(Marginals, "memory", None, raising=False)
    project.edit("assets/products/clinic/defs.yaml", "all: 400, poor-health: 100", "all: 2000")
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 3
    assert "gate privacy of evidence refused: no-copies" in err
    assert not (project.home / "releases").exists()


def test_a_refused_window_leaves_the_last_release_in_force(project, supplychain):
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    project.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.999}")
    code, out, _ = supplychain("run", "clinic", "--window", "rural")
    assert code == 3
    assert "release 1.0.0 stays in force" in out
    assert verify(Ledger(Store.open(project.home)), "clinic").version == "1.0.0"


def test_lineage_answers_its_three_questions(project, supplychain):
    code, out, _ = supplychain("run", "clinic")
    assert code == 0
    ledger = Ledger(Store.open(project.home))
    for window in ("metro", "rural"):
        weighs = ledger.current("clinic", "blend", window).notes["weights"]
        assert f"a synthetic one weighs in {window}: {weighs}" in " ".join(out.split())
    into = went_into(ledger, "clinic", "1.1.0")
    assert {("real", "metro"), ("real", "rural"), ("synthesizer", "metro"), ("source", "rural")} <= set(
        into.select("asset", "window").iter_rows()
    )
    assert not into.filter(pl.col("asset") == "gold").height, "gold judges, it never goes in"
    assert releases_using(ledger, "clinic", "metro")["version"].to_list() == ["1.0.0", "1.1.0"]
    assert releases_using(ledger, "clinic", "rural")["version"].to_list() == ["1.1.0"]
    batch = api.load("clinic")["_batch"].drop_nulls()[0]
    made = made_row(ledger, "clinic", batch)
    assert made["synthesizer"].unique().to_list() == ["marginals"]
    assert made["seed"].n_unique() == 1
    on = {what: set(made.filter(pl.col("judged") == what)["rule"]) for what in ("accepted", "evidence")}
    assert on["accepted"] == {"age", "one-health-status"}
    assert on["evidence"] >= {"marginals", "no-copies"}
    assert not supplychain("run", "clinic")[0], "running again"
    assert made_row(ledger, "clinic", batch).height == made.height, "and the answer is not said twice"
    assert went_into(ledger, "clinic", "1.1.0").equals(into)


@pytest.mark.long
def test_the_multiprocess_executor_gives_the_same_release(project, supplychain, tmp_path, monkeypatch):
    """Every step in a process of its own: commits come from several, and the bytes are those of one."""
    assert supplychain("run", "clinic", "--window", "metro")[0] == 0
    in_process = api.load("clinic")

    home = tmp_path / "multiprocess"
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(home))
    with dg.instance_for_test() as instance:
        job = ReconstructableJob.for_file(str(Path(__file__).with_name("multiprocess_job.py")), "job")
        result = dg.execute_job(job, instance=instance, tags={"dagster/partition": "metro"})
        assert result.success
    assert api.load("clinic", home=str(home)).equals(in_process)


@pytest.mark.long
def test_students_with_several_rows_keep_one_role(oulad, supplychain):
    """The second product: several rows a student, codes that are text, four windows."""
    for window in ("2013B", "2013J"):
        code, _, err = supplychain("run", "oulad-outcome", "--window", window)
        assert code == 0, err
    chain = oulad.chain("oulad-outcome")
    role = {}
    for window in ("2013B", "2013J"):
        for noun in ("real", "tune", "gold"):
            frame = chain.store.read_table(chain.ledger.current("oulad-outcome", noun, window).table)
            assert "id_student" not in frame.columns
            for entity in frame["_entity"].unique():
                assert role.setdefault(entity, noun) == noun, "the same student, the same role, in every window"
    rows = api.load("oulad-outcome")
    assert rows.filter(pl.col("_origin") == "synthetic").height > 0
    status = supplychain("status", "oulad-outcome", "--json")[1]
    assert '"in_release": "1.1.0"' in status


@pytest.mark.parametrize(
    "settings", ["gaussian-copula", pytest.param("ctgan, settings: {epochs: 1}", marks=pytest.mark.long)]
)
def test_sdv_synthesizers_go_through_the_chain(project, supplychain, settings):
    """Chosen by name in the product file; whether their rows pass is for the gates to say."""
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", f"synthesizer: {settings}")
    project.edit("expectations/clinic/evidence.yaml", "marginal.mean, min_value: 0.8", "marginal.mean, min_value: 0.3")
    project.edit("expectations/clinic/synthetic.yaml", "mostly: 0.3", "mostly: 0.01")
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 0, err
    made = api.load("clinic").filter(pl.col("_origin") == "synthetic")
    assert made.height > 0
    batch = made_row(Ledger(Store.open(project.home)), "clinic", made["_batch"][0])
    assert batch["synthesizer"].unique().to_list() == [settings.partition(",")[0]]


@pytest.mark.long
def test_sdv_is_imported_only_where_it_is_used(project):
    """A whole run with `trees`, in a process of its own, without SDV or torch in it."""
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", "synthesizer: trees")
    code = (
        "import sys; from supplychain.cli.main import _run;"
        "code = _run(['run', 'clinic', '--window', 'metro', '--json'], debug=False);"
        "print([name for name in ('sdv', 'torch', 'rdt', 'ctgan') if name in sys.modules], code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=200)
    assert done.stdout.strip().endswith("[] 0"), done.stderr
