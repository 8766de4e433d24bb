"""Binder builds the kit, and what it builds starts and runs a lesson."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from importlib.metadata import distributions
from pathlib import Path

import pytest
import websocket
from binder_image import builders_versions, make_image, pip
from small_environments import environment

ROOT = Path(__file__).resolve().parents[2]
BUILDER = "jupyter-repo2docker==2026.4.0"
TOKEN = uuid.uuid4().hex
LESSON = "lessons/00-welcome.ipynb"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Binder is a Linux machine")


@pytest.fixture(scope="module")
def builder():
    """Python that has Binder's builder: beside LOWRES_REPO2DOCKER, or kept outside the checkout."""
    named = os.environ.get("LOWRES_REPO2DOCKER")
    return Path(named).with_name("python") if named else environment((BUILDER,))


def test_binder_builds_the_kit(builder):
    """What Binder's own program would build: Python, the kit's packages, the last step."""
    words = [builder, "-m", "repo2docker", "--no-build", "--no-run", "--debug", str(ROOT)]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    file = said.stdout + said.stderr
    assert said.returncode == 0, file[-2000:]
    assert re.search(r"(?i)python=?=?\s?-?3\.12", file)
    steps = [
        "COPY --chown=0:0 src/ ${REPO_DIR}/",
        '-r "binder/requirements.txt"',
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    ]
    places = [file.rindex(step) for step in steps]
    assert places == sorted(places), "the clone must be there before the kit is installed from it"


def test_binder_keeps_threads_few():
    said = subprocess.run(
        [
            ROOT / "binder" / "start",
            sys.executable,
            "-c",
            "import torch; print(torch.get_num_threads())",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert int(said.stdout) <= 2


@pytest.fixture(scope="module")
def image(builder, tmp_path_factory):
    """Folder of what Binder builds, and the environment variables to run things in it."""
    place = tmp_path_factory.mktemp("image")
    return place, make_image(builder, place)


def test_packages_of_the_builder_and_of_the_kit_agree(image):
    """`pip check` over both; a notebook of another generation than JupyterLab fails here."""
    assert "No broken requirements found." in pip(image[0] / "env", "check")


def test_the_image_is_the_builders_and_ours(image, builder):
    """Versions of the builder where the kit pins nothing, the kit's where it does."""
    site = next((image[0] / "env").glob("lib/python3*/site-packages"))
    ours = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.M))
    expected = {name: builders_versions(builder)[name] for name in ("jupyterhub", "sqlalchemy")}
    assert not set(expected) & set(ours)
    expected |= {name: ours[name] for name in ("jupyterlab", "notebook", "tornado")}
    found = {one.name.lower(): one.version for one in distributions(path=[str(site)])}
    assert {name: found[name] for name in expected} == expected


def test_no_news_are_asked_for_on_binder(image):
    """JupyterLab reads the file of the environment that it runs in."""
    file = image[0] / "env" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings = json.loads(file.read_text("utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


@pytest.fixture(scope="module")
def server(image):
    """Address of a learner's server, started by a real hub; both end with the tests."""
    place, variables = image
    port = free_port()
    own = {
        "HUB_PORT": str(port),
        "PYTHON": str(place / "env" / "bin" / "python"),
        "KIT": str(place / "kit"),
        "TOKEN": TOKEN,
    }
    start = [
        place / "kit" / "binder" / "start",
        own["PYTHON"],
        "-m",
        "jupyterhub",
        "--config",
        Path(__file__).with_name("hub_config.py"),
    ]
    log = place / "hub.log"
    with open(log, "wb") as file:
        hub = subprocess.Popen(
            start,
            cwd=place,
            env=variables | own,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    api = f"http://127.0.0.1:{port}/hub/api"
    try:
        wait(lambda: ask("GET", api), hub, log)
        ask("POST", f"{api}/users/learner")
        ask("POST", f"{api}/users/learner/server")
        wait(lambda: ask("GET", f"{api}/users/learner")["servers"][""]["ready"], hub, log)
        found = re.findall(r"http://127\.0\.0\.1:\d+/user/learner/", log.read_text("utf-8"))
        yield found[-1].rstrip("/")
    finally:
        hub.terminate()  # the hub ends the servers that it started
        hub.wait(30)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(method, address, content=None):
    """Ask a server; return what it answers: a dict if it is JSON, else text."""
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(
        address, body, {"Authorization": f"token {TOKEN}"}, method=method
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        said = answer.read().decode()
    return json.loads(said) if said[:1] in ("{", "[") else said


def wait(is_so, process, log, seconds=120):
    """Wait until something is so; if it never is, show what the process wrote."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            if is_so():
                return
        except (urllib.error.URLError, ConnectionError, KeyError):
            pass
        time.sleep(0.3)
    raise AssertionError("It did not start:\n" + log.read_text("utf-8")[-3000:])


def run_cell(kernel, code):
    """Run code as a page does, over the kernel's websocket; return the names of its errors."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "learner",
        "session": "test",
        "version": "5.3",
    }
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    kernel.send(
        json.dumps(
            {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "channel": "shell",
            }
        )
    )
    errors = []
    while True:
        answer = json.loads(kernel.recv())
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if answer["msg_type"] == "error":
            errors.append(f"{answer['content']['ename']}: {answer['content']['evalue']}")
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            return errors


@pytest.mark.parametrize("page", [f"lab/tree/{LESSON}", f"notebooks/{LESSON}", "tree"])
def test_a_page_opens_with_its_scripts(server, page):
    html = ask("GET", f"{server}/{page}")
    scripts = re.findall(r'<script[^>]+src="([^"]+\.js[^"]*)"', html)
    assert scripts
    for script in scripts:
        assert len(ask("GET", urllib.parse.urljoin(f"{server}/", script))) > 1000


def test_a_learner_runs_lesson_00_and_saves_it(server):
    file = f"{server}/api/contents/{LESSON}"
    notebook = ask("GET", file)["content"]
    session = ask(
        "POST",
        f"{server}/api/sessions",
        {
            "path": LESSON,
            "name": "",
            "type": "notebook",
            "kernel": {"name": "python3"},
        },
    )
    channels = f"{server}/api/kernels/{session['kernel']['id']}/channels"
    kernel = websocket.create_connection(
        channels.replace("http", "ws", 1), timeout=90, header={"Authorization": f"token {TOKEN}"}
    )
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    errors = [error for cell in cells for error in run_cell(kernel, "".join(cell["source"]))]
    kernel.close()
    assert len(cells) > 10 and errors == []
    notebook["metadata"]["seen"] = True
    ask("PUT", file, {"type": "notebook", "format": "json", "content": notebook})
    assert ask("GET", file)["content"]["metadata"]["seen"]


def test_only_who_has_a_key_comes_in(server):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{server}/api/contents", timeout=30)
