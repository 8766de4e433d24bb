"""`lowres audit` and `lowres data check`."""

import argparse

from lowres_kit.data.commands import add_commands


def run(*words):
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    arguments = parser.parse_args([str(word) for word in words])
    return arguments.run(arguments)


def test_audit_writes_its_report(folder_of, tmp_path, capsys):
    folder = folder_of(healthy=6, rust=6)
    (folder / "rust" / "copy.png").write_bytes((folder / "rust" / "000.png").read_bytes())
    assert not run("audit", folder, "--html", tmp_path / "out" / "report.html")
    printed = capsys.readouterr().out
    assert "Exact duplicates: 2 photos in 1 group" in printed and "report.html" in printed
    assert "copy.png" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_check_names_every_bad_file(folder_of, capsys):
    folder = folder_of(healthy=2, rust=2)
    (folder / "rust" / "empty.jpg").touch()
    assert not run("data", "check", folder)
    printed = capsys.readouterr().out
    assert "4 photos" in printed and "rust/empty.jpg is empty" in printed


def test_check_counts_by_reason_and_tells_what_was_used_of_lists(folder_of, capsys):
    folder = folder_of(healthy=2, rust=2)
    for number in range(4):
        (folder / "rust" / f"{number}.jpg").touch()
    (folder / "sources.csv").write_text("file,source\nrust/9.png,farm\n", encoding="utf-8")
    assert not run("data", "check", folder)
    printed = capsys.readouterr().out
    assert printed.count("is empty") == 5 and "     4 is empty (0 bytes)" in printed
    none = "none of the 1 line of sources.csv names a photo that is there"
    assert none in printed
    assert not run("audit", folder)
    assert none in capsys.readouterr().out
