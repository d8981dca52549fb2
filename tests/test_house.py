"""The two laws of the house, and what a visitor sees of it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO

STEPS = ("define", "generate", "validate", "review", "merge", "publish", "monitor")
HEAVY = ("sdv", "torch", "great_expectations", "sklearn", "pandas", "scipy", "sdmetrics", "linearmodels")


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def modules(folder: str) -> list[Path]:
    return sorted((REPO / folder).rglob("*.py"))


@pytest.mark.parametrize("path", modules("supplychain"), ids=lambda path: str(path.relative_to(REPO)))
def test_the_library_knows_no_dagster(path):
    assert not {name for name in imports(path) if name.split(".")[0] == "dagster"}
    if path.parent.name != "cli":
        assert not {name for name in imports(path) if name.split(".")[0] == "assets"}


@pytest.mark.parametrize("step", STEPS)
def test_steps_meet_only_through_their_results(step):
    others = tuple(f"supplychain.{other}" for other in STEPS if other != step)
    for path in modules(f"supplychain/{step}"):
        assert not {name for name in imports(path) if name.startswith(others)}, path


def test_measures_know_no_step_and_no_chain():
    above = tuple(f"supplychain.{name}" for name in (*STEPS, "chain", "step", "ledger", "store"))
    for path in modules("supplychain/measures"):
        assert not {name for name in imports(path) if name.startswith(above)}, path


def test_the_code_location_and_help_load_nothing_heavy():
    look = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert python(f"from assets.definitions import defs; defs(); {look}") == "[]"
    assert python(f"from supplychain.cli.main import _run; _run(['--help'], debug=False); {look}").endswith("[]")
    assert python(f"import supplychain; {look}") == "[]"


def test_nothing_in_the_root_shadows_a_library():
    assert not list(REPO.glob("*.py"))


def test_assets_compute_nothing():
    """No frame, no figure: an asset file imports no numeric library, and has no loop over rows."""
    for path in modules("assets"):
        numeric = {
            name for name in imports(path) if name.split(".")[0] in ("numpy", "sklearn", "scipy", "duckdb", "pandas")
        }
        assert not numeric, path


def test_dg_and_the_workspace_load_the_same_assets():
    listed = subprocess.run(
        [str(Path(sys.executable).with_name("dg")), "list", "defs", "--json"],
        cwd=REPO,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        env={**__import__("os").environ, "VIRTUAL_ENV": sys.prefix},
    )
    assert listed.returncode == 0, listed.stderr
    by_dg = {asset["asset_key"] for asset in json.loads(listed.stdout)["assets"]}
    code = (
        "from dagster._core.workspace.load import location_origins_from_yaml_paths as load;"
        "origin, = load(['workspace.yaml']);"
        "p = origin.loadable_target_origin;"
        "import importlib, dagster as dg;"
        "d = importlib.import_module(p.module_name).defs();"
        "print(*sorted(k.to_user_string() for k in d.resolve_asset_graph().get_all_asset_keys()))"
    )
    assert set(python(code).split()) == by_dg


def test_the_graph_reads_as_the_design_says():
    """A snapshot of every edge, so that none is lost or added by accident."""
    from assets.definitions import definitions_of

    graph = definitions_of(REPO).resolve_asset_graph()
    edges = {
        key.path[-1]: sorted(parent.path[-1] for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    assert edges == {
        "source": [],
        "real": ["source"],
        "tune": ["source"],
        "gold": ["source"],
        "set_aside": ["source"],
        "gaps": ["real", "tune"],
        "roi": ["gaps"],
        "plan": ["gaps", "real", "roi"],
        "synthesizer": ["plan", "real"],
        "candidates": ["plan", "real", "synthesizer"],
        "accepted": ["candidates", "plan", "real"],
        "rejected": ["candidates", "plan", "real"],
        "evidence": ["accepted", "gaps", "gold", "plan", "real", "rejected", "tune"],
        "blend": ["accepted", "evidence", "real"],
        "release": ["blend"],
        "feedback": ["release"],
        "drift": ["feedback", "real", "release"],
        "rebalance": ["drift", "feedback", "release"],
        "retired": ["drift", "feedback", "release"],
    }
    blocking = {
        (key.asset_key.path[-1], key.name): graph.get_check_spec(key).blocking for key in graph.asset_check_keys
    }
    assert blocking == {
        ("real", "plausibility"): True,
        ("real", "coverage"): True,
        ("accepted", "plausibility"): True,
        ("accepted", "coverage"): True,
        ("evidence", "plausibility"): True,
        ("evidence", "coverage"): True,
        ("evidence", "fidelity"): True,
        ("evidence", "utility"): True,
        ("evidence", "confidence"): True,
        ("evidence", "privacy"): True,
        ("evidence", "bias"): True,
        ("drift", "drift"): False,
    }


def test_telemetry_is_off():
    from ruamel.yaml import YAML

    settings = YAML(typ="safe").load(REPO / "dagster.yaml")
    assert settings["telemetry"] == {"enabled": False}
    import tomllib

    config = tomllib.loads((REPO / "pyproject.toml").read_text())
    assert config["tool"]["dg"]["cli"]["telemetry"] == {"enabled": False}
