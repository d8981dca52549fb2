"""A person who is erased is in no table, model or release that the store holds, and does not come back."""

from __future__ import annotations

import json

import polars as pl
import pytest

from supplychain.define import land
from supplychain.entities import hashes_of
from supplychain.erasure import erase, erase_expired, find_people, stale_windows
from supplychain.erasure.rewriting import BlendWithout
from supplychain.errors import BadInput, StoreFault
from supplychain.ledger import Ledger
from supplychain.ledger.checking import check_log
from supplychain.ledger.index import query
from supplychain.ledger.tracing import use_of
from supplychain.publish import publish, verify
from tests.bad_input import STEPS, put_release, refuser, state

KEY = "SUPPLYCHAIN_ERASURE_KEY"
SECRET = "a secret of the clinic, kept elsewhere"
PERSONAL = ("real", "tune", "gold", "set_aside")


@pytest.fixture
def chain(project, monkeypatch):
    """Release 1.0.0 of window metro, and the key."""
    put_release(project)
    monkeypatch.setenv(KEY, SECRET)
    return project.chain()


@pytest.fixture
def refused(project, supplychain, monkeypatch):
    monkeypatch.setenv(KEY, SECRET)
    return refuser(project, supplychain)


def everybody(chain, asset: str, window: str = "metro") -> pl.DataFrame:
    return chain.store.read_table(chain.ledger.current("clinic", asset, window).table)


def named(project, chain, entity: str) -> str:
    """The id, in the source, of somebody whom the chain knows by a hash."""
    people = pl.read_csv(project.root / "clinic.csv")["person"].cast(pl.String)
    return next(name for name, hashed in hashes_of(chain.product, people).items() if hashed == entity)


def columns(chain, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(name for name in rows.columns if not name.startswith("_"))


def tables(home, *assets: str) -> dict[str, pl.DataFrame]:
    return {
        str(path.relative_to(home)): pl.read_parquet(path)
        for asset in assets
        for path in (home / "tables/clinic" / asset).rglob("*.parquet")
    }


def test_a_person_is_gone_from_everything_and_the_record_does_not_name_them(project, chain):
    before = everybody(chain, "real")
    person = before["_entity"][0]
    model = chain.ledger.current("clinic", "synthesizer", "metro")
    blend = everybody(chain, "blend")
    found = find_people(chain, frozenset([person]))
    done = erase(chain, found, reason="asked", by="Ada")

    assert (done.people, done.models, done.withdrawn) == (1, 1, ("1.0.0",))
    assert all(person not in rows["_entity"] for rows in tables(project.home, *PERSONAL).values())
    assert everybody(chain, "real").equals(before.filter(pl.col("_entity") != person)), "nobody else went"
    (left,) = tables(project.home, "blend").values()
    assert left.height == blend.height - 1
    mine = columns(chain, before.filter(pl.col("_entity") == person))
    real, was = (columns(chain, rows.filter(pl.col("_origin") == "real")) for rows in (left, blend))
    equal = [rows.join(mine, on=mine.columns, how="semi", nulls_equal=True).height for rows in (was, real)]
    assert equal[0] - equal[1] == 1, "it is their row that went from the blend"
    assert not chain.store.exists(model.path), "trees and marginals keep values of people"
    assert not list((project.home / "releases").rglob("*.parquet"))
    assert (project.home / "releases/clinic/1.0.0/manifest.json").exists()
    every_byte = b"".join(path.read_bytes() for path in project.home.rglob("*") if path.is_file())
    for name in (person, SECRET):
        assert name.encode() not in every_byte
    assert check_log(chain.ledger, "clinic").faults == []


def test_the_log_keeps_the_old_contents_and_says_what_became_of_them(chain):
    person = everybody(chain, "real")["_entity"][0]
    old = chain.ledger.current("clinic", "real", "metro").content
    erase(chain, find_people(chain, frozenset([person])), reason="asked", by="Ada")
    new = chain.ledger.current("clinic", "real", "metro").content
    ledger = Ledger(chain.store)
    assert query(ledger, "select content, became from removals where asset = 'real'").rows() == [(old, new)]
    assert query(ledger, 'select kind, reason, "by", people from erasures').rows() == [("request", "asked", "Ada", 1)]
    tainted = query(ledger, "select model from tainted")["model"].to_list()
    assert tainted == query(ledger, "select distinct model from batches")["model"].to_list()
    assert not use_of(ledger, "clinic", person).tables
    other = everybody(chain, "real")["_entity"][0]
    use = use_of(ledger, "clinic", other)
    assert {row["content"] for row in use.tables} == {old[:16], new[:16]}, "whom else the old model saw is still known"
    assert [row["model"] for row in use.models] == tainted


def test_whoever_lands_again_is_not_let_in(project, chain, monkeypatch):
    person = everybody(chain, "real")["_entity"][0]
    erase(chain, find_people(chain, frozenset([person])), reason="asked", by="Ada")
    was = chain.ledger.current("clinic", "real", "metro")
    land(chain, "metro")
    assert chain.ledger.current("clinic", "real", "metro").content == was.content, "the rows are those that stayed"
    monkeypatch.delenv(KEY)
    with pytest.raises(BadInput, match="without it they would land again"):
        land(chain, "metro")
    monkeypatch.setenv(KEY, "another secret than before")
    with pytest.raises(BadInput, match="is another key than the one that people were erased with"):
        land(chain, "metro")
    monkeypatch.setenv(KEY, SECRET)
    project.edit("assets/products/clinic/defs.yaml", "  drop: [drugexp]", "  drop: [drugexp]\n  roles: {key: other}")
    with pytest.raises(BadInput, match=r"roles\.key: has changed since people were erased"):
        land(project.chain(), "metro")


def test_the_window_is_stale_until_it_is_made_again(chain):
    assert stale_windows(chain) == []
    people = frozenset(everybody(chain, "real")["_entity"][:2])
    (event,) = erase(chain, find_people(chain, people), reason="asked", by="Ada").events
    (stale,) = stale_windows(chain)
    assert (stale.window, stale.version, stale.event) == ("metro", "1.0.0", event)
    assert stale.reason == "its synthetic rows were made by a model of 2 people who were erased"
    with pytest.raises(BadInput, match=r"synthesizer of window metro was taken out of the store \(people were erased"):
        chain.ledger.current("clinic", "synthesizer", "metro")


@pytest.mark.long
def test_a_new_release_comes_of_the_rebuild(chain):
    person = everybody(chain, "real")["_entity"][0]
    erase(chain, find_people(chain, frozenset([person])), reason="asked", by="Ada")
    for step in STEPS:
        step(chain, "metro")
    assert stale_windows(chain) == []
    release = chain.ledger.release("clinic").release
    assert release.version != "1.0.0" and verify(chain.ledger, "clinic").version == release.version


@pytest.mark.long
def test_a_release_of_another_window_leaves_the_window_out_until_it_is_made_again(chain):
    for step in STEPS:
        step(chain, "rural")
    person = everybody(chain, "real")["_entity"][0]
    done = erase(chain, find_people(chain, frozenset([person])), reason="asked", by="Ada")
    assert done.withdrawn == ("1.0.0", "1.1.0")
    release = publish(chain, "rural").release
    assert release.version == "2.0.0" and release.windows == ("rural",), "a consumer loses a window: major"
    assert release.rows == everybody(chain, "blend", "rural").height
    for step in STEPS:
        step(chain, "metro")
    again = chain.ledger.release("clinic").release
    assert again.version == "2.1.0" and set(again.windows) == {"metro", "rural"}
    assert verify(chain.ledger, "clinic").version == "2.1.0"


def test_somebody_of_role_tune_taints_no_model(chain):
    person = everybody(chain, "tune")["_entity"][0]
    done = erase(chain, find_people(chain, frozenset([person])), reason="asked", by="Ada")
    assert (done.rows, done.models, done.withdrawn) == (1, 0, ())
    assert person not in everybody(chain, "tune")["_entity"] and stale_windows(chain) == []


def test_a_second_person_goes_from_what_the_first_left(project, chain):
    first, second = everybody(chain, "real")["_entity"][:2]
    land(chain, "metro")
    for person in (first, second):
        erase(chain, find_people(chain, frozenset([person])), reason="asked", by="Ada")
    for rows in tables(project.home, *PERSONAL).values():
        assert not rows["_entity"].is_in([first, second]).any()
    assert query(Ledger(chain.store), "select count(*) from erased").item() == 2


def test_killed_after_the_event_the_next_erasure_ends_it(project, chain, monkeypatch):
    import supplychain.erasure.erasing as module

    person, other = everybody(chain, "real")["_entity"][:2]
    with monkeypatch.context() as killed:
        killed.setattr(module, "clear_removed", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase(chain, find_people(chain, frozenset([person])), reason="asked", by="Ada")
    assert any(person in rows["_entity"] for rows in tables(project.home, "real").values())
    erase(chain, find_people(chain, frozenset([other])), reason="asked", by="Ada")
    assert not any(person in rows["_entity"] for rows in tables(project.home, "real").values())


def test_a_disk_that_fills_up_while_erasing_leaves_all_as_it_was(project, chain, monkeypatch):
    from tests.test_bad_input_store import full_at

    person = everybody(chain, "real")["_entity"][0]
    found, before = find_people(chain, frozenset([person])), state(project.home)
    with full_at(2_000), pytest.raises(StoreFault, match="the disk is full"):
        erase(chain, found, reason="asked", by="Ada")
    assert state(project.home) == before


def test_retention_takes_whole_windows(project, chain):
    project.edit("assets/products/clinic/defs.yaml", "  drop: [drugexp]", "  drop: [drugexp]\n  retention: {days: 30}")
    chain = project.chain()
    done = erase_expired(chain, ["metro"], reason="kept long enough", by="Ada")
    assert done.windows == ("metro",) and done.withdrawn == ("1.0.0",) and done.models == 1
    assert not tables(project.home, *PERSONAL, "blend") and stale_windows(chain) == []
    with pytest.raises(BadInput, match="window metro was kept long enough and was erased"):
        land(chain, "metro")


def test_a_blend_loses_as_many_equal_rows_as_went():
    blend = pl.DataFrame({"x": [1, 1, 1, 2, None, 1], "_origin": ["real"] * 5 + ["synthetic"], "_weight": [1.0] * 6})
    gone = pl.DataFrame({"x": [1, 1, None], "_entity": ["a", "b", "c"]})
    went = BlendWithout(gone)
    left = pl.concat(went.pieces([blend[:2], blend[2:]]))
    assert left["x"].to_list() == [1, 2, 1] and went.rows == 3


# The command.


def test_the_command_shows_first_and_erases_on_yes(project, chain, supplychain):
    name = named(project, chain, everybody(chain, "real")["_entity"][0])
    assert supplychain("pull", "clinic", "-o", str(project.root / "copy"), "--by", "ben")[0] == 0
    code, out, _ = supplychain("lineage", "impact", "clinic", "--entity", name, "--json")
    assert code == 0 and [(one["version"], one["by"]) for one in json.loads(out)["copies"]] == [("1.0.0", "ben")]
    assert "Copies of these releases" in supplychain("lineage", "impact", "clinic", "--entity", name)[1]
    before = state(project.home)
    code, out, _ = supplychain("erase", "clinic", "--entity", name)
    assert code == 2 and "1 of 1 people are in the store" in out and "Nothing was erased" in out
    assert "Copies of these releases that were pulled: not touched" in out and "ben" in out
    assert state(project.home) == before
    code, out, err = supplychain("erase", "clinic", "--entity", name, "--by", "Ada", "--yes", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert [one["by"] for one in told["copies"]] == ["ben"], "whom to tell"
    assert told["people"] == 1 and [one["window"] for one in told["stale"]] == ["metro"]
    assert supplychain("lineage", "proof", "clinic", "--entity", name)[0] == 0
    code, _, err = supplychain("lineage", "proof", "clinic", "--entity", "nobody")
    assert code == 64 and "no erasure names this entity" in err
    code, _, err = supplychain("erase", "clinic", "--entity", name, "--yes")
    assert code == 64 and err.count("\n") == 1 and "were they erased before?" in err
    assert supplychain("lineage", "verify", "clinic")[0] == 0


def test_the_command_refuses_what_is_not_clear(refused, project, monkeypatch):
    assert refused("erase", "clinic", "--entity", "nobody", "--yes").startswith(
        "product clinic: there is no such entity in any table; see entity.column"
    )
    assert "erase: does not say whom to erase" in refused("erase", "clinic", "--yes")
    missing = str(project.root / "none.txt")
    assert "--entities: cannot be read (No such file or directory)" in refused("erase", "clinic", "--entities", missing)
    empty = str(project.write("empty.txt", "\n"))
    assert "names nobody" in refused("erase", "clinic", "--entities", empty)
    everyone = pl.read_csv(project.root / "clinic.csv")["person"].cast(pl.String).to_list()
    some = str(project.write("some.txt", "\n".join(everyone)))
    for secret, problem in (
        ("", "is not set"),
        ("short", "is shorter than 16 characters"),
        ("/nowhere/key", "there is no such file"),
        (str(project.home / "events"), "there is no such file"),
    ):
        monkeypatch.setenv(KEY, secret)
        assert problem in refused("erase", "clinic", "--entities", some, "--yes")
    inside = project.home / "key"
    inside.write_text(SECRET)
    monkeypatch.setenv(KEY, str(inside))
    assert "lies in the store" in refused("erase", "clinic", "--entities", some, "--yes")
