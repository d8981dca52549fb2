"""A release is made again from the log, byte for byte, whatever the project says by now."""

from __future__ import annotations

import json
from datetime import date, timedelta

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from supplychain.errors import StoreFault
from supplychain.generate.marginals import Marginals
from supplychain.ledger.verdicts import on_day, today
from supplychain.rebuild import rebuild_release
from tests.bad_input import STEPS, put_release, refuser, state


@pytest.fixture
def chain(project):
    put_release(project)
    return project.chain()


def test_a_release_comes_out_the_same_when_product_and_suites_have_changed_since(project, chain, supplychain, tmp_path):
    before = state(project.home)
    project.edit("assets/products/clinic/defs.yaml", "Real people", "Other people")
    project.edit("expectations/clinic/synthetic.yaml", "max_value: 100", "max_value: 60")
    code, out, err = supplychain("rebuild", "clinic@1.0.0", "-o", str(tmp_path / "again"))
    assert code == 0, err
    assert "clinic 1.0.0: 8 files are the same, byte for byte" in out
    released = project.home / "releases/clinic/1.0.0"
    for file in (path for path in released.rglob("*") if path.is_file()):
        assert (tmp_path / "again" / file.relative_to(released)).read_bytes() == file.read_bytes()
    assert state(project.home) == before and not (project.home / "rebuild").exists()


def test_both_audiences_come_out_the_same_without_the_key_that_signed(project, supplychain, tmp_path, monkeypatch):
    key, publish = tmp_path / "key.pem", "  publish: {audiences: [internal, external], signed: true}\n"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    defs = project.root / "assets/products/clinic/defs.yaml"
    defs.write_text(defs.read_text().rstrip("\n") + f"\n{publish}")
    with monkeypatch.context() as signing:
        signing.setenv("SUPPLYCHAIN_SIGNING_KEY", str(key))
        for step in STEPS:
            step(project.chain(), "metro")
    code, out, err = supplychain("rebuild", "clinic@1.0.0", "-o", str(tmp_path / "again"))
    assert (code, err) == (0, "")
    assert "clinic 1.0.0: 16 files are the same, byte for byte" in out
    released = project.home / "releases/clinic/1.0.0"
    for file in (path for path in released.rglob("*") if path.is_file()):
        assert (tmp_path / "again" / file.relative_to(released)).read_bytes() == file.read_bytes()


def test_other_rows_are_told_by_the_first_step_that_gives_them(chain, monkeypatch):
    def reversed_(self, n, *, seed, where=None, sample=Marginals.sample):
        return sample(self, n, seed=seed, where=where).reverse()

    monkeypatch.setattr(Marginals, "sample", reversed_)
    found = rebuild_release(chain, "1.0.0")
    assert not found.same and found.differences[0].startswith("candidates of window metro is another one: ")


def test_what_was_made_with_another_version_is_named(project, chain, monkeypatch):
    import supplychain.rebuild.rebuild as module

    monkeypatch.setattr(Marginals, "sample", lambda self, n, *, seed, where=None: pl.DataFrame())
    monkeypatch.setattr(module, "installed_version", lambda name: "99.0")
    with pytest.raises(Exception, match="made other columns"):
        rebuild_release(chain, "1.0.0")
    monkeypatch.undo()
    monkeypatch.setattr(module, "installed_version", lambda name: "99.0" if name == "polars" else "")
    monkeypatch.setattr(module, "sha256", lambda data: "another")
    (first, *others) = rebuild_release(chain, "1.0.0").differences
    assert first == "the manifest differs in its bytes"
    assert [line for line in others if line.startswith("polars ") and line.endswith("made it, this is 99.0")]


@pytest.mark.parametrize("asset", ["real", "plan"])
def test_an_input_that_is_gone_is_named(project, chain, asset):
    output = chain.ledger.current("clinic", asset, "metro")
    chain.store.remove(output.path)
    problem = f"{asset} of window metro \\({output.content[:16]}\\): it is not in the store"
    with pytest.raises(StoreFault, match=rf"^clinic@1\.0\.0: cannot be made again, .*{problem}"):
        rebuild_release(chain, "1.0.0")


def test_an_input_that_was_changed_is_not_taken(project, chain):
    output = chain.ledger.current("clinic", "real", "metro")
    chain.store.write(output.path, chain.store.read(output.path) + b"x")
    with pytest.raises(StoreFault, match="is not what the lineage log says"):
        rebuild_release(chain, "1.0.0")


def test_a_version_that_does_not_exist(project, supplychain):
    refused = refuser(project, supplychain)
    assert refused("rebuild", "clinic@9.9.9") == "product clinic: has no release '9.9.9'; known are: 1.0.0"
    assert refused("lineage", "trace", "clinic@9.9.9", "--row", "a:1").startswith("product clinic: has no release")


def test_suites_and_products_are_kept_once(project, chain):
    kept = sorted(path.name for path in (project.home / "specs/clinic").iterdir())
    assert [name.partition("-")[0] for name in kept[1:]] == ["evidence", "real", "synthetic"]
    assert kept[0] == f"{chain.product.spec_hash}.json"
    assert json.loads((project.home / "specs/clinic" / kept[0]).read_text())["name"] == "clinic"


def test_waivers_count_as_on_the_day_of_the_release():
    then = today() - timedelta(days=400)
    with on_day(then):
        assert today() == then
    assert today() >= date(2026, 1, 1)
