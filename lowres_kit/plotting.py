"""One look for all plots: legible in print, without colour, and with a text for the blind."""

import io

# Okabe and Ito's palette (2008), told apart by readers with any common colour blindness.
# The order also alternates dark and light, so that neighbours differ in a black-and-white print.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#F0E442")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")
HATCHES = ("", "//", "..", "xx", "\\\\", "oo")
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind words


def apply_style():
    """Set matplotlib's defaults to the kit's look (font sizes, grid, palette with markers)."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(
        {
            "figure.dpi": 90,
            "figure.figsize": (6.4, 3.6),
            "figure.constrained_layout.use": True,
            "axes.grid": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.color": "#DDDDDD",
            "font.size": 10,
            "image.cmap": "cividis",
            "axes.axisbelow": True,  # no grid over bars
            "axes.prop_cycle": cycler(color=PALETTE[:4])
            + cycler(marker=MARKERS[:4])
            + cycler(linestyle=LINES),
        }
    )


def png(figure):
    """Render a matplotlib figure to PNG bytes and close it."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=figure.dpi)
    plt.close(figure)
    return buffer.getvalue()


def jpeg(figure):
    """Render a matplotlib figure to JPEG bytes and close it: for photos, a fifth of a PNG."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="jpeg", dpi=figure.dpi, pil_kwargs={"quality": 85})
    plt.close(figure)
    return buffer.getvalue()


def show(figure, alt, photos=False):
    """Show a figure in a notebook with a text that says what it shows.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; it is closed afterwards, so it does not appear twice.
    alt : str
        What a reader who cannot see the picture must know.
    photos : bool
        Whether the figure shows photos; it is then stored as JPEG, which keeps notebooks small.
    """
    from IPython.display import display

    display(picture(figure, alt, photos))


def picture(figure, alt, photos=False):
    """Turn a figure into an object that a notebook displays, with `alt` in the output."""
    from IPython.display import Image

    if not alt.strip():
        raise ValueError("A picture needs a text that says what it shows (alt).")
    if photos:
        return Image(data=jpeg(figure), format="jpeg", alt=alt)
    return Image(data=png(figure), format="png", alt=alt)
