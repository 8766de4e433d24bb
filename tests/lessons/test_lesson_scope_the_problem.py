"""The parts of the lesson Scope the problem: right answers, and the usual slips."""

import tomllib
from collections import Counter
from importlib import resources

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lowres_kit.errors import KitError
from lowres_kit.scope import Project, Scope
from lowres_lessons.scope_the_problem import checks as check
from lowres_lessons.scope_the_problem.checks import CASES, KEYS
from lowres_lessons.scope_the_problem.plots import cost_curve, in_words, score_bars, waiting_bars
from lowres_lessons.scope_the_problem.scope_form import ScopeForm, prove, scope_form

RIGHT = dict(CASES)


def test_stops():
    assert check.stops(RIGHT).passed
    assert all(right in KEYS for right in RIGHT.values())


def test_each_hint_is_for_a_case_and_a_question():
    """A slip of the pen in a key would leave the hint unsaid."""
    text = (resources.files("lowres_lessons.scope_the_problem") / "words.toml").read_text("utf-8")
    hints = tomllib.loads(text)["stop_hint"]
    assert set(hints) == set(CASES)
    for case, answers in hints.items():
        assert set(answers) - {"other"} <= set(KEYS) - {RIGHT[case]}


@pytest.mark.parametrize("case", CASES)
def test_each_wrong_key_is_refused_with_a_hint(case):
    hints = set()
    for key in KEYS:
        if key != RIGHT[case]:
            verdict = check.stops({**RIGHT, case: key})
            assert not verdict.passed and case in verdict.text and verdict.hint
            assert RIGHT[case] not in verdict.hint, "the hint must not be the answer"
            hints.add(verdict.hint)
    assert len(hints) > 1, "a usual wrong answer has its own hint"


@pytest.mark.parametrize(
    "stops, expected",
    [
        (..., "still there"),
        (dict.fromkeys(CASES, ...), "still there"),
        ({**RIGHT, "tank": "a rule"}, "not the key"),
        ({**RIGHT, "tank": ["rule_is_enough"]}, "not the key"),
        ({"tank": "rule_is_enough"}, "must be a dictionary"),
        (list(RIGHT.values()), "must be a dictionary"),
    ],
)
def test_stops_that_are_no_answer(stops, expected):
    verdict = check.stops(stops)
    assert not verdict.passed and expected in verdict.text


def share(labels):
    return max(Counter(labels).values()) / len(labels)


def test_plain_score():
    assert check.most_frequent_score(share).passed
    assert check.most_frequent_score(lambda labels: np.float64(share(labels))).passed


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda labels: max(Counter(labels).values()), "Divide"),
        (lambda labels: 100 * share(labels), "100"),
        (lambda labels: 1 / len(set(labels)), "equally frequent"),
        (lambda labels: 1 - share(labels), "wrong answers"),
        (lambda labels: labels.count(labels[0]) / len(labels), "largest count"),
        (lambda labels: Counter(labels).most_common(1)[0][0], "from 0 to 1"),
        (lambda labels: None, "from 0 to 1"),
        (lambda labels: float("nan"), "largest count"),
        (lambda labels: ..., "`...`"),
        (lambda labels: labels / 2, "cell of its own"),
        (..., "Put your answer"),
    ],
)
def test_slips_of_the_plain_score(function, expected):
    verdict = check.most_frequent_score(function)
    assert not verdict.passed and expected in verdict.hint


def cost(sick, probability, threshold, cost_missed, cost_alarm):
    called = probability >= threshold
    missed, alarms = np.sum(sick & ~called), np.sum(~sick & called)
    return 100 * (missed * cost_missed + alarms * cost_alarm) / len(sick)


def test_expected_cost():
    assert check.expected_cost(cost).passed


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda s, p, t, m, a: cost(s, p, t, m, a) * len(s) / 100, "these 8 people"),
        (lambda s, p, t, m, a: cost(s, p, t, m, a) / 100, "one person"),
        (lambda s, p, t, m, a: cost(s, p, t, a, m), "changed places"),
        (lambda s, p, t, m, a: cost(s, p, t, 1, 1), "both errors alike"),
        (lambda s, p, t, m, a: cost(s, p, t, m, 0), "Add the false alarms"),
        (lambda s, p, t, m, a: cost(s, p, t, 0, a), "Add the missed"),
        (lambda s, p, t, m, a: cost(s, p, t + 1e-9, m, a), "at or above"),
        (lambda s, p, t, m, a: float("nan"), "at or above"),
        (lambda s, p, t, m, a: p, "one number"),
        (lambda s, p, t, m, a: ..., "`...`"),
    ],
)
def test_slips_of_the_expected_cost(function, expected):
    verdict = check.expected_cost(function)
    assert not verdict.passed and expected in verdict.hint


pytest.importorskip("ipywidgets")


@pytest.fixture
def written():
    return []


@pytest.fixture
def form(written):
    return ScopeForm(Scope.example(), written.append)


def test_the_form_begins_with_the_card_and_gives_the_same_card_back(form):
    assert form.check() == Scope.example()
    assert not form.button.disabled
    assert not any(message.value for message in form.messages.values())


def test_every_line_of_the_card_has_a_field(form):
    assert set(Scope.example().values()) - {"errors"} <= set(form.fields)


@pytest.mark.parametrize(
    "name, typed, expected",
    [
        ("threshold", "90", "between 0 and 1"),
        ("threshold", "0,9", "number with a point"),
        ("threshold", "", "is missing"),
        ("size_kb", "-1", "above zero"),
        ("size_kb", "4000 kB", "no unit"),
        ("problem", "   ", "Which problem"),
        ("languages", " , ", "Languages"),
        ("currency", "", "amounts of money"),
        ("amount 2", "-3", "zero or more"),
        ("amount 2", "three", "number with a point"),
        ("kind 2", "", "Which mistake"),
        ("size_kb", "nan", "ordinary number"),
    ],
)
def test_a_wrong_line_is_told_in_words_beside_it(form, written, name, typed, expected):
    before = form.fields[name].value
    form.fields[name].value = typed
    assert "To mend" in form.messages[name].value and expected in form.messages[name].value
    assert [key for key, message in form.messages.items() if message.value] == [name]
    assert form.button.disabled and "not whole yet" in form.picture
    form.button.click()
    assert written == []
    form.fields[name].value = before
    assert form.messages[name].value == "" and not form.button.disabled


def test_the_card_follows_every_change(form):
    form.fields["problem"].value = "Which cow is <lame>?"
    assert "Which cow is &lt;lame&gt;?" in form.picture
    form.fields["threshold"].value = "0.75"
    assert "accuracy at least 0.75" in form.picture


def test_an_empty_limit_is_no_limit_and_an_empty_error_is_no_error(form):
    form.fields["size_kb"].value = ""
    for key in ("kind", "amount", "words"):
        form.fields[f"{key} 2"].value = ""
    scope = form.check()
    assert scope.size_kb is None
    assert [error.amount for error in scope.errors] == [30, 10]


def test_the_fault_of_a_later_error_is_told_at_its_own_place(form):
    for key in ("kind", "amount", "words"):
        form.fields[f"{key} 1"].value = ""
    form.fields["amount 3"].value = "-1"
    assert "To mend" in form.messages["amount 3"].value
    assert form.messages["amount 2"].value == ""


def test_a_card_with_many_kinds_of_error_loses_none():
    errors = [{"kind": f"kind {number}", "amount": number} for number in range(6)]
    scope = Scope.from_values({**Scope.example().values(), "errors": errors})
    assert ScopeForm(scope, print).check() == scope


def test_an_empty_form_names_every_required_line(form):
    form.fill({})
    told = [name for name, message in form.messages.items() if message.value]
    assert {"problem", "metric", "threshold", "languages", "kind 1"} <= set(told)
    assert any("to mend" in title for title in form._tabs.titles)


def test_each_tab_says_how_much_is_to_mend_there(form):
    form.fields["threshold"].value = "much"
    form.fields["baseline"].value = ""
    assert form._tabs.titles[1] == "The promise (2 to mend)"
    form.fields["kind 2"].value = ""
    assert form._tabs.titles == ("The problem", "The promise (2 to mend)", "The limits",
                                 "The place", "The errors (1 to mend)")  # fmt: skip


def test_the_button_writes_the_card_and_says_so(form, written):
    form.fields["metric"].value = "recall"
    form.button.click()
    assert [scope.metric for scope in written] == ["recall"]
    assert "Written" in form.told.value
    form.fields["metric"].value = "accuracy"
    assert form.told.value == "", "the old message would speak of an older card"


def test_a_full_disk_is_told():
    def full(scope):
        raise OSError("No space left on device")

    form = ScopeForm(Scope.example(), full)
    form.button.click()
    assert "Not written" in form.told.value and "No space left" in form.told.value


def test_the_proof_passes_a_good_form_and_catches_a_mute_one(form, written, monkeypatch):
    prove(form)
    assert written == [Scope.example()]
    monkeypatch.setattr(form, "_faults", lambda values: {})
    with pytest.raises(KitError):
        prove(form)


def test_the_lesson_shows_a_still_and_writes_into_the_project(tmp_path, monkeypatch, capsys):
    shown = []
    monkeypatch.setenv("LOWRES_PROVE", "1")
    monkeypatch.setitem(
        scope_form.__globals__,
        "display",
        lambda what, **named: shown.append(what) or _Handle(shown),
    )
    scope_form(Project(tmp_path))
    assert "accuracy at least 0.9" in shown[0].data
    assert Scope.load(tmp_path / "scope.toml") == Scope.example()


class _Handle:
    def __init__(self, shown):
        self._shown = shown

    def update(self, what):
        self._shown.append(what)


pytest.importorskip("matplotlib").use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.5, "0.5 seconds"),
        (119, "119.0 seconds"),
        (120, "2.0 minutes"),
        (43000, "11.9 hours"),
        (2 * 86400, "2.0 days"),
    ],
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words


def test_the_bars_carry_their_times_and_scores():
    figure = waiting_bars({"large": 43000, "small": 500}, "64 kbit/s")
    assert texts(figure) == ["11.9 hours", "8.3 minutes"]
    figure = score_bars({"rule": 0.54, "model": 0.64}, 0.9, "simulated leaves")
    assert texts(figure) == ["54 %", "64 %"]
    axis = figure.axes[0]
    assert "simulated leaves" in axis.get_xlabel() and "90 %" in axis.get_title(loc="right")
    assert axis.lines[0].get_xdata()[0] == 90


def test_the_cost_curve_shows_where_the_reader_stands():
    figure = cost_curve(lambda t: 10 * t, 0.4, 4, 63, missed=9, alarms=3, accuracy=0.98)
    left, right = figure.axes
    assert texts(figure) == ["9", "3"]
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert "you: 4" in labels and "1 / (1 + 4) = 0.20" in labels
    assert "98 %" in right.get_title()
    assert right.get_ylim()[1] >= 9
