"""The audit finds what was planted, and its report shows it."""

import re

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from lowres_kit.data import audit, read_folder, simple_features
from lowres_kit.data.describe import brightness, sharpness


@pytest.fixture
def troubled(tmp_path, draw):
    """Thirty photos, and one of each trouble."""
    rng = np.random.default_rng(0)
    for name, count in (("healthy", 24), ("rust & spots", 6)):
        (tmp_path / name).mkdir()
        for number in range(count):
            image = draw(100 * len(name) + number, 220, 200)
            image.save(tmp_path / name / f"{number:02}.png")
    healthy = tmp_path / "healthy"
    grain = Image.fromarray(rng.integers(0, 255, (200, 200, 3), dtype=np.uint8))
    draw(900, 200, 200).filter(ImageFilter.GaussianBlur(6)).save(healthy / "blurred.png")
    ImageEnhance.Brightness(grain).enhance(0.2).save(healthy / "dark.png")
    draw(901, 100, 90).save(healthy / "small.png")
    (healthy / "copy.png").write_bytes((healthy / "00.png").read_bytes())
    again = tmp_path / "rust & spots" / "alike.jpg"
    Image.open(healthy / "01.png").save(again, quality=90)
    (healthy / "empty.png").touch()
    return read_folder(tmp_path)


def names(found, photos, key):
    return {photos.paths[index].name for index in found[key].photos}


def test_everything_planted_is_found(troubled):
    found = audit(troubled)
    assert "1 file or folder is left out: empty.png is empty (0 bytes)." == found["files"].text
    assert names(found, troubled, "exact") == {"00.png", "copy.png"}
    assert names(found, troubled, "near") == {"01.png", "alike.jpg"}
    assert "different labels" in found["near"].text
    assert "different labels" not in found["exact"].text
    assert names(found, troubled, "blurred") == {"blurred.png"}
    assert names(found, troubled, "light") == {"dark.png"}
    assert names(found, troubled, "sizes") == {"small.png"}
    assert "from 100 x 90 to 220 x 200" in found["sizes"].text
    assert "Uneven: healthy has 4 times" in found["balance"].text
    assert found.sizes.shape == (len(troubled), 2)


def test_the_report_is_one_whole_page(troubled, tmp_path):
    found = audit(troubled)
    found.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    pictures = re.findall(r"<img [^>]*>", page)
    assert len(pictures) >= 7
    assert all("src='data:image/jpeg;base64," in one and "alt='" in one for one in pictures)
    assert "http" not in page and "src='/" not in page and str(tmp_path.parent) not in page
    assert "blurred.png" in page and "empty.png is empty" in page
    assert "rust &amp; spots" in page and "rust & spots" not in page


def test_the_summary_fits_a_notebook(troubled):
    found = audit(troubled)
    shown = found._repr_html_()
    assert len(shown) < 150_000 and shown.count("<img") >= 5
    assert str(found).count("\n") == len(found.findings)


def test_clean_photos_have_no_findings(folder_of):
    found = audit(read_folder(folder_of(a=10, b=10)), features=np.eye(20)[:, :3])
    for key in ("files", "exact", "near", "blurred", "light"):
        assert found[key].text == "none."


def test_wrong_labels_by_given_features(folder_of):
    photos = read_folder(folder_of(a=40, b=40))
    features = np.random.default_rng(1).normal(0, 1, (80, 6))
    features[:, 0] += 6 * photos.labels
    wrong = [3, 17, 44, 60]
    noisy = photos.relabel(wrong, 1 - photos.labels[wrong])
    found = audit(noisy, features)
    assert len({one.index for one in found.suspects[:4]} & set(wrong)) >= 3
    assert found["labels"].captions[3] == "b, or a?"


def test_blur_lowers_sharpness_and_light_raises_brightness(draw):
    image = draw(1, 128, 128)
    versions = [image] + [image.filter(ImageFilter.GaussianBlur(r)) for r in (1, 2, 4)]
    values = sharpness(np.stack([np.asarray(one) for one in versions]))
    assert (np.diff(values) < 0).all()
    # By hand: a white point on black gives -4, and 1 at each of its four neighbours.
    point = np.zeros((1, 7, 7, 3), np.uint8)
    point[0, 3, 3] = 1
    expected = np.var([-4] + 4 * [1] + 20 * [0])
    np.testing.assert_allclose(sharpness(point), expected, rtol=1e-4)
    greys = np.stack([np.full((8, 8, 3), value, np.uint8) for value in (0, 100, 255)])
    np.testing.assert_allclose(brightness(greys), [0, 100, 255], atol=0.1)


def test_simple_features_tell_colours_and_textures_apart(draw):
    plain = np.asarray(draw(1, 128, 128))
    noise = np.random.default_rng(0).integers(-40, 40, plain.shape)
    rough = np.clip(plain.astype(int) + noise, 0, 255).astype(np.uint8)
    recoloured = plain[..., ::-1]
    features = simple_features(np.stack([plain, rough, recoloured]))
    assert features.shape == (3, 202) and np.isfinite(features).all()
    assert np.abs(features[0] - features[1])[-23:].max() > 0.2  # textures
    assert np.abs(features[0] - features[2])[:179].max() > 0.2  # colours
    assert np.isfinite(simple_features(np.zeros((1, 64, 64, 3), np.uint8))).all()


def test_one_photo_alone(folder_of):
    photos = read_folder(folder_of(a=1, b=1)).take([0])
    assert "none." in str(audit(photos))
