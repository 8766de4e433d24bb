"""Who may see the status page: passwords tried, waits after wrong ones, and sessions."""

import hashlib
import secrets
import threading
import time

from .password import is_password, stamp

SESSION_SECONDS = 12 * 3600  # a working day
MOST_SESSIONS = 50
MOST_ADDRESSES = 1000
FORGET_SECONDS = 900
# Wrong passwords that cost nothing, and the longest wait after more of them: for one address, and
# for all that never logged in. The second is what stops somebody who takes a new address each time.
ONE, ALL = (4, 60), (20, 10)


class Door:
    """Lets in who knows the password.

    After some wrong passwords each further one doubles the time in which none is looked at, up to
    a minute; nobody is locked out for good. An address that has logged in before waits for its
    own errors only, so that an attacker cannot keep the owner out with wrong passwords.

    Parameters
    ----------
    password_file : str or pathlib.Path
        What `lowres_kit.field.password.set_password` wrote. It is read at each try, and sessions
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
