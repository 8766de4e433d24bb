"""A password is asked for twice, kept as a hash for its owner alone, and never there by default."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_kit.field.page.login import check_file, is_password, set_password
from lowres_kit.field_cli import main

WORD = "four odd words here"
COMMAND = [sys.executable, "-m", "lowres_kit.field_cli", "password"]
PRIVATE = pytest.mark.skipif(os.name != "posix", reason="files have no such modes here")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return set_password(tmp_path_factory.mktemp("place"), WORD)


def test_only_the_same_password_is_taken(file):
    assert is_password(file, WORD)
    for other in ("", WORD[:-1], WORD + " ", WORD.upper(), WORD * 100, "\udcff", "\0"):
        assert not is_password(file, other)


def test_password_itself_is_not_on_the_card(file, tmp_path):
    content = file.read_bytes()
    assert not [word for word in WORD.split() if word.encode() in content]
    assert WORD.encode().hex().encode() not in content
    again = set_password(tmp_path, WORD)
    assert again.read_bytes() != content and is_password(again, WORD)  # another salt


def test_accents_count_however_the_keyboard_sends_them(tmp_path):
    file = set_password(tmp_path, "caf\u00e9 叶子 ñandú")
    assert is_password(file, "cafe\u0301 叶子 n\u0303andu\u0301")
    assert not is_password(file, "cafe 叶子 nandu")


@PRIVATE
def test_only_the_owner_can_read_it(tmp_path):
    before = os.umask(0)  # the most careless there is
    try:
        file = set_password(tmp_path / "place", WORD)
        set_password(tmp_path / "place", WORD + "!")
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["password"]  # and no draft is left


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_root_sets_it_for_the_owner_of_the_place(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    os.chown(place, 12345, 23456)
    facts = set_password(place, WORD).stat()
    assert (facts.st_uid, facts.st_gid, facts.st_mode & 0o777) == (12345, 23456, 0o600)


@pytest.mark.parametrize("word", ["", "1234567", "x" * 201])
def test_short_and_endless_ones_are_refused(tmp_path, word):
    with pytest.raises(KitError, match="8 to 200"):
        set_password(tmp_path, word)
    assert list(tmp_path.iterdir()) == []
    assert is_password(set_password(tmp_path, "12345678"), "12345678")


def test_place_that_cannot_be_written_is_told(tmp_path, file):
    with pytest.raises(KitError, match="cannot be written"):
        set_password(tmp_path / "no" / "such", WORD)
    with pytest.raises(KitError, match="cannot be written"):
        set_password(file, WORD)  # a file is no folder
    assert is_password(file, WORD)


def test_missing_and_damaged_files_name_the_way_out(tmp_path, file):
    with pytest.raises(KitError, match="no password yet; set one with `lowres-field password"):
        check_file(tmp_path / "password")
    with pytest.raises(KitError, match="cannot be read"):
        check_file(tmp_path)
    check_file(file)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_file_lets_nobody_in(tmp_path, file, data):
    content = bytearray(file.read_bytes().rstrip())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255).filter(lambda one: one != content[place]))
    damaged = tmp_path / "damaged"
    damaged.write_bytes(content)
    try:
        assert not is_password(damaged, WORD) or content.lower() == file.read_bytes().rstrip()
    except KitError as error:
        assert "is damaged" in str(error)


@PRIVATE
@pytest.mark.parametrize("moment", range(5))
def test_power_cut_leaves_the_old_one_or_the_new_one(tmp_path, moment):
    file = set_password(tmp_path, WORD)
    code = (
        "import itertools, sys\n"
        "from lowres_kit.field import password\n"
        "password.COST = 2\n"
        "for _ in itertools.count():\n"
        "    password.set_password(sys.argv[1], 'another word'); print(flush=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE)
    writer.stdout.readline()
    time.sleep(0.003 * moment)
    writer.kill()
    writer.communicate()
    check_file(file)  # whole


def test_from_the_input_of_a_program(tmp_path):
    ran = subprocess.run([*COMMAND, tmp_path, "--stdin"], input=f" {WORD}\nmore\n", text=True,
                         capture_output=True)  # fmt: skip
    assert ran.returncode == 0 and str(tmp_path / "password") in ran.stdout
    assert WORD not in ran.stdout + ran.stderr
    assert is_password(tmp_path / "password", f" {WORD}")


def test_without_a_terminal_it_is_not_asked_for(tmp_path):
    ran = subprocess.run([*COMMAND, tmp_path], input=f"{WORD}\n{WORD}\n", text=True,
                         capture_output=True)  # fmt: skip
    assert ran.returncode == 2 and "--stdin" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def at_a_terminal(place, *answers):
    """Type answers at a real terminal, each when it is asked for; return what the screen showed."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.execv(COMMAND[0], [*COMMAND, str(place)])
    shown, waiting = b"", list(answers)
    try:
        while piece := os.read(terminal, 1000):
            shown += piece
            if waiting and piece.rstrip().endswith(b":"):
                time.sleep(0.2)  # the terminal stops showing what is typed just after the question
                os.write(terminal, waiting.pop(0).encode() + b"\n")
    except OSError:  # Linux says so that the program has ended
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


@PRIVATE
def test_asked_twice_at_a_terminal_and_not_shown(tmp_path):
    code, shown = at_a_terminal(tmp_path, WORD, WORD)
    assert code == 0 and shown.count(":") >= 2 and WORD not in shown
    assert is_password(tmp_path / "password", WORD)
    code, shown = at_a_terminal(tmp_path, "another one", "another two")
    assert code == 2 and "differ" in shown and is_password(tmp_path / "password", WORD)


def test_command_says_what_is_wrong_in_one_sentence(tmp_path, capsys, monkeypatch):
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert main(["password", str(tmp_path), "--stdin"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("lowres-field: The password has 0 characters") and said.count("\n") == 1
