"""The labelling bench as widgets: the photo, a button and a key for each answer, the last answers.

Widgets of ipywidgets know no keys. A photo's own ``onload`` therefore teaches the bench, once for
each view of it, to press the button that belongs to a key. It also takes one answer a photo and
no more until the next one has arrived, so that a key held down labels nothing unseen, and keeps
keys from JupyterLab, to which a 1 means "make this cell a heading".
"""

import base64
import io
from html import escape
from importlib import resources

from ..data.pictures import PictureProblem, open_picture
from ..words import Words
from .explore import proving

_words = Words(__package__)

SKIP, UNDO = "S", "U"
THUMBNAILS, SIDE = 6, 84  # how many of the last answers are shown, and their size in pixels
MOST_KEPT = 50
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

_HERE = resources.files(__package__)
STYLE = f"<style>\n{(_HERE / 'labelling_bench.css').read_text('utf-8')}</style>"
SCRIPT = "\n" + (_HERE / "labelling_bench.js").read_text("utf-8")


class BenchView:
    """A bench's widgets, kept in step with it.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    buttons : dict of str to ipywidgets.Button
        Key (``"1"``, ``"S"``, ``"U"``) to button.
    photo, progress, told, last : ipywidgets.HTML
        The parts that change.
    """

    def __init__(self, bench):
        import ipywidgets as widgets

        self.bench, self._turn, self._small = bench, 0, {}
        self.photo, self.progress = widgets.HTML(), widgets.HTML()
        self.told, self.last = widgets.HTML(), widgets.HTML()
        self.buttons = {}
        for number, name in enumerate(bench.classes, 1):
            self._button(str(number), name, lambda name=name: bench.answer(name))
        self._button(SKIP, _words("bench.cannot_tell"), lambda: bench.answer(None))
        self._button(UNDO, _words("bench.undo"), bench.undo)
        names = [self.buttons[key] for key in self.buttons if key not in (SKIP, UNDO)]
        rows = [names, [self.buttons[SKIP], self.buttons[UNDO]]]
        boxes = [widgets.HBox(row) for row in rows]
        for box in boxes:
            box.add_class("lowres-keys")
        hint = widgets.HTML(escape(_words("bench.hint")))
        self.photo.add_class("lowres-photo")
        for part in (self.progress, self.told):
            part.add_class("lowres-said")
        self.widget = widgets.VBox(
            [widgets.HTML(STYLE), self.progress, self.photo, *boxes, hint, self.told, self.last]
        )
        self.widget.add_class("lowres-bench")
        self._redraw()
        bench.watchers.append(self._redraw)

    def show(self):
        """Display the bench; where no widgets run (paper, a preview) a still stands for it."""
        from IPython.display import display

        bundle = self.widget._repr_mimebundle_()
        bundle |= {"text/html": self._still(), "text/plain": self._in_words()}
        facts = {"widget": ["labelling bench"], "proven": proving()}
        display(bundle, raw=True, metadata={"lowres_kit": facts})

    def _button(self, key, name, act):
        import ipywidgets as widgets

        tooltip = _words("bench.key", letter=key, name=name)
        button = widgets.Button(description=f"{key}  {name}", tooltip=tooltip)
        button.add_class(f"lowres-key-{key}")  # by this the script finds it, in any language
        button.on_click(lambda _: act())
        self.buttons[key] = button

    def _redraw(self):
        self._tell()
        if self._turn == self.bench.turn:
            return
        self._turn = self.bench.turn
        self.progress.value = f"<b>{escape(self.bench.progress())}</b>"
        self.last.value = self._last()
        self.photo.value = self._photo()

    def _photo(self):
        """Write the photo as HTML; there is always an image whose arrival opens the next turn."""
        script = escape(f"(function () {{{SCRIPT}}}).call(this)")
        title = escape(_words("bench.title"))
        facts = f'data-turn="{self._turn}" data-bench="{title}" onload="{script}"'
        if self.bench.current is None:
            told = f"<p>{escape(_words('bench.none_left'))}</p>"
            return f'<img class="lowres-turn" {facts} src="{BLANK}" alt="">{told}'
        name = escape(_readable(self.bench.title(self.bench.current)))
        self._keep(self.bench.current, self.bench.picture)
        source = _data_uri(self.bench.picture)
        # As large as the window has room for beside the buttons, a small photo too.
        shape = self.bench.picture.width / self.bench.picture.height
        size = f"width: min({44 * shape:.1f}vh, {440 * shape:.0f}px)"
        look = f'alt="{self._alt()}" style="{size}"'
        return f'<img class="lowres-turn" {facts} src="{source}" {look}><div>{name}</div>'

    def _alt(self):
        name = _readable(self.bench.title(self.bench.current))
        return escape(_words("bench.photo_to_label", name=name))

    def _tell(self):
        notes = [f'<div class="lowres-told">{escape(_readable(self.bench.message))}</div>']
        if not self.bench.message:
            notes = []
        if problems := self.bench.problems:
            lines = [escape(_readable(f"{name} {text}")) for name, text in problems.items()]
            items = "".join(f"<div>{line}</div>" for line in lines)
            key = "bench.files_left_out" if len(problems) > 1 else "bench.file_left_out"
            count = escape(_words(key, count=len(problems)))
            notes.append(f"<details><summary>{count}</summary>{items}</details>")
        self.told.value = "".join(notes)

    def _last(self):
        items = []
        for answer in self.bench.last_answers(THUMBNAILS):
            label = escape(answer.label or _words("bench.cannot_tell"))
            name = escape(_readable(self.bench.title(answer.photo)))
            source = self._thumbnail(answer.photo)
            image = f'<img src="{source}" alt="{name}">' if source else name + ": "
            items.append(f"<li>{image}{label}</li>")
        title = escape(_words("bench.last_answers"))
        return f"<div>{title}</div><ol>{''.join(items)}</ol>" if items else ""

    def _thumbnail(self, name):
        if name not in self._small:  # an answer from before the bench was opened
            try:
                self._keep(name, open_picture(self.bench.labelled.folder / name, SIDE))
            except PictureProblem:
                self._small[name] = ""
        return self._small[name]

    def _keep(self, name, picture):
        """Keep a small picture for the row of last answers; the oldest go."""
        if name not in self._small:
            self._small[name] = _data_uri(picture, SIDE)
        while len(self._small) > MOST_KEPT:
            self._small.pop(next(iter(self._small)))

    def _in_words(self):
        names = [button.description for button in self.buttons.values()]
        keys = ", ".join(one.replace("  ", " = ", 1) for one in names)
        return _words("bench.in_words", progress=self.bench.progress(), keys=keys)

    def _still(self):
        told = f"<p>{escape(_words('bench.still', bench=self._in_words()))}</p>"
        if self.bench.current is None:
            return told
        source = _data_uri(self.bench.picture, 320)
        return f'<img src="{source}" alt="{self._alt()}">{told}'


def _data_uri(image, size=None):
    small = image
    if size:
        small = image.copy()
        small.thumbnail((size, size))
    buffer = io.BytesIO()
    small.save(buffer, "jpeg", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _readable(name):
    """A file name may hold bytes that are no text; a browser takes text alone."""
    return name.encode("utf-8", "replace").decode()


def prove(bench):
    """Use a bench that has no answers yet through its buttons; raise where it does not answer.

    Raises
    ------
    RuntimeError
        If a button does not do what stands on it.
    """
    view = BenchView(bench)
    for key, button in view.buttons.items():
        if key != UNDO and bench.current is None:
            continue  # fewer photos than buttons
        expected = len(bench.answers()) + (-1 if key == UNDO else 1)
        button.click()
        if len(bench.answers()) != expected or bench.message:
            raise RuntimeError(f"The bench's button '{button.description}' does not work.")
    while bench.answers():
        view.buttons[UNDO].click()
    left = [path for path in bench.labelled.into.rglob("*") if path.is_file()]
    if left != [bench.labelled.log.path]:
        raise RuntimeError("After all answers were undone, photos are left in the classes.")
