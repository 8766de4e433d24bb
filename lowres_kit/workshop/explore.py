"""Something to move: controls under a picture that changes at once.

The picture is a still of the default state, so the page reads well on paper and where no
kernel runs; moving a control replaces it.
"""

import os

from ..plotting import picture


def proving():
    """Whether the runner asks widgets to prove that they work (``LOWRES_PROVE=1``)."""
    return os.environ.get("LOWRES_PROVE") == "1"


def explore(draw, alt, **controls):
    """Show a picture and the controls that change it.

    Parameters
    ----------
    draw : callable
        Takes the controls' values by name; gives a matplotlib figure, or an object that a
        notebook can display (a table).
    alt : str
        What a reader who cannot see the picture must know.
    **controls : ipywidgets.Widget
        One widget with a ``value`` for each argument of `draw`.

    Raises
    ------
    RuntimeError
        While proving only: if a control's end or option does not work, or changes nothing.
    """
    from IPython.display import display
    from ipywidgets import VBox

    def values():
        return {name: control.value for name, control in controls.items()}

    proven = _prove(draw, alt, controls) if proving() else False
    facts = {"lowres_kit": {"widget": sorted(controls), "proven": proven}}
    handle = display(_shown(draw(**values()), alt), display_id=True, metadata=facts)

    def redraw(_):
        handle.update(_shown(draw(**values()), alt))

    for control in controls.values():
        control.layout.width = control.layout.width or "400px"  # room for the words at its end
        control.observe(redraw, names="value")
    display(VBox(list(controls.values())))


def _shown(drawn, alt):
    from matplotlib.figure import Figure

    return picture(drawn, alt) if isinstance(drawn, Figure) else drawn


def _prove(draw, alt, controls):
    """Draw at each end and option of each control; each must work and change something."""
    default = {name: control.value for name, control in controls.items()}
    still = _content(_shown(draw(**default), alt))
    for name, control in controls.items():
        others = [value for value in _extremes(control) if value != control.value]
        changed = [_content(_shown(draw(**{**default, name: value}), alt)) for value in others]
        if all(content == still for content in changed):
            raise RuntimeError(f"Moving the control '{name}' changes nothing.")
    return True


def _extremes(control):
    """Values worth trying: both ends of a slider, all options of a list."""
    if hasattr(control, "options"):
        return [option[-1] if isinstance(option, tuple) else option for option in control.options]
    if hasattr(control, "min"):
        return [control.min, control.max]
    if isinstance(control.value, bool):
        return [True, False]
    raise RuntimeError(f"It is not known how to move a {type(control).__name__}.")


def _content(shown):
    data = getattr(shown, "data", None)
    if isinstance(data, (bytes, str)):
        return data
    return shown._repr_html_() if hasattr(shown, "_repr_html_") else str(shown)
