"""A form in the notebook that writes the project's scope card."""

from html import escape

import ipywidgets as widgets
from IPython.display import HTML, display

from lowres_kit.errors import KitError
from lowres_kit.scope import Scope
from lowres_kit.scope.fields import ERROR_KEYS, FIELDS, faults_of
from lowres_kit.scope.scope_card import card_html
from lowres_kit.words import Words
from lowres_kit.workshop.explore import proving

TABS = {
    "problem": ("problem", "users", "today", "maintainer"),
    "promise": ("baseline", "baseline_score", "metric", "threshold"),
    "limits": ("size_kb", "latency_ms", "memory_mb", "power_w", "price", "currency"),
    "place": ("connectivity", "languages"),
}
BY_NAME = {field.name: field for field in FIELDS}
FULL, NARROW = widgets.Layout(width="98%"), widgets.Layout(width="16em")

words = Words(__package__)


def scope_form(project):
    """Show the project's scope card with a form under it that changes it.

    The card is redrawn on every change. A wrong or missing line is told in words beside its
    field. Nothing is written before the button is pressed, and only a whole card is written.

    Parameters
    ----------
    project : lowres_kit.scope.Project
        The folder whose ``scope.toml`` the form reads and writes.
    """
    form = ScopeForm(project.scope(), project.save_scope)
    form.show()
    if proving():
        prove(form)


class ScopeForm:
    """The fields, their messages and the preview, kept in step with one another.

    Attributes
    ----------
    fields : dict of str to widget
        Name of a line to its field; a line of error 1 has the name ``"kind 1"``.
    messages : dict of str to widget
        What is to be mended there, in words.
    """

    def __init__(self, scope, save):
        self._save = save
        self._filling = False
        self._blocks = max(3, len(scope.errors))
        self.fields, self.messages = {}, {}
        tabs = [widgets.VBox(self._lines(names)) for names in TABS.values()]
        tabs.append(widgets.VBox(self._error_lines()))
        self._tabs = widgets.Tab(children=tabs, titles=[""] * len(tabs))  # `check` writes them
        self.button = widgets.Button(description=words("form.write"), button_style="primary")
        self._clear = widgets.Button(description=words("form.clear"))
        self.told = widgets.HTML()
        self.still = None
        self.fill(scope.values())
        for field in self.fields.values():
            field.observe(self._changed, names="value")
        self.button.on_click(self._write)
        self._clear.on_click(lambda _: self.fill({}))

    def _lines(self, names):
        lines = []
        for name in names:
            lines += self._line(name, BY_NAME[name].question, BY_NAME[name].kind)
        return lines

    def _error_lines(self):
        lines = []
        for number in range(1, self._blocks + 1):
            lines.append(widgets.HTML(f"<b>{words('form.error', number=number)}</b>"))
            for key in ERROR_KEYS:
                kind = "number" if key == "amount" else "short"
                lines += self._line(f"{key} {number}", words(f"error.{key}"), kind)
        return lines

    def _line(self, name, question, kind):
        """Make a line: the question above, the field, and room for a message below."""
        field = (
            widgets.Textarea(rows=2, layout=FULL)
            if kind == "text" and name not in ("metric", "currency")
            else widgets.Text(layout=FULL if kind in ("short", "texts") else NARROW)
        )
        self.fields[name], self.messages[name] = field, widgets.HTML()
        hint = f" {words('form.comma')}" if kind == "texts" else ""
        return [widgets.HTML(escape(question) + hint), field, self.messages[name]]

    def fill(self, values):
        """Put values into the fields; what is missing becomes empty."""
        self._filling = True  # judge the card once, not after each of thirty fields
        for name in BY_NAME:
            self.fields[name].value = _shown(values.get(name))
        errors = list(values.get("errors") or ())
        for number in range(1, self._blocks + 1):
            error = errors[number - 1] if number <= len(errors) else {}
            for key in ERROR_KEYS:
                self.fields[f"{key} {number}"].value = _shown(error.get(key))
        self._filling = False
        self._changed()

    def values(self):
        """Read the fields as the values of a card (see `Scope.values`)."""
        values = {name: _value(field.kind, self.fields[name]) for name, field in BY_NAME.items()}
        values["errors"] = []
        for number in range(1, self._blocks + 1):
            error = {
                key: _value("number" if key == "amount" else "text", self.fields[f"{key} {number}"])
                for key in ERROR_KEYS
            }
            if any(value is not None for value in error.values()):
                values["errors"].append(error | {"number": number})
        return values

    def check(self):
        """Judge the fields, write the messages, and redraw the card.

        Returns
        -------
        Scope or None
            The card; None while something has to be mended.
        """
        values = self.values()
        told = self._faults(values)
        for name, message in self.messages.items():
            text = told.get(name)
            message.value = f"<b>{words('form.to_mend')}</b> {escape(text)}" if text else ""
        lines = TABS | {"errors": [name for name in self.fields if name not in BY_NAME]}
        for index, (tab, names) in enumerate(lines.items()):
            count = sum(name in told for name in names)
            title = words(f"tab.{tab}")
            self._tabs.set_title(
                index, words("form.tab_to_mend", tab=title, count=count) if count else title
            )
        scope = None if told else Scope.from_values(_without_numbers(values))
        self._draw(scope, told)
        return scope

    def _faults(self, values):
        """Field name to what is wrong there."""
        told = {}
        for fault in faults_of(_without_numbers(values)):
            if fault.block:
                number = values["errors"][fault.block - 1]["number"]
                text = words("fault.error", key=fault.key, fault=fault.text)
                told.setdefault(f"{fault.key} {number}", text)
            elif fault.key == "errors":
                told["kind 1"] = words("fault.no_error")
            else:
                told.setdefault(fault.key, words("fault.line", fault=fault.text))
        for name, field in self.fields.items():
            kind = BY_NAME[name].kind if name in BY_NAME else name.split()[0]
            if kind in ("number", "score", "amount") and isinstance(_value(kind, field), str):
                told[name] = words("fault.no_number")
        return told

    def _draw(self, scope, told):
        self.button.disabled = scope is None
        picture = card_html(scope) if scope else _to_mend(told)
        if self.still is not None:
            self.still.update(HTML(picture))
        self.picture = picture

    def _changed(self, change=None):
        if not self._filling:
            self.told.value = ""
            self.check()

    def _write(self, button):
        scope = self.check()
        if scope is None:
            return
        try:
            self._save(scope)
        except (KitError, OSError) as problem:
            self.told.value = f"<b>{words('form.not_written')}</b> {escape(str(problem))}"
        else:
            self.told.value = f"<b>{words('form.written')}</b> {words('form.where')}"

    def show(self):
        """Display the card as a still that follows the form, and the form under it."""
        facts = {"lowres_kit": {"widget": ["scope_form"], "proven": proving()}}
        self.still = display(HTML(self.picture), display_id=True, metadata=facts)
        buttons = widgets.HBox([self.button, self._clear])
        bundle = widgets.VBox([self._tabs, buttons, self.told])._repr_mimebundle_()
        # On paper, and where no kernel runs, a sentence stands in the form's place.
        bundle["text/plain"] = words("form.on_paper")
        display(bundle, raw=True)


def _without_numbers(values):
    """Drop the block numbers, which only the form needs."""
    errors = [{key: error[key] for key in ERROR_KEYS} for error in values["errors"]]
    return values | {"errors": errors}


def _shown(value):
    """Write a value into a field."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(value)
    return f"{value:.10g}" if isinstance(value, (int, float)) else value


def _value(kind, field):
    """Read a field: None where it is empty; text where a number cannot be read."""
    text = field.value.strip()
    if not text:
        return None
    if kind == "texts":
        return tuple(part.strip() for part in text.split(",") if part.strip()) or None
    if kind in ("number", "score", "amount"):
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _to_mend(told):
    items = "".join(f"<li>{escape(text)}</li>" for text in told.values())
    return f"<p><b>{words('form.not_whole')}</b></p><ul>{items}</ul>"


def prove(form):
    """Use the form as a learner does; raise where it does not answer (the runner calls this).

    Raises
    ------
    AssertionError
        If an empty or wrong line is not told in words, or if a whole card cannot be written.
    """
    before = {name: field.value for name, field in form.fields.items()}
    for field in FIELDS:
        for wrong in ("",) * field.required + ("much",) * (field.kind in ("number", "score")):
            form.fields[field.name].value = wrong
            assert form.messages[field.name].value, f"{field.name}: nothing is told"
            assert form.button.disabled and words("form.not_whole") in form.picture
        form.fields[field.name].value = before[field.name]
    assert not form.button.disabled, "the card that the form began with is not whole"
    form.fields["problem"].value = "Another problem"
    assert "Another problem" in form.picture, "the card does not follow the form"
    form.fields["problem"].value = before["problem"]
    form.button.click()
    assert words("form.written") in form.told.value, f"the card was not written: {form.told.value}"
    form.told.value = ""
