"""What the status page shows: records, counts, drift and facts as HTML, and the photos.

Whatever comes from a file name, a pack or a camera goes through `escape` here, and a photo is
asked for by the number of its record, never by a name.
"""

import io
import math
import os
import threading
from datetime import datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template

from PIL import Image

from ...data.pictures import PictureProblem, open_picture, square

REFRESH_SECONDS = 10
THUMBNAILS = 6
HOT = 80  # degrees Celsius at which a Raspberry Pi begins to slow itself down
LIMIT_AT = 60  # of 100, where the bar of a statistic has its limit
PLAIN = {
    "confidence": "how sure the model is",
    "brightness": "light",
    "answers": "share of each answer",
}
DRIFTING = "The photos are not as usual: see below."
SIMULATED = (
    '<p class="note">This pack learned from simulated photos: good to practise with, not to act on.'
    "</p>"
)
LESS_MORE = {
    "confidence": ("the model is less sure", "the model is more sure"),
    "brightness": ("they are darker", "they are brighter"),
    "sharpness": ("they are less sharp", "they are sharper"),
    "red": ("they are less red", "they are redder"),
    "green": ("they are less green", "they are greener"),
    "blue": ("they are less blue", "they are bluer"),
}
KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png"}
KEPT = 32  # small pictures in memory, of about 10 kB each
PAGE, LOGIN = (
    Template(Path(__file__).with_name(f"{name}.html").read_text("utf-8"))
    for name in ("page", "login")
)


def status_page(last, counts, facts, drift, trouble, now):
    """Make the page.

    Parameters
    ----------
    last : list of Record
        The newest first.
    counts : dict
        As `Records.counts` gives it; empty if it is not known.
    facts : dict
        See `Page`; what is missing is not shown.
    drift : dict
        As `DriftWatch.state` gives it; empty if it is not known.
    trouble : str
        Why something cannot be shown, as a sentence, or "".
    now : datetime.datetime
        The device's clock, with its zone.

    Returns
    -------
    str
        HTML.
    """
    uptime, simulated = _number(facts.get("uptime")), facts.get("simulated")
    return PAGE.substitute(
        seconds=REFRESH_SECONDS,
        name=escape(str(facts.get("name") or "Field station")),
        clock=f"{now.day} {now:%b %Y, %H:%M:%S} UTC",
        faults=_alarms(trouble, facts.get("error")),
        remarks=_alarms(drift.get("drifting") and DRIFTING) + (SIMULATED if simulated else ""),
        result=_result(last, uptime, now),
        photos=_photos(last),
        counts=_counts(counts),
        drift=_drift(drift),
        facts=_facts(facts, counts),
    )


def login_page(said=""):
    """Make the page that asks for the password; `said` is a sentence for the one who asks."""
    return LOGIN.substitute(said=_alarms(said))


def _alarms(*sentences):
    said = [str(sentence) for sentence in sentences if sentence]
    return "\n".join(f'<p class="alarm" role="alert">{escape(sentence)}</p>' for sentence in said)


def _result(last, uptime, now):
    if not last:
        return '<p class="label">No photo yet</p>\n<p>The first answer will be shown here.</p>'
    newest = last[0]
    label, sure = _name(newest.label), f"{100 * newest.confidence:.0f} % sure"
    if newest.ask:
        told = f'<p class="label ask">Ask a person</p>\n<p class="sure">Perhaps {label}, {sure}</p>'
    else:
        told = f'<p class="label">{label}</p>\n<p class="sure">{sure}</p>'
    picture = (
        f'<a href="/photos/{newest.number}"><img class="large" src="/large/{newest.number}"'
        f' alt="Photo of record {newest.number}" width="320" height="320"></a>'
        if newest.photo
        else '<p class="none">No copy of this photo was kept.</p>'
    )
    when = _when(newest.taken, uptime, now)
    return f"{told}\n{picture}\n<p>No. {newest.number}, {when}: {escape(newest.source)}</p>"


def _when(taken, uptime, now):
    """Tell when a record was made: how long ago, if the clock can know, else what it showed."""
    try:
        then = datetime.fromisoformat(taken)
        age = (now - then).total_seconds()
    except (ValueError, TypeError):
        return escape(taken)
    # Before the last start the clock may have stood still: a Pi without network has none.
    if uptime is not None and 0 <= age <= uptime:
        return f"{_duration(age)} ago"
    return f"{then.day} {then:%b %Y, %H:%M}"


def _photos(last):
    kept = [record for record in last if record.photo][:THUMBNAILS]
    if not kept:
        return "<p>No photo is kept.</p>"
    tiles = [
        f'<li><a href="/photos/{one.number}"><img src="/small/{one.number}" width="160" '
        f'height="160" alt="Photo of record {one.number}">'
        f"{'<b>?</b> ' if one.ask else ''}{_name(one.label)}</a></li>"
        for one in kept
    ]
    return '<ul class="photos">\n' + "\n".join(tiles) + "\n</ul>"


def _counts(counts):
    records, labels = counts.get("records", 0), counts.get("labels", {})
    if not records:
        return "<p>No answers yet.</p>"
    most = max(labels.values(), default=1)
    rows = [
        _bar_row(label, _count(n), f'<rect class="fill" width="{100 * n / most:.1f}" height="10"/>')
        for label, n in sorted(labels.items(), key=lambda pair: -pair[1])
    ]
    asked = counts.get("asked", 0)
    share = f"{100 * asked / records:.0f} %"
    rows.append(f"<p>A person was asked <b>{_count(asked)}</b> times: {share} of the photos.</p>")
    return "\n".join(rows)


def _drift(drift):
    if not drift.get("enough"):
        so_far = f": {drift['photos']} of {drift['window']}" if drift.get("window") else ""
        return f"<p>Not enough photos yet to tell{so_far}.</p>"
    unusual, statistics = drift.get("drifting", []), drift.get("statistics", {})
    if unusual:
        changes = escape(", ".join(_change(name, statistics.get(name, {})) for name in unusual))
        advice = "Wipe the lens, look at the light, and check some answers by hand."
        rows = [f"<p><b>No: {changes}.</b></p>\n<p>{advice}</p>"]
    else:
        rows = ["<p><b>Yes.</b></p>"]
    for name, one in statistics.items():
        score, limit = _number(one.get("score")), _number(one.get("limit"))
        if score is not None and limit is not None:
            told = "▲ unusual" if name in unusual else "as usual"
            ratio = score / limit if limit > 0 else 2.0 * (name in unusual)
            rows.append(_bar_row(PLAIN.get(name, name), told, _score_bar(ratio)))
    if len(rows) > 1:
        rows.append("<p>The line in each bar is how much may change by chance.</p>")
    return "\n".join(rows)


def _change(name, one):
    """Say how a statistic has changed."""
    usual, now = _number(one.get("usual")), _number(one.get("now"))
    less_more = LESS_MORE.get(name)
    if "label" in one:
        less_more = [f"“{one['label']}” comes {often} often" for often in ("less", "more")]
    if less_more is None or usual is None or now is None or usual == now:
        return f"{PLAIN.get(name, name)} has changed"
    return less_more[now > usual]


def _score_bar(ratio):
    """Bars with a line at the limit; what goes beyond has another colour and another height."""
    width = max(0.0, min(100.0, LIMIT_AT * ratio))
    inside = min(width, LIMIT_AT)
    return (
        f'<rect class="fill" width="{inside:.1f}" height="10"/>'
        f'<rect class="over" x="{LIMIT_AT}" width="{width - inside:.1f}" height="10"/>'
        f'<rect class="limit" x="{LIMIT_AT - 0.4}" width="0.8" height="10"/>'
    )


def _bar_row(name, told, shapes):
    return (
        f'<div class="row"><p><span>{_name(name)}</span> <b>{told}</b></p>'
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>'
        "</div>"
    )


def _facts(facts, counts):
    free, used, budget = (_number(facts.get(f"{key}_bytes")) for key in ("free", "photo", "budget"))
    degrees, uptime = _number(facts.get("temperature")), _number(facts.get("uptime"))
    rows = {
        "Disk free": free is not None and _size(free),
        "Kept photos": used is not None
        and _size(used) + (f" of {_size(budget)}" if budget else ""),
        "Temperature": degrees is not None
        and f"{degrees:.0f} °C" + (": too hot, it slows down; give it shade" * (degrees >= HOT)),
        "On for": uptime is not None and _duration(uptime),
        "Handed over": counts
        and f"{_count(counts.get('handed_over', 0))} of {_count(counts.get('records', 0))} records",
        "Pictures from": facts.get("source"),
        "Not answered": _refused(facts.get("refused")),
        "Pack": facts.get("pack"),
        "Fingerprint": facts.get("fingerprint"),
        "Runtime": facts.get("runtime"),
    }
    known = [(name, str(value)) for name, value in rows.items() if value]
    lines = [f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in known]
    return "<dl>\n" + "\n".join(lines) + "\n</dl>" if lines else "<p>Nothing is known.</p>"


def _refused(sentences):
    """Say how many files cannot be answered, and why the last few cannot."""
    if not isinstance(sentences, (list, tuple)) or not sentences:
        return ""
    files = "1 file" if len(sentences) == 1 else f"{_count(len(sentences))} files"
    return f"{files}. " + " ".join(map(str, sentences[-3:]))


def _name(text):
    """A label for people: folders of photos often have "_" for a space, and then lines break."""
    return escape(text.replace("_", " "))


def _number(value):
    """A finite number as float, or None."""
    good = isinstance(value, (int, float)) and math.isfinite(value)
    return float(value) if good else None


def _count(n):
    return f"{n:,}".replace(",", "\u202f")  # a narrow space: a comma means other things elsewhere


def _size(n):
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if n >= size:
            return f"{n / size:.{int(n < 100 * size)}f}\u00a0{unit}"
    return f"{n / 1e3:.0f}\u00a0kB"


def _duration(seconds):
    """Tell a time in its two largest units."""
    for unit, size, small, part in (
        ("days", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1),
    ):  # fmt: skip
        if seconds >= size:
            whole, rest = divmod(int(seconds), size)
            unit = "day" if whole == 1 and unit == "days" else unit
            return f"{whole} {unit} {rest // part} {small}"
    return f"{int(seconds)} s"


class PagePhotos:
    """The photos that records name, and no other file.

    A browser asks for the number of a record, never for a name, so no request can lead out of
    the folder; and a name that is a path, or a link that leads elsewhere, is not followed.

    Parameters
    ----------
    records : Records
        The station's store.
    folder : str or pathlib.Path
        Where the kept copies are.
    """

    def __init__(self, records, folder):
        self._records, self._folder = records, Path(folder)
        self._small = lru_cache(KEPT)(self._shrink)
        self._one_at_a_time = threading.Lock()  # a photo that is being opened takes megabytes

    def whole(self, number):
        """Return a photo as it was kept.

        Returns
        -------
        tuple, or None
            The bytes, and their Content-Type; None if there is no such photo.
        """
        path = self._path(number)
        if path is None:
            return None
        try:
            with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
                content = file.read()
        except OSError:
            return None  # it has just made room for others
        kinds = (kind for start, kind in KINDS.items() if content.startswith(start))
        return content, next(kinds, "application/octet-stream")

    def small(self, number, side):
        """Return the middle square of a photo, as the model sees it, as a small JPEG.

        Parameters
        ----------
        number : int
            Of the record.
        side : int
            Width and height in pixels, at most.

        Returns
        -------
        bytes, or None
        """
        path = self._path(number)
        try:
            return self._small(path, side) if path else None
        except PictureProblem:
            return None  # damaged since it was kept

    def _path(self, number):
        found = self._records.between(number, number)
        name = found[0].photo if found else ""
        path = self._folder / name
        plain = name not in ("", ".", "..") and Path(name).name == name
        return path if plain and path.is_file() and not path.is_symlink() else None

    def _shrink(self, path, side):
        with self._one_at_a_time:
            image = open_picture(path, side)
            pixels = square(image, min(side, *image.size))
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
            return buffer.getvalue()
