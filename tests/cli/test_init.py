"""`init`: a stranger's first command. What it lays down runs as it is; what it cannot use it says in one line."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import REPO, SHARED_DATA
from tests.draft.nasty import PERSONAL, table

HEAD = "number,colour,label\n"


def rows(count: int) -> str:
    return HEAD + "".join(f"{i * 7 % 31},{'rgb'[i % 3]},{'no' if i * 7 % 31 < 15 else 'yes'}\n" for i in range(count))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to stand in, with a store of its own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(tmp_path / "home"))
    return here


def there(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def refused(folder, supplychain):
    """`init` that is refused: its one line, after the folder was seen to be as it was."""

    def run(*arguments: str, code: int = 64) -> str:
        before = there(folder)
        given, _, err = supplychain("init", *arguments)
        assert given == code, err
        assert err.startswith("supplychain: ") and err.count("\n") == 1 and "Traceback" not in err, err
        assert there(folder) == before
        return err.removeprefix("supplychain: ").strip()

    return run


CASES = {
    "empty": (b"", "is empty"),
    "header only": (HEAD.encode(), "has a header and no rows"),
    "one column": (b"label\n" + b"a\nb\n" * 50, "has one column"),
    "one row": (rows(1).encode(), "has 1 rows; bring at least 60"),
    "ten rows": (rows(10).encode(), "has 10 rows; bring at least 60"),
    "forty rows": (rows(40).encode(), "is too small: role"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\xff\xfe" * 50, "not UTF-8"),
    "Latin-1": (rows(80).encode() + "1,größer,no\n".encode("latin-1"), "t.csv:82: has bytes that are not UTF-8"),
    "UTF-16": (rows(80).encode("utf-16"), "not UTF-8"),
    "a column twice": (b"a,b,a\n" + b"1,2,3\n" * 80, "column 'a' stands twice; rename one of the two"),
    "an underscore": (b"_id,b,c\n" + b"1,2,3\n" * 80, "column '_id' begins with an underscore"),
    "a long row": (rows(80).encode() + b"1,r,no,4\n", "t.csv:82: has 4 fields where the header has 3"),
    "a short row": (rows(80).encode() + b"1,r\n", "t.csv:82: has 2 fields where the header has 3"),
    "no header": (b"1,2,3\n" * 80, "has no header"),
    "nothing to predict": (b"a,b\n" + b"x,y\n" * 80, "has no column that can be modelled"),
    "Parquet by name": (b"PAR1" + b"\x00" * 90, "is a Parquet file by another name"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_in_one_line(folder, refused, case):
    content, problem = CASES[case]
    (folder / "t.csv").write_bytes(content)
    assert problem in refused("--from", "t.csv")


def test_no_file_a_folder_and_a_broken_archive(folder, refused):
    (folder / "people.csv").write_text(rows(80))
    assert refused("--from", "peple.csv") == "peple.csv: there is no such file; did you mean 'people.csv'?"
    assert "mend the path" in refused("--from", "nowhere/x.csv")
    (folder / "data").mkdir()
    assert "data: is a folder" in refused("--from", "data")
    (folder / "t.csv.gz").write_bytes(b"\x1f\x8b\x08\x00 cut short")
    assert "cannot be read as a CSV file" in refused("--from", "t.csv.gz")
    (folder / "t.parquet").write_bytes(b"PAR1 cut short")
    assert "cannot be read as a Parquet file" in refused("--from", "t.parquet")


def test_bad_targets(folder, refused):
    text = rows(120).splitlines()
    extra = ["constant,gappy,who,many,email_address"]
    extra += [f"1,{'' if i % 9 else 'x'},{'ab'[i % 2]},v{i % 25},p{i}@example.org" for i in range(120)]
    (folder / "t.csv").write_text("\n".join(f"{one},{two}" for one, two in zip(text, extra, strict=True)))
    assert "there is no column 'lable'; did you mean 'label'?" in refused("--from", "t.csv", "--target", "lable")
    assert "'constant' has one value: there is nothing to predict" in refused("--from", "t.csv", "--target", "constant")
    assert "'gappy' is missing in 106 rows; leave rows" in refused("--from", "t.csv", "--target", "gappy")
    assert "'many' has 25 classes; join them" in refused("--from", "t.csv", "--target", "many")
    assert "personal data (e-mail address)" in refused("--from", "t.csv", "--target", "email_address")


def test_a_class_too_rare_to_be_made_is_refused_before_it_is_run(folder, refused):
    """The default synthesizer makes nothing that fewer than twenty people in role train share."""
    lines = ["amount,hour,fraud", *(f"{i * 37 % 101},{i % 24},{int(i % 100 == 0)}" for i in range(2_000))]
    (folder / "t.csv").write_text("\n".join(lines))
    assert "fewer than two classes of 34 rows" in refused("--from", "t.csv", "--target", "fraud")


def test_a_column_of_numbers_and_texts_that_is_dropped_can_be_read(folder, supplychain):
    """The chain reads dropped columns too, and would refuse one of mixed types, quoting it."""
    lines = ["mixed,blank,dose,label"]
    lines += [
        f"{'x' if i % 3 == 0 else ''}{i},{' ' if i == 7 else i * 1.5},{i % 13},{'ab'[i % 13 > 6]}" for i in range(600)
    ]
    (folder / "t.csv").write_text("\n".join(lines))
    code, out, _ = supplychain("init", "--from", "t.csv", "--target", "label", "--json")
    columns = {column["name"]: column for column in json.loads(out)["columns"]}
    assert code == 0 and columns["mixed"]["use"] == "dropped" and columns["blank"]["type"] == "number"
    assert columns["blank"]["markers"] == [" "]
    assert supplychain("check", "t")[0] == 0


def test_bad_names_and_names_that_are_taken(folder, refused, supplychain):
    (folder / "t.csv").write_text(rows(200))
    assert "use small letters, digits and single hyphens, such as my-data" in refused(
        "--from", "t.csv", "--name", "My Data"
    )
    assert supplychain("init", "--from", "t.csv")[0] == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert refused("--from", "t.csv") == (
        "assets/products/t: is there already, and nothing is overwritten; give another --name"
    )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert supplychain("init", "--from", "t.csv", "--name", "other")[0] == 0
    (folder / "expectations/third").mkdir()
    assert "expectations/third: is there already" in refused("--from", "t.csv", "--name", "third")
    assert "is in a project already" in refused()


def test_a_folder_that_cannot_be_written_is_left_as_it_was(folder, refused):
    (folder / "t.csv").write_text(rows(200))
    (folder / "expectations").write_text("a file where a folder has to be")
    assert "expectations" in refused("--from", "t.csv", code=1)
    (folder / "expectations").unlink()
    (folder / "assets").mkdir()
    (folder / "assets/__init__.py").write_text("")
    assert "is a Python package, and would hide the chain's own" in refused("--from", "t.csv")


def test_nothing_half_written_stays(folder, refused, monkeypatch):
    """The last renaming fails: the suites that stand already, and the whole new project, are taken back."""
    (folder / "t.csv").write_text(rows(200))
    rename = Path.rename

    def fails(self, target):
        if Path(target).parent.name == "products":
            raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    assert "No space left on device" in refused("--from", "t.csv", code=1)


def test_a_project_is_laid_down_once_and_what_is_there_stays(folder, supplychain):
    (folder / ".gitignore").write_text("mine\n")
    code, out, _ = supplychain("init")
    assert code == 0 and "supplychain init --from FILE" in out
    assert there(folder) == {
        ".gitignore",
        "assets",
        "assets/product.schema.json",
        "assets/products",
        "dagster.yaml",
        "expectations",
        "workspace.yaml",
    }
    assert (folder / ".gitignore").read_text() == "mine\n"
    for name in ("workspace.yaml", "dagster.yaml"):
        assert (folder / name).read_bytes() == (REPO / name).read_bytes(), "the template differs from the project's own"


def test_below_a_project_only_the_product_is_added(project, supplychain, monkeypatch):
    inner = project.root / "data"
    inner.mkdir()
    (inner / "t.csv").write_text(rows(200))
    monkeypatch.chdir(inner)
    code, out, _ = supplychain("init", "--from", "t.csv", "--json")
    done = json.loads(out)
    assert code == 0 and done["laid_down"] == [] and done["project"] == str(project.root)
    assert there(inner) == {"t.csv"}
    assert "file: data/t.csv" in (project.root / "assets/products/t/defs.yaml").read_text()
    assert supplychain("check", "t")[0] == 0


def test_what_was_decided_and_why_for_programs(folder, supplychain):
    table().write_csv(folder / "people.csv")
    code, out, err = supplychain("init", "--from", "people.csv", "--target", "paid_late", "--json")
    done = json.loads(out)
    assert code == 0 and err == "" and done["outcome"]["name"] == "paid_late"
    assert set(PERSONAL) <= set(done["dropped"])
    assert all(column["use"] != "dropped" or column["why"] for column in done["columns"])
    values = {value for name in PERSONAL for value in table()[name].to_list()}
    assert not {value for value in values if value in out}


def test_people_see_no_personal_value_and_what_to_do_next(folder, supplychain):
    table().write_csv(folder / "people.csv")
    code, out, err = supplychain("init", "--from", "people.csv")
    assert code == 0 and err == ""
    values = {value for name in PERSONAL for value in table()[name].to_list()}
    assert not {value for value in values if value in out}
    assert out.rstrip().endswith("supplychain check people\n  supplychain run people")


def test_the_schema_is_printed_and_stands_in_the_project(folder, supplychain):
    code, out, _ = supplychain("check", "--schema")
    assert code == 0 and json.loads(out)["$schema"].endswith("2020-12/schema")
    (folder / "t.csv").write_text(rows(200))
    assert supplychain("init", "--from", "t.csv")[0] == 0
    file = folder / "assets/products/t/defs.yaml"
    first = file.read_text().splitlines()[0]
    named = (file.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
    assert json.loads(named.read_text()) == json.loads(out)


def bundled(name: str, folder: Path) -> Path:
    from sklearn import datasets

    file = folder / f"{name}.csv"
    getattr(datasets, f"load_{name}")(as_frame=True).frame.to_csv(file, index=False)
    return file


@pytest.mark.parametrize("name", ["wine", pytest.param("breast_cancer", marks=pytest.mark.long)])
def test_init_then_run_makes_a_release(folder, supplychain, name):
    bundled(name, folder)
    assert supplychain("init", "--from", f"{name}.csv")[0] == 0
    assert supplychain("check")[0] == 0
    code, out, err = supplychain("run", name.replace("_", "-"), "--json")
    assert code == 0, err
    (run,) = json.loads(out)
    assert run["release"]["version"] == "1.0.0"


def test_a_generator_that_loses_all_relations_is_refused(folder, supplychain):
    bundled("iris", folder)
    assert supplychain("init", "--from", "iris.csv")[0] == 0
    file = folder / "assets/products/iris/defs.yaml"
    text = file.read_text()
    assert "synthesizer: trees" in text
    file.write_text(text.replace("synthesizer: trees", "synthesizer: marginals"))
    code, _, err = supplychain("run", "iris")
    assert code == 3 and "refused" in err


@pytest.mark.parametrize("suffix", [".parquet", ".csv.gz", ".tsv"])
def test_other_kinds_of_file_run_too(folder, supplychain, suffix):
    import gzip

    frame = table(500).drop(*PERSONAL)
    if suffix == ".parquet":
        frame.with_columns(pl.col("age").cast(pl.Int32), pl.col("joined").str.to_date()).write_parquet(
            folder / "t.parquet"
        )
    elif suffix == ".tsv":
        frame.write_csv(folder / "t.tsv", separator="\t", include_bom=True)
    else:
        (folder / "t.csv.gz").write_bytes(gzip.compress(frame.write_csv(separator=";").encode()))
    assert supplychain("init", "--from", f"t{suffix}", "--target", "paid_late")[0] == 0
    assert supplychain("check", "t")[0] == 0


REAL = ("oulad", "credit_card_clients", "acs_national_2019", "diabetes130")


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [*REAL, "wine", "iris", "diabetes", "survey"])
def test_ordinary_tables_run_as_they_are_and_a_broken_generator_does_not(folder, supplychain, people, name):
    if name in REAL:
        file = SHARED_DATA / f"{name}.csv.gz"
        if not file.is_file():
            pytest.skip(f"{file.name} is not here: set SUPPLYCHAIN_TEST_DATA to a folder that has it")
    elif name == "survey":
        file = folder / "survey.csv"
        people.write_csv(file)
    else:
        file = bundled(name, folder)
    product = name.replace("_", "-")
    assert supplychain("init", "--from", str(file))[0] == 0
    code, _, err = supplychain("run", product)
    assert code == 0, err
    defs = folder / f"assets/products/{product}/defs.yaml"
    defs.write_text(defs.read_text().replace("synthesizer: trees", "synthesizer: marginals"))
    if name != "diabetes":  # 442 rows, whose columns tell little of one another
        assert supplychain("run", product)[0] == 3


@pytest.mark.long
@pytest.mark.timeout(900)
def test_an_installed_wheel_is_enough(tmp_path, folder):
    """The wheel alone, outside the checkout: `init`, then `run`, in an empty folder."""
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(tmp_path / "dist"), str(REPO)],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and "hatchling" in built.stderr:
        pytest.skip("hatchling, which builds the wheel, cannot be had here")
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    bundled("breast_cancer", folder)
    code = "import supplychain; print(supplychain.__file__); from supplychain.cli.main import main; main()"
    environment = {"PYTHONPATH": str(tmp_path / "installed"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    for arguments in (["init", "--from", "breast_cancer.csv"], ["run", "breast-cancer"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        assert str(tmp_path / "installed") in done.stdout.splitlines()[0]
    assert (folder / ".supplychain/releases/breast-cancer/1.0.0/manifest.json").is_file()
