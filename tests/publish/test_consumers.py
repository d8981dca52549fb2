"""Those who take a release: they get what was published, checked, or one clear line."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import polars as pl
import pytest

import supplychain as api
from supplychain.errors import BadInput, GateRefused, StoreFault
from supplychain.ledger import Ledger
from supplychain.ledger.checking import check_log
from supplychain.ledger.index import query
from supplychain.publish import point, publish, pull, verify, verify_copy, withdraw
from supplychain.publish.signature import KEY_VARIABLE
from supplychain.store import Store


@pytest.fixture
def keys(tmp_path):
    """Two pairs of Ed25519 keys: ours, and somebody else's."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for name in ("ours", "theirs"):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        (tmp_path / f"{name}.pem").write_bytes(private)
        public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pub").write_bytes(public)
    return tmp_path


@pytest.fixture
def signed(blended, keys, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(keys / "ours.pem"))
    publish(blended.chain(), "metro")
    return blended


def again(project, description):
    """Another version: other words for people are another product file."""
    project.edit("assets/products/clinic/defs.yaml", "few enough for a test", description)
    return publish(project.chain(), "metro").release.version


def test_the_same_inputs_are_the_same_release_byte_for_byte(blended, stores):
    publish(blended.chain(), "metro")
    first, second = (
        {path.relative_to(home): path.read_bytes() for path in (home / "releases").rglob("*") if path.is_file()}
        for home in (stores["released"], blended.home)
    )
    assert first == second


@pytest.mark.parametrize("audience", ["internal", "external"])
def test_a_pulled_copy_is_checked_and_stands_by_itself(released, tmp_path, supplychain, audience):
    code, out, _ = supplychain("pull", "clinic", "-o", str(tmp_path / "copy"), "--audience", audience, "--as", "polars")
    assert code == 0 and "every file is what was published" in out
    rows = pl.read_parquet(tmp_path / "copy/data/*.parquet")
    assert rows.equals(api.load("clinic", audience=audience))
    assert verify_copy(tmp_path / "copy").rows == rows.height
    assert ("real" in rows.get_column("_origin", default=pl.Series(["none"]))) == (audience == "internal")
    code, _, err = supplychain("pull", "clinic", "-o", str(tmp_path / "copy"))
    assert code == 64 and "is there already" in err


def test_rows_are_loaded_as_what_is_asked_for(released):
    import pandas as pd

    frame = api.load("clinic", as_="pandas")
    assert isinstance(frame, pd.DataFrame) and len(frame) == api.load("clinic").height
    with pytest.raises(BadInput, match="there is no form 'numpy'"):
        api.load("clinic", as_="numpy")
    with pytest.raises(BadInput, match="there is no audience 'press'"):
        api.load("clinic", audience="press")


def test_a_version_or_an_audience_that_is_not_there_is_said(project, stores, supplychain, tmp_path):
    shutil.copytree(stores["released"], project.home, dirs_exist_ok=True)
    shutil.rmtree(project.home / "releases/clinic/1.0.0/external")
    code, _, err = supplychain("pull", "clinic@2.0.0", "-o", str(tmp_path / "x"))
    assert (code, err.strip()) == (64, "supplychain: product clinic: has no release '2.0.0'; did you mean '1.0.0'?")
    code, _, err = supplychain("diff", "clinic", "1.0.0", "9.9.9")
    assert code == 64 and "has no release '9.9.9'" in err
    code, _, err = supplychain("pull", "clinic", "-o", str(tmp_path / "x"), "--audience", "external")
    assert code == 1 and "external/manifest.json" in err and not (tmp_path / "x").exists()


def test_a_half_copied_and_an_edited_copy_are_told(released, tmp_path, supplychain):
    copy = tmp_path / "copy"
    supplychain("pull", "clinic", "-o", str(copy))
    (copy / "external/data/metro.parquet").unlink()
    code, _, err = supplychain("verify", f"{copy}/")
    assert code == 1 and "external/data/metro.parquet: is missing from the release; the copy is not whole" in err
    (copy / "manifest.json").write_text('{"format": 2')
    assert "is no manifest; the copy is damaged" in supplychain("verify", f"{copy}/")[2]
    (copy / "manifest.json").write_text('{"format": 99, "files": []}')
    assert "is of format 99, newer than this" in supplychain("verify", f"{copy}/")[2]


def test_a_pull_from_an_edited_release_leaves_nothing(released, tmp_path):
    (released.home / "releases/clinic/1.0.0/report.html").write_text("nothing to see here")
    with pytest.raises(StoreFault, match=r"1\.0\.0/report\.html: differs from the manifest"):
        pull(released.chain().ledger, "clinic", "latest", tmp_path / "copy")
    assert not list(tmp_path.glob("*copy*"))


def test_a_signature_is_checked_against_the_right_key(signed, keys, tmp_path, supplychain):
    ledger = signed.chain().ledger
    assert "give --key" in verify(ledger, "clinic").signature
    found = verify(ledger, "clinic", key=str(keys / "ours.pub"))
    assert found.signature.startswith("signed by ") and found.files == 20
    with pytest.raises(StoreFault, match="is not signed by the key of"):
        verify(ledger, "clinic", key=str(keys / "theirs.pub"))
    code, _, err = supplychain("verify", "clinic", "--key", str(signed.root / "clinic.csv"))
    assert code == 64 and "holds no public key in PEM" in err
    place = signed.home / "releases/clinic/1.0.0"
    (place / "manifest.json.sig").write_bytes(b"\0" * 64)
    with pytest.raises(StoreFault, match="is not signed by the key that stands beside it, or was edited since"):
        verify(ledger, "clinic")
    (place / "manifest.json.sig").unlink()
    with pytest.raises(StoreFault, match=r"manifest\.json\.sig is missing beside its key"):
        verify(ledger, "clinic")
    (place / "manifest.json.pub").unlink()
    assert verify(ledger, "clinic").signature == "not signed"
    with pytest.raises(StoreFault, match="is not signed; do not trust it"):
        verify(ledger, "clinic", key=str(keys / "ours.pub"))


def test_a_signature_changes_nothing_but_itself(signed, stores):
    """A release is the same bytes whoever signs it, and so can be made again without the key."""
    unsigned = {path.relative_to(stores["released"]) for path in (stores["released"] / "releases").rglob("*")}
    for path in (signed.home / "releases").rglob("*"):
        if path.is_file() and path.suffix not in (".sig", ".pub"):
            assert path.read_bytes() == (stores["released"] / path.relative_to(signed.home)).read_bytes()
            assert path.relative_to(signed.home) in unsigned


def test_openssl_checks_the_signature_without_us(signed, keys):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    place = signed.home / "releases/clinic/1.0.0"
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(keys / "ours.pub")]
    command += ["-in", str(place / "manifest.json"), "-sigfile", str(place / "manifest.json.sig")]
    assert "Success" in subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_an_unsigned_release_is_refused_where_a_key_is_asked_for(released, keys, monkeypatch):
    with pytest.raises(StoreFault, match="is not signed; do not trust it"):
        verify(released.chain().ledger, "clinic", key=str(keys / "ours.pub"))
    released.edit("assets/products/clinic/defs.yaml", "publish: {", "publish: {signed: true, ")
    with pytest.raises(BadInput, match=f"{KEY_VARIABLE}: is not set, and publish.signed wants a signature"):
        publish(released.chain(), "metro")
    monkeypatch.setenv(KEY_VARIABLE, str(keys / "nowhere.pem"))
    with pytest.raises(BadInput, match="cannot be read"):
        publish(released.chain(), "metro")


def test_a_withdrawal_is_seen_by_every_consumer(released, supplychain, tmp_path):
    assert again(released, "few enough to count") == "1.0.1"
    latest = released.home / "releases/clinic/latest"
    assert latest.read_text() == "1.0.1\n"
    code, out, _ = supplychain("withdraw", "clinic@1.0.1", "--reason", "wrong unit", "--by", "ann")
    assert code == 0 and "latest is 1.0.0" in out
    assert latest.read_text() == "1.0.0\n"
    assert json.loads((latest.parent / "withdrawn.json").read_text())["1.0.1"]["reason"] == "wrong unit"
    listed = json.loads(supplychain("releases", "clinic", "--json")[1])
    assert [row["withdrawn"] for row in listed] == ["", "by ann: wrong unit"]
    with pytest.raises(StoreFault, match=r"release 1\.0\.1 was withdrawn by ann: wrong unit; take one in force"):
        api.load("clinic", "1.0.1")
    assert api.load("clinic", "1.0.1", withdrawn=True).height == api.load("clinic").height
    code, _, err = supplychain("pull", "clinic@1.0.1", "-o", str(tmp_path / "copy"))
    assert code == 1 and "was withdrawn by ann: wrong unit" in err
    code, _, err = supplychain("verify", "clinic@1.0.1")
    assert code == 0 and "was withdrawn by ann: wrong unit; do not use it" in err
    assert verify(released.chain().ledger, "clinic").version == "1.0.0"
    assert supplychain("status", "clinic")[0] == 0
    query = 'select version, reason, "by" from withdrawals'
    told = supplychain("lineage", "clinic", "--sql", query, "--json")[1]
    assert json.loads(told) == [{"version": "1.0.1", "reason": "wrong unit", "by": "ann"}]


def test_whoever_has_a_copy_is_known_when_it_is_withdrawn(released, supplychain, tmp_path):
    again(released, "few enough to count")
    for version, audience, by in (
        ("1.0.0", "internal", "ann"),
        ("1.0.0", "external", "ben"),
        ("1.0.1", "internal", ""),
    ):
        copy = str(tmp_path / f"{version}-{audience}")
        options = ("--by", by) if by else ()
        assert supplychain("pull", f"clinic@{version}", "-o", copy, "--audience", audience, *options)[0] == 0
    assert supplychain("pull", "clinic@1.0.0", "-o", copy)[0] == 64, "what was not copied is not noted"
    code, out, _ = supplychain("withdraw", "clinic@1.0.0", "--reason", "wrong unit", "--by", "ann")
    told = out.partition("must be told")[2]
    assert code == 0 and "ben" in told and "1.0.0-external" in told.replace("\n", "") and "1.0.1" not in told
    ledger = released.chain().ledger
    mine, theirs, newer = ledger.pulled("clinic", ["1.0.0", "1.0.1"])
    assert (mine["by"], theirs["by"], newer["by"]) == ("ann", "ben", getpass.getuser())
    assert (theirs["version"], theirs["audience"], theirs["folder"]) == (
        "1.0.0",
        "external",
        str(tmp_path / "1.0.0-external"),
    )
    assert theirs["machine"] == socket.gethostname()
    asked = """select "by", version from pulls order by recorded_at"""
    assert query(ledger, asked).rows()[:2] == [("ann", "1.0.0"), ("ben", "1.0.0")]
    assert check_log(ledger, "clinic").faults == []
    (standing,) = json.loads(supplychain("status", "clinic", "--json")[1])
    assert (standing["in_release"], standing["last_step"]) == ("1.0.1", "publish"), "a pull is no work on a window"


@pytest.fixture
def as_nobody():
    """Somebody who may write only where all may: permissions stop everybody but root."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_a_store_that_may_only_be_read_gives_a_copy_and_says_that_nobody_knows_of_it(released, request):
    place = Path(tempfile.mkdtemp())
    try:
        store = Path(shutil.copytree(released.home, place / "home"))
        (place / "mine").mkdir()
        place.chmod(0o755)
        (place / "mine").chmod(0o777)
        for path in (store, *store.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = sorted(path.name for path in (store / "events/clinic").iterdir())
        request.getfixturevalue("as_nobody")
        found = pull(Ledger(Store.open(store)), "clinic", "latest", place / "mine/copy")
        assert verify_copy(place / "mine/copy").rows == found.rows
        assert "cannot write events/clinic/" in found.unlogged and "Permission denied" in found.unlogged
        assert sorted(path.name for path in (store / "events/clinic").iterdir()) == before
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        for path in (place, *place.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(place)


def test_what_was_withdrawn_is_not_published_again(released):
    chain = released.chain()
    withdraw(chain.ledger, "clinic", "1.0.0", reason="wrong unit", by="ann")
    assert not (released.home / "releases/clinic/latest").exists()
    with pytest.raises(BadInput, match=r"every release is withdrawn, the last one by ann \(wrong unit\)"):
        api.load("clinic")
    with pytest.raises(GateRefused, match=r"nothing differs from release 1\.0\.0, which ann withdrew"):
        publish(released.chain(), "metro")
    assert again(released, "few enough to count") == "1.0.1"
    assert (released.home / "releases/clinic/latest").read_text() == "1.0.1\n"


@pytest.mark.parametrize(
    ("named", "reason", "line"),
    [
        ("clinic@7.0.0", "x", "has no release '7.0.0'"),
        ("clinic", "x", "names no version; write clinic@VERSION"),
        ("clinic@1.0.0", " ", "--reason: is empty"),
        ("nobody@1.0.0", "x", "there is no product 'nobody'"),
    ],
)
def test_a_withdrawal_that_makes_no_sense_is_refused(released, supplychain, named, reason, line):
    code, _, err = supplychain("withdraw", named, "--reason", reason, "--by", "ann")
    assert code == 64 and line in err and err.count("\n") == 1
    assert not released.chain().ledger.withdrawn("clinic")


def test_a_second_withdrawal_is_refused(released):
    ledger = released.chain().ledger
    withdraw(ledger, "clinic", "1.0.0", reason="wrong unit", by="ann")
    with pytest.raises(BadInput, match=r"is withdrawn already, by ann \(wrong unit\)"):
        withdraw(ledger, "clinic", "1.0.0", reason="again", by="bob")


def test_a_diff_tells_schema_gates_distribution_cost_and_reason(released, supplychain):
    released.edit("expectations/clinic/evidence.yaml", "max_value: 0.8}", "max_value: 0.95}")
    released.edit("assets/products/clinic/defs.yaml", "licence: CC-BY-4.0", "licence: CC0-1.0")
    assert again(released, "few enough to count") == "2.0.0"
    found = json.loads(supplychain("diff", "clinic", "1.0.0", "2.0.0", "--json")[1])
    assert found["level"] == "major"
    assert any("licence was 'CC-BY-4.0' and is 'CC0-1.0'" in change["reason"] for change in found["changes"])
    assert [gate["what"] for gate in found["gates"]] == ["weaker"]
    assert {one["distance"] for one in found["distribution"]} == {0.0}
    assert [one["version"] for one in found["cost"]] == ["1.0.0", "2.0.0"]
    assert {one["what"] for one in found["made_by"] if not one["same"]} == {"spec", "evidence.yaml"}
    code, out, _ = supplychain("diff", "clinic", "1.0.0")
    assert code == 0 and "1.0.0 to 2.0.0: major" in out
    told = json.loads(supplychain("diff", "clinic", "1.0.0", "--audience", "external", "--json")[1])
    assert "major: licence" in told["reasons"]


def test_the_pointer_moves_last_and_is_set_right_by_the_next_publisher(released, monkeypatch):
    latest = released.home / "releases/clinic/latest"
    with monkeypatch.context() as patch:
        patch.setattr("supplychain.publish.release.point", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            again(released, "few enough to count")
    assert latest.read_text() == "1.0.0\n"
    assert verify(released.chain().ledger, "clinic").version == "1.0.1"
    publish(released.chain(), "metro")
    assert latest.read_text() == "1.0.1\n"
    assert point(released.chain().ledger, "clinic") == "1.0.1"


def test_a_full_disk_leaves_no_release(blended, monkeypatch):
    import errno

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("supplychain.publish.data._copy", full)
        with pytest.raises(StoreFault, match="the disk is full: free some room and run again"):
            publish(blended.chain(), "metro")
    place = blended.home / "releases/clinic"
    assert not place.exists() or not list(place.iterdir())
    assert publish(blended.chain(), "metro").release.version == "1.0.0"


def test_a_blend_that_was_altered_is_not_published(blended):
    chain = blended.chain()
    file = blended.home / chain.ledger.current("clinic", "blend", "metro").path
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    with pytest.raises(StoreFault, match="is not what the lineage log says"):
        publish(chain, "metro")
    assert not list((blended.home / "releases").rglob("manifest.json"))


def test_audiences_need_the_record(project, supplychain):
    project.edit("assets/products/clinic/defs.yaml", "  levers:", "  publish: {audiences: [external]}\n  levers:")
    code, _, err = supplychain("check", "clinic")
    assert code == 64 and "lacks internal" in err


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_publisher_killed_at_any_moment_leaves_a_whole_release_or_none(blended):
    """Twenty-four publishers, two at a time, each killed after a random while: what the log names verifies."""
    import random
    import time

    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from supplychain.chain import Chain
        from supplychain.project import find_product
        from supplychain.publish import publish
        root = Path.cwd()
        product = find_product("clinic", root)
        product = product.model_copy(update={"description": sys.argv[2]})
        chain = Chain.open(product, root, sys.argv[1])
        for suite in ("real", "synthetic", "evidence"):  # what takes long is loaded before
            chain.suite(suite)
        print("ready", flush=True)
        publish(chain, "metro")
    """)
    rng = random.Random(1)
    for attempt in range(12):
        pair = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(blended.home), f"attempt {attempt}, {side}"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for side in "ab"
        ]
        for process in pair:
            assert process.stdout is not None
            process.stdout.readline()
        time.sleep(rng.uniform(0, 8))
        for process in pair:
            process.kill()
            process.wait()
        ledger = blended.chain().ledger
        for commit in ledger.releases("clinic"):
            verify(ledger, "clinic", commit.release.version)
    publish(blended.chain(), "metro")
    ledger = blended.chain().ledger
    latest = (blended.home / "releases/clinic/latest").read_text().strip()
    assert verify(ledger, "clinic").version == latest
    assert len(ledger.releases("clinic")) > 1, "no publisher lived long enough: the test told nothing"
