"""What tests of the device and of the desk share: a small network as a pack, a collector of records, and sticks."""

import subprocess
import threading

import pytest
from small_network import NAMES, SIZE, network, pictures

from lowres_kit.desk import make_pack
from lowres_kit.desk.collect import Collection
from lowres_kit.desk.collect_server import Collector
from lowres_kit.field.handover.handover import FOLDER
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_int8, to_tflite


@pytest.fixture(scope="session")
def ingredients():
    """An int8 model, and pictures with the classes that it gives them itself."""
    photos = pictures()
    model = to_int8(to_tflite(network(), SIZE), photos)
    return model, photos, TfliteModel(model).probabilities(photos).argmax(1)


@pytest.fixture(scope="session")
def whole(ingredients, tmp_path_factory):
    """Path of a good pack."""
    model, photos, labels = ingredients
    path = tmp_path_factory.mktemp("pack") / "beans.zip"
    make_pack(path, "beans", model, NAMES, photos, labels, 0.05, scope="problem = 'x'\n")
    return path


@pytest.fixture
def laptop(tmp_path):
    """A folder where records are collected."""
    collection = Collection(tmp_path / "laptop")
    yield collection
    collection.close()


@pytest.fixture
def collector(laptop):
    """A collector that listens on this machine; `lines` is what it says."""
    lines = []
    with Collector(laptop, port=0, say=lines.append) as server:
        server.lines, server.address = lines, f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def stick(tmp_path):
    """A folder that wants records."""
    (tmp_path / "stick" / FOLDER).mkdir(parents=True)
    return tmp_path / "stick"


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, mounted as a stick is; 1 MB."""
    place = tmp_path / "media" / "blue"
    place.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk may be mounted here")
    (place / FOLDER).mkdir()
    yield place
    subprocess.run(["umount", "-l", place], capture_output=True)
