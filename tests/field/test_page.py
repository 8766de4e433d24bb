"""The status page is for those who know the password, and shows them nothing but its own."""

import socket
import subprocess
import sys
import threading
import time

import pytest
from page_client import PASSWORD, Client, Station

from lowres_kit.errors import KitError
from lowres_kit.field.pack.model import Answer
from lowres_kit.field.page import server as page_server
from lowres_kit.field.page.page import Page

SECRETS = ("bean rust", "leaf.jpg", "shed-2", "bean leaves", "9f3a61c2", "scrypt")
HEALTHY = Answer("healthy", 0.9, False, {"healthy": 0.9})
SAFE = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}  # fmt: skip


@pytest.fixture
def station(tmp_path):
    station = Station(tmp_path / "place")
    station.add(photo="00001.png")
    station.page.start()
    yield station
    station.close()


@pytest.fixture
def stranger(station):
    return Client(station.page.port)


@pytest.fixture
def owner(station):
    client = Client(station.page.port)
    assert client.log_in().status == 303
    return client


def test_without_login_nothing_is_shown(station, stranger):
    for cookie in (None, "", f"station-{stranger.port}=", f"station-{stranger.port}=guess"):
        stranger.cookie = cookie
        for path in ("/", "/records.csv", "/photos/1", "/small/1", "/large/1", "/x", "/photos"):
            reply = stranger.ask(path)
            assert (reply.status, reply.headers["Location"], reply.body) == (303, "/login", b"")
    for path in ("/login", "/page.css"):
        reply = stranger.ask(path)
        assert reply.status == 200 and not [word for word in SECRETS if word in reply.text]


def test_password_opens_and_logging_out_closes(station, stranger):
    reply = stranger.log_in()
    assert (reply.status, reply.headers["Location"]) == (303, "/")
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and PASSWORD not in cookie
    assert "bean rust" in stranger.ask("/").text
    other = Client(stranger.port)
    assert other.log_in().token != stranger.cookie  # another session, drawn anew
    out = stranger.ask("/logout", "POST", b"")
    assert out.status == 303 and "Max-Age=0" in out.headers["Set-Cookie"]
    assert stranger.ask("/").status == 303  # the old cookie is worth nothing
    assert other.ask("/").status == 200


@pytest.mark.parametrize("wrong", ["", "A few odd words", PASSWORD + " ", "x" * 1500, "\u00e9"])
def test_other_passwords_do_not_open(stranger, wrong):
    reply = stranger.log_in(wrong)
    assert reply.status == 403 and reply.token is None and "not the password" in reply.text


def test_after_wrong_passwords_one_waits_even_with_the_right_one(stranger):
    for _ in range(4):
        assert stranger.log_in("wrong wrong").status == 403
    reply = stranger.log_in()
    assert reply.status == 429 and reply.token is None and "wait 1 s" in reply.text
    time.sleep(int(reply.headers["Retry-After"]))
    assert stranger.log_in().status == 303
    assert stranger.ask("/").status == 200


def test_guesses_at_the_same_moment_do_not_get_round_the_wait(station):
    clients = [Client(station.page.port) for _ in range(12)]
    statuses = []
    threads = [
        threading.Thread(target=lambda one=one: statuses.append(one.log_in("guess " * 3).status))
        for one in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Four cost nothing; on a slow machine a first wait of a second may pass meanwhile.
    assert len(statuses) == 12 and 4 <= statuses.count(403) <= 6


def test_without_a_password_it_does_not_start(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = Page(None, tmp_path, dict, dict, tmp_path / "password", port=port)
    with pytest.raises(KitError, match="not served.*`lowres-field password"):
        page.start()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    page.stop()  # does nothing


def test_port_that_is_taken_is_told(station):
    port = station.page.port
    other = Page(station.records, station.photos, dict, dict, station.password, port=port)
    with pytest.raises(KitError, match=f"port {port} .*page_port"):
        other.start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers to 127.0.0.2 as well")
def test_only_this_device_unless_asked(station):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", station.page.port), 5)
    everywhere = Page(station.records, station.photos, dict, dict, station.password, "0.0.0.0", 0)
    everywhere.start()
    socket.create_connection(("127.0.0.2", everywhere.port), 5).close()
    everywhere.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", everywhere.port), 5)


def test_names_that_lead_here_are_refused(owner):
    own = socket.gethostname().partition(".")[0]
    for host in ("127.0.0.1", "localhost:8080", "192.168.4.1:8080", "[::1]:80", f"{own}.local"):
        assert owner.ask("/", Host=host).status == 200
    for host in ("evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[", None,
                 "localhost.evil.example", "1.2.3.4@evil.example"):  # fmt: skip
        reply = owner.ask("/", Host=host)
        assert reply.status == 421 and "bean rust" not in reply.text
        assert f"http://127.0.0.1:{owner.port}/" in reply.text
        assert owner.ask("/login", "POST", b"password=x", Host=host).status == 421


def test_forms_of_other_sites_are_refused(station, stranger, owner):
    mine = f"http://127.0.0.1:{stranger.port}"
    other = ("http://evil.example", "null", "http://127.0.0.1:1", f"{mine}.evil.example", None)
    for origin in other:
        assert stranger.log_in(Origin=origin).status == 403
        assert owner.ask("/logout", "POST", b"", Origin=origin).status == 403
    assert owner.ask("/").status == 200
    assert stranger.log_in(Origin=None, Referer=f"{mine}/login").status == 303  # old browsers


def test_every_answer_forbids_scripts_and_copies(station, owner):
    station.add(photo="00002.png")
    asked = [
        owner.ask(path)
        for path in (
            "/",
            "/login",
            "/page.css",
            "/photos/1",
            "/small/1",
            "/records.csv",
            "/nothing",
        )
    ]
    asked += [owner.ask("/", "PUT"), owner.ask("/", Host="evil.example"), owner.log_in("no")]
    for reply in asked:
        assert {name: reply.headers[name] for name in SAFE} == SAFE
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy
        assert "unsafe" not in policy and "Python" not in reply.headers["Server"]
    assert [reply.status for reply in asked] == [200] * 6 + [404, 501, 421, 403]


def test_no_path_leads_out_of_the_photos(station, owner):
    secret = station.password.read_text()
    head = f"HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {owner.cookie}\r\n\r\n"
    for path in (
        "/photos/../password", "/photos/..%2fpassword", "/photos/%2e%2e/password", "/../password",
        "/photos/../../etc/passwd", "//etc/passwd", "/photos//etc/passwd", "/photos/00001.png",
        "/photos/1/../../password", "/photos/1%00", "/photos/١", "/photos/-1", "/photos/1?x=../x",
        "/photos/" + "9" * 13, "http://127.0.0.1/photos/../password", "/small/..%5cpassword",
        "/page.css/../password", "/./password", "/password", "/records.db", "/photos/0",
    ):  # fmt: skip
        came = owner.raw(f"GET {path} {head}".encode())
        assert came.split()[1] == b"404", (path, came[:200])
        assert secret.strip().encode() not in came and b"root:" not in came


def test_records_that_name_other_files_show_none(station, owner, tmp_path):
    outside = tmp_path / "outside.png"
    outside.write_bytes((station.photos / "00001.png").read_bytes())
    (station.photos / "link.png").symlink_to(outside)
    (station.photos / "folder").mkdir()
    for name in ("../password", "../../outside.png", str(outside), "link.png", "folder", ".", "..",
                 "gone.png", "photos/../00001.png", "a\0b"):  # fmt: skip
        record = station.records.add(
            source="x", pack="p", answer=HEALTHY, statistics={}, photo=name
        )
        for size in ("photos", "small", "large"):
            assert owner.ask(f"/{size}/{record.number}").status == 404, name
    assert owner.ask("/").status == 200


def test_too_much_is_refused_before_it_is_read(stranger):
    assert stranger.log_in("x" * 3000).status == 413
    for length in ("10000000000000000000000", "2001"):
        reply = stranger.ask("/login", "POST", Content_Length=length)  # and nothing is sent
        assert reply.status == 413
    for length in (None, "-1", "²", "+5", "x"):
        assert stranger.ask("/login", "POST", Content_Length=length).status in (411, 400)
    chunked = stranger.ask("/login", "POST", Content_Length="5", Transfer_Encoding="chunked")
    assert chunked.status == 411
    assert stranger.ask("/login", X_Long="x" * 14_000).status == 200
    assert stranger.ask("/login", X_Long="x" * 17_000).status == 431
    start = time.monotonic()
    for flood in (b"GET /login HTTP/1.1\r\n" + b"X: y\r\n" * 1_000_000, b"G" * 5_000_000):
        try:
            came = stranger.raw(flood)
        except ConnectionError:
            came = b""
        assert came[:12] in (b"", b"HTTP/1.1 431")
    assert time.monotonic() - start < 10


def test_slow_ones_and_idle_ones_do_not_keep_others_out(station, owner, monkeypatch):
    monkeypatch.setattr(page_server, "READ_SECONDS", 1.5)
    before = threading.active_count()
    slow = []
    for _ in range(40):
        connection = socket.create_connection(("127.0.0.1", station.page.port), 30)
        connection.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        slow.append(connection)
    stop = threading.Event()

    def drip():
        while not stop.wait(0.1):
            for connection in slow:
                try:
                    connection.send(b"x")
                except OSError:
                    pass

    dripper = threading.Thread(target=drip)
    dripper.start()
    try:
        start = time.monotonic()
        assert owner.ask("/").status == 200
        assert time.monotonic() - start < 25
        assert threading.active_count() - before <= page_server.MOST_AT_ONCE + 2
    finally:
        stop.set()
        dripper.join()
        for connection in slow:
            connection.close()


def test_who_goes_away_does_no_harm(station, owner, capfd):
    for content in (b"", b"GET", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n"
                    b"Content-Length: 50\r\n\r\npass"):  # fmt: skip
        connection = socket.create_connection(("127.0.0.1", station.page.port), 30)
        connection.sendall(content)
        connection.close()
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {owner.cookie}\r\n\r\n".encode()
    for _ in range(5):
        connection = socket.create_connection(("127.0.0.1", station.page.port), 30)
        connection.sendall(head)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert owner.ask("/").status == 200
    time.sleep(0.2)
    assert "Traceback" not in capfd.readouterr().err


def test_page_is_read_while_the_station_writes(station, owner):
    stop, wrong = threading.Event(), []

    def read():
        while not stop.is_set():
            for path in ("/", "/records.csv", "/small/1"):
                if owner.ask(path).status != 200:
                    wrong.append(path)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(60):
        station.add(source=f"{number}.jpg")
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == [] and "59.jpg" in owner.ask("/").text


def test_it_needs_what_a_small_device_has():
    heavy = ("torch", "sklearn", "scipy", "pandas", "matplotlib", "jupyter", "IPython", "tqdm")
    code = (
        "import sys; import lowres_kit.field.page.page, lowres_kit.desk.commands; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_stopped_page_answers_nobody_and_can_start_again(station, owner):
    port = station.page.port
    station.page.stop()
    with pytest.raises(ConnectionRefusedError):
        owner.ask("/")
    station.page.start()
    assert station.page.port == port and owner.ask("/").status == 200
