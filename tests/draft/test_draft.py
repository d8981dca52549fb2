"""Drafts of real and of made-up tables: what is decided, what is written, and what never is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.draft import initialise
from supplychain.draft.sequences import Told, about_sequences
from supplychain.gates import read_suite
from supplychain.project import file_schema, read_product
from tests.conftest import SHARED_DATA
from tests.draft.nasty import PERSONAL, table


def drafted(root: Path, file: Path, target: str | None = None, name: str | None = None):
    """The draft, and all files that it wrote as one text."""
    root.mkdir(exist_ok=True)
    done = initialise(root, file, target=target, name=name, progress=lambda _: None)
    return done, "\n".join(path.read_text(encoding="utf-8") for path in done.files)


def shared(name: str) -> Path:
    file = SHARED_DATA / name
    if not file.is_file():
        pytest.skip(f"{file.name} is not here: set SUPPLYCHAIN_TEST_DATA to a folder that has it")
    return file


@pytest.fixture
def nasty(tmp_path):
    file = tmp_path / "nasty.csv"
    table().write_csv(file)
    return drafted(tmp_path / "project", file, "paid_late")


def test_personal_data_are_left_out_and_no_value_of_them_is_written(nasty):
    done, text = nasty
    assert set(PERSONAL) <= set(done.draft.drops)
    assert not set(PERSONAL) & set(done.draft.frame.columns)
    values = {value for name in PERSONAL for value in table()[name].to_list()}
    assert not {value for value in values if value in text}


def test_a_marker_that_is_a_value_elsewhere_is_one_columns_own(nasty):
    draft = nasty[0].draft
    assert draft.missing == ("?", "NA") and draft.own == {"visits": ("N",)}
    assert set(draft.frame["smoker"].unique()) == {"Y", "N"}
    assert draft.frame["visits"].dtype == pl.Int64 and draft.frame["visits"].null_count() > 0


def test_what_gives_the_outcome_away_is_left_out(nasty):
    draft = nasty[0].draft
    assert "gives the outcome away" in draft.drops["reminder_sent"]
    assert {"age", "smoker"} <= set(draft.frame.columns)


def test_the_reasons_say_what_to_do(nasty):
    drops = nasty[0].draft.drops
    assert "YYYY-MM-DD" in drops["left"] and "1234.5" in drops["fee"]
    assert "one value" in drops["always"] and "no value" in drops["never"]


def test_no_extreme_of_a_person_is_written(tmp_path):
    """Extremes that nobody shares, of a figure that could not come about by rounding, in every kind of number."""
    rows = table(600)
    odd = {"a": (-731.0619, 98317.4471), "b": (0.0317, 0.9713), "c": (1913.0, 2087.0), "d": (-4.1e-7, 8.9e-7)}
    spread = {name: pl.Series(name, [(i * 37 % 600) / 600 for i in range(600)]) for name in odd}
    columns = []
    for name, (low, high) in odd.items():
        middle = low + (high - low) * (0.2 + 0.6 * spread[name])
        columns.append(pl.Series(name, [low, high, *middle[2:].round(9).to_list()]))
    file = tmp_path / "t.csv"
    rows.select("gender", "age", "smoker", "paid_late").with_columns(columns).write_csv(file)
    done, text = drafted(tmp_path / "project", file, "paid_late")
    assert set(odd) <= set(done.draft.frame.columns)
    figures = {float(figure) for figure in re.findall(r"-?\d+\.?\d*(?:[eE]-?\d+)?", text)}
    assert not figures & {end for ends in odd.values() for end in ends}


def test_real_extremes_are_not_written(tmp_path):
    file = shared("acs_national_2019.csv.gz")
    done, text = drafted(tmp_path / "project", file)
    ranges = dict(re.findall(r"column: (\w+), min_value: \S+, max_value: (\S+), mostly", text))
    for name, profile in done.draft.profiles.items():
        if name in ranges and int((done.draft.frame[name] == profile.high).sum()) < 10:
            assert float(ranges[name]) > profile.high
    assert {"PINCP", "PWGTP"} <= set(ranges)


def test_values_that_few_people_share_are_not_listed(tmp_path):
    file = shared("diabetes130.csv.gz")
    done, text = drafted(tmp_path / "project", file)
    assert "Unknown/Invalid" not in text  # three rows
    people = pl.read_csv(file, columns=["patient_nbr", "race"], infer_schema=False)
    fewest = people.unique().group_by("race").len()["len"].min()
    listed = re.search(r"column: race, value_set: \[(.*?)\]", text)
    assert listed and fewest >= 20
    assert done.draft.entity.column == "patient_nbr" and done.draft.entity.rows == "many"
    assert done.draft.missing == ("?",) and "encounter_id" in done.draft.drops
    assert "None" in done.draft.frame["A1Cresult"].unique()


def test_the_draft_of_oulad(tmp_path):
    done, text = drafted(tmp_path / "project", shared("oulad.csv.gz"))
    draft = done.draft
    assert (draft.goal.name, draft.entity.column, draft.entity.rows) == ("final_result", "id_student", "many")
    assert draft.window == ("code_presentation", ["2013B", "2013J", "2014B", "2014J"])
    assert {"gender", "disability", "age_band", "imd_band"} <= set(draft.sensitive)
    assert "# window: {column: code_presentation" in text
    assert "metric: sequence.kept" in text and "metric: sequence.rows" in text, "students have several courses"
    assert "metric: sequence.order" not in text, "and no dates"
    product = read_product(done.files[0])
    assert product.window is None and product.windows == ("all",)
    # The suggestion is one: without its mark of comment the file is still a product.
    opened = done.files[0].read_text().replace("  # window: {", "  window: {")
    done.files[0].write_text(opened)
    assert read_product(done.files[0]).windows == ("2013B", "2013J", "2014B", "2014J")


def enough(folder: Path, name: str, suite: str) -> tuple[int, str]:
    """The number of the rule `enough-rows`, and its reason."""
    (rule,) = [
        rule for rule in read_suite(folder / f"expectations/{name}/{suite}.yaml").rules if rule.id == "enough-rows"
    ]
    return rule.kwargs["min_value"], rule.why


def test_how_many_rows_are_enough_is_computed_and_said(tmp_path):
    """5,003 rows, a third of them to be judged by: no round number says where it comes from."""
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"a": rng.normal(size=5_003), "b": rng.integers(0, 5, 5_003), "y": rng.integers(0, 2, 5_003)})
    frame.write_csv(tmp_path / "plain.csv")
    done, _ = drafted(tmp_path / "project", tmp_path / "plain.csv", "y")
    (rows,) = read_product(done.files[0]).levers.coverage.rows.values()
    least, why = enough(done.root, done.name, "real")
    assert least == 5_003 // 2
    assert (
        why
        == "Half of the 5,003 rows that the file had when this was drafted: with fewer, the file is probably cut short."
    )
    least, why = enough(done.root, done.name, "synthetic")
    assert least == rows // 2, "a batch of what is asked for passes, and so does one of a little less"
    assert why.startswith(f"Half of the {rows:,} rows that levers.coverage.rows asked for when this was drafted: fewer")


def test_slices_are_speakable_and_not_empty(tmp_path):
    done, _ = drafted(tmp_path / "project", shared("oulad.csv.gz"))
    product = read_product(done.files[0])
    assert 3 <= len(product.slices) <= 6
    for slice_ in product.all_slices[1:]:
        share = slice_.pick(done.draft.frame).height / done.draft.frame.height
        assert 0.01 < share < 0.5, slice_


def test_the_same_table_gives_the_same_files(tmp_path):
    file = tmp_path / "nasty.csv"
    table().write_csv(file)
    assert drafted(tmp_path / "one", file)[1] == drafted(tmp_path / "two", file)[1]


def test_odd_names_of_columns(tmp_path):
    names = ["a b", "c.d", 'e "f"', "it's", "ü 😀", "select", "#x", "yes", "1st", "- k", "NO: x", "[l]", "{m}"]
    rows = pl.DataFrame(
        {
            **{name: [(i * (7 + n)) % 23 + n for i in range(400)] for n, name in enumerate(names)},
            "kind of: 'thing'": ["it's", 'a "b"', "c, d", "#e"] * 100,
            "label": [str(i * 7 % 5 % 2) for i in range(400)],
        }
    )
    file = tmp_path / "My Téble [1].csv"
    rows.write_csv(file)
    done, _ = drafted(tmp_path, file)
    assert done.name == "my-teble-1"
    product = read_product(done.files[0])
    assert product.outcome.name == "label"
    from supplychain.cli.check import check_product
    from supplychain.define import check_rows

    assert set(check_product(product, tmp_path)) == set(done.draft.frame.columns)
    assert len(done.draft.frame.columns) == len(rows.columns)
    check_rows(product, tmp_path)


def test_rows_of_one_person_and_a_key_without_a_name_for_it(tmp_path):
    rows = pl.DataFrame(
        {
            "rec_id": [f"{i // 3}" for i in range(900)],
            "sex": [str(i // 3 % 2) for i in range(900)],
            "dose": [str(i * 31 % 17) for i in range(900)],
            "label": ["a" if i * 31 % 17 > 6 + i % 3 else "b" for i in range(900)],
        }
    )
    file = tmp_path / "t.csv"
    rows.write_csv(file)
    done, text = drafted(tmp_path, file)
    key = done.draft.entity
    assert (key.column, key.rows) == ("rec_id", "many") and "never change" in key.reason
    assert "sequence.kept" in text and "sequence.order" not in text
    assert about_sequences(Told(100, 400, lasting=True), 400, 0.2, dated=True) == (), "gold may have too few people"
    assert about_sequences(Told(300, 150_000, lasting=True), 10_000, 0.2, dated=True) == (), "20 accepted ones"
    assert len(about_sequences(Told(1_000, 4_000, lasting=True), 2_000, 0.2, dated=True)) == 3
    assert len(about_sequences(Told(1_000, 4_000, lasting=False), 2_000, 0.2, dated=True)) == 2


def test_how_rows_of_one_person_belong_together_is_limited_only_where_they_do(tmp_path):
    """What nobody measures fails: a draft with such a rule would warn for ever."""
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(700), rng.integers(2, 9, 700))
    own = rng.normal(size=700)[who]
    for holds in (False, True):
        rows = pl.DataFrame(
            {
                "account_id": [f"a{one:05d}" for one in who],
                "score": rng.integers(0, 50, len(who)),
                "delta": (own * holds + rng.normal(size=len(who))).round(2),
                "label": rng.choice(["a", "b"], len(who)),
            }
        )
        rows.write_csv(tmp_path / f"t{holds}.csv")
        _, text = drafted(tmp_path / f"p{holds}", tmp_path / f"t{holds}.csv", "label")
        assert "sequence.rows" in text and ("sequence.kept" in text) == holds


def test_a_quantity_is_taken_as_it_is(tmp_path):
    from sklearn.datasets import load_diabetes

    file = tmp_path / "d.csv"
    load_diabetes(as_frame=True).frame.to_csv(file, index=False)
    done, text = drafted(tmp_path, file)
    product = read_product(done.files[0])
    assert (product.outcome.name, product.outcome.where) == ("target", None)
    assert "`where: target >= LIMIT`" in text


def test_groups_and_slices_are_limited_only_where_gold_can_measure_them(tmp_path):
    """A rule on what nobody measured fails: every draft with one would warn for ever."""
    sizes = {3_000: ({'"*"'}, True), 1_000: ({'"age"'}, True), 120: (set(), False)}
    for count, (scopes, slices) in sizes.items():
        lines = ["age,gender,dose,label"]
        lines += [
            f"{20 + i * 7 % 60},{'fm'[i % 12 == 0]},{i * 13 % 101},{'ab'[i * 13 % 101 > 50]}" for i in range(count)
        ]
        file = tmp_path / f"t{count}.csv"
        file.write_text("\n".join(lines))
        done, text = drafted(tmp_path / f"p{count}", file, "label")
        assert set(done.draft.sensitive) == {"age", "gender"}
        assert set(re.findall(r"bias.gap, scope: ([^,]+)", text)) == scopes
        assert ("metric: slice.fall" in text) == slices
        assert "attack.advantage, max_value: levers.risk.attack_advantage" in text


def test_found_gaps_get_rows_by_themselves_and_no_price_is_made_up(nasty):
    done, text = nasty
    product = read_product(done.files[0])
    assert 0 < product.levers.coverage.most_rows <= product.levers.coverage.rows["all"] / 4
    assert not any(value for _, value in product.roi.inputs)
    assert "#     raw_row_price:  # what one more collected real row costs" in text


def test_the_schema_takes_what_the_model_takes(tmp_path, nasty):
    from jsonschema import Draft202012Validator
    from ruamel.yaml import YAML

    schema = file_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    here = Path(__file__).resolve().parents[2] / "assets/products/drug-spend/defs.yaml"
    for file in (here, nasty[0].files[0]):
        document = json.loads(json.dumps(YAML(typ="safe").load(file.read_text(encoding="utf-8"))))
        assert not list(validator.iter_errors(document)), file
        document["attributes"]["window"] = {"column": "x", "values": ["2014B", "2014J"]}
        assert not list(validator.iter_errors(document))
        for place in (document, document["attributes"], document["attributes"]["levers"]["coverage"]):
            place["frobnicate"] = 1
            assert list(validator.iter_errors(document))
            del place["frobnicate"]
        del document["attributes"]["outcome"]
        assert list(validator.iter_errors(document))
    described = [part for part in schema["$defs"].values() if part["type"] == "object"]
    assert all(part.get("description") for part in described)


def test_limits_lie_between_real_rows_and_shuffled_ones():
    """By what they do: real rows that were held out pass, the same rows with every column shuffled do not."""
    from sklearn.datasets import load_iris

    from supplychain.draft.reach import Reach, reach

    class Fake:
        frame = pl.from_pandas(load_iris(as_frame=True).frame)

    found = reach(Fake())
    assert found.shuffled < found.least_pair < found.pair
    assert found.kept[1] + 0.1 < found.least_kept < found.kept[0]
    nothing = Reach(marginal=0.98, pair=0.9, shuffled=0.9, hangs=0.05, kept=(0.9, 0.1))
    assert nothing.least_pair < 0.85, "where there is no structure to lose the limit must not refuse good rows"
    assert nothing.least_kept is None and replace(nothing, hangs=0.4).least_kept == 0.45
    assert replace(nothing, hangs=0.4, kept=(0.5, 0.4)).least_kept is None, "noise is all that there is"


@given(rows=st.integers(60, 100_000), each=st.integers(1, 5))
def test_a_kind_that_may_be_missing_has_too_few_people_to_be_named(rows, each):
    from supplychain.draft.reach import KIND, most_lost

    people = -(-rows // each)
    sample = pl.DataFrame({"person": pl.arange(0, rows, eager=True) // each})
    whose = SimpleNamespace(column="person") if each > 1 else None
    found = most_lost(SimpleNamespace(entity=whose, table=SimpleNamespace(sample=sample, rows=rows)))
    train = 0.6 * people
    assert KIND <= found <= 0.2
    assert found * train == pytest.approx(max(min(40, train / 5), KIND * train), abs=0.0006 * train), "in people"


def test_a_value_of_many_rows_of_one_person_is_written_nowhere(tmp_path):
    """Forty visits of one patient are forty rows and one person."""
    count = 1_000
    rows = pl.DataFrame(
        {
            "patient_id": ["p0" if i < 40 else f"p{i // 2}" for i in range(count)],
            "town": ["Hidden Hamlet" if i < 40 else ["Ashby", "Burton", "Corby"][i % 3] for i in range(count)],
            "dose": [str(i * 31 % 17) for i in range(count)],
            "label": ["a" if i * 31 % 17 > 6 + i % 3 else "b" for i in range(count)],
        }
    )
    file = tmp_path / "t.csv"
    rows.write_csv(file)
    done, text = drafted(tmp_path, file)
    assert done.draft.entity.column == "patient_id" and "town" in done.draft.frame.columns
    assert "Hidden Hamlet" not in text
