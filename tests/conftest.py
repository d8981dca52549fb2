"""Projects on real data, small enough to run in a second."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings

from supplychain.chain import Chain
from supplychain.ledger import Evidence
from supplychain.project import find_product

REPO = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(os.environ.get("SUPPLYCHAIN_TEST_DATA", REPO.parent / "shared" / "data"))

os.environ.pop("COLUMNS", None)  # pytest-xdist says 80 to its workers: tables would be cut
settings.register_profile("supplychain", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("supplychain")

# The naive baseline makes many people that nobody is: its rows are kept, or the product would be about that alone.
CLINIC = """
type: assets.DataProduct
attributes:
  name: clinic
  description: Real people, few enough for a test.
  owners: [team:tests]
  source: {file: clinic.csv}
  entity: {column: person}
  window: {column: msa, values: {metro: 1, rural: 0}}
  outcome: {name: high_spend, where: drugexp >= 2500, settings: {max_iter: 20}}
  drop: [drugexp]
  sensitive: [female]
  slices: {poor-health: fair = 1 OR poor = 1}
  levers:
    coverage: {rows: {all: 400, poor-health: 100}}
    risk: {unmet: 0}
  generate: {synthesizer: marginals}
"""

REAL = """
suite: real
expectations:
  - type: expect_rows_to_satisfy_sql
    kwargs: {rule: vegood + good + fair + poor <= 1, mostly: 0.98}
    severity: critical
    meta: {id: one-health-status, why: A person gives one answer.}
  - type: expect_column_values_to_be_between
    kwargs: {column: age, min_value: 65, max_value: 100}
    severity: critical
    meta: {id: age, why: People aged 65 and over.}
"""

SYNTHETIC = """
suite: synthetic
expectations:
  - type: expect_rows_to_satisfy_sql
    kwargs: {rule: vegood + good + fair + poor <= 1, mostly: 0.3}
    severity: critical
    meta: {id: one-health-status, why: A person gives one answer.}
  - type: expect_column_values_to_be_between
    kwargs: {column: age, min_value: 65, max_value: 100}
    severity: critical
    meta: {id: age, why: People aged 65 and over.}
"""

EVIDENCE = """
suite: evidence
expectations:
  - type: expect_evidence_to_be_between
    kwargs: {metric: marginal.mean, min_value: 0.8}
    severity: critical
    meta: {id: marginals, gate: fidelity, why: Columns look like the real ones.}
  - type: expect_evidence_to_be_between
    kwargs: {metric: copies.excess, bound: low, max_value: 0.0}
    severity: critical
    meta: {id: no-copies, gate: privacy, why: A copy of a person is a leak.}
  - type: expect_evidence_to_be_between
    kwargs: {metric: discriminator.auc, max_value: 0.8}
    severity: warning
    meta: {id: discriminator, gate: fidelity, why: Hard to tell from real.}
  - type: expect_evidence_to_be_between
    kwargs: {metric: drift.distance, scope: "*", bound: low, max_value: 0.05}
    severity: warning
    meta: {id: columns-stay, gate: drift, why: Another population.}
"""

OULAD = """
type: assets.DataProduct
attributes:
  name: oulad-outcome
  description: Students of the Open University, who will pass the course?
  source:
    file: {file}
    origin: Open University Learning Analytics Dataset
    licence: CC BY 4.0
  entity: {{column: id_student, rows: many}}
  window: {{column: code_presentation, values: [2013B, 2013J, 2014B, 2014J]}}
  outcome: {{name: passed, where: final_result = 'Pass'}}
  drop: [final_result]
  sensitive: [gender, disability]
  slices: {{disabled: "disability = 'Y'", repeaters: num_of_prev_attempts > 0}}
  levers:
    coverage: {{rows: {{all: 800, repeaters: 200}}}}
  generate: {{synthesizer: marginals}}
"""

OULAD_ROWS = """
suite: {suite}
expectations:
  - type: expect_column_values_to_be_in_set
    kwargs: {{column: disability, value_set: ["Y", "N"]}}
    severity: critical
    meta: {{id: disability, why: The register knows yes and no.}}
  - type: expect_column_values_to_be_between
    kwargs: {{column: num_of_prev_attempts, min_value: 0, max_value: 20}}
    severity: critical
    meta: {{id: attempts, why: A count.}}
"""


@dataclass
class Project:
    """A project in a temporary folder, with a store of its own."""

    root: Path
    home: Path

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that is there."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new))

    def chain(self, product: str = "clinic") -> Chain:
        return Chain.open(find_product(product, self.root), self.root, self.home)


def real_people() -> pl.DataFrame:
    """The embedded survey, without columns that are functions of others, with an id."""
    from linearmodels.datasets import meps

    redundant = ["age2", "ldrugexp", "linc", "vgh", "fph", "blhisp"]
    return pl.from_pandas(meps.load().drop(columns=redundant)).with_row_index("person")


_MEASURED: dict[tuple[str, ...], tuple[Evidence, ...]] = {}
_MEASURED_FROM = ("real", "tune", "gold", "accepted", "rejected", "plan", "gaps")


def _once(family):
    """A family of evidence that measures the same inputs once a session: most tests run a chain for something else."""

    def measured(subject):
        ledger, product = subject.chain.ledger, subject.chain.product
        contents = [ledger.current(product.name, asset, subject.window).content for asset in _MEASURED_FROM]
        key = (family.__name__, product.model_dump_json(), subject.window, *contents)
        if key not in _MEASURED:
            _MEASURED[key] = tuple(family(subject))
        return _MEASURED[key]

    return measured


@pytest.fixture(autouse=True)
def measured_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow families of evidence measure equal inputs once; a test marked `anew` has them measured each time.

    Those on privacy are never kept: they also read the log. Nor is anything that another process measures.
    """
    if request.node.get_closest_marker("anew"):
        return
    from supplychain.validate import evidence

    kept = tuple(family if family.__name__ == "exposure" else _once(family) for family in evidence.FAMILIES)
    monkeypatch.setattr(evidence, "FAMILIES", kept)


@pytest.fixture(autouse=True)
def no_instance_of_another_test() -> None:
    """A context of Dagster that is collected late puts back the state storage of an instance that is gone."""
    state = sys.modules.get("dagster._core.storage.defs_state.base")
    if state:
        state._current_storage.set(None)


@pytest.fixture(scope="session")
def people() -> pl.DataFrame:
    return real_people()


@pytest.fixture
def project(tmp_path: Path, people: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the product `clinic`: 3,000 real people, two windows, a fast synthesizer."""
    root = tmp_path / "project"
    made = Project(root, tmp_path / "home")
    made.write("assets/products/clinic/defs.yaml", CLINIC)
    made.write("expectations/clinic/real.yaml", REAL)
    made.write("expectations/clinic/synthetic.yaml", SYNTHETIC)
    made.write("expectations/clinic/evidence.yaml", EVIDENCE)
    for name in ("workspace.yaml", "dagster.yaml"):
        shutil.copy(REPO / name, root / name)
    people.sample(3_000, seed=1).write_csv(root / "clinic.csv")
    monkeypatch.chdir(root)
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(made.home))
    return made


@pytest.fixture
def oulad(project: Project) -> Project:
    """The project with the product `oulad-outcome` too: real students' course results."""
    file = SHARED_DATA / "oulad.csv.gz"
    if not file.is_file():
        pytest.skip(f"{file.name} is not here: set SUPPLYCHAIN_TEST_DATA to a folder that has it")
    project.write("assets/products/oulad-outcome/defs.yaml", OULAD.format(file=file))
    for suite in ("real", "synthetic"):
        project.write(f"expectations/oulad-outcome/{suite}.yaml", OULAD_ROWS.format(suite=suite))
    project.write("expectations/oulad-outcome/evidence.yaml", EVIDENCE)
    return project


def command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run the command in this process: exit code, standard output, standard error."""
    from supplychain.cli.main import main

    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.fixture
def supplychain(capsys: pytest.CaptureFixture[str]):
    """The command: `supplychain("run", "clinic")` gives exit code, output and errors."""
    return lambda *arguments: command(list(arguments), capsys)
