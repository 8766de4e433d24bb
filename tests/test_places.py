"""Files that matter are written whole or not at all, and what stands in the way is told."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lowres_kit.errors import KitError
from lowres_kit.places import cache_folder, write_bytes, write_text


@given(content=some.binary(max_size=200))
def test_what_is_written_is_there(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("written") / "new" / "file"
    write_bytes(path, b"before")
    write_bytes(path, content)
    assert path.read_bytes() == content
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_text_is_utf8_with_unix_line_ends(tmp_path):
    write_text(tmp_path / "text", "é\n豆\n")
    assert (tmp_path / "text").read_bytes() == "é\n豆\n".encode()


def test_a_file_in_the_place_of_a_folder(tmp_path):
    (tmp_path / "model").write_text("mine", encoding="utf-8")
    with pytest.raises(KitError, match="model/card.json cannot be written .* name another place"):
        write_text(tmp_path / "model" / "card.json", "{}")
    assert (tmp_path / "model").read_text(encoding="utf-8") == "mine"


def test_a_full_disk_leaves_the_old_file(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk to fill")
    try:
        write_bytes(disk / "weights", b"old")
        with pytest.raises(KitError, match="No space left on device.*Make room"):
            write_bytes(disk / "weights", bytes(200_000))
        assert (disk / "weights").read_bytes() == b"old"
        assert [each.name for each in disk.iterdir()] == ["weights"]
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_cache_goes_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWRES_CACHE", str(tmp_path / "stick" / "cache"))
    assert cache_folder() == tmp_path / "stick" / "cache" and cache_folder().is_dir()
