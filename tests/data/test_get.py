"""`lowres data get`: from the zip files on a server to photos that load."""

import hashlib
import io
import zipfile

import numpy as np
import pytest
from lan_server import lan_server
from PIL import Image

from lowres_kit import cli
from lowres_kit.data import fetch, registry
from lowres_kit.errors import KitError

CLASSES = ("angular_leaf_spot", "bean_rust", "healthy")
PARTS = ("train", "validation", "test")


def zip_of_photos(part, per_class=2):
    rng = np.random.default_rng(len(part))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as pack:
        for name in CLASSES:
            for number in range(per_class):
                photo = io.BytesIO()
                pixels = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(photo, "JPEG")
                pack.writestr(f"{part}/{name}/{number}.jpg", photo.getvalue())
        pack.writestr(f"__MACOSX/{part}/._x.jpg", b"left behind")
        pack.writestr(f"{part}/notes.txt", b"no picture")
    return buffer.getvalue()


@pytest.fixture
def small_beans(tmp_path, monkeypatch):
    """The list of data sets, with beans of a few kilobytes."""
    monkeypatch.setenv("LOWRES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LOWRES_QUIET", "1")
    monkeypatch.setenv("no_proxy", "*")
    files = {f"{part}.zip": zip_of_photos(part) for part in PARTS}
    known = registry.catalogue()
    for name, part in zip(("beans", "beans-validation", "beans-test"), PARTS):
        content = files[f"{part}.zip"]
        sha256 = hashlib.sha256(content).hexdigest()
        known[name].update(size=len(content), sha256=sha256, photos=6)
    monkeypatch.setattr(fetch, "catalogue", lambda: known)
    return files


def test_beans_are_named_with_the_way_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWRES_CACHE", str(tmp_path))
    with pytest.raises(KitError, match="lowres data get beans"):
        registry.load_dataset("beans")


def test_beans_come_once_and_stay(small_beans, capsys):
    with lan_server(small_beans) as server:
        assert cli.main(["data", "get", "beans", "--from", server.base]) == 0
    assert "6 photos are here now" in capsys.readouterr().out
    # The server is gone: the second time nothing is asked.
    assert cli.main(["data", "get", "beans", "--from", server.base]) == 0
    for name in ("beans", "beans-validation", "beans-test"):
        photos = registry.load_dataset(name)
        assert photos.class_names == CLASSES and len(photos) == 6
        assert photos.name == name and not photos.simulated


def test_a_cut_line_in_the_second_part_keeps_the_first(small_beans, tmp_path):
    whole = dict(small_beans)
    missing = {"train.zip": whole["train.zip"], "validation.zip": b"", "test.zip": b""}
    with lan_server(missing) as server:
        with pytest.raises(KitError):
            fetch.get("beans", server.base, wait=0.01)
    assert len(registry.load_dataset("beans")) == 6
    with lan_server(whole) as server:
        fetch.get("beans", server.base, wait=0.01)
        assert sorted(path for path, _ in server.asked) == ["/test.zip", "/validation.zip"]
    left = [path.name for path in (tmp_path / "cache" / "datasets" / "beans").iterdir()]
    assert sorted(left) == ["test", "train", "validation"]


def test_a_name_that_is_nothing_to_fetch(capsys):
    assert cli.main(["data", "get", "simulated-leaves"]) == 2
    assert "To fetch there are: beans" in capsys.readouterr().err


def test_a_part_names_the_whole(capsys):
    assert cli.main(["data", "get", "beans-test"]) == 2
    assert "lowres data get beans" in capsys.readouterr().err


def test_the_list_names_everything(capsys):
    assert cli.main(["data", "list"]) == 0
    printed = capsys.readouterr().out
    for name in registry.catalogue():
        assert name in printed
