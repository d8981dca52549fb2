"""The folder for a reviewer answers from evidence, says what nobody has said, and shows nobody."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.audit import export
from supplychain.errors import StoreFault
from tests.bad_input import put_release, refuser
from tests.test_bad_input_store import full_at


@pytest.fixture
def chain(project):
    put_release(project)
    return project.chain()


def test_every_topic_is_answered_or_marked(chain, tmp_path):
    found = export(chain, tmp_path / "audit")
    assert found.whole and found.files == len([path for path in (tmp_path / "audit").rglob("*") if path.is_file()])
    text = (tmp_path / "audit/article-10.md").read_text()
    sections = text.split("\n## ")[1:]
    assert [section[:3] for section in sections] == [f"({letter})" for letter in "abcdefgh"]
    for section in sections:
        assert len([line for line in section.splitlines()[1:] if line]) >= 1
    assert "Protected columns: female" in text and "Window metro: 8 rows broke one and were set aside" in text
    assert "**Unanswered:** who collected the data, when and where; write `source.origin`." in text
    assert "article 10(2)(b)" in found.unanswered and "article 10(2)(h)" not in found.unanswered
    assert len((tmp_path / "audit/datasheet.md").read_text().split("\n## ")) == 8


def test_what_the_product_file_says_is_an_answer(project, chain, tmp_path):
    origin = "{file: clinic.csv, origin: The survey of 2003, licence: CC0-1.0}"
    project.edit("assets/products/clinic/defs.yaml", "{file: clinic.csv}", origin)
    export(project.chain(), tmp_path / "audit")
    text = (tmp_path / "audit/article-10.md").read_text()
    assert "Origin: The survey of 2003" in text and "write `source.origin`" not in text


def test_no_row_of_a_person_is_in_it(project, chain, tmp_path):
    project.edit(
        "assets/products/clinic/defs.yaml", "  drop: [drugexp]", "  drop: [drugexp]\n  roles: {key: hidden-key}"
    )
    export(project.chain(), tmp_path / "audit")
    everything = b"\n".join(path.read_bytes() for path in (tmp_path / "audit").rglob("*") if path.is_file())
    assert b"hidden-key" not in everything
    for asset in ("real", "tune", "gold", "set_aside"):
        rows = chain.store.read_table(chain.ledger.current("clinic", asset, "metro").table)
        for person in rows["_entity"]:
            assert person.encode() not in everything
        plain = rows.select(name for name in rows.columns if not name.startswith("_"))
        for line in plain.write_csv(include_header=False).splitlines():
            assert line.encode() not in everything
    events = pl.read_csv(tmp_path / "audit/events.csv")
    assert events["sequence"].to_list() == [commit.sequence for commit in chain.ledger.commits("clinic")]


def test_it_is_written_whole_or_not_at_all(chain, tmp_path):
    chain.ledger.require("clinic")
    export(chain, tmp_path / "first")
    with full_at(500), pytest.raises(StoreFault, match="the disk is full"):
        export(chain, tmp_path / "audit")
    assert sorted(path.name for path in tmp_path.iterdir() if "audit" in path.name) == []


def test_a_folder_that_is_there_and_a_product_that_is_not(project, supplychain, tmp_path):
    refused = refuser(project, supplychain)
    assert "is there already; name a new folder with -o" in refused("lineage", "export", "clinic", "-o", str(tmp_path))
    assert "there is no product 'other'" in refused("lineage", "export", "other", "-o", str(tmp_path / "new"))
