"""The checks of the labs, the facts of a board, and a model's memory under the older runtime."""

import json
import subprocess
from pathlib import Path

import pytest
from lab_checks import Lab
from small_environments import OLD_RUNTIME, environment

from lowres_kit.errors import KitError
from lowres_kit.field.device import board
from lowres_kit.runtime import fresh_process


def test_a_lab_is_done_when_all_its_checks_passed(capsys):
    lab = Lab(3, checks=2)
    lab.check("The lamp is on", True, "Look at the wire.")
    with lab.trying("The camera opens"):
        pass
    lab.finish()
    told = capsys.readouterr().out
    assert "passed: The lamp is on.\n" in told and "Lab 3 is done: 2 of 2 checks passed." in told


def test_a_check_that_fails_is_told_with_its_way_out_and_again_at_the_end(capsys):
    lab = Lab(3, checks=1)
    lab.check("The lamp is on", False, "Look at the wire.")
    assert "NOT YET: The lamp is on. Look at the wire." in capsys.readouterr().out
    with pytest.raises(KitError, match="not true: The lamp is on. Look at the wire."):
        lab.finish()
    lab.check("The lamp is on", True, "Look at the wire.")  # mended, and the cell run again
    lab.finish()


def test_a_lab_of_which_a_part_was_left_out_is_not_done():
    lab = Lab(3, checks=2)
    lab.check("The lamp is on", True, "")
    with pytest.raises(KitError, match="has 2 checks, and 1 were run"):
        lab.finish()


def test_an_error_is_a_failed_check_and_ends_the_notebook(capsys):
    lab = Lab(3, checks=1)
    with pytest.raises(KitError, match="no camera"), lab.trying("The camera opens"):
        raise KitError("There is no camera.")
    assert "NOT YET: The camera opens. There is no camera." in capsys.readouterr().out
    with pytest.raises(KitError, match="not true: The camera opens"):
        lab.finish()


@pytest.mark.parametrize("emulated", [True, False])
def test_what_only_a_board_can_show_is_not_judged_on_an_emulated_one(emulated, capsys):
    lab = Lab(1, checks=1, emulated=emulated)
    lab.check("It is cool", False, "Shade.", board_only=True)
    lab.time("answer", 0.0123)
    told = capsys.readouterr().out
    assert ("not judged" in told, "NOT YET" in told) == (emulated, not emulated)
    assert "12.3 ms" in told and ("emulated: says nothing" in told) == emulated
    if emulated:
        lab.finish()
        assert "0 of 1 checks passed, 1 wait for a real board" in capsys.readouterr().out


def _write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_facts_of_a_raspberry_pi(tmp_path, monkeypatch):
    monkeypatch.setattr(board.shutil, "which", lambda name: None)
    _write(tmp_path, "proc/device-tree/model", "Raspberry Pi 3 Model B Plus Rev 1.3\0")
    told = "MemTotal: 947732 kB\nBuffers: 5 kB\nMemAvailable: 500000 kB\n"
    _write(tmp_path, "proc/meminfo", told)
    _write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "47774\n")
    assert board.board_name(tmp_path) == "Raspberry Pi 3 Model B Plus Rev 1.3"
    assert board.memory_mb(tmp_path) == pytest.approx((970.48, 512.0), abs=0.01)
    assert board.temperature(tmp_path) == pytest.approx(47.774)
    assert board.under_voltage(tmp_path) is None
    _write(tmp_path, "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    _write(tmp_path, "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    for told, expected in (("0\n", False), ("1\n", True)):
        _write(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", told)
        assert board.under_voltage(tmp_path) is expected


@pytest.mark.parametrize(
    "told, expected",
    [("throttled=0x0", False), ("throttled=0x50000", True), ("throttled=0x80000", False),
     ("VCHI initialization failed", None)],
)  # fmt: skip
def test_power_supply_by_the_makers_program(tmp_path, monkeypatch, told, expected):
    program = tmp_path / "vcgencmd"
    program.write_text(f"#!/bin/sh\n[ $1 = get_throttled ] && echo '{told}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert board.under_voltage(tmp_path) is expected


def test_a_machine_that_tells_nothing(tmp_path):
    assert board.memory_mb(tmp_path) is None and board.temperature(tmp_path) is None
    assert board.board_name(tmp_path)  # the kind of processor
    assert board.free_mb(tmp_path) > 0


def test_memory_of_a_model_under_the_older_runtime(demo, tmp_path):
    from lowres_kit.field import Pack

    (tmp_path / "model.tflite").write_bytes(Pack.open(demo / "pack.zip").model)
    python = environment(OLD_RUNTIME, python3_11=True)
    program = Path(fresh_process.__file__)
    ran = subprocess.run(
        [python, "-P", program, tmp_path / "model.tflite", "3", "1"], capture_output=True, text=True
    )
    found = json.loads(ran.stdout)
    assert 0 < found["memory_mb"] < found["process_mb"] < 200 and len(found["latency_ms"]) == 3
