"""start.py sets up from nothing, goes on after any interruption, and needs no network twice."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest
from small_kit import SmallKit, no_network

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives start.py as Linux and macOS do")


def sentence(said):
    """Return the last line, which must be all that a person sees of the trouble."""
    assert "Traceback" not in said, said
    return said.strip().splitlines()[-1]


def test_sets_up_from_a_wheel_folder_without_network(kit):
    code, said = kit.set_up()
    assert code == 0, said
    assert said.strip().endswith("Ready.")
    assert kit.works()


def test_second_start_starts_no_program_and_asks_no_network(ready_kit):
    shutil.rmtree(ready_kit.folder / "wheels")
    watch = (
        "sys.addaudithook(lambda name, words: name.startswith(('subprocess.', 'socket.')) "
        "and sys.exit('asked: ' + name))"
    )
    code, said = ready_kit.set_up(before=watch)
    assert (code, said) == (0, "")


def test_the_watch_of_the_second_start_bites(kit):
    watch = (
        "sys.addaudithook(lambda name, words: name.startswith(('subprocess.', 'socket.')) "
        "and sys.exit('asked: ' + name))"
    )
    assert "asked: subprocess.Popen" in kit.set_up(before=watch)[1]


def killed_inside(kit, moment, delay):
    """Start a set-up, kill it so many seconds after a line; tell whether the kill came in time."""
    process = subprocess.Popen(
        kit.command(),
        cwd=kit.folder,
        env=kit.surroundings(),
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    for line in process.stdout:
        if line.startswith(moment):
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    return process.wait() != 0


@pytest.mark.parametrize("moment", ["Making the private", "Step 1", "Step 2", "Step 3"])
def test_killed_at_any_moment_it_goes_on(kit, moment):
    delay = 0.7  # somewhere inside that step; a fast machine is through by then, so try earlier
    while not killed_inside(kit, moment, delay):
        delay /= 2
        assert delay > 0.01, "the set-up was never killed"
        shutil.rmtree(kit.environment)
    code, said = kit.set_up()
    assert code == 0, said
    assert kit.works()


def test_ctrl_c_says_that_it_goes_on(kit):
    process = subprocess.Popen(
        kit.command(offline=False),
        cwd=kit.folder,
        env=kit.surroundings(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Step 1"):
            process.send_signal(signal.SIGINT)
    assert process.wait() == 2
    process.stdout.close()
    assert sentence(said) == "Stopped. The same command goes on where it was."


def test_packages_that_a_power_cut_left_in_pieces_are_mended(ready_kit):
    (ready_kit.site / "alpha" / "__init__.py").write_bytes(b"\0" * 26)  # right size, all zeros
    (ready_kit.site / "beta-1.0.dist-info" / "RECORD").unlink()
    (ready_kit.site / "~orch").mkdir()
    (ready_kit.environment / "kit-is-ready.json").unlink()
    (ready_kit.environment / "kit-is-being-installed").touch()
    code, said = ready_kit.set_up()
    assert code == 0, said
    assert "alpha was not whole" in said and "beta was not whole" in said
    assert "torch was not whole" not in said
    assert ready_kit.works() and not (ready_kit.site / "~orch").exists()


@pytest.mark.parametrize("damage", ["no python", "no pip", "empty folder", "pip in pieces"])
def test_environment_that_does_not_run_is_made_afresh(ready_kit, damage):
    (ready_kit.environment / "kit-is-ready.json").unlink()
    if damage == "no python":  # as after an upgrade of the system's Python
        ready_kit.python.unlink()
        ready_kit.python.symlink_to("/nowhere/python3")
    elif damage == "no pip":
        shutil.rmtree(ready_kit.site / "pip")
    elif damage == "empty folder":
        shutil.rmtree(ready_kit.environment)
        ready_kit.environment.mkdir()
    else:
        (ready_kit.environment / "kit-is-being-installed").touch()
        (ready_kit.site / "pip" / "__main__.py").write_bytes(b"")
    code, said = ready_kit.set_up()
    assert code == 0, said
    assert ready_kit.works()


def test_moved_kit_is_mended_without_network_and_without_wheels(ready_kit, tmp_path):
    shutil.rmtree(ready_kit.folder / "wheels")
    moved = SmallKit(shutil.move(ready_kit.folder, tmp_path / "another place"))
    ready_kit.folder.mkdir()
    code, said = moved.set_up()
    assert code == 0, said
    assert moved.works()
    activate = (moved.environment / "bin" / "activate").read_text(encoding="utf-8")
    assert "another place" in activate


def test_changed_pins_are_installed(ready_kit):
    pins = ready_kit.folder / "constraints.txt"
    pins.write_text(pins.read_text(encoding="utf-8").replace("alpha==1.0", "alpha==9.9"), "utf-8")
    code, said = ready_kit.set_up()
    assert code == 2
    assert "alpha" in said


def test_no_network_and_no_wheels(kit):
    if not no_network():
        pytest.skip("this machine lets no program into a network namespace of its own")
    shutil.rmtree(kit.folder / "wheels")
    code, said = kit.set_up()
    assert code == 2
    assert "package server cannot be reached" in sentence(said)


def test_wheel_folder_that_lacks_a_package_names_it(kit):
    next((kit.folder / "wheels").glob("beta-*")).unlink()
    code, said = kit.set_up()
    assert code == 2
    assert re.search("The folder wheels has no beta", sentence(said))


def test_python_without_venv_names_the_package_to_install(kit):
    code, said = kit.set_up(before="sys.modules['ensurepip'] = None")
    assert code == 2
    assert "apt install python3-venv" in sentence(said)
    assert not kit.environment.exists()


def test_variables_of_another_python_are_not_followed(kit, tmp_path, monkeypatch):
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alpha" / "__init__.py").write_text("answer = 'another'", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path))
    code, said = kit.set_up()
    assert code == 0, said
    monkeypatch.delenv("PYTHONPATH")
    assert kit.works()


class TestSmallDisk:
    """On a real disk of a few megabytes (a tmpfs, which only root can mount)."""

    @pytest.fixture
    def disk(self, tmp_path):
        place = tmp_path / "disk"
        place.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=30M", "tmpfs", place],
            check=False,
            capture_output=True,
        )
        if mounted.returncode != 0:
            pytest.skip("only root can mount a small disk to fill")
        yield place
        subprocess.run(["umount", "-l", place], check=True)

    def test_too_small_a_disk_is_told_before_anything_is_made(self, disk, wheels):
        kit = SmallKit.make(disk / "kit", *wheels)
        code, said = kit.set_up(before="e.NEEDED_MB = 2000")
        assert code == 2
        assert "disk has 0.0 GB free; the kit needs 2.0 GB" in sentence(said)
        assert not kit.environment.exists()

    def test_disk_that_fills_on_the_way_and_gets_room_again(self, disk, wheels):
        kit = SmallKit.make(disk / "kit", *wheels)
        code, said = kit.set_up()
        assert code == 2
        assert "The disk is full" in sentence(said)
        subprocess.run(["mount", "-o", "remount,size=300M", disk], check=True)
        code, said = kit.set_up()
        assert code == 0, said
        assert kit.works()

    def test_folder_that_cannot_be_written_to(self, disk, wheels):
        kit = SmallKit.make(disk / "kit", None, wheels[1])
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        code, said = kit.set_up()
        assert code == 2
        assert "cannot be written to" in sentence(said)
