"""The form of lesson 01: what is wrong is told in words, and only a whole card is written."""

import pytest

pytest.importorskip("ipywidgets")

from lowres_kit.scope import Project, Scope  # noqa: E402
from lowres_kit.workshop.scope_form import ScopeForm, prove, scope_form  # noqa: E402


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
    with pytest.raises(Exception):
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
