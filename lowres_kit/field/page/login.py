"""The way into the status page: a password that a person sets, and a door that it opens.

There is no password by default. What lies on the card is not the password but scrypt's result
for it (RFC 7914), so that a lost card does not give it away. 8 MB and ten rounds are one of the
settings that OWASP's Password Storage Cheat Sheet takes for equal; it is the one with the least
memory, for a Pi has little. The `Door` gives out sessions, and makes guessing slow.
"""

import hashlib
import hmac
import os
import secrets
import threading
import time
import unicodedata
from pathlib import Path

from ...errors import KitError
from ...places import write_bytes

FILE = "password"  # in the station's place
SHORTEST, LONGEST = 8, 200  # characters
COST, BLOCK, ROUNDS = 2**13, 8, 10
KIND = f"scrypt${COST}${BLOCK}${ROUNDS}"  # begins the file, so that a later kit may raise them
SESSION_SECONDS = 12 * 3600  # a working day
MOST_SESSIONS = 50
MOST_ADDRESSES = 1000
FORGET_SECONDS = 900
# Wrong passwords that cost nothing, and the longest wait after more of them: for one address, and
# for all that never logged in. The second is what stops somebody who takes a new address each time.
ONE, ALL = (4, 60), (20, 10)


def set_password(place, password):
    """Keep the hash of a password in a station's place, for its owner's eyes alone.

    Parameters
    ----------
    place : str or pathlib.Path
        The station's folder; it is made if it is missing.
    password : str
        At least 8 characters.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    KitError
        If the password is too short or too long, or the file cannot be written.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise KitError(
            f"The password has {len(password)} characters; take {SHORTEST} to {LONGEST}, such as "
            "four words that do not belong together."
        )
    salt = secrets.token_bytes(16)
    line = f"{KIND}${salt.hex()}${_scrypt(password, salt).hex()}\n"
    file = Path(place) / FILE
    try:
        file.parent.mkdir(exist_ok=True)  # not its parents: a mistyped place is told
    except OSError as error:
        raise KitError(
            f"{file} cannot be written ({error.strerror}); name the station's folder, or make room."
        ) from None
    write_bytes(file, line.encode("ascii"), mode=0o600)
    return file


def check_file(file):
    """Make sure that a password is set.

    Raises
    ------
    KitError
        If there is none, or the file is damaged; says how to set one.
    """
    _read(Path(file))


def is_password(file, password):
    """Whether this is the password; takes as long for a wrong one as for the right one.

    Parameters
    ----------
    file : str or pathlib.Path
        What `set_password` wrote.
    password : str
        What somebody typed.

    Raises
    ------
    KitError
        If there is no such file, or it is damaged.
    """
    salt, hashed = _read(Path(file))
    return hmac.compare_digest(_scrypt(password[: LONGEST + 1], salt), hashed)


def stamp(file):
    """What changes when another password is set: None if there is no password."""
    try:
        facts = os.stat(file)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ino, facts.st_size


def _read(file):
    way_out = f"set one with `lowres-field password {file.parent}`"
    try:
        kind, salt, hashed = file.read_text("ascii").strip().rsplit("$", 2)
        salt, hashed = bytes.fromhex(salt), bytes.fromhex(hashed)
        if (kind, len(salt), len(hashed)) != (KIND, 16, 32):
            raise ValueError
    except FileNotFoundError:
        raise KitError(f"There is no password yet; {way_out}.") from None
    except OSError as error:
        raise KitError(f"{file} cannot be read ({error.strerror}); {way_out}.") from None
    except ValueError:
        raise KitError(f"{file} is damaged; {way_out}.") from None
    return salt, hashed


def _scrypt(password, salt):
    # A keyboard may send an accent as a sign of its own, another one as part of the letter.
    word = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(word, salt=salt, n=COST, r=BLOCK, p=ROUNDS, dklen=32)


class Door:
    """Lets in who knows the password.

    After some wrong passwords each further one doubles the time in which none is looked at, up to
    a minute; nobody is locked out for good. An address that has logged in before waits for its
    own errors only, so that an attacker cannot keep the owner out with wrong passwords.

    Parameters
    ----------
    password_file : str or pathlib.Path
        What `set_password` wrote. It is read at each try, and sessions
        end when it changes.
    clock : callable
        Gives seconds that only go up.
    """

    def __init__(self, password_file, clock=time.monotonic):
        self._file, self._clock = password_file, clock
        self._sessions = {}  # hash of the token -> (end, stamp of the password)
        self._wrong = {}  # address, or None for all together -> (how many, time of the last)
        self._known = {}  # addresses that logged in
        # One try at a time: many at once would get round the waits, and take 8 MB of memory each.
        self._one_try = threading.Lock()

    def enter(self, address, password):
        """Try a password.

        Parameters
        ----------
        address : str
            Of the one who tries.
        password : str
            What was typed.

        Returns
        -------
        token : str or None
            Of a new session; None if there is none.
        wait : float
            Seconds until a password is looked at again; 0 if this one was.

        Raises
        ------
        KitError
            If the password file is gone or damaged.
        """
        with self._one_try:
            wait = self._wait(address)
            if wait > 0:
                return None, wait
            now_set = stamp(self._file)
            if not is_password(self._file, password):
                self._count(address)
                return None, 0.0
            self._wrong.pop(address, None)
            _keep(self._known, address, True, MOST_ADDRESSES)
            token = secrets.token_urlsafe(32)
            end = self._clock() + SESSION_SECONDS
            _keep(self._sessions, _hash(token), (end, now_set), MOST_SESSIONS)
            return token, 0.0

    def knows(self, token):
        """Whether a token is of a session that has not ended."""
        # Looked up by its hash, so that the time of the look-up tells nothing of the token.
        end, was_set = self._sessions.get(_hash(token), (0, None))
        return self._clock() < end and was_set == stamp(self._file)

    def leave(self, token):
        """End a session."""
        self._sessions.pop(_hash(token), None)

    def _wait(self, address):
        wait = self._left(address, *ONE)
        return wait if address in self._known else max(wait, self._left(None, *ALL))

    def _left(self, key, free, longest):
        many, last = self._wrong.get(key, (0, 0))
        if many < free:
            return 0.0
        return max(0.0, last + min(2.0 ** min(many - free, 10), longest) - self._clock())

    def _count(self, address):
        now = self._clock()
        for key in (address, None):
            many, last = self._wrong.pop(key, (0, now))
            many = 0 if now - last > FORGET_SECONDS else many
            _keep(self._wrong, key, (many + 1, now), MOST_ADDRESSES)


def _hash(token):
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _keep(kept, key, value, most):
    """Put a value last into a dict; the one that has been there longest makes room."""
    kept.pop(key, None)
    while len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value
