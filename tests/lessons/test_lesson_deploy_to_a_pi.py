"""The parts of the lesson Deploy to a Raspberry Pi: right answers, and the usual slips."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from legible import assert_legible
from verdicts import assert_says

from lowres_kit.errors import KitError
from lowres_kit.field.pack.answers import (
    answer_all,
    opened,
    photos_of,
)
from lowres_kit.learn import EfficientNetLite0
from lowres_kit.places import write_bytes
from lowres_kit.runtime import TfliteModel
from lowres_kit.scope import Project, Scope
from lowres_lessons.deploy_to_a_pi import checks as check
from lowres_lessons.deploy_to_a_pi import field_file as module
from lowres_lessons.deploy_to_a_pi.board_prices import (
    Board,
    BoardTable,
    boards,
)
from lowres_lessons.deploy_to_a_pi.device_answers import BROUGHT, other_side
from lowres_lessons.deploy_to_a_pi.field_file import field_file
from lowres_lessons.deploy_to_a_pi.plots import (
    cost_bars,
    coverage_curve,
    promise_marks,
    supply_bars,
    threshold_view,
)
from lowres_lessons.shared import project_model as models


def shares(confidence, right, below):
    answered = confidence >= below
    return (answered.mean(), (~right[answered]).mean()) if answered.any() else (0.0, 0.0)


def shares_by_hand(confidence, right, below):
    told = [r for c, r in zip(confidence, right) if c >= below]
    if not told:
        return [0, 0]
    return [len(told) / len(right), told.count(False) / len(told)]


@pytest.mark.parametrize("answer", [shares, shares_by_hand])
def test_coverage_and_error_passes(answer):
    assert check.coverage_and_error(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda c, r, b: ..., "not yet"),
        (lambda c, r, b: None, "return"),
        (lambda c, r, b: 0.5, "two numbers"),
        (lambda c, r, b: (*shares(c, r, b), 1), "shape"),
        (lambda c, r, b: ((c > b).mean(), (~r[c > b]).mean()), "exactly that confidence"),
        (lambda c, r, b: ((c < b).mean(), (~r[c >= b]).mean()), "person is asked"),
        (lambda c, r, b: ((c >= b).mean(), ((c >= b) & ~r).mean()), "share of all photos"),
        (lambda c, r, b: ((c >= b).mean(), (~r).mean()), "those of all photos"),
        (lambda c, r, b: ((c >= b).mean(), r[c >= b].mean()), "share that is right"),
        (lambda c, r, b: shares(c, r, b)[::-1], "changed places"),
        (lambda c, r, b: ((c >= b).sum(), (~r[c >= b]).sum()), "counts"),
        (lambda c, r, b: (0.1, 0.2), "not right"),
        (lambda c, r, b: shares(c, r, 0.8), "another threshold"),
        (lambda c, r, b: ((c >= b).mean(), (~r[c >= b]).mean()), "nothing is answered"),
        (lambda c, r, b: c.nonsense, "nonsense"),
    ],
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_coverage_and_error_slips(answer, sign):
    assert_says(check.coverage_and_error(answer), sign)


def cost(confidence, right, below, question, error):
    answered = confidence >= below
    return question * (~answered).sum() + error * (answered & ~right).sum()


def cheapest(confidence, right, thresholds, question, error):
    return min(thresholds, key=lambda b: cost(confidence, right, b, question, error))


def cheapest_by_position(confidence, right, thresholds, question, error):
    costs = [cost(confidence, right, b, question, error) for b in thresholds]
    return thresholds[int(np.argmin(costs))]


@pytest.mark.parametrize("answer", [cheapest, cheapest_by_position])
def test_cheapest_threshold_passes(answer):
    assert check.cheapest_threshold(answer).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda c, r, t, q, e: ..., "not yet"),
        (lambda c, r, t, q, e: None, "return"),
        (lambda c, r, t, q, e: t, "several"),
        (lambda c, r, t, q, e: max(t, key=lambda b: cost(c, r, b, q, e)), "never asks"),
        (lambda c, r, t, q, e: cheapest(c, r, t, q, 1), "times `error`"),
        (lambda c, r, t, q, e: min(t, key=lambda b: ((c >= b) & ~r).sum() - b), "every photo"),
        (lambda c, r, t, q, e: t[1], "another one costs less"),
        (lambda c, r, t, q, e: min(cost(c, r, b, q, e) for b in t), "lowest cost"),
        (lambda c, r, t, q, e: t.index(cheapest(c, r, t, q, e)), "position"),
        (lambda c, r, t, q, e: 0.5, "not one of them"),
        (lambda c, r, t, q, e: cheapest(c, r, t, q, 4), "but 0 costs less"),
        (lambda c, r, t, q, e: cheapest(c, r, t, q, e) if e != 2.5 else 0.92, "0.65 costs less"),
    ],
)
def test_cheapest_threshold_slips(answer, sign):
    assert_says(check.cheapest_threshold(answer), sign)


def solar(watts, hours, dark_days, depth, sun_hours, kept):
    energy = watts * hours
    return energy * dark_days / depth, energy / (sun_hours * kept)


def test_solar_passes():
    assert check.solar(solar).passed


@pytest.mark.parametrize(
    "answer, sign",
    [
        (lambda w, h, d, b, s, k: ..., "not yet"),
        (lambda w, h, d, b, s, k: None, "return"),
        (lambda w, h, d, b, s, k: w * h, "two numbers"),
        (lambda w, h, d, b, s, k: solar(w, h, d, b, s, k)[::-1], "changed places"),
        (lambda w, h, d, b, s, k: (w * h * d * b, w * h / s / k), "larger, not smaller"),
        (lambda w, h, d, b, s, k: (w * h * d, w * h / s / k), "to the bottom"),
        (lambda w, h, d, b, s, k: (w * h / b, w * h / s / k), "one day"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h / s), "loses nothing"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h * k / s), "smaller your panel"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h * d / s / k), "fills the whole battery"),
        (lambda w, h, d, b, s, k: solar(w, 1, d, b, s, k), "watts are not energy"),
        (lambda w, h, d, b, s, k: (w * h * d / b, w * h / 24 / k), "24 hours"),
        (lambda w, h, d, b, s, k: (1, 2), "wanted were 180.0 and 12.0"),
        (lambda w, h, d, b, s, k: solar(3, 12, 4, 0.8, 5, 0.6), "all six"),
    ],
)
def test_solar_slips(answer, sign):
    assert_says(check.solar(answer), sign)


pytest.importorskip("matplotlib").use("Agg")
pytestmark = pytest.mark.usefixtures("kit_style")


CONFIDENCE = np.array([0.35, 0.55, 0.62, 0.7, 0.81, 0.93, 0.97, 0.99])
RIGHT = np.array([False, True, False, True, True, True, True, True])
COSTS = {0.0: 75.0, 0.6: 50.0, 0.9: 65.0, 1.0: 100.0}
ASKED = (0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
BOUNDS = (0.09, 0.08, 0.088, 0.093, 0.072, 0.046, 0.054, 0.045)
SEEN = (0.047, 0.038, 0.04, 0.043, 0.026, 0.007, 0.009, 0)
KNOWN = [name for name, one in boards().items() if one.known]
PARTS = {"board": 35.0, "card, case, supply": 25.0, "battery": 40.0, "panel": 30.0}


def numbers(low, high):
    return dict(zip(KNOWN, np.geomspace(low, high, len(KNOWN))))


FIGURES = {
    "curve": lambda: coverage_curve(np.linspace(0, 1, 50), np.linspace(0.09, 0, 50), "simulated"),
    "curve with promise": lambda: coverage_curve(
        np.array([0, 0.5]), np.array([0.1, 0.0]), "real", 0.05
    ),
    "threshold": lambda: threshold_view(CONFIDENCE, RIGHT, 0.6, COSTS, "a person is asked for 2"),
    "threshold 0": lambda: threshold_view(CONFIDENCE, RIGHT, 0.0, COSTS, "nobody is asked"),
    "threshold 1": lambda: threshold_view(CONFIDENCE, RIGHT, 1.0, COSTS, "for all"),
    "all right": lambda: threshold_view(CONFIDENCE, RIGHT | True, 0.5, {0: 0.0, 1: 0.0}, "no cost"),
    "promise": lambda: promise_marks(ASKED, SEEN, BOUNDS, 0.05, "simulated"),
    "supply": lambda: supply_bars(numbers(0.3, 300), numbers(2, 4000), "4.5 sun hours, 3 days"),
    "supply at the ends": lambda: supply_bars(numbers(0.11, 900), numbers(1.1, 9000), "2, 1"),
    "costs": lambda: cost_bars(dict.fromkeys(KNOWN, PARTS) | {KNOWN[-1]: dict.fromkeys(PARTS, 900)},
                               "first year, solar"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_hides_another_or_leaves_the_page(name):
    assert_legible(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_each_axis_is_named_with_its_unit(name):
    figure = FIGURES[name]()
    for axis in figure.axes:
        assert axis.get_xlabel()
        assert axis.get_ylabel() or name.startswith(("supply", "costs"))  # there: names of boards


def test_curve_is_in_percent_and_the_promise_is_a_line():
    (axis,) = FIGURES["curve with promise"]().axes
    assert list(axis.lines[0].get_xdata()) == [0, 50]
    assert list(axis.lines[0].get_ydata()) == [10, 0]
    assert axis.lines[1].get_ydata()[0] == pytest.approx(5)
    assert "real" in axis.get_xlabel()


def test_histogram_counts_each_photo_once_and_the_wrong_ones_are_hatched():
    axis = FIGURES["threshold"]().axes[0]
    right, wrong = axis.containers
    assert sum(bar.get_height() for bar in right) == 6
    assert sum(bar.get_height() for bar in wrong) == 2
    assert {bar.get_hatch() for bar in wrong} == {"xx"} and right[0].get_hatch() != "xx"
    assert axis.lines[0].get_xdata()[0] == pytest.approx(60)


def test_cost_of_the_threshold_is_marked_on_the_curve():
    axis = FIGURES["threshold"]().axes[1]
    curve, mark = axis.lines[:2]
    assert list(curve.get_ydata()) == [75, 50, 65, 100]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == pytest.approx((60, 50))


def test_bound_and_count_are_told_apart_without_colour():
    (axis,) = FIGURES["promise"]().axes
    bound, seen, promise = axis.lines
    assert list(bound.get_ydata()) == pytest.approx([100 * one for one in BOUNDS])
    assert list(seen.get_ydata()) == pytest.approx([100 * one for one in SEEN])
    assert bound.get_marker() != seen.get_marker()
    assert bound.get_linestyle() != seen.get_linestyle()
    assert promise.get_ydata()[0] == pytest.approx(5)


def test_supply_has_a_bar_for_each_board_and_the_scale_does_not_move():
    panel, battery = FIGURES["supply"]().axes
    for axis, ends in ((panel, (0.3, 300)), (battery, (2, 4000))):
        widths = [bar.get_width() for bar in axis.patches]
        assert widths == pytest.approx([*numbers(*ends).values()])
    other = FIGURES["supply at the ends"]().axes
    assert panel.get_xlim() == other[0].get_xlim() and battery.get_xlim() == other[1].get_xlim()


def test_costs_are_stacked_to_their_sum():
    (axis,) = FIGURES["costs"]().axes
    last = [bars[0] for bars in axis.containers]
    assert [bar.get_width() for bar in last] == [*PARTS.values()]
    assert last[-1].get_x() + last[-1].get_width() == pytest.approx(sum(PARTS.values()))
    assert len({bar.get_hatch() for bar in last}) == len(PARTS)
    assert f"{sum(PARTS.values()):.0f}" in {text.get_text() for text in axis.texts}


pytest.importorskip("torch")


MADE = "a file made now of the model of the lesson Transfer learning"
DISTILLED, QUANTIZED = "the file of the lesson Distil", "the file of the lesson Quantize"


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        settings = dataclasses.replace(models.transfer_settings("quick"), size=48, epochs=25)
        patch.setattr(models, "transfer_settings", lambda profile: settings)
        project = Project(tmp_path_factory.mktemp("project"))
        return models.project_model(project, "simulated-leaves", say=lambda line: None)


@pytest.fixture(scope="module")
def int8(task):
    return module.to_int8(module.to_tflite(task.model, size=task.size), task.train[0])


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def promise(project, at_least=0.01, size_kb=4000):
    budget = {"threshold": at_least, "size_kb": size_kb}
    project.save_scope(dataclasses.replace(Scope.example(), baseline_score=0.0, **budget))


def keep(project, folder, content, **facts):
    """Put a file into the project as the lesson Quantize or Distil does it."""
    write_bytes(project.folder(folder) / "model.tflite", content)
    measured = {"data": "simulated-leaves", "seed": 0, "size_kb": round(len(content) / 1000, 3)}
    project.record(module.STEPS[folder], measured | facts)


def test_without_files_one_is_made_and_every_photo_it_did_not_learn_from_is_given(project, task):
    said = []
    file = field_file(project, task, say=said.append)
    assert file.origin == MADE and MADE in said[-1]
    assert len(file.photos) == len(task.validation[1]) + len(task.spare[1]) == len(file.labels)
    for part in (task.train, task.test):
        seen = {photo.tobytes() for photo in part[0]}
        assert not seen & {photo.tobytes() for photo in file.photos}
    assert TfliteModel(file.content).outputs[0].scale


def test_the_smallest_that_keeps_the_promise_is_taken(project, task, int8):
    right = accuracy(int8, task)
    guessing = module.to_int8(module.to_tflite(untrained(), size=task.size), task.train[0])
    assert accuracy(guessing, task) < right - 0.05
    keep(project, "small", guessing)
    keep(project, "int8", int8)
    for at_least, taken, content in (
        (0.01, DISTILLED, guessing),
        (right - 0.01, QUANTIZED, int8),
        (0.999, QUANTIZED, int8),  # none keeps it: the best
    ):
        promise(project, at_least)
        file = field_file(project, task, say=lambda line: None)
        assert (file.origin, file.content) == (taken, content)


def accuracy(content, task):
    photos, labels = task.validation
    return (TfliteModel(content).probabilities(photos).argmax(1) == labels).mean()


def untrained():
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return EfficientNetLite0(3, "24").eval()


def test_the_student_gives_only_photos_that_it_saw_nothing_of(project, task, int8):
    promise(project)
    keep(project, "small", int8)
    file = field_file(project, task, say=lambda line: None)
    assert file.origin == DISTILLED
    assert np.array_equal(file.photos, task.validation[0])


def test_where_none_keeps_the_promise_the_best_is_taken_and_that_is_said(project, task):
    promise(project, size_kb=1)
    said = []
    assert field_file(project, task, say=said.append).origin == MADE
    assert "does not keep" in said[-1]


OTHERS = [{"seed": 1}, {"data": "our-leaves"}, {"size_kb": 1.0}, {"seed": None}]


@pytest.mark.parametrize("facts", OTHERS, ids=str)
def test_a_file_of_other_photos_or_of_unknown_ones_is_not_used(project, task, int8, facts):
    keep(project, "int8", int8, **facts)
    assert field_file(project, task, say=lambda line: None).origin == MADE


def test_a_file_for_pictures_of_another_size_is_not_used(project, task, int8):
    keep(project, "int8", int8)
    other = dataclasses.replace(task, classifier=Sized(task.classifier, 64))
    assert module._stored(project, "int8", "int8", task, 0) == int8
    assert module._stored(project, "int8", "int8", other, 0) is None


class Sized:
    def __init__(self, classifier, size):
        self.model, self.class_names, self.size = classifier.model, classifier.class_names, size


pytest.importorskip("ai_edge_litert")


DEMO = Path(__file__).resolve().parents[2] / "hardware" / "demo"
PACK, PHOTOS = DEMO / "pack.zip", DEMO / "photos"


@pytest.fixture(scope="module")
def laptop():
    model = opened(PACK, say=lambda line: None)
    names, photos = photos_of(PHOTOS, model.looks.size)
    return answer_all(model, photos, names)


@pytest.fixture(scope="module")
def of_a_pi(laptop):
    """What a Pi would bring back: other kernels, another machine."""
    model = opened(PACK, plain=True, say=lambda line: None)
    found = answer_all(model, photos_of(PHOTOS, model.looks.size)[1], laptop.names)
    return dataclasses.replace(
        found, facts=found.facts | {"machine": "aarch64, Raspberry Pi 4 Model B Rev 1.5"}
    )


def other(project, laptop, pack=PACK):
    said = []
    return other_side(project, pack, PHOTOS, laptop, say=said.append), " ".join(said)


def test_without_a_device_a_second_process_answers_and_is_no_pi(project, laptop, of_a_pi):
    found, said = other(project, laptop)
    assert "it is no Pi" in said and "second process" in said
    assert found.facts["kernels"] == "plain" and laptop.facts["kernels"] == "fast"
    assert found.names == laptop.names and found.sums == laptop.sums
    assert np.array_equal(found.first, of_a_pi.first), "the plain kernels are the same everywhere"
    assert not (project.path / BROUGHT).exists(), "a stand-in must never pass for a device"


def test_what_a_device_brought_is_taken_and_the_device_is_named(project, laptop, of_a_pi):
    of_a_pi.save(project.path / BROUGHT)
    found, said = other(project, laptop)
    assert found.facts["machine"].startswith("aarch64") and "Raspberry Pi 4" in said
    assert "no device" not in said and "second process" not in said
    assert np.array_equal(found.last, of_a_pi.last)


def test_answers_of_a_computer_like_this_one_are_no_device(project, laptop):
    laptop.save(project.path / BROUGHT)
    assert "no device" in other(project, laptop)[1]


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda one: {"facts": one.facts | {"model": "0" * 64}}, "another model"),
        (lambda one: {"names": ("other.png", *one.names[1:])}, "other photos"),
    ],
    ids=["model", "photos"],
)
def test_answers_that_do_not_fit_are_not_compared(project, laptop, of_a_pi, change, told):
    dataclasses.replace(of_a_pi, **change(of_a_pi)).save(project.path / BROUGHT)
    found, said = other(project, laptop)
    assert told in said and "it is no Pi" in said
    assert found.facts["machine"] == laptop.facts["machine"]


def test_a_damaged_file_is_told_and_nothing_stands_in_for_it(project, laptop):
    (project.path / BROUGHT).write_text('{"format": 1')
    with pytest.raises(KitError, match="holds no whole answers"):
        other(project, laptop)


def test_a_second_process_that_fails_says_why(project, laptop, tmp_path):
    broken = tmp_path / "pack.zip"
    broken.write_bytes(PACK.read_bytes()[:-100])
    with pytest.raises(KitError, match="second process failed .*damaged"):
        other(project, laptop, broken)


def test_each_number_has_a_source_with_a_year():
    for one in boards().values():
        if one.price is not None:
            assert re.search(r"\b20\d\d\b", one.price_from), one.name
        assert one.power_from and one.runs and one.memory


def test_boards_one_can_calculate_with_come_cheapest_first_and_waiting_takes_less():
    known = [one for one in boards().values() if one.known]
    assert len(known) >= 5
    assert [one.price for one in known] == sorted(one.price for one in known)
    assert all(one.waiting_w < one.busy_w for one in known)
    assert "Raspberry Pi 4" in boards()


def test_what_no_source_tells_is_no_number():
    phone = boards()["a used phone"]
    assert not phone.known and phone.price is None
    for text in (str(BoardTable((phone,))), BoardTable((phone,))._repr_html_()):
        assert "no source" in text and "None" not in text and "nan" not in text


def test_the_table_shows_every_board_with_its_sources():
    html = BoardTable(tuple(boards().values()))._repr_html_()
    for one in boards().values():
        assert one.name in html and one.power_from in html
    assert html.count("<tr>") == len(boards()) + 1


def test_letters_that_mean_something_in_html_are_shown_as_they_are():
    odd = Board("A <b>", "1 GB", "&", "x 2020", "y", 1, 1, 2)
    assert "A &lt;b&gt;" in BoardTable((odd,))._repr_html_()
