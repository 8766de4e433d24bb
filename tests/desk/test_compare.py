"""Answers of two machines: written down exactly, compared, and put into the pack."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from altered_pack import rewritten, tell
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lowres_kit.desk.compare import HEADING, compare, into_pack
from lowres_kit.errors import KitError
from lowres_kit.field import Pack
from lowres_kit.field.pack.answers import Answers, answer_all, here, opened, photos_of
from lowres_kit.field.pack.model import raw_outputs
from lowres_kit.field.pack.pack import Parity
from lowres_kit.field_cli import main
from lowres_kit.runtime import TfliteModel

FACTS = {
    "model": "m", "pack": "", "runtime": "ai-edge-litert", "version": "2.3.0", "machine": "laptop",
    "kernels": "fast", "python": "3.11.7", "numpy": "2.4.6", "pillow": "13.0.0",
}  # fmt: skip
ENTRY = {
    "runtime": "tflite-runtime", "version": "2.14.0", "machine": "aarch64, a board",
    "kernels": "fast", "inputs": 200, "same": 199, "largest": 4,
}  # fmt: skip


def told(outputs, names=None, sums=None, **facts):
    """Answers with these outputs at both looks."""
    outputs = np.array(outputs)
    names = names or tuple(f"{number}.jpg" for number in range(len(outputs)))
    sums = sums or tuple(f"sum {number}" for number in range(len(outputs)))
    return Answers(FACTS | facts, 0.002, tuple(names), tuple(sums), outputs, outputs.copy())


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_counts_are_those_of_a_slow_count(n, classes, seed, spread):
    rng = np.random.default_rng(seed)
    one = rng.integers(-100, 100, (n, classes))
    other = one + rng.integers(-spread, spread + 1, (n, classes))
    found = compare(told(one), told(other))
    same = [a.tolist().index(max(a)) == b.tolist().index(max(b)) for a, b in zip(one, other)]
    assert (found.inputs, found.same, found.first_differing) == (n, sum(same), n - sum(same))
    assert found.differing == tuple(f"{i}.jpg" for i in range(n) if not same[i])
    assert found.largest == max(abs(int(x) - int(y)) for x, y in zip(one.flat, other.flat))
    assert found.exact == (one.tolist() == other.tolist())
    assert found.share == sum(same) / n and found.parity().same == sum(same)


def test_first_and_second_look_are_both_held_against_each_other():
    one = told([[5, 0], [0, 5]])
    other = replace(one, first=np.array([[5, 0], [9, 5]]))
    found = compare(one, other)
    assert (found.same, found.first_differing, found.largest, found.exact) == (2, 1, 9, False)
    other = replace(one, last=np.array([[5, 0], [6, 5]]))
    found = compare(one, other)
    assert (found.same, found.first_differing, found.largest) == (1, 0, 6)


def test_photos_that_were_read_otherwise_are_told_apart_from_kernels():
    one = told([[5, 0], [0, 5], [5, 0]])
    other = told([[5, 0], [5, 0], [4, 0]], sums=("sum 0", "another", "sum 2"))
    found = compare(one, other)
    assert (found.inputs, found.same, found.largest) == (2, 2, 1)
    assert found.prepared_otherwise == ("1.jpg",) and "1.jpg" in str(found)
    with pytest.raises(KitError, match="not given the same pixels for any photo.*--prepared"):
        compare(one, told([[5, 0]] * 3, sums=("a", "b", "c")))


def test_photos_are_found_by_name_or_else_by_order():
    one = told([[5, 0], [0, 5]], names=("a.jpg", "b.jpg"))
    turned = told([[0, 5], [5, 0]], names=("b.jpg", "a.jpg"), sums=("sum 1", "sum 0"))
    assert compare(one, turned).exact
    assert compare(one, told([[5, 0], [0, 5]], names=("000001", "000002"))).exact
    with pytest.raises(KitError, match="different photos"):
        compare(one, told([[5, 0]], names=("000001",)))
    with pytest.raises(KitError, match="none of the 2 of the one, such as a.jpg, is among the 2"):
        compare(one, told([[5, 0], [0, 5]], names=("photos/a.jpg", "photos/b.jpg")))
    with pytest.raises(KitError, match="two different models"):
        compare(one, told([[5, 0], [0, 5]], model="another"))


def test_how_many_photos_two_machines_have_in_common_is_told():
    names = tuple(f"{number}.jpg" for number in range(9))
    one, other = told([[5, 0]] * 9, names=names), told([[5, 0]] * 3, names=("8.jpg", "x", "y"))
    other = replace(other, sums=("sum 8", "x", "y"))
    found = compare(one, other)
    assert (found.inputs, found.alone) == (1, (8, 2))
    told_so = "Both answered 1 of the photos; 8 more are in the first answers alone, and 2 in the"
    assert told_so in str(found)
    assert (found.as_dict()["not_in_other"], found.as_dict()["not_in_one"]) == (8, 2)
    assert "Both answered" not in str(compare(one, one))


def test_answers_survive_the_file(tmp_path):
    one = told([[5, -128], [127, 0]], names=("é/b.jpg", "c.jpg"))
    one.save(tmp_path / "a.json")
    again = Answers.load(tmp_path / "a.json")
    assert (again.facts, again.names, again.sums) == (one.facts, one.names, one.sums)
    assert again.seconds == one.seconds and compare(one, again).exact


def test_answers_that_are_not_whole_are_refused(tmp_path):
    told([[5, 0], [0, 5]]).save(tmp_path / "a.json")
    good = json.loads((tmp_path / "a.json").read_text("utf-8"))

    def with_photo(**values):
        return good | {"photos": [good["photos"][0] | values, good["photos"][1]]}

    bad = [
        [], {}, good | {"format": 2}, good | {"photos": []}, good | {"photos": 3},
        good | {"kernels": "other"}, good | {"machine": "a\x1b[2Jb"}, good | {"seconds": "x"},
        with_photo(name="1.jpg"), with_photo(first=[1, 2, 3]), with_photo(first=[[1, 2]]),
        with_photo(last=[0.5, 0]), with_photo(last=[128, 0]), with_photo(first=[-129, 0]),
        with_photo(first=[10**30, 0]), with_photo(first=None), with_photo(first=[True, "x"]),
    ]  # fmt: skip
    texts = [json.dumps(values).encode() for values in bad]
    for content in (*texts, b"{", b"[" * 100_000, b"\xff\xfe", b""):
        (tmp_path / "bad.json").write_bytes(content)
        with pytest.raises(KitError, match="bad.json holds no whole answers") as caught:
            Answers.load(tmp_path / "bad.json")
        assert len(str(caught.value)) < 300
    with pytest.raises(KitError, match="There is no file"):
        Answers.load(tmp_path / "none.json")


def test_answers_are_what_the_kernels_gave_and_say_of_which_pixels(ingredients):
    model, photos, _ = ingredients
    found = answer_all(opened(model), photos[:9])
    fast = TfliteModel(model)
    for photo, first, total in zip(photos, found.first, found.sums):
        assert np.array_equal(first, raw_outputs(fast, photo))
        assert total == hashlib.sha256(photo.tobytes()).hexdigest()
    assert found.facts["model"] == hashlib.sha256(model).hexdigest()
    assert found.facts == here() | {key: found.facts[key] for key in ("model", "pack", "kernels")}
    assert found.facts["kernels"] == "fast" and 0 < found.seconds < 5
    plain = answer_all(opened(model, plain=True), photos[:9])
    slow = TfliteModel(model, reference=True)
    assert np.array_equal(plain.first, [raw_outputs(slow, photo) for photo in photos[:9]])
    assert np.array_equal(plain.last, plain.first) and plain.facts["kernels"] == "plain"
    with pytest.raises(KitError, match="no photos"):
        answer_all(opened(model), photos[:0])


@pytest.fixture
def folder(ingredients, tmp_path):
    """Photos at two depths, among what else lies in folders."""
    place = tmp_path / "photos"
    for number, photo in enumerate(ingredients[1][:6]):
        path = place / ("b" if number % 2 else "a/deep") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(path)
    (place / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (place / "sources.csv").write_text("file,source\n", encoding="utf-8")
    (place / ".hidden.png").write_bytes(b"x")
    return place


def test_commands_from_photos_to_the_pack(whole, folder, tmp_path, capsys):
    pack = tmp_path / "beans.zip"
    pack.write_bytes(whole.read_bytes())
    words = ["answers", str(pack), str(folder), "--out", str(tmp_path / "a.json")]
    assert main([*words, "--prepared", str(tmp_path / "in.npy")]) == 0
    said = capsys.readouterr()
    assert "6 photos answered" in said.out and "broken.jpg" in said.err
    assert "sources" not in said.err and "hidden" not in said.err
    one = Answers.load(tmp_path / "a.json")
    deep, flat = ([f"{place}/{n}.png" for n in numbers]
                  for place, numbers in (("a/deep", (0, 2, 4)), ("b", (1, 3, 5))))  # fmt: skip
    assert one.names == (*deep, *flat)
    assert one.facts["pack"] == Pack.open(pack).fingerprint
    words = ["answers", str(pack), str(tmp_path / "in.npy"), "--out", str(tmp_path / "b.json")]
    assert main(words) == 0  # as another machine would, that is given the prepared photos
    capsys.readouterr()
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert main(["compare", *files, "--exact", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["exact"] is True
    before = Pack.open(pack)
    assert main(["compare", *files, "--into", str(pack)]) == 0
    said, now = capsys.readouterr(), Pack.open(pack)
    assert "bit for bit the same on 6 photos" in said.out and now.fingerprint in said.err
    assert now.fingerprint != before.fingerprint and len(now.parity) == len(before.parity) + 1
    assert (now.parity[-1].inputs, now.parity[-1].same, now.parity[-1].largest) == (6, 6, 0)
    assert (now.model, now.checks[0].outputs) == (before.model, before.checks[0].outputs)


def test_broken_promise_is_an_exit_code(tmp_path, capsys):
    told([[5, 0]] * 200).save(tmp_path / "a.json")
    told([[4, 0]] * 199 + [[0, 1]]).save(tmp_path / "b.json")
    told([[4, 0]] * 198 + [[0, 1]] * 2).save(tmp_path / "c.json")
    a, b, c = (str(tmp_path / f"{name}.json") for name in "abc")
    assert main(["compare", a, b]) == 0
    assert "199 of 200 photos (99.50 %)" in capsys.readouterr().out
    assert main(["compare", a, b, c]) == 1
    assert "198.jpg, 199.jpg" in capsys.readouterr().out
    assert main(["compare", a, c, "--promise", "99"]) == 0
    assert main(["compare", a, b, "--exact"]) == 1
    assert main(["compare", a, str(tmp_path / "d.json")]) == 2


def test_pack_keeps_one_entry_for_each_machine_and_tells_it_on_the_card(whole, tmp_path):
    path = tmp_path / "beans.zip"
    path.write_bytes(whole.read_bytes())
    pack = Pack.open(path)
    one = told([[5, 0, 0]] * 4, model=pack.model_sum)
    board = told([[3, 0, 0]] * 3 + [[0, 7, 0]], model=pack.model_sum, machine="a board")
    into_pack(path, [compare(one, board)])
    now = into_pack(path, [compare(one, one), compare(one, replace(board, last=one.last))])
    assert len(now.parity) == len(pack.parity) + 2
    mine = [entry for entry in now.parity if entry.machine == "a board"]
    assert [(entry.same, entry.largest) for entry in mine] == [(4, 7)]
    assert now.card.count(HEADING) == 1 and f"- {mine[0]}\n" in now.card
    assert now.card.startswith(pack.card.partition(HEADING)[0])
    assert now.card.count("\n## ") == pack.card.count("\n## ")
    with pytest.raises(KitError, match="not answers of the model in pack beans"):
        into_pack(path, [compare(told([[5, 0]]), told([[5, 0]]))])
    assert Pack.open(path).fingerprint == now.fingerprint


def test_new_pack_tells_of_the_plain_kernels(whole):
    pack = Pack.open(whole)
    (entry,) = pack.parity
    assert (entry.runtime, entry.kernels, entry.inputs) == (here()["runtime"], "plain", 120)
    assert entry.share >= 0.995 and 0 < entry.largest <= 16
    assert f"{HEADING}\n\n- {entry}\n" in pack.card


def test_pack_without_parity_still_opens(whole, tmp_path):
    def forget(files):
        manifest = json.loads(files["manifest.json"])
        del manifest["parity"]
        files["manifest.json"] = json.dumps(manifest).encode()

    assert Pack.open(rewritten(whole, tmp_path / "old.zip", forget)).parity == ()
    good = rewritten(whole, tmp_path / "good.zip", tell(parity=[ENTRY]))
    assert Pack.open(good).parity == (Parity(**ENTRY),)


@pytest.mark.parametrize(
    "parity",
    [
        3, {}, "x", None, [3], [{}], [[]], [ENTRY] * 33, [ENTRY | {"more": 1}],
        [{key: ENTRY[key] for key in ENTRY if key != "same"}],
        [ENTRY | {"inputs": 0, "same": 0}], [ENTRY | {"same": 201}], [ENTRY | {"same": -1}],
        [ENTRY | {"largest": 256}], [ENTRY | {"largest": -1}], [ENTRY | {"largest": True}],
        [ENTRY | {"inputs": 200.5}], [ENTRY | {"inputs": 10**30}], [ENTRY | {"same": "199"}],
        [ENTRY | {"kernels": "quick"}], [ENTRY | {"runtime": 3}], [ENTRY | {"version": None}],
        [ENTRY | {"machine": "a\x1b[2Jb"}], [ENTRY | {"machine": "x" * 101}],
        [ENTRY | {"machine": "two\nlines"}],
    ],
)  # fmt: skip
def test_entries_that_make_no_sense_are_refused(whole, tmp_path, parity):
    path = rewritten(whole, tmp_path / "bad.zip", tell(parity=parity))
    with pytest.raises(KitError, match="is no whole pack"):
        Pack.open(path)


def test_prepared_photos_of_another_kind_are_refused(ingredients, tmp_path):
    photos = ingredients[1]
    np.save(tmp_path / "good.npy", photos)
    names, found = photos_of(tmp_path / "good.npy", 48)
    assert names[:2] == ["000001", "000002"] and np.array_equal(found, photos)
    np.save(tmp_path / "float.npy", photos.astype(np.float32))
    np.save(tmp_path / "object.npy", np.array([{}], object), allow_pickle=True)
    (tmp_path / "text.npy").write_text("x", encoding="utf-8")
    np.savez(tmp_path / "many.npz", photos)
    (tmp_path / "many.npz").rename(tmp_path / "many.npy")
    for name in ("float.npy", "object.npy", "text.npy", "many.npy", "none.npy"):
        with pytest.raises(KitError, match=name):
            photos_of(tmp_path / name, 48)
    with pytest.raises(KitError, match="holds no photos as this model takes them"):
        photos_of(tmp_path / "good.npy", 96)
    with pytest.raises(KitError, match="There is no folder"):
        photos_of(tmp_path / "nowhere", 48)
