"""Fetching over a bad line: every test talks to a real server on this machine."""

import hashlib
import shutil
from collections import namedtuple

import pytest
from lan_server import lan_server

from lowres_kit.data import fetch
from lowres_kit.data.fetch import download
from lowres_kit.errors import KitError

CONTENT = bytes(range(256)) * 3000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("LOWRES_QUIET", "1")
    monkeypatch.setenv("no_proxy", "*")


def fetch_file(server, path, name="file", content=CONTENT):
    download(f"{server.base}/{name}", path, len(content), hashlib.sha256(content).hexdigest(), 0.01)


def test_a_good_line_needs_one_request(tmp_path):
    with lan_server({"file": CONTENT}) as server:
        fetch_file(server, tmp_path / "x.part")
        assert server.asked == [("/file", None)]
    assert (tmp_path / "x.part").read_bytes() == CONTENT


def test_a_cut_line_goes_on_where_it_was(tmp_path):
    with lan_server({"file": CONTENT}, cut=300_000, cuts=2) as server:
        fetch_file(server, tmp_path / "x.part")
        assert server.asked == [
            ("/file", None),
            ("/file", "bytes=300000-"),
            ("/file", "bytes=600000-"),
        ]
    assert (tmp_path / "x.part").read_bytes() == CONTENT


def test_a_later_start_goes_on_too(tmp_path):
    path = tmp_path / "x.part"
    path.write_bytes(CONTENT[:1000])
    with lan_server({"file": CONTENT}) as server:
        fetch_file(server, path)
        assert server.asked == [("/file", "bytes=1000-")]
    assert path.read_bytes() == CONTENT


def test_a_dead_line_keeps_what_came_and_says_so(tmp_path):
    path = tmp_path / "x.part"
    path.write_bytes(CONTENT[:250_000])
    with lan_server({"file": CONTENT}, cut=0, cuts=99) as server:
        with pytest.raises(
            KitError, match=r"0\.2 of 0\.8 MB are here and stay.*same command again"
        ):
            fetch_file(server, path)
    assert path.read_bytes() == CONTENT[:250_000]


def test_no_network_is_said_in_words(tmp_path):
    with lan_server({}) as server:
        closed = server.base
    with pytest.raises(KitError, match="127.0.0.1 cannot be reached.*simulated leaves need none"):
        download(f"{closed}/file", tmp_path / "x.part", 10, SHA256, 0.01)


@pytest.mark.parametrize("length", [5, len(CONTENT) + 7])
def test_a_server_that_promises_another_size_is_refused(tmp_path, length):
    with lan_server({"file": CONTENT}, length=length) as server:
        with pytest.raises(KitError, match=f"another size .{length} bytes"):
            fetch_file(server, tmp_path / "x.part")
    assert not (tmp_path / "x.part").exists()


def test_a_server_that_sends_more_than_it_should_is_stopped(tmp_path):
    with lan_server({"file": CONTENT * 3}, no_length=True) as server:
        with pytest.raises(KitError, match="another size"):
            fetch_file(server, tmp_path / "x.part")
    assert (tmp_path / "x.part").stat().st_size == 0


def test_a_rest_of_another_file_is_refused(tmp_path):
    path = tmp_path / "x.part"
    path.write_bytes(CONTENT[:1000])
    with lan_server({"file": CONTENT}, total=12) as server:
        with pytest.raises(KitError, match="another size"):
            fetch_file(server, path)
    assert path.read_bytes() == CONTENT[:1000]


def test_a_wrong_file_of_the_right_size_is_deleted(tmp_path):
    with lan_server({"file": CONTENT[::-1]}) as server:
        with pytest.raises(KitError, match="another file than the one expected"):
            fetch_file(server, tmp_path / "x.part")
    assert not (tmp_path / "x.part").exists()


@pytest.mark.parametrize("manner", ["ignore_range", "refuse_range"])
def test_a_server_that_cannot_go_on_sends_all_again(tmp_path, manner):
    path = tmp_path / "x.part"
    path.write_bytes(b"?" * 1000)  # must not survive at the beginning of the file
    with lan_server({"file": CONTENT}, **{manner: True}) as server:
        fetch_file(server, path)
    assert path.read_bytes() == CONTENT


def test_too_long_a_beginning_is_thrown_away(tmp_path):
    path = tmp_path / "x.part"
    path.write_bytes(b"?" * (len(CONTENT) + 1))
    with lan_server({"file": CONTENT}) as server:
        fetch_file(server, path)
    assert path.read_bytes() == CONTENT


def test_a_server_that_names_no_length_is_fine(tmp_path):
    with lan_server({"file": CONTENT}, no_length=True) as server:
        fetch_file(server, tmp_path / "x.part")
    assert (tmp_path / "x.part").read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_says_that_addresses_change(tmp_path, status):
    with lan_server({}, status=status) as server:
        with pytest.raises(KitError, match=f"answered {status}.*--from"):
            fetch_file(server, tmp_path / "x.part")


def test_a_busy_server_is_a_cut_line(tmp_path):
    with lan_server({}, status=503) as server:
        with pytest.raises(KitError, match="503.*same command again"):
            fetch_file(server, tmp_path / "x.part")


def test_a_redirect_is_followed(tmp_path):
    with lan_server({"file": CONTENT}) as server:
        fetch_file(server, tmp_path / "x.part", name="moved/file")
    assert (tmp_path / "x.part").read_bytes() == CONTENT


def test_a_redirect_to_a_file_of_this_computer_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    with lan_server({}, to=secret.as_uri()) as server:
        with pytest.raises(KitError):
            fetch_file(server, tmp_path / "x.part", name="moved/file")


def test_only_the_web_is_asked(tmp_path):
    with pytest.raises(KitError, match="http"):
        download((tmp_path / "x").as_uri(), tmp_path / "x.part", 1, SHA256)


def test_a_full_disk_is_noticed_before_anything_is_fetched(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(100, 90, 10))
    with lan_server({"file": CONTENT}) as server:
        with pytest.raises(KitError, match=r"disk is too full.*\d+ MB more room.*LOWRES_CACHE"):
            fetch_file(server, tmp_path / "x.part")
        assert server.asked == []


def test_a_disk_that_fills_up_meanwhile(tmp_path, monkeypatch):
    def full(*anything):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch, "_copy", full)
    with lan_server({"file": CONTENT}) as server:
        with pytest.raises(KitError, match="disk is too full"):
            fetch_file(server, tmp_path / "x.part")
