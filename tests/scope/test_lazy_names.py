"""A public name means the same before and after its module is loaded."""

import subprocess
import sys


def test_a_function_that_shares_its_modules_name_stays_the_function(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    (room / "__init__.py").write_text(
        "from lowres_kit.lazy import lazy\n"
        "__getattr__, __dir__, __all__ = lazy(__name__, {'.quiz': 'quiz other'})\n",
        encoding="utf-8",
    )
    (room / "quiz.py").write_text("def quiz(): return 7\nother = 8\n", encoding="utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from room.quiz import other\n"
        "from room import quiz\n"
        "assert quiz() == 7\n"
        "import room\n"
        "assert room.quiz() == 7 and room.other == other == 8\n"
        "assert dir(room) == ['other', 'quiz']\n"
        "try:\n    room.nothing\nexcept AttributeError:\n    pass\nelse:\n    raise SystemExit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
