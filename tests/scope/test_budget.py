"""A budget judges by the limits alone, and says so in words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_kit.scope import Budget

BUDGET = Budget("accuracy", 0.9, size_kb=4000, latency_ms=200, memory_mb=100)
GOOD = {"accuracy": 0.95, "size_kb": 926, "latency_ms": 1.9, "memory_mb": 60}


def test_every_verdict():
    table = BUDGET.compare({"accuracy": 0.86, "size_kb": 926, "latency_ms": None})
    assert table.verdicts == {
        "accuracy": "falls short",
        "size_kb": "pass",
        "latency_ms": "not measured",
        "memory_mb": "not measured",
    }
    assert not table.passed
    assert table.summary == "4 promises: 1 pass, 1 falls short, 2 not measured."
    worse = Budget("accuracy", 0.9, size_kb=4000).compare({"accuracy": 0.8, "size_kb": 5000})
    assert worse.summary == "2 promises: 2 fall short."
    assert BUDGET.compare(GOOD).passed


def test_the_limit_itself_passes():
    exact = {"accuracy": 0.9, "size_kb": 4000, "latency_ms": 200, "memory_mb": 100}
    assert BUDGET.compare(exact).passed


def test_what_was_not_measured_is_no_pass():
    assert not BUDGET.compare({**GOOD, "memory_mb": None}).passed
    assert BUDGET.compare({**GOOD, "memory_mb": math.nan}).verdicts["memory_mb"] == "not measured"
    assert not Budget("accuracy", 0.5).compare({}).passed


def test_only_the_promised_metric_counts():
    table = Budget("recall", 0.9).compare({"accuracy": 0.99})
    assert table.verdicts == {"recall": "not measured"}
    assert Budget("recall", 0.9).compare({"recall": 0.92, "accuracy": 0.1}).passed


def test_limits_that_the_card_leaves_out_make_no_row():
    table = Budget("accuracy", 0.9, size_kb=5).compare(GOOD)
    assert list(table.verdicts) == ["accuracy", "size_kb"]


@given(
    at_least=st.floats(0, 1),
    accuracy=st.floats(0, 1),
    limit=st.floats(1e-3, 1e9),
    size=st.floats(0, 1e9),
)
def test_verdicts_follow_the_numbers_and_the_text_never_hides_a_difference(
    at_least, accuracy, limit, size
):
    table = Budget("accuracy", at_least, size_kb=limit).compare(
        {"accuracy": accuracy, "size_kb": size}
    )
    assert (table.verdicts["accuracy"] == "pass") == (accuracy >= at_least)
    assert (table.verdicts["size_kb"] == "pass") == (size <= limit)
    for row in table.rows:
        if row.verdict == "falls short":
            assert row.measured != row.limit.removeprefix("at least ").removeprefix("at most ")


@pytest.mark.parametrize("value", ["0.9", True, [0.9, 0.8], object()])
def test_what_is_not_a_number_is_refused_by_name(value):
    with pytest.raises(KitError, match="size_kb"):
        BUDGET.compare({**GOOD, "size_kb": value})


def test_percent_instead_of_a_share_is_refused():
    with pytest.raises(KitError, match="write 0.9 for 90 %"):
        BUDGET.compare({"accuracy": 95})


def test_numpy_numbers_are_numbers():
    np = pytest.importorskip("numpy")
    measured = {"accuracy": np.float32(0.95), "size_kb": np.int64(5), "latency_ms": np.array(3.0)}
    assert list(BUDGET.compare(measured).verdicts.values())[:3] == ["pass"] * 3


def test_a_name_that_is_nearly_right_is_pointed_out():
    table = BUDGET.compare({"latency": 3, "seconds": 12, "accuracy": 0.9})
    assert table.notes == ("'latency' is not a name in the budget. Did you mean 'latency_ms'?",)
    assert table.notes[0] in str(table)


def test_the_verdict_is_in_words_in_both_forms():
    table = BUDGET.compare({"accuracy": 0.86, "size_kb": 926})
    for text in (str(table), table._repr_html_()):
        for word in ("pass", "falls short", "not measured", "86 %", "926 kB", "at most 200 ms"):
            assert word in text
    assert repr(table) == str(table)


def test_html_of_a_strange_name_is_safe():
    assert "<b>x" not in Budget("<b>x", 1).compare({})._repr_html_()
