"""The audit as a page with pictures, in one file that needs neither network nor other files."""

import base64
import io
from html import escape

from PIL import Image

from .pictures import open_picture

STYLE = """
.audit { font-family: system-ui, sans-serif; max-width: 62em; line-height: 1.4 }
.audit table { border-collapse: collapse }
.audit table td, .audit table th { text-align: left; padding: .2em .8em .2em 0; vertical-align: top;
  border-bottom: 1px solid #ccc }
.audit .group { display: inline-block; border: 1px solid #999; margin: .2em; padding: .2em }
.audit figure { display: inline-block; margin: .2em; vertical-align: top }
.audit figcaption { font-size: .75em; overflow-wrap: anywhere }
"""


def summary(audit, most=6, side=88):
    """Write the audit for a notebook: the table, and a few small pictures of each finding.

    Parameters
    ----------
    audit : Audit
    most : int
        Photos shown of each finding.
    side : int
        Width of a picture in pixels.

    Returns
    -------
    str
        HTML.
    """
    rows = "".join(
        f"<tr><th scope='row'>{escape(one.title)}</th><td>{escape(one.text)}</td></tr>"
        for one in audit.findings
    )
    shown = "".join(
        f"<h4>{escape(one.title)}</h4>{_pictures(audit, one, most, side)}"
        for one in audit.findings
        if one.groups
    )
    name = escape(str(audit.photos))
    return (
        f"<style>{STYLE}</style><div class='audit'><p><b>Audit of {name}</b></p>"
        f"<table>{rows}</table>{shown}</div>"
    )


def report(audit, most=60, side=128):
    """Write the audit as a page of its own, with more and larger pictures than `summary`.

    Parameters
    ----------
    audit : Audit
    most : int
        Photos shown of each finding, so that the page of a large set stays small.
    side : int
        Width of a picture in pixels.

    Returns
    -------
    str
        HTML.
    """
    parts = []
    for one in audit.findings:
        parts.append(f"<h2>{escape(one.title)}</h2><p>{escape(one.text)}</p>")
        if one.key == "files" and audit.photos.problems:
            items = "".join(f"<li>{escape(str(problem))}</li>" for problem in audit.photos.problems)
            parts.append(f"<ul>{items}</ul>")
        parts.append(_pictures(audit, one, most, side))
    name = escape(str(audit.photos))
    title = f"Audit of {escape(audit.photos.name)}"
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{STYLE}</style></head>\n"
        f"<body class='audit'><h1>{title}</h1><p>{name}</p>\n"
        + "\n".join(parts)
        + "</body></html>\n"
    )


def _pictures(audit, finding, most, side):
    """Show the photos of a finding, whole groups together, and say how many are not shown."""
    shown, parts = 0, []
    for group in finding.groups:
        if shown + len(group) > most and shown:
            break
        figures = "".join(_figure(audit.photos, i, finding, side) for i in group[:most])
        parts.append(f"<span class='group'>{figures}</span>" if len(group) > 1 else figures)
        shown += len(group[:most])
    left = len(finding.photos) - shown
    if left:
        parts.append(f"<p>… and {left} more.</p>")
    return "".join(parts)


def _figure(photos, index, finding, side):
    title = escape(photos.title(index), quote=True)
    caption = escape((finding.captions or {}).get(index, photos.class_names[photos.labels[index]]))
    return (
        f"<figure style='width:{side}px'><img width='{side}' alt='{title}' "
        f"src='data:image/jpeg;base64,{_jpeg(photos.paths[index], side)}'>"
        f"<figcaption>{title}<br>{caption}</figcaption></figure>"
    )


def _jpeg(path, side):
    image = open_picture(path, side)
    image.thumbnail((side, side), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=75)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
