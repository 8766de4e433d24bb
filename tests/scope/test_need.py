"""The check that can say no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowres_kit.errors import KitError
from lowres_kit.scope import QUESTIONS, do_you_need_ml

FINE = {question.key: question.good for question in QUESTIONS}


def test_when_every_answer_is_good_it_says_try():
    advice = do_you_need_ml(FINE)
    assert advice.verdict == "try"
    assert advice.reasons == ()


@pytest.mark.parametrize(
    "key, verdict",
    [
        ("decision_changes", "no"),
        ("rule_is_enough", "no"),
        ("harms_people", "no"),
        ("has_examples", "not yet"),
        ("has_labels", "not yet"),
        ("can_measure", "not yet"),
        ("somebody_maintains", "not yet"),
        ("person_checks", "try"),
        ("errors_grave", "try"),
    ],
)
def test_one_bad_answer_decides(key, verdict):
    assert do_you_need_ml({**FINE, key: not FINE[key]}).verdict == verdict


def test_grave_errors_stop_only_where_nobody_checks():
    grave = {**FINE, "errors_grave": True}
    assert do_you_need_ml(grave).verdict == "try"
    alone = do_you_need_ml({**grave, "person_checks": False})
    assert alone.verdict == "no"
    assert alone.reasons[0].key == "errors_grave"
    assert do_you_need_ml({**grave, "person_checks": None}).verdict == "not yet"


def test_without_answers_it_asks_to_find_out():
    advice = do_you_need_ml({})
    assert advice.verdict == "not yet"
    assert len(advice.reasons) == len(QUESTIONS)


answers = st.dictionaries(
    st.sampled_from(list(FINE)), st.sampled_from([True, False, None]), max_size=len(FINE)
)


@given(answers=answers)
def test_the_gravest_reason_comes_first_and_gives_the_verdict(answers):
    advice = do_you_need_ml(answers)
    grades = [("no", "not yet", "try").index(reason.verdict) for reason in advice.reasons]
    assert grades == sorted(grades)
    if advice.reasons:
        assert advice.reasons[0].verdict == advice.verdict
    assert advice.sentence in str(advice) and advice.verdict in ("no", "not yet", "try")
    assert all(reason.instead in str(advice) for reason in advice.reasons)


@given(answers=answers, key=st.sampled_from(list(FINE)))
def test_a_good_answer_never_makes_the_verdict_worse(answers, key):
    order = ("no", "not yet", "try").index
    worse = order(do_you_need_ml({**answers, key: not FINE[key]}).verdict)
    assert order(do_you_need_ml({**answers, key: FINE[key]}).verdict) >= worse


def test_each_question_has_a_reason_a_way_out_and_a_source():
    for question in QUESTIONS:
        assert question.text.endswith("?")
        assert question.why and question.instead and question.source


def test_wrong_keys_and_answers_are_named():
    with pytest.raises(KitError, match="Did you mean 'has_labels'"):
        do_you_need_ml({"has_label": True})
    for answer in ("yes", 1, ...):
        with pytest.raises(KitError, match="must be True, False or None"):
            do_you_need_ml({"has_labels": answer})
