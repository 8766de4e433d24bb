"""The scope card: what is written is read again, and what is wrong is named with the way out."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_kit.scope import ErrorCost, Scope, scope_card
from lowres_kit.scope.fields import FIELDS, FRACTIONS

texts = st.text(min_size=1, max_size=60).filter(str.strip)
positive = st.floats(min_value=1e-6, max_value=1e12) | st.integers(1, 10**9)
shares = st.floats(0, 1)


@st.composite
def scopes(draw):
    optional = {
        name: draw(st.none() | positive)
        for name in ("size_kb", "latency_ms", "memory_mb", "power_w", "price")
    }
    amounts = st.floats(0, 1e9) | st.integers(0, 10**6)
    errors = st.builds(ErrorCost, kind=texts, amount=amounts, words=st.none() | texts) | st.builds(
        ErrorCost, kind=texts, words=texts
    )
    return Scope(
        metric=draw(st.sampled_from(FRACTIONS)),
        threshold=draw(shares),
        baseline_score=draw(st.none() | shares),
        currency=draw(texts),
        errors=tuple(draw(st.lists(errors, min_size=1, max_size=3))),
        languages=tuple(draw(st.lists(texts, min_size=1, max_size=3))),
        **{
            name: draw(texts)
            for name in ("problem", "users", "today", "maintainer", "baseline", "connectivity")
        },
        **optional,
    )


@settings(max_examples=150, deadline=None)
@given(scope=scopes())
def test_a_card_that_is_saved_is_read_again_the_same(scope, tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "scope.toml"
    scope.save(path)
    assert Scope.load(path) == scope
    assert Scope.from_values(scope.values()) == scope


@settings(max_examples=60, deadline=None)
@given(scope=scopes())
def test_a_card_saved_on_windows_with_notepad_is_read_again_the_same(scope, tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "scope.toml"
    scope.save(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Scope.load(path) == scope


def example_file(tmp_path):
    path = tmp_path / "scope.toml"
    Scope.example().save(path)
    return path


def test_the_example_stands_in_the_kit_as_it_would_be_saved(tmp_path):
    kept = Path(scope_card.__file__).with_name("bean-leaves.toml")
    assert example_file(tmp_path).read_text("utf-8") == kept.read_text("utf-8")


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def complaint(path):
    with pytest.raises(KitError) as caught:
        Scope.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_file_explains_every_line(tmp_path):
    text = example_file(tmp_path).read_text(encoding="utf-8")
    for field in FIELDS:
        assert f"# {field.question}\n{field.name} = " in text


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ("threshold = 0.9", "threshhold = 0.9", "'threshhold'. Did you mean 'threshold'?"),
        ("threshold = 0.9", "threshold = 90", "threshold is 90, but accuracy lies between 0 and 1"),
        ("threshold = 0.9", 'threshold = "0.9"', "threshold must be a number without quotes"),
        ("threshold = 0.9", "threshold = true", "threshold must be a number without quotes"),
        ("threshold = 0.9", "threshold = nan", "threshold must be an ordinary number"),
        ("size_kb = 4000", "size_kb = -4", "size_kb is -4, and must be above zero"),
        ("size_kb = 4000", 'size_kb = "4000"', "size_kb must be a number without quotes"),
        ("size_kb = 4000", "users_phone = 1", "unknown key 'users_phone'"),
        ('metric = "accuracy"', 'metric = ""', "metric is empty"),
        ('metric = "accuracy"', "metric = 3", 'metric must be a text in "quotes"'),
        ("languages = [", "languages = [3, ", "languages must be a list of texts"),
        ("amount = 30", "amont = 30", "unknown key 'amont'. Did you mean 'amount'?"),
        ("amount = 3\n", "amount = -3\n", "amount of error 2 is -3; a cost is zero or more"),
        ("size_kb = 4000", "problem = 'here'", "'problem' belongs at the top of the file"),
        ("size_kb = 4000", "metric = 'f1'", "'metric' belongs under [promise]"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(tmp_path, old, new, expected):
    path = example_file(tmp_path)
    line = change(path, old, new)
    told = complaint(path)
    assert expected in told
    assert f"line {line}: " in told


@pytest.mark.parametrize("field", [field for field in FIELDS if field.required])
def test_a_missing_line_is_named(tmp_path, field):
    path = example_file(tmp_path)
    lines = path.read_text(encoding="utf-8").split("\n")
    kept = [line for line in lines if not line.startswith(f"{field.name} = ")]
    path.write_text("\n".join(kept), encoding="utf-8")
    assert f"{field.name} is missing. {field.question}" in complaint(path)


def test_all_faults_are_told_at_once(tmp_path):
    path = example_file(tmp_path)
    change(path, "threshold = 0.9", 'threshold = "much"')
    change(path, "size_kb = 4000", "size_kb = 0")
    told = complaint(path)
    assert "2 faults" in told and "threshold" in told and "size_kb" in told


@pytest.mark.parametrize(
    "broken, expected",
    [
        ("problem = beans", "line 1"),
        ("threshold = 0,9", "line 1"),
        ("problem = “beans”", 'straight "quotes"'),
        ("[promise]\n[promise]", "line 2"),
    ],
)
def test_text_that_is_not_toml_is_told_with_line_and_way_out(tmp_path, broken, expected):
    path = tmp_path / "scope.toml"
    path.write_text(broken, encoding="utf-8")
    told = complaint(path)
    assert expected in told and "write numbers with a point" in told


def test_files_that_are_no_card(tmp_path):
    missing = tmp_path / "my-project" / "scope.toml"
    assert "no scope card scope.toml in my-project" in complaint(missing)
    assert str(tmp_path) not in complaint(missing)
    (tmp_path / "latin.toml").write_bytes("problem = 'ñandú'".encode("latin-1"))
    assert "not UTF-8" in complaint(tmp_path / "latin.toml")
    (tmp_path / "folder.toml").mkdir()
    assert "cannot be opened" in complaint(tmp_path / "folder.toml")


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8")))
def test_no_content_of_a_file_gives_another_error_than_a_sentence(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "scope.toml"
    path.write_bytes(content)
    with pytest.raises(KitError):
        Scope.load(path)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from([*(field.name for field in FIELDS), "errors"]), value=json_like)
def test_any_value_in_any_line_of_the_form_is_judged_in_words(name, value):
    """The form asks `faults_of` on each key stroke; it must answer whatever stands there."""
    from lowres_kit.scope.fields import faults_of

    for fault in faults_of({**Scope.example().values(), name: value}):
        assert fault.text.endswith((".", "?"))


def test_a_card_cannot_be_made_broken():
    values = Scope.example().values()
    with pytest.raises(KitError, match="threshold is 90"):
        Scope.from_values({**values, "threshold": 90})
    with pytest.raises(KitError, match="errors is missing"):
        Scope.from_values({**values, "errors": []})
    with pytest.raises(KitError, match="currency is missing"):
        Scope.from_values({**values, "currency": None})


def test_the_example_promises_what_the_lessons_expect():
    budget = Scope.example().budget
    assert (budget.metric, budget.at_least) == ("accuracy", 0.90)
    assert (budget.size_kb, budget.latency_ms, budget.memory_mb) == (4000, 200, 100)


def test_a_card_shows_itself_safely():
    scope = Scope.from_values({**Scope.example().values(), "problem": "<script>x</script> & co"})
    assert "<script>" not in scope._repr_html_()
    assert "&lt;script&gt;" in scope._repr_html_()
    for part in ("Luganda", "30 USD", "accuracy at least 0.9", "4000 kB"):
        assert part in scope._repr_html_()
        assert part in str(scope).replace("\n    ", " ")


def test_a_failed_save_leaves_the_old_card(tmp_path, monkeypatch):
    path = example_file(tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *names: (_ for _ in ()).throw(OSError("power cut")))
    changed = Scope.from_values({**Scope.example().values(), "problem": "Another"})
    with pytest.raises(KitError):
        changed.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["scope.toml"]


def test_remarks_on_an_odd_promise():
    from lowres_kit.scope import review

    values = Scope.example().values()
    lame = Scope.from_values({**values, "threshold": 0.3})
    assert any("no better" in remark for remark in review(lame))
    unmeasured = Scope.from_values({**values, "baseline_score": None})
    assert any("no score yet" in remark for remark in review(unmeasured))
    assert any("expected cost" in remark for remark in review(Scope.example()))
    calm = {**values, "errors": [{"kind": "a", "amount": 1}, {"kind": "b", "amount": 1}]}
    assert review(Scope.from_values(calm)) == []
    assert math.isclose(Scope.from_values(calm).threshold, 0.9)
