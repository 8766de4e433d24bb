"""A lesson as a learner runs it who writes the path of their photos into `data`."""

import papermill

from lowres_kit.runner.lessons import FOLDER, lessons


def printed(name, data):
    """Run a lesson on a folder, exercises unsolved; return what it printed."""
    path = lessons([name])[0].path
    ran = papermill.execute_notebook(
        path, None, {"data": str(data)}, cwd=str(FOLDER), progress_bar=False
    )
    outputs = [output for cell in ran.cells for output in cell.get("outputs", ())]
    return "".join(output.text for output in outputs if output.get("name") == "stdout")
