"""Page through photos whose label is in doubt, and mend what is wrong."""

import io
from html import escape

from PIL import Image

from lowres_kit.data import open_picture
from lowres_kit.words import Words
from lowres_kit.workshop.explore import proving

words = Words(__package__)


class Mending:
    """Decisions about labels in doubt, one photo after another.

    Attributes
    ----------
    photos : PhotoSet
        The photos; neither they nor their files are changed.
    suspects : tuple of LabelSuspect
        The photos to look at, in order.
    decisions : dict of int to int
        Position of a photo to the label that the learner chose for it.
    """

    def __init__(self, photos, suspects):
        self.photos, self.suspects = photos, tuple(suspects)
        self.decisions = {}
        self._at = 0

    def mended(self):
        """Make a set of photos with the labels that were decided; the others stay."""
        return self.photos.relabel(list(self.decisions), list(self.decisions.values()))

    def widget(self):
        """Build the controls: the photo, a button for each class, back and forward."""
        import ipywidgets as widgets

        self._picture = widgets.Image(format="jpeg", width=260, height=260)
        self._text = widgets.HTML()
        self._buttons = [widgets.Button(description=name) for name in self.photos.class_names]
        for label, button in enumerate(self._buttons):
            button.layout.width = "auto"
            button.on_click(lambda _, label=label: self._decide(label))
        self._back = widgets.Button(description=words("relabel.back"))
        self._skip = widgets.Button(description=words("relabel.skip"))
        self._back.on_click(lambda _: self._go(-1))
        self._skip.on_click(lambda _: self._go(1))
        self._show()
        rows = [widgets.HBox(self._buttons), widgets.HBox([self._back, self._skip])]
        return widgets.VBox([self._text, self._picture, *rows])

    def _decide(self, label):
        if self._at < len(self.suspects):
            self.decisions[self.suspects[self._at].index] = label
            self._go(1)

    def _go(self, step):
        self._at = min(max(self._at + step, 0), len(self.suspects))
        self._show()

    def _show(self):
        changed = sum(
            self.decisions.get(one.index, one.given) != one.given for one in self.suspects
        )
        done = words("relabel.done", decided=len(self.decisions), changed=changed)
        if self._at == len(self.suspects):
            self._text.value = words("relabel.last", done=done)
            self._picture.layout.visibility = "hidden"
            return
        one = self.suspects[self._at]
        names = self.photos.class_names
        self._picture.layout.visibility = "visible"
        self._picture.value = _jpeg(self.photos.paths[one.index])
        self._text.value = words(
            "relabel.photo",
            number=self._at + 1,
            photos=len(self.suspects),
            done=done,
            given=escape(names[one.given]),
            suggested=escape(names[one.suggested]),
        )
        for label, button in enumerate(self._buttons):
            chosen = self.decisions.get(one.index) == label
            button.icon = "check" if chosen else ""


def page_through(photos, suspects):
    """Show the photos in doubt one by one, with a button for each class.

    Parameters
    ----------
    photos : PhotoSet
    suspects : sequence of LabelSuspect
        From `likely_label_errors`.

    Returns
    -------
    Mending
        Fills with the learner's decisions; ``mended()`` gives the photos with new labels.
    """
    from IPython.display import display

    if proving():
        _prove(Mending(photos, suspects))
    mending = Mending(photos, suspects)
    facts = {"lowres_kit": {"widget": ["mending"], "proven": proving()}}
    bundle = mending.widget()._repr_mimebundle_()
    # On paper, and where no kernel runs, a sentence stands in the buttons' place.
    bundle["text/plain"] = words("relabel.on_paper")
    display(bundle, raw=True, metadata=facts)
    return mending


def _prove(mending):
    """Press each button as a learner does; raise where it does not answer.

    Raises
    ------
    RuntimeError
        If a photo is not shown, or a decision is not kept.
    """
    mending.widget()
    for label in range(len(mending.photos.class_names)):
        for one in mending.suspects:
            mending._buttons[label].click()
            if mending.decisions.get(one.index) != label:
                raise RuntimeError(f"A button does not keep the decision for photo {one.index}.")
        for _ in mending.suspects:
            mending._back.click()
    mended = mending.mended()
    if any(mended.labels[one.index] != label for one in mending.suspects):
        raise RuntimeError("The mended photos do not have the labels that were decided.")


def _jpeg(path):
    image = open_picture(path, 320)
    image.thumbnail((520, 520), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
