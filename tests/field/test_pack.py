"""A pack is opened only if it is whole, and answers only where it is right."""

import io
import stat
import struct
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from altered_pack import rewritten, tell
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from small_network import NAMES, SIZE, network

from lowres_kit.desk import make_pack
from lowres_kit.errors import KitError
from lowres_kit.field import FieldModel, Pack
from lowres_kit.field.pack.archive import MOST_BYTES, read_archive, write_archive
from lowres_kit.field.pack.model import raw_outputs
from lowres_kit.field.pack.pack import STEPS_APART, Check, shown_small
from lowres_kit.runtime import TfliteModel
from lowres_kit.shrink import to_tflite

THRESHOLD = {"below": 0.5, "promised_error": 0.1, "kept": True, "photos": 9, "answered": 6,
             "errors": 0, "at_most": 0.1}  # fmt: skip


def test_what_was_packed_comes_out(whole, ingredients):
    model, photos, labels = ingredients
    pack = Pack.open(whole)
    assert (pack.name, pack.class_names, pack.size, pack.model) == ("beans", NAMES, SIZE, model)
    assert pack.scope == "problem = 'x'\n" and not pack.simulated
    assert len(pack.checks) == 2 * len(set(labels)) + 1 and pack.reference.photos == 120
    assert "100.0 % on 120 photos" in pack.card and "bean rust" in pack.card
    answerer = FieldModel(pack)
    assert not answerer.reference
    for photo, label in zip(photos[:10], labels):
        answer = answerer.classify(photo)
        assert answer.label == NAMES[label]
        assert answer.ask == (answer.confidence < pack.threshold.below)
        assert sum(answer.probabilities.values()) == pytest.approx(1)


def test_same_ingredients_same_bytes(whole, ingredients, tmp_path):
    model, photos, labels = ingredients
    make_pack(tmp_path / "beans.zip", "beans", model, NAMES, photos, labels, 0.05,
              scope="problem = 'x'\n")  # fmt: skip
    assert (tmp_path / "beans.zip").read_bytes() == whole.read_bytes()
    with zipfile.ZipFile(whole) as pack:  # nor does the hour or the system stand in it
        kept = {(entry.date_time, entry.create_system) for entry in pack.infolist()}
    assert kept == {((1980, 1, 1, 0, 0, 0), 3)}


def test_sensible_threshold_is_taken(whole, tmp_path):
    path = rewritten(whole, tmp_path / "other.zip", tell(threshold=THRESHOLD))
    assert Pack.open(path).threshold.below == 0.5


def test_below_the_threshold_a_person_is_asked(whole, ingredients):
    pack, photo = Pack.open(whole), ingredients[1][0]
    confidence = FieldModel(pack).classify(photo).confidence
    for below, ask in ((confidence, False), (confidence + 1e-6, True)):
        now = replace(pack, threshold=replace(pack.threshold, below=below))
        assert FieldModel(now).classify(photo).ask is ask


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damaged_byte_goes_unseen_or_crashes(whole, tmp_path_factory, data):
    """Wherever a byte is changed or the end is missing: it is refused, or nothing is changed."""
    content = bytearray(whole.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        content = content[:place]
    damaged = tmp_path_factory.mktemp("damaged") / "beans.zip"
    damaged.write_bytes(content)
    try:
        Pack.open(damaged)
        assert read_archive(damaged) == read_archive(whole)  # it means nothing there
    except KitError as error:
        assert "beans.zip" in str(error) and len(str(error)) < 300


def put(name, content):
    return lambda files: files.update({name: content})


def take(name):
    return lambda files: files.pop(name)


def large_pictures(files):
    """Pictures of 3000 pixels, in a few kB each, that would be gigabytes in memory."""
    buffer = io.BytesIO()
    Image.new("RGB", (750, 750)).save(buffer, "PNG")
    files |= {name: buffer.getvalue() for name in files if name.endswith(".png")}
    tell(size=3000)(files)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put("labels.txt", b"a\nb\nc\n"), "was altered: labels.txt is not as it was"),
        (put("more.txt", b"x"), "was altered: more.txt was added"),
        (take("check-01.png"), "was altered: check-01.png is missing"),
        (take("model.tflite"), "is no pack: model.tflite is missing"),
        (tell(format=2), "made by another version of the kit"),
        (tell(preparation="centre crop"), "made by another version of the kit"),
        (put("manifest.json", b"{"), "is no whole pack"),
        (put("manifest.json", b"[]"), "is no whole pack"),
        (put("manifest.json", b"[" * 100_000), "is no whole pack"),
        (put("manifest.json", b"\xff\xfe"), "is no whole pack"),
    ],
)
def test_altered_pack_is_refused(whole, tmp_path, change, told):
    path = rewritten(whole, tmp_path / "altered.zip", change, keep_sums=True)
    with pytest.raises(KitError, match=told):
        Pack.open(path)


@pytest.mark.parametrize(
    "change",
    [
        put("labels.txt", b"one\ntwo\n"),
        put("check-01.png", b"no picture"),
        put("reference.json", b"{}"),
        put("reference.json", b'{"photos": 1, "quantiles": {}, "answers": []}'),
        put("labels.txt", b"one\ntwo\n\x1b[2Jthree\n"),
        tell(name="\x1b]0;evil"),
        tell(size="wide"),
        tell(size=10**9),
        tell(size=float("inf")),
        tell(checks={"check-01.png": [float("inf")] * 3}),
        large_pictures,
        tell(checks={}),
        tell(checks={"check-01.png": [1]}),
        tell(threshold={"below": 0.5}),
        tell(threshold=THRESHOLD | {"below": "half"}),
        tell(threshold=THRESHOLD | {"below": float("nan")}),
        tell(threshold=THRESHOLD | {"photos": 0, "answered": 0}),
        tell(threshold=THRESHOLD | {"errors": 7}),
    ],
)
def test_pack_that_fits_its_checksums_but_makes_no_sense_is_refused(whole, tmp_path, change):
    path = rewritten(whole, tmp_path / "odd.zip", change)
    with pytest.raises(KitError):
        Pack.open(path)


def zip_of(path, *entries):
    with zipfile.ZipFile(path, "w") as pack:
        for name, content in entries:
            pack.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/b", "C:\\x", ".hidden", "x\ny"])
def test_names_that_are_paths_are_refused(tmp_path, name):
    with pytest.raises(KitError, match="which no pack does"):
        read_archive(zip_of(tmp_path / "evil.zip", (name, b"x")))


def test_bombs_are_not_unpacked(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("zeros", bytes(6 * MOST_BYTES))
    tracemalloc.start()
    with pytest.raises(KitError, match="unpacks to more than any pack"):
        read_archive(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MOST_BYTES  # it stopped, and did not look at the size afterwards
    # One that lies about its size: the directory says 10 bytes.
    content = bytearray(bomb.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(signature) + offset
        content[place : place + 4] = struct.pack("<I", 10)
    bomb.write_bytes(content)
    with pytest.raises(KitError):
        read_archive(bomb)
    many = zip_of(tmp_path / "many.zip", *((f"f{n}", b"") for n in range(65)))
    with pytest.raises(KitError, match="holds 65 files"):
        read_archive(many)
    large = tmp_path / "large.zip"
    large.write_bytes(bytes(MOST_BYTES + 1))
    with pytest.raises(KitError, match="larger than any pack"):
        read_archive(large)


def test_links_and_huge_directories_are_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(KitError, match="a link or a device .*which no pack does"):
        read_archive(zip_of(tmp_path / "link.zip", (link, b"/etc/passwd")))
    many = zip_of(tmp_path / "many.zip", *((f"f{n}", b"") for n in range(30_000)))
    # Python would make an object of each before anybody could count them, so it is never asked.
    with pytest.raises(KitError, match="damaged or no pack"):
        read_archive(many)


def test_double_names_and_secrets_are_refused(tmp_path, recwarn):
    with pytest.raises(KitError, match="which no pack does"):
        read_archive(zip_of(tmp_path / "double.zip", ("a", b"1"), ("a", b"2")))
    secret = bytearray(zip_of(tmp_path / "secret.zip", ("a", b"1")).read_bytes())
    secret[secret.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "secret.zip").write_bytes(secret)
    with pytest.raises(KitError, match="which no pack does"):
        read_archive(tmp_path / "secret.zip")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", bytes(1000)])
def test_what_is_no_zip_is_refused(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(KitError, match="damaged or no pack"):
        Pack.open(tmp_path / "x.zip")


def test_missing_pack_and_folder(tmp_path):
    with pytest.raises(KitError, match="There is no pack"):
        Pack.open(tmp_path / "none.zip")
    with pytest.raises(KitError, match="cannot be read"):
        Pack.open(tmp_path)


def test_model_that_answers_otherwise_does_not_start(whole, ingredients):
    pack = Pack.open(whole)
    first = pack.checks[0]
    swapped = replace(first, outputs=first.outputs[1:] + first.outputs[:1])
    with pytest.raises(KitError, match="answers otherwise here than where it was made"):
        FieldModel(replace(pack, checks=(swapped, *pack.checks[1:])))
    far = replace(first, outputs=tuple(n - STEPS_APART - 1 for n in first.outputs))
    with pytest.raises(KitError, match="of 255 steps away"):  # the same class, but off
        FieldModel(replace(pack, checks=(far, *pack.checks[1:])))
    near = replace(first, outputs=tuple(n - STEPS_APART for n in first.outputs))
    FieldModel(replace(pack, checks=(near, *pack.checks[1:])), say=lambda line: None)


def test_plain_kernels_are_used_where_the_fast_ones_are_off(whole, ingredients, monkeypatch):
    """Here they differ by one step for some picture, so the check is made that strict."""
    monkeypatch.setattr("lowres_kit.field.pack.model.STEPS_APART", 0)
    model, photos, _ = ingredients
    fast, plain = TfliteModel(model), TfliteModel(model, reference=True)
    differ = [x for x in photos if (raw_outputs(fast, x) != raw_outputs(plain, x)).any()]
    if not differ:
        pytest.skip("on this processor the fast kernels compute what the plain ones do")
    check = Check("check-01.png", differ[0], tuple(raw_outputs(plain, differ[0]).tolist()))
    said = []
    answerer = FieldModel(replace(Pack.open(whole), checks=(check,)), say=said.append)
    assert answerer.reference and len(said) == 1
    assert "fast kernels of this runtime are off (check-01.png" in said[0]
    assert np.array_equal(raw_outputs(answerer.looks.first, differ[0]), check.outputs)


def test_model_that_is_no_model_does_not_start(whole, ingredients):
    pack = Pack.open(whole)
    with pytest.raises(KitError, match="no .tflite file"):
        FieldModel(replace(pack, model=b"no model"))
    with pytest.raises(KitError, match="takes pictures of 48 pixels"):
        FieldModel(replace(pack, size=64))


def test_only_int8_models_with_the_right_outputs_are_packed(ingredients, tmp_path):
    model, photos, labels = ingredients
    with pytest.raises(KitError, match="is not int8"):
        make_pack(tmp_path / "x.zip", "x", to_tflite(network(), SIZE), NAMES, photos, labels)
    with pytest.raises(KitError, match="3 outputs and there are 2"):
        make_pack(tmp_path / "x.zip", "x", model, NAMES[:2], photos, labels)
    with pytest.raises(KitError, match="cannot be promised"):
        make_pack(tmp_path / "x.zip", "x", model, NAMES, photos, labels, promised_error=5)
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize("size", [8, 48, 96, 97, 160, 250])
def test_reduced_picture_survives_being_reduced_again(size):
    photo = np.random.default_rng(size).integers(0, 256, (size, size, 3), np.uint8)
    once = shown_small(photo)
    assert once.shape == photo.shape
    assert np.array_equal(shown_small(once), once)


def test_written_pack_needs_no_more_than_it_may(tmp_path):
    with pytest.raises(KitError, match="at most 64 files"):
        write_archive(tmp_path / "x.zip", {f"f{n}": b"" for n in range(65)})
    write_archive(tmp_path / "y.zip", {"b": b"2", "a": b"1"})
    assert read_archive(tmp_path / "y.zip") == {"a": b"1", "b": b"2"}
