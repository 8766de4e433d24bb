"""`lowres pack` makes of what `lowres shrink` wrote a pack that `lowres verify` takes."""

import json
import shutil

import pytest
from red_and_blue import photos_and_model
from small_environments import DEVICES, environment

from lowres_kit.cli import main
from lowres_kit.desk import pack_folder
from lowres_kit.errors import KitError
from lowres_kit.field import FieldModel, Pack
from lowres_kit.scope import Scope


@pytest.fixture(scope="module")
def shrunk(tmp_path_factory):
    """Folder with photos, the model that learned from them, and its small form."""
    place = photos_and_model(tmp_path_factory.mktemp("pack"))
    words = ["shrink", place / "model", place / "photos", "--to", "1MB", "--out", place / "small"]
    assert main(list(map(str, words))) == 0
    return place


def lowres(capsys, *words):
    capsys.readouterr()
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_from_photos_to_a_pack_that_answers(shrunk, tmp_path, capsys):
    Scope.example().save(tmp_path / "scope.toml")
    words = ("--errors", 40, "--scope", tmp_path / "scope.toml", "--json")
    code, told, _ = lowres(
        capsys, "pack", shrunk / "small", shrunk / "photos", "--out", tmp_path / "two.zip", *words
    )
    facts = json.loads(told)
    assert code == 0 and facts["promise_kept"] and facts["name"] == "two"
    pack = Pack.open(tmp_path / "two.zip")
    assert pack.fingerprint == facts["fingerprint"] and pack.class_names == ("blue", "red")
    assert pack.threshold.photos == 12  # a fifth of sixty, kept apart: no other may choose
    assert pack.model == (shrunk / "small" / "model.tflite").read_bytes()
    assert pack.scope == (tmp_path / "scope.toml").read_text("utf-8")
    photo = shrunk / "photos" / "red" / "03.png"
    code, told, _ = lowres(capsys, "verify", tmp_path / "two.zip", photo)
    assert code == 0 and pack.fingerprint in told and "red" in told.splitlines()[-1]
    assert FieldModel(pack).classify(photo).label == "red"


def test_second_runtime_is_measured_into_the_pack(shrunk, tmp_path, capsys):
    pins, old = DEVICES["tflite-runtime"]
    python = environment(pins, python3_11=old)
    words = ("pack", shrunk / "small", shrunk / "photos", "--errors", 40)
    out = ("--out", tmp_path / "two.zip")
    code, told, _ = lowres(capsys, *words, *out, "--second-runtime", python, "--json")
    assert code == 0
    found = [(e["runtime"], e["kernels"], e["inputs"]) for e in json.loads(told)["parity"]]
    assert found == [("ai-edge-litert", "plain", 12), ("tflite-runtime", "fast", 12)]
    pack = Pack.open(tmp_path / "two.zip")
    entry = pack.parity[1]
    assert (entry.version, entry.same) == ("2.14.0", 12) and f"- {entry}\n" in pack.card
    code, told, _ = lowres(capsys, "verify", tmp_path / "two.zip")
    assert code == 0 and f"Compared when it was made: {entry}\n" in told
    others = {tmp_path / "none": "cannot be started", shutil.which("false"): "exit code 1"}
    for python, reason in others.items():
        code, _, said = lowres(capsys, *words, *out, "--second-runtime", python)
        assert code == 2 and reason in said and len(said.splitlines()) == 1


def test_promise_that_cannot_be_made_is_told(shrunk, tmp_path, capsys):
    code, told, _ = lowres(
        capsys, "pack", shrunk / "small", shrunk / "photos", "--out", tmp_path / "x.zip",
        "--errors", "1",
    )  # fmt: skip
    assert code == 1 and "cannot be promised" in told and "437 photos" in told
    assert not Pack.open(tmp_path / "x.zip").threshold.kept


def test_other_photos_and_other_folders_are_refused(shrunk, tmp_path):
    def pack(model, photos):
        pack_folder(model, photos, tmp_path / "x.zip", say=lambda line: None)

    fewer = tmp_path / "fewer"
    shutil.copytree(shrunk / "photos", fewer)
    (fewer / "red" / "00.png").unlink()
    with pytest.raises(KitError, match="1 of those of then are gone"):
        pack(shrunk / "small", fewer)
    with pytest.raises(KitError, match="model.tflite is missing"):
        pack(shrunk / "model", shrunk / "photos")
    half = tmp_path / "half"
    shutil.copytree(shrunk / "small", half)
    (half / "shrunk.json").write_text("{}", encoding="utf-8")
    with pytest.raises(KitError, match="run `lowres shrink` again"):
        pack(half, shrunk / "photos")
    assert not (tmp_path / "x.zip").exists()


def test_scope_card_that_is_not_whole_is_told_here(shrunk, tmp_path, capsys):
    (tmp_path / "scope.toml").write_text("problem = 3\n", encoding="utf-8")
    code, _, said = lowres(
        capsys, "pack", shrunk / "small", shrunk / "photos", "--out", tmp_path / "x.zip",
        "--scope", tmp_path / "scope.toml",
    )  # fmt: skip
    assert code == 2 and said.startswith("lowres: ") and not (tmp_path / "x.zip").exists()
