"""The bench: which photo comes next, what an answer does, and what it says."""

import numpy as np
import pytest
from small_bench import PNGS, answer_all

from lowres_kit.data import answers_of, labels_of, photo_names
from lowres_kit.data.labels.label_log import LOG
from lowres_kit.errors import KitError
from lowres_kit.workshop import labelling_bench as bench_module

GOOD = 9


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_every_good_photo_is_asked_for_once_and_bad_files_are_named(begin):
    bench = begin()
    asked = answer_all(bench)
    assert len(asked) == len(set(asked)) == GOOD and asked != sorted(asked)
    assert set(bench.problems) == {"empty.jpg", "half.png", "<b>.heic"}
    assert "is a HEIC photo" in bench.problems["<b>.heic"]
    assert bench.progress() == f"{GOOD} of {GOOD} labelled; finished."
    assert answer_all(begin(into=bench.labelled.into.with_name("other"))) == asked, "same seed"
    assert answer_all(begin(into=bench.labelled.into.with_name("third"), seed=1)) != asked
    bench.answer("ጤናማ")
    assert "nothing left to label" in bench.message and len(bench.answers()) == GOOD


def test_it_goes_on_where_it_was(begin):
    bench = begin()
    bench.answer("ጤናማ")
    bench.answer(None)
    waiting = bench.current
    again = begin()
    assert again.current == waiting and again.answers() == bench.answers()
    assert not set(answer_all(again)) & set(bench.answers()), "nobody is asked twice"


def test_undo_brings_the_photos_back_in_the_order_they_were_asked_for(begin):
    bench = begin()
    first, second = bench.current, (bench.answer("ጤናማ"), bench.current)[1]
    bench.answer(None)
    third = bench.current
    bench.undo()
    assert bench.current == second
    bench.undo()
    assert bench.current == first and bench.answers() == {}
    bench.undo()
    assert bench.message == "There is nothing to undo."
    asked = [bench.current, (bench.answer("leaf spot"), bench.current)[1]]
    bench.answer("leaf spot")
    assert asked == [first, second] and bench.current == third and bench.message == ""
    assert list(labels_of(bench.labelled.into).values()) == ["leaf spot"] * 2


def test_cannot_tell_is_an_answer_without_a_class(begin):
    bench = begin(PNGS, who="Asha")
    bench.answer(None)
    assert labels_of(bench.labelled.into) == {}
    assert answers_of(bench.labelled.into)[0].who == "Asha"
    assert [path.name for path in bench.labelled.into.iterdir()] == [LOG]
    assert bench.progress() == "1 of 8 labelled (1 of them “cannot tell”)."


def test_names_and_positions_say_the_order(begin, photos):
    names = photo_names(photos)
    assert names[1] == "cmyk.jpg" and names[3] == PNGS[0]
    asked = answer_all(begin([PNGS[5], 1, photos / PNGS[2], np.int64(3)]))
    assert asked == [PNGS[5], "cmyk.jpg", PNGS[2], PNGS[0]]
    for wrong, said in (
        ([99], "positions go from 0 to 11"), ([-1], "positions"),
        (["x.jpg"], "x.jpg, which is not"), ([None], "names None"),
    ):  # fmt: skip
        with pytest.raises(KitError, match=said):
            begin(wrong)


def test_a_callable_chooses_anew_after_each_answer(begin):
    seen = []

    def order(answers):
        seen.append(answers)
        return [name for name in sorted(bench_photos) if name.endswith(".png")][::-1]

    bench_photos = begin().photos
    bench = begin(order)
    assert bench.progress() == "0 of 8 labelled."  # what is asked for, not all of the folder
    asked = answer_all(bench, None)
    assert asked == sorted(asked)[::-1] and len(asked) == 8
    assert [len(answers) for answers in seen] == list(range(9)) and seen[-1] == bench.answers()


def test_a_callable_that_fails_stops_nothing(begin):
    bench = begin(lambda answers: 1 / 0)
    assert bench.current and "ZeroDivisionError" in bench.message
    assert bench.progress() == f"0 of {len(bench.photos) - len(bench.problems)} labelled."
    assert len(answer_all(bench)) == GOOD and "random order" in bench.message
    bench = begin(lambda answers: ["no such photo"], into=bench.labelled.into.with_name("other"))
    assert bench.current and "no such photo, which is not in" in bench.message


def test_seconds_are_measured_and_tell_how_long_it_takes(begin):
    clock = Clock()
    bench = begin(PNGS, clock=clock)
    for seconds in (4.0, 3600.0, 6.0, 6.0):
        clock.now += seconds
        bench.answer("ጤናማ")
    assert [one.seconds for one in answers_of(bench.labelled.into)] == [4.0, 3600.0, 6.0, 6.0]
    assert bench.seconds_a_label() == 6.0
    assert bench.progress() == "4 of 8 labelled; about 20 seconds to go (6.0 s a label)."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "10 seconds"),
        (44, "40 seconds"),
        (55, "1 minute"),
        (360, "6 minutes"),
        (9000, "2 hours"),
    ],
)
def test_durations_in_words(seconds, words):
    assert bench_module._duration(seconds) == words


def test_a_label_that_cannot_be_saved_keeps_its_photo_on_the_bench(begin, monkeypatch):
    bench = begin()
    photo, turn, calls = bench.current, bench.turn, []
    bench.watchers.append(lambda: calls.append(bench.message))
    bench.labelled.log.path.unlink()
    bench.answer("ጤናማ")
    assert bench.current == photo and bench.turn > turn and bench.answers() == {}
    assert "could not be saved" in calls[-1]


def test_no_such_class(begin):
    with pytest.raises(KitError, match="no class 'rust'"):
        begin().answer("rust")


def test_the_next_photo_is_shown_before_the_copy_is_made(begin):
    bench = begin()
    seen = []
    bench.watchers.append(
        lambda: seen.append(
            (
                bench.current,
                labels_of(bench.labelled.into),
                len(list(bench.labelled.into.glob("*/**/*.*"))),
            )
        )
    )
    photo = bench.current
    bench.answer("ጤናማ")
    assert seen == [(bench.current, {photo: "ጤናማ"}, 0)]
    assert len(list(bench.labelled.into.glob("*/**/*.*"))) == 1


def test_the_next_photo_is_opened_ahead_and_no_other_is_shown_for_it(begin, photos):
    bench = begin(PNGS[:3])
    assert bench._ahead._name == PNGS[1]
    bench._ahead._coming.result()
    (photos / PNGS[1]).write_bytes(b"")
    bench.answer(None)
    assert bench.current == PNGS[1], "it was read before it was spoilt"
    bench.undo()
    assert bench.current == PNGS[0]
    bench.answer(None)
    assert bench.current == PNGS[2] and "is empty" in bench.problems[PNGS[1]]
