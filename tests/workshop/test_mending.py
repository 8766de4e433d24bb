"""Paging through photos in doubt: each decision is kept, and nothing else changes."""

import numpy as np
import pytest

from lowres_kit.data import LabelSuspect, load_dataset
from lowres_kit.workshop import mending
from lowres_kit.workshop.mending import Mending


@pytest.fixture(scope="module")
def photos():
    return load_dataset("simulated-leaves", count=2)


def suspects(photos, positions=(4, 0, 2)):
    return [
        LabelSuspect(i, int(photos.labels[i]), (photos.labels[i] + 1) % 3, 0.1) for i in positions
    ]


def buttons(widget):
    """All buttons by what is written on them."""
    children = getattr(widget, "children", ())
    found = {child.description: child for child in children if hasattr(child, "on_click")}
    for child in children:
        found |= buttons(child)
    return found


def text(widget):
    return widget.children[0].value


def test_decisions_are_kept_and_the_photos_stay(photos):
    before = photos.labels.copy()
    session = Mending(photos, suspects(photos))
    press = buttons(session.widget())
    press["healthy"].click()
    press["Skip"].click()
    press["bean_rust"].click()
    assert session.decisions == {4: 2, 2: 1}
    assert session.mended().labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert np.array_equal(photos.labels, before)


def test_it_says_where_one_is_and_ends(photos):
    session = Mending(photos, suspects(photos))
    widget = session.widget()
    press = buttons(widget)
    assert "Photo 1 of 3" in text(widget) and "<b>healthy</b>" in text(widget)
    first = widget.children[1].value
    press["Back"].click()
    assert "Photo 1 of 3" in text(widget), "there is nothing before the first"
    press["bean_rust"].click()
    assert "Photo 2 of 3 (1 decided, 1 labels changed)" in text(widget)
    assert widget.children[1].value != first
    press["Skip"].click()
    press["Skip"].click()
    assert "That was the last one" in text(widget)
    press["bean_rust"].click()
    assert len(session.decisions) == 1, "after the last photo nothing can be decided"
    press["Back"].click()
    assert "Photo 3 of 3" in text(widget)


def test_one_can_change_ones_mind(photos):
    session = Mending(photos, suspects(photos))
    press = buttons(session.widget())
    press["bean_rust"].click()
    press["Back"].click()
    assert press["bean_rust"].icon == "check" and press["healthy"].icon == ""
    press["healthy"].click()
    assert session.decisions == {4: 2}


def test_without_suspects_it_says_so_at_once(photos):
    assert "That was the last one" in text(Mending(photos, ()).widget())


def test_the_runner_sees_that_it_was_proven(photos, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *data, **how: shown.append((data, how)))
    monkeypatch.setenv("LOWRES_PROVE", "1")
    session = mending.page_through(photos, suspects(photos))
    assert session.decisions == {}, "the proof must not decide anything for the learner"
    ((bundle,), how) = shown[0]
    assert how["metadata"]["lowres_kit"] == {"widget": ["mending"], "proven": True}
    assert bundle["text/plain"].startswith("The photos and their buttons")


def test_the_proof_finds_a_button_that_does_nothing(photos, monkeypatch):
    monkeypatch.setattr(Mending, "_decide", lambda self, label: self._go(1))
    with pytest.raises(RuntimeError, match="does not keep the decision"):
        mending._prove(Mending(photos, suspects(photos)))
