"""Files that matter are written whole or not at all, and what stands in the way is told."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lowres_kit.errors import KitError
from lowres_kit.places import (
    cache_folder,
    expanded,
    refuse_unwritable,
    write_blocks,
    write_bytes,
    write_text,
)  # fmt: skip


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


def test_a_cache_that_cannot_be_made_is_told_with_its_variable(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("LOWRES_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(KitError, match="file.cache, .* let LOWRES_CACHE name one"):
        cache_folder()


def test_what_cannot_be_written_is_refused_before_and_nothing_is_left(tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for place in (tmp_path / "file" / "a" / "b", tmp_path, tmp_path / ("x" * 300)):
        for write in (refuse_unwritable, lambda path: write_bytes(path, b"")):
            with pytest.raises(KitError, match="cannot be written"):
                write(place)
    refuse_unwritable(tmp_path / "new" / "folders" / "file")
    refuse_unwritable(tmp_path / "file")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes on Windows")
def test_a_pipe_or_a_device_is_written_to_and_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    refuse_unwritable(tmp_path / "pipe")
    write_bytes(tmp_path / "pipe", b"whole")
    assert os.read(reader, 10) == b"whole" and (tmp_path / "pipe").is_fifo()
    os.close(reader)


def test_half_a_letter_is_written_as_its_escape(tmp_path):
    write_text(tmp_path / "text", "caf\udce9")
    assert (tmp_path / "text").read_bytes() == rb"caf\udce9"


def test_a_name_with_a_tilde_is_a_name_where_nobody_is_called_so():
    assert expanded("~nobody-of-that-name/a") == Path("~nobody-of-that-name/a")
    assert expanded("~/a") == Path.home() / "a"


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes here")
def test_a_private_file_is_for_its_owner_at_any_time(tmp_path):
    seen = []

    def blocks():
        yield b"a secret"
        seen.extend(each.stat().st_mode & 0o777 for each in tmp_path.iterdir())

    before = os.umask(0)  # the most careless there is
    try:
        (tmp_path / f".token.{os.getpid()}.part").write_bytes(b"left by a cut, and open to all")
        write_blocks(tmp_path / "token", blocks(), mode=0o600)
        write_bytes(tmp_path / "open", b"no secret")
    finally:
        os.umask(before)
    assert seen == [0o600]
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o666


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_root_writes_a_private_file_for_the_owner_of_the_folder(tmp_path):
    os.chown(tmp_path, 12345, 23456)
    write_bytes(tmp_path / "token", b"a secret", mode=0o600)
    facts = (tmp_path / "token").stat()
    assert (facts.st_uid, facts.st_gid, facts.st_mode & 0o777) == (12345, 23456, 0o600)
