"""SDV's synthesizers: rules as constraints, training that is told, and a chain that does without SDV."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from datetime import date, timedelta
from importlib.metadata import version

import polars as pl
import pytest

from supplychain.generate import installed, synthesizer
from supplychain.generate.sdv import constraints as room
from supplychain.generate.sdv import training
from supplychain.generate.sdv.constraints import Constraint, constraints
from supplychain.generate.synthesizer import Hints, synthesizer_class
from tests.conftest import REPO

NEURAL = ("copula-gan", "ctgan", "tvae")
DISCRETE = {"a": "categorical", "b": "categorical", "c": "categorical", "n": "ordinal"}
SDTYPES = {**DISCRETE, "x": "numerical", "y": "numerical", "z": "numerical", "from": "numerical", "to": "numerical"}


def table(rows: int = 400) -> pl.DataFrame:
    """Three flags of which at most one is set, x <= y < z, `from` before `to`; some values are missing."""
    rng = random.Random(3)
    made = []
    for _ in range(rows):
        low = rng.uniform(-5, 5)
        middle = low + rng.choice([0, rng.expovariate(1)])
        start = date(1999, 1, 1) + timedelta(days=rng.randint(0, 900))
        health = rng.choice("abcd")
        made.append(
            {
                **{name: int(health == name) for name in "abc"},
                "n": rng.randint(0, 3) if health != "a" else 0,
                "x": low,
                "y": middle if rng.random() > 0.1 else None,
                "z": middle + rng.expovariate(1) + 0.01,
                "from": start if rng.random() > 0.1 else None,
                "to": start + timedelta(days=rng.randint(0, 40)),
            }
        )
    return pl.DataFrame(made)


def broken(frame: pl.DataFrame, rule: str) -> int:
    return frame.filter(~pl.sql_expr(rule).fill_null(value=True)).height


FOUND = {
    "x <= y": ["Inequality of x, y"],
    "y >= x": ["Inequality of x, y"],
    "y < z": ["Inequality of y, z"],
    "x <= y AND x < z": ["Inequality of x, y"],
    "y > x": [],  # some are equal
    "z <= x": [],
    "x <= 5": [],
    "x <= y + 1": [],
    "x <= y OR z > 0": [],
    '"from" <= "to"': ["Inequality of from, to"],
    '"from" <= x': [],
    "x <= y AND y <= z": ["Range of x, y, z"],
    "y BETWEEN x AND z": ["Range of x, y, z"],
    "a + b + c <= 1": ["FixedCombinations of a, b, c"],
    "a + b + c <= 1 AND (a = 0 OR n = 0)": ["FixedCombinations of a, b, c, n"],
    "a <= b": [],
    "a IN (0, 1) AND b IN (0, 1)": [],
    "NOT (a = 1 AND b = 1) AND x <= z": ["Inequality of x, z", "FixedCombinations of a, b"],
    "unknown <= x": [],
    "a = 'text' OR b = 1": [],
}


@pytest.mark.parametrize(("rule", "found"), FOUND.items(), ids=FOUND)
def test_rules_that_sdv_has_a_constraint_for(rule, found):
    assert [str(each) for each in constraints([rule], table(), SDTYPES)] == found


def test_no_column_is_under_two_constraints():
    """SDV cannot chain two of them over one column: it would draw and throw away instead."""
    found = constraints(["x <= y", "x <= z", "a + b <= 1", "b + c <= 1"], table(), SDTYPES)
    assert [str(each) for each in found] == ["Inequality of x, y", "FixedCombinations of a, b, c"]


def test_too_many_combinations_are_left_to_the_gates(monkeypatch):
    monkeypatch.setattr(room, "MOST_COMBINATIONS", 3)
    assert constraints(["a + b + c <= 1"], table(), SDTYPES) == []


RULES = ("a + b + c <= 1", "a = 0 OR n = 0", "x <= y AND y < z", '"from" <= "to"')


@pytest.mark.parametrize(
    ("name", "settings"),
    [("gaussian-copula", {}), *((name, {"epochs": 1}) for name in NEURAL)],
    ids=["gaussian-copula", *NEURAL],
)
def test_what_sdv_has_a_constraint_for_is_kept_in_every_row(name, settings):
    frame, said = table(), []
    plain = synthesizer(name, **settings).fit(frame, seed=1).sample(1_000, seed=2)
    model = synthesizer(name, **settings, rules=RULES)
    model.progress = said.append
    made = model.fit(frame, seed=1).sample(1_000, seed=2)
    assert "rules kept by construction: Range of x, y, z" not in said[0], "x <= y and y < z are not of one strictness"
    assert said[0] == (
        "rules kept by construction: Inequality of x, y; Inequality of from, to; FixedCombinations of a, b, c, n"
    )
    assert made.schema == frame.schema and made.height == 1_000
    assert broken(plain, "a + b + c <= 1") > 10 and broken(plain, "x <= y") > 10
    for rule in ("a + b + c <= 1", "a = 0 OR n = 0", "x <= y", '"from" <= "to"'):
        assert broken(made, rule) == 0, rule
    for column in ("y", "from"):
        assert made[column].null_count() > 0


def test_neural_models_take_categories_as_such_under_constraints():
    """SDV 2.0.0 forgets it when a constraint is added, and CTGAN then sees categories as numbers."""
    model = synthesizer("ctgan", epochs=1, rules=RULES).fit(table(), seed=1)
    columns = {
        info.column_name: info.column_type for info in model._model._model._transformer._column_transform_info_list
    }
    assert columns["a#b#c#n"] == "discrete"


def test_a_constraint_that_sdv_refuses_is_left_out_and_said(monkeypatch):
    """Planted: an order that the rows do not keep, which SDV will not fit on."""
    wanted = [Constraint("Inequality", ("x", "y"), False), Constraint("Inequality", ("z", "x"), False)]
    monkeypatch.setattr("supplychain.generate.sdv.adapter.constraints", lambda *_: wanted)
    model, said = synthesizer("gaussian-copula"), []
    model.progress = said.append
    made = model.fit(table(), seed=1).sample(500, seed=1)
    assert said[0].startswith("SDV refuses Inequality of z, x (Constraint")
    assert said[1:] == ["rules kept by construction: Inequality of x, y"]
    assert broken(made, "x <= y") == 0


def test_the_chain_hands_its_rules_over_unless_the_product_file_says_others():
    kind = synthesizer_class("gaussian-copula")
    hints = Hints(rules=("x <= y",), first=("a",))
    assert hints.added({}, kind) == {"rules": ("x <= y",)}
    assert hints.added({"rules": []}, kind) == {"rules": []}


@pytest.mark.parametrize("name", NEURAL)
def test_training_is_told_epoch_by_epoch_and_nothing_is_printed(name, monkeypatch, capfd):
    monkeypatch.setattr(training, "SECONDS", 0.001)
    model, said = synthesizer(name, epochs=25), []
    model.progress = said.append
    model.fit(table(), seed=1)
    model.sample(10, seed=1)
    assert capfd.readouterr() == ("", "")
    pattern = r"epoch (\d+) of 25: (?:loss -?\d+\.\d{3}|generator loss -?\d+\.\d{3}, discriminator loss -?\d+\.\d{3})"
    epochs = [int(found[1]) for line in said if (found := re.fullmatch(pattern, line))]
    assert epochs == sorted(epochs) and len(epochs) > 3
    assert epochs[-1] == 25, "the last one is told whenever it ends"
    assert set(said) - {line for line in said if line.startswith("epoch ")} <= {"preparing the columns for training"}


def test_what_a_listener_hears_does_not_change_the_rows(monkeypatch):
    silent = synthesizer("tvae", epochs=3).fit(table(), seed=1).sample(50, seed=1)
    monkeypatch.setattr(training, "SECONDS", 0.001)
    model = synthesizer("tvae", epochs=3)
    model.progress = lambda _: None
    assert model.fit(table(), seed=1).sample(50, seed=1).equals(silent)


def test_advice_that_sdv_prints_is_told_and_not_printed(capfd):
    many = pl.DataFrame({"code": [f"c{row}" for row in range(1_001)]})
    model, said = synthesizer("ctgan", epochs=1, pac=1, generator_dim=[8], discriminator_dim=[8]), []
    model.progress = said.append
    model.fit(many, seed=1)
    assert said[0].startswith("PerformanceAlert: ")
    assert capfd.readouterr().out == ""


def test_constraints_draw_no_bar(capfd):
    synthesizer("gaussian-copula", rules=RULES).fit(table(), seed=1).sample(500, seed=1)
    assert capfd.readouterr() == ("", "")


FIT = """
import sys
import polars as pl
from supplychain.generate import synthesizer
frame = pl.read_parquet(sys.argv[1])
for name, rules in (("ctgan", ()), ("tvae", ("x <= y", "a + b + c <= 1"))):
    sys.stdout.write(synthesizer(name, epochs=2, rules=rules).fit(frame, seed=5).sample(20, seed=5).write_csv())
"""


@pytest.mark.long
def test_a_neural_fit_follows_from_the_seed_in_any_process(tmp_path):
    """SDV orders columns as a Python set does, by hashes that differ from process to process."""
    table().write_parquet(tmp_path / "rows")
    made = []
    for hashes in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hashes, "OMP_NUM_THREADS": "1"}
        program = [sys.executable, "-c", FIT, str(tmp_path / "rows")]
        done = subprocess.run(program, capture_output=True, text=True, env=environment, check=True, timeout=200)
        made.append(done.stdout)
    assert made[0] == made[1] and made[0].count("\n") == 42


def test_a_graphics_card_is_used_only_where_the_product_file_asks():
    assert synthesizer("ctgan")._settings["enable_gpu"] is False
    assert synthesizer("ctgan", enable_gpu=True)._settings["enable_gpu"] is True
    assert "enable_gpu" not in synthesizer("gaussian-copula")._settings


# Without SDV.

WITHOUT_SDV = """
import pathlib, sys

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sdv", "rdt", "ctgan", "copulas", "sdmetrics", "deepecho", "torch"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Gone())
"""
STEPS = """
from supplychain.chain import Chain
from supplychain.define import find_gaps, land, make_plan
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.project import find_product
chain = Chain.open(find_product("clinic", pathlib.Path.cwd()), pathlib.Path.cwd())
for step in (land, find_gaps, make_plan, fit_synthesizer, sample_candidates):
    step(chain, "metro")
"""
COMMAND = """
from supplychain.cli.main import main
main(sys.argv[1:])
"""


def without_sdv(code: str, *arguments: str) -> tuple[int, str]:
    """Code in a process that cannot import SDV nor anything of it: its exit code, and what it said."""
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    program = [sys.executable, "-c", WITHOUT_SDV + code, *arguments]
    done = subprocess.run(program, capture_output=True, text=True, env=environment, check=False, timeout=280)
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", ["trees", "marginals"])
def test_candidates_are_made_without_sdv(project, name):
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", f"synthesizer: {name}")
    code, said = without_sdv(STEPS)
    assert code == 0, said
    assert project.chain().ledger.current("clinic", "candidates", "metro").rows > 0


@pytest.mark.long
@pytest.mark.parametrize("name", ["trees", "marginals"])
def test_the_whole_chain_works_without_sdv(project, name):
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", f"synthesizer: {name}")
    code, said = without_sdv(COMMAND, "run", "clinic", "--window", "metro")
    assert code == 0, said
    assert project.chain().ledger.current("clinic", "blend", "metro").rows > 0


@pytest.mark.parametrize("arguments", [("check", "clinic"), ("run", "clinic", "--window", "metro")])
def test_without_sdv_one_line_says_how_to_add_it(project, arguments):
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", "synthesizer: tvae")
    code, said = without_sdv(COMMAND, *arguments)
    assert code == 64
    remedy = "run `pip install 'supplychain[sdv]'`, or choose `synthesizer: trees`"
    assert said.endswith(f"generate.synthesizer: SDV is not installed; {remedy}\n")
    assert said.startswith("supplychain: ") and said.count("\n") == 1
    assert not (project.home / "models").exists()


def test_all_four_are_registered():
    assert {"gaussian-copula", *NEURAL} <= set(installed())
    assert version("sdv").startswith("2.0.")
