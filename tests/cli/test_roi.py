"""`roi PRODUCT` and `roi log PRODUCT`, and the step that writes the tables."""

from __future__ import annotations

import json

import polars as pl
import pytest

from supplychain.define import find_gaps, land
from supplychain.ledger.index import query
from supplychain.roi.step import compare_pipelines, pictures
from tests.bad_input import DEFS, refuser
from tests.roi.cases import BASE, given


def put_gaps(project) -> None:
    """Real gaps, with the columns that tell what rows would do: as if the slice were a gap that they close."""
    chain = project.chain()
    land(chain, "metro")
    find_gaps(chain, "metro")
    with chain.step("define", "metro") as step:
        table = step.read("gaps").filter(~pl.col("found")).with_columns(
            verdict=pl.when(slice="poor-health").then(pl.lit("gap")).otherwise(pl.lit("fine")),
            kind=pl.lit("missing"), train_rows=pl.col("rows") * 3 // 4,
            curve_a=2.0, curve_b=0.4, curve_c=0.35,
        )  # fmt: skip
        step.write("gaps", table)


def put_inputs(project, inputs, **roi) -> None:
    project.edit(
        DEFS,
        "  drop: [drugexp]\n",
        f"  drop: [drugexp]\n  roi: {json.dumps({'draws': 2_000, **roi, 'inputs': inputs})}\n",
    )


def test_without_prices_it_says_what_to_find_out_first_and_nothing_fails(project, supplychain):
    code, out, err = supplychain("roi", "clinic")
    assert code == 0, err
    assert "No price is known" in out
    assert out.index("raw_row_price") < out.index("exchange_rate") < out.index("value_per_point")
    assert supplychain("roi", "show", "clinic")[1] == out
    put_gaps(project)
    chain = project.chain()
    done = compare_pipelines(chain, "metro")
    table = chain.store.read_table(done.output("roi").table)
    assert table["strategy"].to_list() == ["nothing", "real", "synthetic", "hybrid"]
    assert set(table["headline"]) == {"no price"} and table["npv_p50"].null_count() == 4
    friction = chain.store.read_table(done.output("friction").table)
    assert dict(friction.select("slice", "verdict").iter_rows()) == {"all": "leave", "poor-health": "either"}
    assert pictures(table, chain.store.read_table(done.output("sensitivity").table), "EUR") == {}


def test_some_inputs_are_computed_and_the_rest_is_named(project, supplychain):
    put_inputs(project, {name: BASE[name] for name in ("raw_row_price", "permission_months", "wage")})
    put_gaps(project)
    code, out, err = supplychain("roi", "clinic", "--json")
    assert code == 0, err
    found = json.loads(out)
    by_name = {one["name"]: one for one in found["strategies"]}
    assert by_name["real"]["cost"]["middle"] > 0 and by_name["synthetic"]["cost"] is None
    assert by_name["real"]["npv"] is None and found["best"] is None
    assert found["lacks"] == {"synthetic": ["define_hours", "exchange_rate", "ceiling"], "value": ["value_per_point"]}
    _, out, _ = supplychain("roi", "clinic")
    assert "Too few inputs are known to choose" in out and "roi.inputs.exchange_rate" in out


def test_with_the_smallest_set_it_compares_and_says_what_it_rests_on(project, supplychain):
    names = (
        "wage",
        "define_hours",
        "raw_row_price",
        "permission_months",
        "exchange_rate",
        "ceiling",
        "value_per_point",
    )
    put_inputs(project, {name: BASE[name] for name in names}, price_year=2026)
    put_gaps(project)
    code, out, err = supplychain("roi", "clinic", "--window", "metro")
    assert code == 0, err
    assert "36 months ahead, EUR, prices of 2026" in out
    assert "is best in" in out and "Illustrative: 0% of the variance" in out
    assert "Not counted in real: locate (give locate_hours)" in out
    for title in ("Stage by stage", "hangs on", "Break-even", "To know every input", "pilot", "Friction"):
        assert title in out
    sourced = {name: {**BASE[name], "source": "quoted", "ref": "an offer"} for name in names}
    project.edit(DEFS, json.dumps({name: BASE[name] for name in names}), json.dumps(sourced))
    assert "Headline: 100% of the variance" in supplychain("roi", "clinic")[1]
    one_sure = {**sourced, "wage": given(wage=75)["wage"]}
    project.edit(DEFS, json.dumps(sourced), json.dumps(one_sure))
    assert "Illustrative: wage is assumed and given as one figure" in supplychain("roi", "clinic")[1]
    assert json.loads(supplychain("roi", "clinic", "--json")[1])["headline"] == "illustrative"


def test_the_table_and_the_command_say_the_same(project, supplychain):
    put_inputs(project, BASE)
    put_gaps(project)
    found = json.loads(supplychain("roi", "clinic", "--json")[1])
    chain = project.chain()
    done = compare_pipelines(chain, "metro")
    table = chain.store.read_table(done.output("roi").table)
    for row, one in zip(table.to_dicts(), found["strategies"], strict=True):
        assert row["npv_p50"] == pytest.approx(one["npv"]["middle"]) and row["best"] == pytest.approx(one["best"])
    assert done.output("roi").notes["verdict"] == found["verdict"]
    assert found["best"] == "synthetic" and found["headline"] == "illustrative"
    sensitivity = chain.store.read_table(done.output("sensitivity").table)
    assert sensitivity["input"].to_list() == [bar["name"] for bar in found["tornado"]]
    assert len(pictures(table, sensitivity, "EUR")) == 4
    again = compare_pipelines(chain, "metro")
    assert [output.content for output in again.outputs] == [output.content for output in done.outputs]


def test_logged_hours_and_fees_reach_the_inputs_and_the_index(project, supplychain):
    put_inputs(project, {name: BASE[name] for name in ("permission_hours", "permission_fees", "legal_wage")})
    log = ("roi", "log", "clinic", "--stage", "permissions")
    code, out, err = supplychain(
        *log, "--hours", "6", "--who", "legal", "--money", "300", "--basis", "quoted", "--ref", "offer"
    )
    assert code == 0 and "logged 6 h of permissions for 300.00 EUR, quoted" in out, err
    assert supplychain(*log, "--money", "700", "--window", "rural")[0] == 0
    rows = query(project.chain().ledger, "select * from cost_event order by quantity").to_dicts()
    assert [(row["window"], row["pipeline"], row["unit"], row["money"]) for row in rows] == [
        ("rural", "real", "fee", 700.0),
        ("metro", "real", "h", 300.0),
    ]
    assert rows[1]["ref"] == "legal; offer" and rows[1]["basis"] == "quoted"
    put_gaps(project)
    found = json.loads(supplychain("roi", "clinic", "--window", "metro", "--json")[1])["inputs"]
    assert {name: one["measurements"] for name, one in found.items()} == dict.fromkeys(found, 1)
    assert found["legal_wage"]["used"]["middle"] < found["legal_wage"]["stated"]["middle"]
    assert supplychain(*log, "--months", "7", "--window", "metro")[0] == 0
    shown = json.loads(supplychain("status", "clinic", "--json")[1])
    assert [(row["window"], row["last_step"]) for row in shown] == [("metro", "define")], "a logged cost makes nothing"


WRONG = {
    "a stage": (
        ("--stage", "permision", "--hours", "1"),
        "--stage: there is no stage 'permision'; did you mean 'permissions'?",
    ),
    "a basis": (
        ("--stage", "label", "--hours", "1", "--basis", "guess"),
        "--basis: there is no basis 'guess'; known are: ",
    ),
    "a currency": (
        ("--stage", "label", "--money", "1", "--currency", "USD"),
        "--currency: USD is not the product's EUR; convert it to EUR",
    ),
    "nothing": (("--stage", "label"), "roi log: nothing to log; give one of --hours"),
    "two quantities": (
        ("--stage", "label", "--hours", "1", "--rows", "2"),
        "roi log: more than one quantity; give one of",
    ),
    "half a quantity": (("--stage", "label", "--quantity", "2"), "roi log: --quantity and --unit belong together"),
    "a window": (("--stage", "label", "--hours", "1", "--window", "metr"), "did you mean 'metro'?"),
}


@pytest.mark.parametrize(("words", "line"), WRONG.values(), ids=WRONG)
def test_a_wrong_log_entry_is_refused_in_one_line_and_nothing_is_kept(project, supplychain, words, line):
    assert line in refuser(project, supplychain)("roi", "log", "clinic", *words)


def test_with_prices_and_no_gaps_it_says_what_to_run(project, supplychain):
    put_inputs(project, BASE)
    code, _, err = supplychain("roi", "clinic")
    assert code == 64
    assert err == (
        "supplychain: product clinic: gaps of window metro has not been made yet; "
        "run `supplychain run clinic --window metro`\n"
    )
