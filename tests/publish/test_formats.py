"""Each file of a release, by its format's own validator; our own manifest check comes first."""

from __future__ import annotations

import html.parser
import json
import re
import sys

import polars as pl
import pytest
from ruamel.yaml import YAML

import supplychain as api
from supplychain.publish.data import label_of
from supplychain.publish.folder import check_folder
from supplychain.store import Store

AUDIENCES = ("internal", "external")


def croissant_validator():
    """mlcroissant; it brings a logger that would close the stream which pytest captures when logging is set up anew."""
    mlc = pytest.importorskip("mlcroissant", reason="the validator of Croissant is in the extra dev")
    from absl import logging

    logging.get_absl_handler().python_handler.stream = sys.__stderr__
    return mlc


def folder(project, audience):
    return project.home / "releases/clinic/1.0.0" / ("" if audience == "internal" else audience)


def manifest(project, audience):
    return json.loads((folder(project, audience) / "manifest.json").read_bytes())


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_manifest_is_canonical_and_every_file_is_what_it_says(released, audience):
    place = folder(released, audience)
    content = manifest(released, audience)
    written = (json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n").encode()
    assert (place / "manifest.json").read_bytes() == written
    checked = check_folder(Store.open(place.parent), place.name)
    assert (
        checked.rows == content["rows"] == pl.scan_parquet(place / "data/*.parquet").select(pl.len()).collect().item()
    )
    assert content["terms"]["licence"] == "CC-BY-4.0"
    assert {"real", "synthetic", "evidence"} == set(content["rules"])
    assert content["windows"][0]["plan"] and content["code"]["hash"]


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_label_is_in_each_data_file(released, audience):
    label = label_of(folder(released, audience) / "data/metro.parquet")
    assert label["supplychain.licence"] == "CC-BY-4.0"
    assert label["supplychain.digital_source_type"] == "trainedAlgorithmicData"
    assert label["supplychain.generation_depth"] == "1"
    share = float(label["supplychain.synthetic_share"])
    assert share == 1 if audience == "external" else 0 < share < 1


def test_copying_with_a_label_changes_no_row_and_is_read_by_others(released):
    import duckdb
    import pandas as pd

    chain = released.chain()
    blend = chain.store.read_table(chain.ledger.current("clinic", "blend", "metro").table)
    file = folder(released, "internal") / "data/metro.parquet"
    assert pl.read_parquet(file).equals(blend)
    assert len(pd.read_parquet(file)) == blend.height
    assert duckdb.sql(f"select count(*) from '{file}'").fetchall() == [(blend.height,)]


def test_a_footer_is_written_anew_for_any_type(tmp_path):
    """The file stays readable, with the types and values that it had, whatever they are."""
    import datetime as dt

    from supplychain.ledger import Output
    from supplychain.publish.data import copy_labelled
    from supplychain.store import parquet_bytes, sha256

    frame = pl.DataFrame(
        {
            "day": [dt.date(2020, 1, 1), None],
            "moment": [dt.datetime(2020, 1, 1), None],
            "flag": [True, None],
            "text": ["ä", None],
            "number": [1.5, None],
            "small": pl.Series([1, 2], dtype=pl.UInt8),
            "named": pl.Series(["x", "y"], dtype=pl.Enum(["x", "y"])),
            "nothing": pl.Series([None, None], dtype=pl.Null),
        }
    )
    store = Store.open(tmp_path)
    for rows in (frame, frame.head(0)):
        data = parquet_bytes(rows)
        store.write("table.parquet", data)
        table = Output("blend", sha256(data), "table.parquet", rows.height, len(data))
        written = copy_labelled(store, table, tmp_path / "copy.parquet", {"supplychain.licence": "ö"})
        assert pl.read_parquet(tmp_path / "copy.parquet").equals(rows)
        assert (
            written.sha256 == store.digest("copy.parquet")
            and written.bytes == (tmp_path / "copy.parquet").stat().st_size
        )
        assert label_of(tmp_path / "copy.parquet") == {"supplychain.licence": "ö"}


def test_an_external_release_has_synthetic_rows_alone_and_a_visible_label(released):
    blend = api.load("clinic")
    rows = api.load("clinic", audience="external")
    assert rows["_synthetic"].all() and "_origin" not in rows.columns
    made = blend.filter(pl.col("_origin") == "synthetic").drop("_origin")
    assert "_weight" not in rows.columns, "what tune found rows to be worth is a figure of real ones"
    assert rows.drop("_synthetic").equals(made.drop("_weight"))


def test_an_external_release_tells_no_figure_that_real_rows_gave(released):
    """Neither the figures of the evidence nor those of gold stand anywhere in it, nor a seed."""
    chain = released.chain()
    commits = chain.ledger.commits("clinic")
    evidence = next(commit.evidence for commit in commits if commit.evidence)
    observed = {gate.observed for commit in commits for gate in commit.gates if gate.asset == "evidence"}
    gold = chain.ledger.current("clinic", "gold", "metro")
    told = "".join(
        file.read_text()
        for file in folder(released, "external").rglob("*")
        if file.is_file() and file.suffix != ".parquet"
    )
    figures = {f"{row.value:.4f}" for row in evidence if row.value and row.value % 1} | {
        o for o in observed if len(o) > 6
    }
    assert len(figures) > 20
    assert not {figure for figure in figures if re.search(rf"(?<![\d.]){re.escape(figure)}", told)}
    assert gold.content not in told
    assert not {batch.seed for commit in commits for batch in commit.batches if batch.seed in told}
    internal = (folder(released, "internal") / "report.html").read_text()
    assert {batch.seed for commit in commits for batch in commit.batches if batch.seed in internal}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_croissant_validates_and_loads(released, audience):
    mlc = croissant_validator()
    place = folder(released, audience)
    dataset = mlc.Dataset(place / "croissant.json")
    assert not dataset.metadata.issues.errors
    assert str(dataset.metadata.ctx.conforms_to.value).endswith("/1.1")
    record = next(iter(dataset.records("metro")))
    content = manifest(released, audience)
    assert {key.split("/")[1] for key in record} == {column["name"] for column in content["columns"]}
    assert "rai:dataLimitations" in (place / "croissant.json").read_text()


def test_croissant_notices_an_altered_file(released):
    mlc = croissant_validator()
    place = folder(released, "internal")
    file = place / "data/metro.parquet"
    pl.read_parquet(file).head(5).write_parquet(file)
    with pytest.raises(mlc.GenerationError) as raised:
        next(iter(mlc.Dataset(place / "croissant.json").records("metro")))
    assert "Hash of downloaded file" in str(raised.value.__cause__)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_card_is_one_of_hugging_face(released, audience):
    hub = pytest.importorskip("huggingface_hub", reason="the reader of cards is in the extra dev")
    place = folder(released, audience)
    card = hub.DatasetCard.load(place / "README.md")
    data = card.data.to_dict()
    assert data["license"] == "cc-by-4.0" and "synthetic" in data["tags"]
    assert data["size_categories"] == [{"internal": "1K<n<10K", "external": "n<1K"}[audience]]
    (files,) = data["configs"][0]["data_files"]
    assert all((place / path).is_file() for path in files["path"])
    assert "Deciding on a person's cover." in card.content


@pytest.mark.parametrize("audience", AUDIENCES)
def test_lineage_events_are_openlineage_and_lead_to_the_release(released, audience):
    client = pytest.importorskip("openlineage.client.event_v2", reason="OpenLineage's own classes are in the extra dev")
    lines = (folder(released, audience) / "lineage.openlineage.jsonl").read_text().splitlines()
    made: set[str] = set()
    for line in lines:
        event = json.loads(line)
        client.RunEvent(
            eventTime=event["eventTime"],
            producer=event["producer"],
            run=client.Run(runId=event["run"]["runId"]),
            job=client.Job(**event["job"]),
            eventType=client.RunState[event["eventType"]],
        )
        wanted = {dataset["name"] for dataset in event["inputs"]} - {"clinic/source/metro"}
        assert wanted <= made, event["job"]
        made |= {dataset["name"] for dataset in event["outputs"]}
    assert f"clinic/release/1.0.0/{audience}" in made
    assert ("clinic/gold/metro" in made) == (audience == "internal")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_contract_says_what_the_manifest_says(released, audience):
    contract = YAML(typ="safe").load(folder(released, audience) / "contract.odcs.yaml")
    content = manifest(released, audience)
    (table,) = contract["schema"]
    assert [one["name"] for one in table["properties"]] == [column["name"] for column in content["columns"]]
    age = next(one for one in table["properties"] if one["name"] == "age")
    assert age["logicalTypeOptions"] == {"minimum": 65, "maximum": 100} and age["logicalType"] == "integer"
    assert contract["version"] == "1.0.0" and contract["kind"] == "DataContract"


class Page(html.parser.HTMLParser):
    """What a screen reader and a browser would look for."""

    def __init__(self):
        super().__init__()
        self.tags, self.headings, self.fetched, self.pictures, self.tables, self.captions = [], [], [], 0, 0, 0

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.tags.append(tag)
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg":
            assert told["role"] == "img" and told["aria-label"]
            self.pictures += 1
        self.fetched += [told[name] for name in ("src", "href", "data", "action") if name in told]
        assert not any(name.startswith("on") for name in told)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_report_is_one_page_without_script_or_request(released, audience):
    text = (folder(released, audience) / "report.html").read_text()
    page = Page()
    page.feed(text)
    assert not {"script", "link", "iframe", "img", "object", "embed", "form"} & set(page.tags)
    assert all(place.startswith("#") for place in page.fetched)
    assert not re.search(r"url\(|@import|https?://", text)
    assert page.tables == page.captions > 5
    assert page.pictures > 10
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))


def test_the_report_says_what_did_not_hold_and_what_gold_said(released):
    chain = released.chain()
    content = manifest(released, "internal")
    text = (folder(released, "internal") / "report.html").read_text()
    failed = [gate["rule"] for gate in content["windows"][0]["gates"] if not gate["passed"]]
    assert all(f"<strong>{rule}</strong>" in text for rule in failed)
    evidence = next(commit.evidence for commit in chain.ledger.commits("clinic") if commit.evidence)
    before = next(row.value for row in evidence if (row.metric, row.scope) == ("loss.real", "all"))
    assert f"{before:.3g}" in text
    assert "Deciding on a person&#39;s cover." in text


def test_words_of_a_product_file_are_no_markup(released):
    from supplychain.publish import publish

    released.edit("assets/products/clinic/defs.yaml", "Real people, few enough", "<script>x</script> & few enough")
    publish(released.chain(), "metro")
    text = (released.home / "releases/clinic/1.0.1/report.html").read_text()
    assert "<script" not in text and "&lt;script&gt;x" in text


@pytest.mark.long
def test_the_contract_passes_the_lint_of_its_standard(released, tmp_path):
    """`datacontract lint` in an environment of its own: its typer is older than ours, so that it is in no extra."""
    import subprocess
    import sys

    command = tmp_path / "lint/bin/datacontract"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "lint"], check=True)
    found = subprocess.run(
        [tmp_path / "lint/bin/pip", "install", "-q", "datacontract-cli"], check=False, capture_output=True
    )
    if found.returncode:
        pytest.skip("datacontract-cli cannot be installed here")
    for audience in AUDIENCES:
        done = subprocess.run(
            [command, "lint", folder(released, audience) / "contract.odcs.yaml"],
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rows", [0, 1, 200])
def test_pictures_are_drawn_of_whatever_there_is(rows):
    """No row, one row, nothing but missing values, one value, many categories."""
    import datetime as dt

    from supplychain.publish.report.shapes import distributions, relations

    frame = pl.DataFrame(
        {
            "lost": pl.Series([None] * rows, dtype=pl.Float64),
            "one": pl.Series([7.0] * rows, dtype=pl.Float64),
            "many": pl.Series([f"<{k}>" for k in range(rows)], dtype=pl.String),
            "number": pl.Series([k * 1.5 for k in range(rows)], dtype=pl.Float64),
            "day": pl.Series([dt.date(2020, 1, 1) + dt.timedelta(k) for k in range(rows)], dtype=pl.Date),
        }
    )
    for real in (frame, frame.head(0)):
        drawn = distributions(real, frame)
        assert len(drawn) == (5 if rows else 0)
        assert all("<0>" not in one["picture"] for one in drawn)
        found = relations(real, frame)
        assert found is None or 'role="img"' in found[0]


def test_a_comparison_with_prices_is_told_as_it_was():
    from types import SimpleNamespace

    from supplychain.publish.report.plans import returns
    from supplychain.roi.step import SCHEMA, SENSITIVITY

    known = {
        "strategy": "synthetic", "cost_p10": 1.0, "cost_p50": 1234.0, "cost_p90": 3000.0, "days_p10": 1.0,
        "days_p50": 2.0, "days_p90": 3.0, "npv_p10": -5.0, "npv_p50": 10.0, "npv_p90": 20.0, "best": 0.7,
        "headline": "Illustrative",
    }  # fmt: skip
    table = pl.DataFrame([known, {"strategy": "real", "headline": "Illustrative"}], schema=SCHEMA)
    swing = [("wage", "assumed", "EUR", 20.0, 60.0, -5.0, 9.0)]
    sensitivity = pl.DataFrame(swing, schema=SENSITIVITY, orient="row")
    tables = {"roi": table, "sensitivity": sensitivity}
    found = returns(SimpleNamespace(tables=tables, path=[]), "EUR")
    assert found["headline"] == "Illustrative"
    assert [(row["strategy"], row["cost"], row["best"]) for row in found["rows"]] == [
        ("synthetic", "1,234 (1 to 3,000)", "70%")
    ]
    assert len(found["pictures"]) == 4 and all("<svg" in picture for picture in found["pictures"])
