"""The tournament of `synthesizer: auto`: entrants in processes of their own, on real people."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from assets.definitions import definitions_of
from assets.display import of_output
from supplychain.cli.check import check_product
from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import BadInput, SupplyChainError
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.generate.tournament.entrants import entrants_of
from supplychain.product import Product
from supplychain.project import find_product
from supplychain.validate import measure, screen

STRANGERS = '''
import os, resource, signal, time
from supplychain.generate.trees import Trees

class Raises(Trees):
    def fit(self, frame, *, seed): raise RuntimeError("a column\\nit does not like")

class Dies(Trees):
    def fit(self, frame, *, seed): os.kill(os.getpid(), signal.SIGKILL)

class Leaves(Trees):
    def fit(self, frame, *, seed): os._exit(7)

class Hungry(Trees):
    def fit(self, frame, *, seed):
        held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + 200_000_000, -1))
        return bytearray(2_000_000_000)

class Endless(Trees):
    def fit(self, frame, *, seed):
        self.progress("begins what has no end")
        while True: time.sleep(0.05)
    progress = print

class Twisted(Trees):
    """Its rows lack a column."""
    def sample(self, n, *, seed, where=None): return super().sample(n, seed=seed, where=where).drop("age")

class Leaky(Trees):
    """Gives back the people whom it was fitted on."""
    def fit(self, frame, *, seed):
        self._frame = frame
        return self
    def sample(self, n, *, seed, where=None): return self._frame.sample(n, seed=seed, with_replacement=True)
    def save(self, path): self._frame.write_parquet(path)
    @classmethod
    def load(cls, path):
        import polars as pl
        made = cls()
        made._frame = pl.read_parquet(path)
        return made
'''
NAMES = ("Raises", "Dies", "Leaves", "Hungry", "Endless", "Twisted", "Leaky")


@pytest.fixture
def strangers(tmp_path, monkeypatch):
    """A package of entrants that go wrong, each in its own way, found by their entry points."""
    folder = tmp_path / "site"
    info = folder / "strangers-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "strangers.py").write_text(STRANGERS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strangers\nVersion: 1.0\n")
    points = "".join(f"{name.lower()} = strangers:{name}\n" for name in NAMES)
    (info / "entry_points.txt").write_text(f"[supplychain.synthesizers]\n{points}")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def entered(project, generate):
    project.edit("assets/products/clinic/defs.yaml", "generate: {synthesizer: marginals}", f"generate: {generate}")
    return project.chain()


_kept: list[Path] = []
"""A store with the plan, made once: every product here has the same rows, slices and levers up to there."""


def planned(chain):
    home = chain.store.local
    if _kept:
        shutil.copytree(_kept[0], home)
        return chain
    for step in (land, find_gaps, make_plan):
        step(chain, "metro")
    _kept.append(Path(tempfile.mkdtemp()) / "home")
    shutil.copytree(home, _kept[0])
    return chain


@pytest.fixture(scope="module", autouse=True)
def nothing_left():
    yield
    for home in _kept:
        shutil.rmtree(home.parent)


def fit(chain):
    """Hold it: the commit, the table, and who was fitted."""
    said = []
    commit = fit_synthesizer(replace(chain, progress=said.append), "metro")
    table = chain.store.read_table(commit.output("tournament").table)
    return commit, table, [line.split()[1] for line in said if line.startswith("fitting ")]


def standing(table):
    return dict(table.select("entrant", "standing").iter_rows())


TWO = "{synthesizer: auto, entrants: {marginals: {}, trees: {settings: {min_leaf: 50}}}}"


def test_the_best_wins_and_the_log_says_why(project):
    chain = planned(entered(project, TWO))
    commit, table, fitted = fit(chain)
    model = commit.output("synthesizer")
    assert fitted == ["marginals", "trees"]
    assert standing(table) == {"trees": "chosen", "marginals": "baseline"}
    assert (model.notes["synthesizer"], model.notes["entrant"]) == ("trees", "trees")
    assert model.notes["settings"] == '{"min_leaf": 50}'
    assert model.notes["reason"] == table["why"][0] == commit.output("tournament").notes["reason"]
    row = table.row(0, named=True)
    assert row["low"] <= row["utility"] <= row["high"] and row["memory_mb"] > 50 and row["cpu_seconds"] > 0
    assert row["discriminator"] < table["discriminator"][1] and row["fidelity"] > table["fidelity"][1]
    assert {item.asset for item in commit.inputs} == {"real", "plan", "tune"}, "gold is not looked at"
    measured = {(one.metric, one.scope): one for one in commit.evidence}
    assert measured["tournament.utility", "trees"].value == row["utility"]
    assert measured["tournament.utility", "trees: poor-health"].n < measured["tournament.utility", "trees: all"].n
    assert measured["tournament.discriminator", "marginals"].reference == pytest.approx(0.5, abs=0.08)
    shown = of_output(chain, commit, model)
    assert shown["reason"] == model.notes["reason"] and len(shown["table"].records) == 2
    batches = sample_candidates(chain, "metro").batches
    assert {batch.synthesizer for batch in batches} == {"trees"}


def test_the_winner_is_what_the_product_would_have_fitted_alone_and_a_second_store_gets_the_same(project, tmp_path):
    chain = planned(entered(project, TWO))
    commit, table, _ = fit(chain)
    project.home = tmp_path / "second"
    again, same, _ = fit(planned(project.chain()))
    project.edit("assets/products/clinic/defs.yaml", TWO, "{synthesizer: trees, settings: {min_leaf: 50}}")
    project.home = tmp_path / "third"
    alone = fit_synthesizer(planned(project.chain()), "metro")
    contents = {one.output("synthesizer").content for one in (commit, again, alone)}
    assert len(contents) == 1
    costs = ("seconds", "cpu_seconds", "memory_mb")
    assert table.drop(costs).equals(same.drop(costs))


def test_nothing_is_fitted_twice_and_one_new_entrant_alone(project):
    chain = planned(entered(project, TWO))
    first, _, _ = fit(chain)
    again, _, fitted = fit(chain)
    assert not fitted and again.output("synthesizer") == first.output("synthesizer")
    assert again.output("tournament") == first.output("tournament")
    more = TWO.replace("}}}}", "}}, careful: {synthesizer: trees, settings: {min_leaf: 200}}}}")
    project.edit("assets/products/clinic/defs.yaml", TWO, more)
    _, table, fitted = fit(project.chain())
    assert fitted == ["careful"] and set(table["entrant"]) == {"marginals", "trees", "careful"}
    assert table.filter(entrant="careful")["settings"].item() == '{"min_leaf": 200}'
    project.edit("assets/products/clinic/defs.yaml", "risk: {unmet: 0}", "risk: {unmet: 0, attack_advantage: 0.9}")
    _, _, fitted = fit(project.chain())
    assert not fitted, "a lever chooses again, and fits nothing"


def test_one_seed_and_another_entrant_is_another_batch(project):
    """Which entrant wins is no part of a seed: the batches' names must tell them apart all the same."""
    chain = planned(entered(project, "{synthesizer: auto, entrants: {trees: {settings: {min_leaf: 50}}}}"))
    batches = []
    for edit in ("50", "200"):
        project.edit("assets/products/clinic/defs.yaml", "min_leaf: 50", f"min_leaf: {edit}")
        fit_synthesizer(project.chain(), "metro")
        batches.append(sample_candidates(chain, "metro").batches)
    assert batches[0][0].seed == batches[1][0].seed
    assert not {one.id for one in batches[0]} & {one.id for one in batches[1]}


def test_who_breaks_down_is_a_line_in_the_table_and_the_others_go_on(project, strangers):
    going = ", ".join(f"{name.lower()}: {{}}" for name in NAMES if name != "Endless")
    chain = planned(entered(project, f"{{synthesizer: auto, entrants: {{{going}, marginals: {{}}}}}}"))
    _, table, _ = fit(chain)
    why = dict(table.select("entrant", "why").iter_rows())
    assert standing(table) == {
        "marginals": "chosen",
        "leaky": "out",
        **dict.fromkeys(("raises", "dies", "leaves", "hungry", "twisted"), "failed"),
    }
    assert why["raises"] == "raised RuntimeError: a column it does not like"
    assert why["dies"].startswith("was killed (SIGKILL)")
    assert why["leaves"] == "ended by itself with exit code 7"
    assert why["hungry"] == "ran out of memory (MemoryError)"
    assert why["twisted"] == "cannot be measured: its rows lack age"
    assert why["leaky"].startswith("leaks: attack advantage")
    assert "marginals is the baseline" not in why["marginals"] and "nobody else may be used" in why["marginals"]


def test_who_is_late_is_stopped_and_the_others_go_on(project, strangers):
    chain = planned(entered(project, "{synthesizer: auto, tournament_seconds: 12.0, entrants: [endless, marginals]}"))
    started = time.monotonic()
    _, table, _ = fit(chain)
    assert time.monotonic() - started < 120, "it ends"
    assert standing(table) == {"marginals": "chosen", "endless": "failed"}
    why = table.filter(entrant="endless")["why"].item()
    assert why == "was stopped after its 6.0 seconds; raise generate.tournament_seconds"
    assert not working(strangers)


def test_where_all_break_down_one_line_says_so_and_nothing_is_left(project, strangers):
    chain = planned(entered(project, "{synthesizer: auto, entrants: [raises, leaky]}"))
    files = sorted(project.home.rglob("*"))
    with pytest.raises(SupplyChainError) as refused:
        fit_synthesizer(chain, "metro")
    line = str(refused.value)
    assert line.startswith("product clinic: window metro: no entrant of the tournament may be used: raises raised Runt")
    assert "; leaky leaks: attack advantage" in line and "\n" not in line
    assert [path for path in sorted(project.home.rglob("*")) if path.is_file()] == [
        path for path in files if path.is_file()
    ]


def working(strangers) -> bool:
    """Whether a process of an entrant is still there."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return any("multiprocessing.spawn" in line and _sees(line.split()[0], strangers) for line in listed.splitlines())


def _sees(pid, folder):
    try:
        maps = subprocess.run(["readlink", f"/proc/{pid}/cwd"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return str(folder.parent) in maps


def test_entrants_end_with_a_run_that_is_killed(project, strangers):
    planned(entered(project, "{synthesizer: auto, entrants: [endless]}"))
    code = (
        "import sys; from supplychain.chain import Chain; from supplychain.project import find_product;"
        "from pathlib import Path; from supplychain.generate import fit_synthesizer; from dataclasses import replace;"
        f"chain = Chain.open(find_product('clinic', Path('.')), Path('.'), {str(project.home)!r});"
        "fit_synthesizer(replace(chain, progress=lambda text: print(text, flush=True)), 'metro')"
    )
    there = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=there)
    assert any("begins what has no end" in line for line in run.stdout)
    assert working(strangers)
    run.send_signal(signal.SIGKILL)
    run.wait()
    deadline = time.monotonic() + 20
    while working(strangers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not working(strangers)
    run.stdout.close()


def test_an_unknown_entrant_is_one_line_with_the_nearest_name(project):
    chain = planned(entered(project, "{synthesizer: auto, entrants: {a: {synthesizer: tres}}}"))
    line = r"defs.yaml:\d+: generate.entrants.a.synthesizer: there is no synthesizer 'tres'; did you mean 'trees'\?"
    with pytest.raises(BadInput, match=line):
        fit_synthesizer(chain, "metro")
    with pytest.raises(BadInput, match=line):
        check_product(chain.product, project.root)
    project.edit("assets/products/clinic/defs.yaml", "tres", "trees, settings: {leaf: 3}")
    with pytest.raises(BadInput, match=r"generate.entrants.a.settings: trees does not take these settings"):
        check_product(project.chain().product, project.root)


@pytest.mark.parametrize(
    ("generate", "line"),
    [
        ("{synthesizer: auto, settings: {trees: 3}}", "generate.settings: auto has no settings"),
        ("{synthesizer: trees, entrants: [trees]}", "generate.entrants: trees is fitted alone"),
        ("{synthesizer: auto, entrants: [auto]}", "generate.entrants: auto is the tournament itself"),
        ("{synthesizer: auto, entrants: {a: {setting: {}}}}", "generate.entrants.a.setting"),
        ("{synthesizer: auto, tournament_seconds: 0.0}", "generate.tournament_seconds"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(project, generate, line):
    with pytest.raises(BadInput, match=line):
        entered(project, generate)


def test_by_default_the_quick_ones_that_are_installed(project, monkeypatch):
    product = entered(project, "{synthesizer: auto}").product
    assert list(entrants_of(product, project.root)) == ["marginals", "trees", "gaussian-copula"]
    monkeypatch.setattr(
        "supplychain.generate.tournament.entrants.find_spec", lambda name: None if name == "sdv" else name
    )
    assert list(entrants_of(product, project.root)) == ["marginals", "trees"]


def test_the_synthesizer_depends_on_tune_where_it_is_chosen_there(project):
    def parents():
        graph = definitions_of(project.root).resolve_asset_graph()
        asset = next(key for key in graph.get_all_asset_keys() if key.path[-1] == "synthesizer")
        return {parent.path[-1] for parent in graph.get(asset).parent_keys}

    assert parents() == {"real", "plan"}
    entered(project, "{synthesizer: auto}")
    assert parents() == {"real", "plan", "tune"}


def test_entrants_and_the_budget_change_no_seed(project):
    plain = find_product("clinic", project.root).model_dump(mode="json")

    def recipe(**generate):
        return Product.model_validate({**plain, "generate": generate}).recipe_hash

    auto = recipe(synthesizer="auto")
    assert recipe(synthesizer="auto", entrants=["trees"], tournament_seconds=5.0) == auto != recipe()
    assert recipe(synthesizer="marginals") == find_product("clinic", project.root).recipe_hash


@pytest.mark.long
def test_a_run_shows_the_tournament_and_evidence_that_of_a_release(project, supplychain):
    entered(project, TWO)
    code, out, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 0, err
    assert "entrant trees" in out
    project.edit("assets/products/clinic/defs.yaml", TWO, "{synthesizer: marginals}")
    for step in (fit_synthesizer, sample_candidates, screen, measure):
        step(project.chain(), "metro")
    released = supplychain("evidence", "clinic@1.0.0")[1]
    assert (
        "The tournament, on tune" in released
        and "Chosen trees: nobody else was measured but marginals, the baseline: a model" in released
    )
    assert "The tournament" not in supplychain("evidence", "clinic")[1], "the newest rows are no winner's"
    told = json.loads(supplychain("evidence", "clinic@1.0.0", "--json")[1])["metro"]["tournament"]
    assert [row["entrant"] for row in told["entrants"]] == ["trees", "marginals"]
