"""A check answers in words whatever the learner gives it, and never raises."""

import pytest

from lowres_kit.words import Words
from lowres_kit.workshop import exercise, not_yet

TOML = """
[number]
right = "Right."
text = "it is not 4."
hint = "Count <again>."

[double]
right = "Right."
text = "two times {given} is {wanted:.1f}, not `{{4}}`."
"""
words = Words("lesson_on_sums")


@pytest.fixture(autouse=True, scope="module")
def lesson_on_sums(tmp_path_factory):
    """A lesson's package of its own: a folder with its words."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / words.package).mkdir()
    (folder / words.package / "words.toml").write_text(TOML, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


@exercise("sums-1")
def check_number(answer):
    return words("number.right") if answer == 4 else not_yet(words, "number")


@exercise("99-2")
def check_function(double):
    if double(2) != 4:
        return not_yet(words, "double", given=2, wanted=4)
    return words("double.right")


def test_it_keeps_the_words_of_the_check():
    verdict = check_number(5)
    assert (verdict.exercise, verdict.passed) == ("sums-1", False)
    assert str(verdict) == "Exercise 1. Not yet: it is not 4.\nHint: Count <again>."
    assert str(check_number(4)) == "Exercise 1. Passed: Right."


def test_a_notebook_shows_it_and_the_runner_can_read_it():
    data, metadata = check_number(5)._repr_mimebundle_()
    assert data["text/plain"] == str(check_number(5))
    assert "Not yet" in data["text/html"] and "Count &lt;again&gt;." in data["text/html"]
    assert metadata == {"lowres_kit": {"exercise": "sums-1", "passed": False}}
    assert check_number(4)._repr_mimebundle_()[1]["lowres_kit"]["passed"] is True


@pytest.mark.parametrize("check", [check_number, check_function])
def test_the_stub_is_told_not_yet(check):
    verdict = check(...)
    assert not verdict.passed and "`...` is still there" in verdict.text and verdict.hint


def test_a_function_that_is_still_the_stub_is_told_so():
    verdict = check_function(lambda number: ...)
    assert not verdict.passed and "your function still gives back `...`" in verdict.text
    assert check_function(lambda number: 2 * number).passed


@pytest.mark.parametrize("parts", [(..., 1), (1, ...), [..., ...]], ids=str)
def test_a_function_that_gives_a_part_of_the_stub_is_told_so(parts):
    assert "your function still gives back `...`" in check_function(lambda number: parts).text


def test_values_stand_in_the_words_and_no_hint_is_none():
    verdict = check_function(lambda number: 5)
    assert str(verdict) == "Exercise 2. Not yet: two times 2 is 4.0, not `{4}`."


def test_a_callable_object_is_an_answer_too():
    class Doubler:
        def __call__(self, number):
            return 2 * number

    assert check_function(Doubler()).passed


class Silent(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (ValueError("first line\nsecond line"), "ValueError: first line"),
        (KeyError(), "KeyError: (it says nothing more)"),
        (Silent(), "Silent: (it says nothing more)"),
        (ValueError("x" * 5000), "x" * 200),
    ],
)
def test_the_learners_own_error_is_told_in_a_line(error, told):
    def double(number):
        raise error

    verdict = check_function(double)
    assert not verdict.passed and told in verdict.text and verdict.hint
    assert "second line" not in verdict.text and len(verdict.text) < 300


def test_a_mistake_in_the_check_does_not_raise_either():
    @exercise("99-3")
    def check(answer):
        return answer.no_such_name

    assert not check(1).passed


def test_a_learner_may_stop_a_check_that_runs_for_ever():
    def double(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_function(double)
