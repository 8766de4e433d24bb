"""`lowres shrink` makes a model that fits, tells what falls short, and goes on where it was cut."""

import json
import shutil

import pytest
from red_and_blue import photos_and_model

from lowres_kit.cli import main
from lowres_kit.errors import KitError
from lowres_kit.learn import EfficientNetLite0
from lowres_kit.learn.recipe import FROZEN_LAYERS
from lowres_kit.runtime import TfliteModel
from lowres_kit.scope import Budget, Scope
from lowres_kit.shrink import candidates
from lowres_kit.shrink.job import budget_of, shrink_folder
from lowres_kit.shrink.prune.channels import remove

# The steps of the real profile, on pictures of a stamp's size.
TINY = candidates.Effort(1, 1, 3, 30, 1, 10)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder of two classes, red and blue, and what `lowres train` makes of it."""
    return photos_and_model(tmp_path_factory.mktemp("shrink"))


@pytest.fixture(scope="module")
def whole(trained, tmp_path_factory):
    """The trained network in int8."""
    return quietly(trained, budget_of("1MB"), tmp_path_factory.mktemp("whole"))


def quietly(trained, budget, out, say=lambda line: None):
    return shrink_folder(trained / "model", trained / "photos", budget, out, say=say)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setitem(candidates.EFFORTS, "quick", TINY)


def shrink(trained, out, *words):
    return main(
        ["shrink", str(trained / "model"), str(trained / "photos"), "--out", str(out), *words]
    )


def test_int8_is_enough_where_it_fits(trained, tmp_path, capsys):
    assert shrink(trained, tmp_path / "out", "--to", "1MB", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["made_by"] == "int8" and len(result["tried"]) == 1
    assert result["size_kb"] < result["teacher"]["size_kb"] / 2
    assert result["accuracy"] >= 0.9 and result["tested"] == 12
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "labels.txt",
        "model.tflite",
        "shrunk.json",
    ]


def test_channels_go_until_the_file_fits(trained, whole, tmp_path, capsys):
    limit = 0.75 * whole.chosen.size_kb
    assert shrink(trained, tmp_path / "out", "--to", f"{limit}kB", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    file = tmp_path / "out" / "model.tflite"
    assert file.stat().st_size <= 1000 * limit
    assert result["size_kb"] == pytest.approx(file.stat().st_size / 1000)
    assert result["multiply_adds"] < whole.measured.multiply_adds
    assert result["accuracy"] >= 0.9
    # What was written is what was measured: another command finds the same.
    assert main(["measure", str(file), str(trained / "photos"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tested"] == 60
    assert TfliteModel(file).size == 48


def promise(accuracy, size_kb):
    return Budget("accuracy", accuracy, size_kb=size_kb)


def test_with_a_promise_smaller_ones_are_tried_until_one_breaks_it(trained, tmp_path):
    shrunk = quietly(trained, promise(0.8, 500), tmp_path)
    sizes = [one.size_kb for one in shrunk.tried]
    assert len(sizes) > 1 and sizes == sorted(sizes, reverse=True)
    assert shrunk.chosen.accuracy >= 0.8
    smaller = [one for one in shrunk.tried if one.size_kb < shrunk.chosen.size_kb]
    assert all(one.accuracy < 0.8 for one in smaller)
    assert shrunk.budget.verdicts["size_kb"] == "pass"


def test_a_promise_in_another_metric_is_not_weighed_as_if_it_were_accuracy(trained, tmp_path):
    told = []
    shrunk = quietly(trained, Budget("recall", 0.8, size_kb=500_000), tmp_path, told.append)
    assert len(shrunk.tried) == 1 and shrunk.budget.verdicts["recall"] == "not measured"
    assert "promises recall; only accuracy can be weighed" in told[0]


@pytest.mark.parametrize(("accuracy", "learned"), [(0, 48), (1.0, 36)])
def test_photos_for_choosing_are_learned_from_where_nothing_is_chosen(
    trained, whole, tmp_path, monkeypatch, accuracy, learned
):
    seen = []

    def distil(teacher, student, photos, *others, **named):
        seen.append(len(photos))
        stop()  # what it makes of them is no matter here, and takes long

    monkeypatch.setattr(candidates, "distil", distil)
    with pytest.raises(KeyboardInterrupt):
        quietly(trained, promise(accuracy, 0.75 * whole.chosen.size_kb), tmp_path)
    assert seen == [learned], "of 60 photos 12 are kept apart, and 12 are for choosing"


def test_promise_that_cannot_be_kept_is_told_with_the_numbers(trained, tmp_path, capsys):
    card = Scope.from_values({**Scope.example().values(), "latency_ms": 1e-4})
    card.save(tmp_path / "scope.toml")
    code = shrink(trained, tmp_path / "out", "--to", str(tmp_path / "scope.toml"))
    told = capsys.readouterr().out
    assert code == 1
    row = next(line for line in told.splitlines() if line.startswith("Time for one answer"))
    assert "at most 0.0001 ms" in row and "falls short" in row
    assert (tmp_path / "out" / "model.tflite").exists()


def test_goes_on_where_it_was_cut_short(trained, whole, tmp_path, monkeypatch):
    limit, told = promise(0, 0.75 * whole.chosen.size_kb), []
    once = quietly(trained, limit, tmp_path / "a", told.append)
    assert any(line.startswith("Thinning") for line in told)
    aware = candidates.quantization_aware
    monkeypatch.setattr(candidates, "quantization_aware", stop)
    with pytest.raises(KeyboardInterrupt):
        quietly(trained, limit, tmp_path / "b")
    monkeypatch.setattr(candidates, "quantization_aware", aware)
    monkeypatch.setattr(candidates, "prune_channels", stop)  # it must not be called again
    again = quietly(trained, limit, tmp_path / "b")
    assert again.chosen.content == once.chosen.content
    assert not (tmp_path / "b" / "resume").exists()


def stop(*_, **__):
    raise KeyboardInterrupt


def test_other_photos_than_those_of_the_training_are_refused(trained, tmp_path):
    shutil.copytree(trained / "photos", tmp_path / "photos")
    (tmp_path / "photos" / "red" / "00.png").unlink()
    with pytest.raises(KitError, match="not the folder that the classifier was trained on"):
        shrink_folder(trained / "model", tmp_path / "photos", promise(0, 50), tmp_path / "out")


def test_a_size_that_no_network_has(trained, tmp_path):
    with pytest.raises(KitError, match="not possible where each layer keeps 8 channels"):
        quietly(trained, promise(0, 1), tmp_path)


@pytest.mark.parametrize("text", ["100", "kB", "-3kB", "nankB", "apples", "no/such/scope.toml"])
def test_what_is_no_budget(text):
    with pytest.raises(KitError, match="is no budget; give a size such as 100kB"):
        budget_of(text)


def test_budgets_as_people_write_them(tmp_path):
    Scope.example().save(tmp_path / "scope.toml")
    assert budget_of("100kB").size_kb == budget_of("0.1mb").size_kb == 100
    for text in (tmp_path, tmp_path / "scope.toml"):
        assert budget_of(str(text)) == Scope.example().budget


def test_out_is_a_file(trained, tmp_path):
    (tmp_path / "out").write_text("a letter")
    with pytest.raises(KitError, match="is a file; name a folder"):
        quietly(trained, promise(0, 50), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "a letter"


@pytest.mark.parametrize(
    ("group", "frozen"), [("stage 5", FROZEN_LAYERS), ("stage 2", 5), ("stem", 1)]
)
def test_layers_that_lost_nothing_stay_as_they_are(group, frozen):
    teacher = EfficientNetLite0(3, "112").eval()
    thinner = remove(teacher, {group: range(8)})
    assert candidates.untouched(thinner, teacher) == frozen
