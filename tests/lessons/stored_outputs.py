"""Compares what a run of a lesson shows with what is stored, cell by cell, as nbval does."""

import nbformat

from lowres_kit.runner.lint_cells import COMPARED


def differences(path, executed):
    """Name the cells whose output is to be compared and is not the stored one.

    Parameters
    ----------
    path : pathlib.Path
        The lesson's notebook.
    executed : nbformat.NotebookNode
        The same after a run, solutions and all: they must change nothing that is compared.

    Returns
    -------
    list of str
        For each such cell its name, what was stored, and what was shown.
    """
    ran = {cell.id: cell for cell in executed.cells}
    compared = [
        cell for cell in nbformat.read(path, as_version=4).cells
        if COMPARED in cell.metadata.get("tags", ())
    ]  # fmt: skip
    assert compared, f"{path.name} has no cell that is compared"
    return [
        f"{cell.id}: stored {_shown(cell)}, shown {_shown(ran[cell.id])}"
        for cell in compared if _shown(cell) != _shown(ran[cell.id])
    ]  # fmt: skip


def _shown(cell):
    """Text by stream, and each output's data by kind; their order among kinds does not count."""
    shown = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            shown[output.name] = shown.get(output.name, "") + output.text
        else:
            for kind, content in output.get("data", {}).items():
                shown.setdefault(kind, []).append(content)
    return shown
