"""Model files: what wrote them is said first, and nothing runs that the log does not vouch for."""

from __future__ import annotations

import json
import pickle
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import StoreFault
from supplychain.generate import fit_synthesizer, sample_candidates, synthesizer
from supplychain.generate.modelfile import read_model, write_model
from supplychain.generate.synthesizer import synthesizer_class

FORMS = {"trees": 2}
"""The form that a kind writes, where it is not the first."""
SETTINGS = {"gaussian-copula": {"default_distribution": "norm"}, "marginals": {}, "trees": {}, "tvae": {"epochs": 1}}
FRAME = pl.DataFrame({"age": [65, 70, 81, 66, 90, 77] * 20, "sex": ["f", "m", "f"] * 40})


class Bomb:
    """A pickle that writes a file when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_the_bomb_goes_off(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "went-off")))
    assert (tmp_path / "went-off").exists()


@pytest.fixture(params=SETTINGS)
def saved(request, tmp_path):
    """A saved model: what loads it, its file, its head and its body."""
    file = tmp_path / "model"
    synthesizer(request.param, **SETTINGS[request.param]).fit(FRAME, seed=1).save(file)
    line, _, body = file.read_bytes().partition(b"\n")
    return synthesizer_class(request.param), file, json.loads(line), body


def bombed(saved, **changes):
    """The file's one-line refusal, with other words in its head and a bomb for a body; the bomb did not go off."""
    kind, file, head, _ = saved
    mark = file.with_name("went-off")
    file.write_bytes(json.dumps(head | changes).encode() + b"\n" + pickle.dumps(Bomb(mark)))
    with pytest.raises(StoreFault) as said:
        kind.load(file)
    assert not mark.exists()
    assert "\n" not in str(said.value)
    return str(said.value)


def test_a_file_says_by_what_it_was_written(saved):
    kind, _, head, _ = saved
    assert head["supplychain"] == version("supplychain")
    assert head["form"] == FORMS.get(head["kind"], 1)
    if kind.__name__ not in ("Marginals", "Trees"):
        assert head["sdv"] == version("sdv")


def test_a_file_of_a_newer_form_is_refused_and_none_of_it_runs(saved):
    form = FORMS.get(saved[2]["kind"], 1)
    line = bombed(saved, form=form + 1, supplychain="9.1.0")
    assert line == (
        f"the model file of {saved[2]['kind']} has form {form + 1}, of supplychain 9.1.0, and this version "
        f"({version('supplychain')}) reads up to {form}; upgrade supplychain, or fit again"
    )


def test_a_file_of_another_synthesizer_is_refused_and_none_of_it_runs(saved):
    line = bombed(saved, kind="CTGANSynthesizer")
    assert line == f"the model file was written by CTGANSynthesizer, not by {saved[2]['kind']}; fit again"


@pytest.mark.parametrize("content", [b"", b"\n", b"[]\n", b"not json", b"\x80\x04K\x01.", b'{"form": 1}\n{}'])
def test_a_file_that_is_no_model_is_refused(saved, content):
    kind, file, _, _ = saved
    file.write_bytes(content)
    with pytest.raises(StoreFault, match=r"^the model file is none of .*; fit again$"):
        kind.load(file)


@pytest.mark.parametrize(("written", "refused"), [("1.21.0", True), ("2.1.0", True), ("2.0.99", False)])
def test_a_pickle_of_another_sdv_is_refused_and_does_not_run(tmp_path, written, refused):
    file = tmp_path / "model"
    model = synthesizer("gaussian-copula").fit(FRAME, seed=1)
    model.save(file)
    head, body = read_model(file, kind="GaussianCopulaSynthesizer", form=1)
    if refused:
        line = bombed((type(model), file, head, body), sdv=written)
        assert line == (f"the model file was written with SDV {written}, and {version('sdv')} is installed; fit again")
    else:
        file.write_bytes(json.dumps(head | {"sdv": written}).encode() + b"\n" + body)
        assert type(model).load(file).sample(5, seed=1).equals(model.sample(5, seed=1))


def test_a_pickle_that_does_not_read_is_said_in_one_line(tmp_path):
    """As after a change of numpy, torch or Python."""
    file = tmp_path / "model"
    write_model(file, b"cnowhere\nNothing\n.", kind="TVAESynthesizer", form=1, sdv=version("sdv"), columns=[])
    with pytest.raises(StoreFault) as said:
        synthesizer_class("tvae").load(file)
    assert str(said.value) == (
        f"the model file of SDV {version('sdv')} cannot be read with the libraries that are installed "
        "(ModuleNotFoundError: No module named 'nowhere'); fit again"
    )


@pytest.mark.parametrize(
    "name",
    [
        "marginals",
        "trees",
        "gaussian-copula, settings: {default_distribution: norm}",
        pytest.param("ctgan, settings: {epochs: 1}", marks=pytest.mark.long),
        pytest.param("tvae, settings: {epochs: 1}", marks=pytest.mark.long),
        pytest.param("copula-gan, settings: {epochs: 1}", marks=pytest.mark.long),
    ],
    ids=lambda name: name.partition(",")[0],
)
def test_a_file_that_the_log_does_not_vouch_for_is_not_loaded_and_none_of_it_runs(project, tmp_path, name):
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", f"synthesizer: {name}")
    chain = project.chain()
    for step in (land, find_gaps, make_plan, fit_synthesizer):
        step(chain, "metro")
    output = chain.ledger.current("clinic", "synthesizer", "metro")
    file, mark = project.home / output.path, tmp_path / "went-off"
    line, _, _ = file.read_bytes().partition(b"\n")
    bomb = pickle.dumps(Bomb(mark))
    for content in (bomb, line + b"\n" + bomb):
        file.write_bytes(content)
        with pytest.raises(StoreFault, match=r"is not the model of the lineage log; it is not loaded$"):
            sample_candidates(chain, "metro")
        assert not mark.exists()
