"""Releases: immutable, versioned by what changed, and every altered byte is found."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import polars as pl
import pytest

import supplychain as api
from supplychain.errors import GateRefused, StoreFault
from supplychain.ledger import Ledger
from supplychain.merge import blend
from supplychain.publish import publish, verify
from supplychain.store import Store
from tests.test_store import ALL_STEPS


def folder(project):
    return project.home / "releases/clinic/1.0.0"


def test_a_release_holds_data_manifest_and_card(released):
    names = {str(path.relative_to(folder(released))) for path in folder(released).rglob("*") if path.is_file()}
    each = {
        "README.md",
        "contract.odcs.yaml",
        "croissant.json",
        "data/metro.parquet",
        "evidence.json",
        "lineage.openlineage.jsonl",
        "manifest.json",
        "report.html",
    }
    assert names == each | {f"external/{name}" for name in each}
    manifest = json.loads((folder(released) / "manifest.json").read_bytes())
    assert manifest["synthetic"] is True
    assert manifest["spec"] == released.chain().product.spec_hash
    (window,) = manifest["windows"]
    rows = api.load("clinic")
    assert window["real_rows"] + window["synthetic_rows"] == rows.height
    assert {batch["id"] for batch in window["batches"]} == set(rows["_batch"].drop_nulls())
    assert {"polars", "great-expectations"} <= set(manifest["code"]["libraries"])
    card = (folder(released) / "README.md").read_text()
    assert f"{window['synthetic_rows']:,} of {rows.height:,} rows are synthetic" in card
    assert "discriminator" in card


def test_rows_carry_origin_batch_and_weight(released):
    rows = api.load("clinic")
    real, made = rows.filter(pl.col("_origin") == "real"), rows.filter(pl.col("_origin") == "synthetic")
    assert real["_batch"].null_count() == real.height and made["_batch"].null_count() == 0
    chain = released.chain()
    evidence = chain.store.read_table(chain.ledger.current("clinic", "evidence", "metro").table)
    chosen = evidence.filter(pl.col("metric") == "weight.chosen")["value"]
    assert set(real["_weight"]) == {1.0} and set(made["_weight"]) == set(chosen), "as they were measured"
    assert not {"_entity", "person", "drugexp"} & set(rows.columns)


@pytest.mark.parametrize("name", ["data/metro.parquet", "README.md", "manifest.json"])
def test_an_altered_byte_is_found_and_named(released, name):
    file = folder(released) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreFault, match=name):
        verify(Ledger(Store.open(released.home)), "clinic")


@pytest.mark.parametrize("name", ["data/metro.parquet", "manifest.json"])
def test_a_trainer_is_not_given_altered_rows(released, name):
    file = folder(released) / name
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(StoreFault, match=name):
        api.load("clinic")


def test_a_missing_and_an_added_file_are_found(released):
    ledger = Ledger(Store.open(released.home))
    (folder(released) / "data/extra.parquet").write_bytes(b"x")
    with pytest.raises(StoreFault, match=r"extra\.parquet: is not in the manifest"):
        verify(ledger, "clinic")
    (folder(released) / "data/extra.parquet").unlink()
    (folder(released) / "README.md").unlink()
    with pytest.raises(StoreFault, match=r"README\.md: is missing"):
        verify(ledger, "clinic")


def test_an_edited_manifest_that_agrees_with_itself_is_found(released):
    """Whoever edits a file and its hash in the manifest is caught by the lineage log."""
    from supplychain.store import sha256

    file = folder(released) / "README.md"
    old = sha256(file.read_bytes())
    file.write_text("nothing to see here")
    manifest = folder(released) / "manifest.json"
    manifest.write_text(manifest.read_text().replace(old, sha256(file.read_bytes())))
    with pytest.raises(StoreFault, match="differs from the lineage log"):
        verify(Ledger(Store.open(released.home)), "clinic")


def test_two_publishers_at_once_make_one_release(blended):
    project = blended
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from supplychain.chain import Chain
        from supplychain.project import find_product
        from supplychain.publish import publish
        root = Path.cwd()
        print(publish(Chain.open(find_product("clinic", root), root, sys.argv[1]), "metro").release.version)
    """)
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(project.home)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in processes] == ["1.0.0"] * 3
    ledger = Ledger(Store.open(project.home))
    assert len(ledger.releases("clinic")) == 1
    assert verify(ledger, "clinic").files == 16
    assert sorted(path.name for path in (project.home / "releases/clinic").iterdir()) == ["1.0.0", "latest"]


def test_a_blend_is_not_built_from_what_was_not_judged(project):
    chain = project.chain()
    for step in ALL_STEPS[:7]:
        step(chain, "metro")
    with pytest.raises(GateRefused, match="evidence has not been judged"):
        blend(chain, "metro")


def test_a_blend_is_not_built_on_a_verdict_by_an_older_suite(blended):
    chain = blended.chain()
    blended.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.81}")
    with pytest.raises(GateRefused, match=r"judged by another evidence\.yaml"):
        blend(chain, "metro")


def test_a_blend_is_not_built_on_evidence_about_other_rows(blended):
    chain = blended.chain()
    with chain.step("validate", "metro") as step:
        step.write("accepted", step.read("accepted").head(5))
    with pytest.raises(GateRefused, match="evidence is about another content of accepted"):
        blend(chain, "metro")


def test_a_release_is_not_made_of_a_blend_whose_rows_were_refused_since(released):
    chain = released.chain()
    accepted = chain.ledger.current("clinic", "accepted", "metro")
    import dataclasses

    verdict = chain.ledger.gates("clinic", "accepted", accepted.content)[0]
    with chain.step("validate", "metro") as step:
        step.gates.append(dataclasses.replace(verdict, outcome="fail", severity="critical"))
    with pytest.raises(GateRefused, match="nothing is published"):
        publish(chain, "metro")
