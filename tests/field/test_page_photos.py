"""The page shows photos as they were kept, and small ones made of them."""

import io

import pytest
from page_client import Client, Station
from PIL import Image


@pytest.fixture
def station(tmp_path):
    station = Station(tmp_path / "place")
    station.page.start()
    yield station
    station.close()


@pytest.fixture
def owner(station):
    owner = Client(station.page.port)
    owner.log_in()
    return owner


@pytest.mark.parametrize(("name", "kind"), [("1.png", "image/png"), ("1.jpg", "image/jpeg")])
def test_photo_comes_as_it_was_kept(station, owner, name, kind):
    station.add(photo=name)
    reply = owner.ask("/photos/1")
    assert reply.headers["Content-Type"] == kind
    assert reply.body == (station.photos / name).read_bytes()


def test_small_photos_are_the_middle_square(station, owner):
    picture = Image.new("RGB", (900, 600), "blue")
    picture.paste("red", (150, 0, 750, 600))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    station.add(photo="1.png", content=buffer.getvalue())
    for path, side in (("/small/1", 200), ("/large/1", 600)):  # never larger than it is
        reply = owner.ask(path)
        assert reply.headers["Content-Type"] == "image/jpeg"
        small = Image.open(io.BytesIO(reply.body))
        assert small.size == (side, side) and len(reply.body) < 20_000
        for place in ((4, 4), (side - 5, side // 2)):
            assert small.getpixel(place)[0] > 200 and small.getpixel(place)[2] < 60


def test_web_page_that_calls_itself_a_photo_is_not_shown_as_one(station, owner):
    content = b"<html><script>alert(1)</script></html>"
    station.add(photo="1.jpg", content=content)
    reply = owner.ask("/photos/1")
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert owner.ask("/small/1").status == 404  # nor is it a picture


def test_photo_that_made_room_or_broke_is_not_there(station, owner):
    station.add(photo="1.png")
    station.add(photo="2.png", content=b"\x89PNG\r\n\x1a\nbroken")
    assert owner.ask("/small/1").status == 200 and "/small/1" in owner.ask("/").text
    assert owner.ask("/small/2").status == 404 and owner.ask("/photos/2").status == 200
    (station.photos / "1.png").unlink()
    station.records.forget_photo("1.png")
    for path in ("/small/1", "/large/1", "/photos/1", "/photos/3", "/small/99"):
        assert owner.ask(path).status == 404
    assert "/small/1" not in owner.ask("/").text and owner.ask("/").status == 200
