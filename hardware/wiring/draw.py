"""Draw the wiring pictures of the labs: `python hardware/wiring/draw.py` writes them again.

The pins stand here once; a test holds the labs and the committed pictures to them.
"""

import sys
from pathlib import Path

from svg import DASHES, LIGHT, box, circle, drawing, letter, lines, path, text

HERE = Path(__file__).resolve().parent

# The 40 pins in order, odd ones in the left column, as the board's data sheet names them.
HEADER = (
    "3.3 V", "5 V", "GPIO2", "5 V", "GPIO3", "GND", "GPIO4", "GPIO14", "GND", "GPIO15",
    "GPIO17", "GPIO18", "GPIO27", "GND", "GPIO22", "GPIO23", "3.3 V", "GPIO24", "GPIO10", "GND",
    "GPIO9", "GPIO25", "GPIO11", "GPIO8", "GND", "GPIO7", "GPIO0", "GPIO1", "GPIO5", "GND",
    "GPIO6", "GPIO12", "GPIO13", "GND", "GPIO19", "GPIO16", "GPIO26", "GPIO20", "GND", "GPIO21",
)  # fmt: skip
# Wires of lab 4: sign, pin of the header, column of the breadboard (0: the minus rail), what for.
WIRES = (
    ("A", 9, 0, "all minus sides"),
    ("B", 11, 3, "LED 1"),
    ("C", 13, 9, "LED 2"),
    ("D", 15, 16, "LED 3"),
    ("E", 16, 22, "button"),
    ("F", 18, 28, "buzzer, its plus leg"),
)
LEFT, TOP, STEP = 110, 70, 24  # of the header
BOARD, COLUMN, RAIL = 470, 15, 470  # breadboard: x of its first column, width of one, y of minus


def gpio(pin):
    """Number of the GPIO at a pin of the header, as programs count it; None for power, ground."""
    name = HEADER[pin - 1]
    return int(name[4:]) if name.startswith("GPIO") else None


def at_pin(pin):
    """Place of a pin in the drawing."""
    return LEFT + STEP * ((pin - 1) % 2), TOP + STEP * ((pin - 1) // 2)


def header(used=(), wires=()):
    """Draw the 40 pins with numbers and names; those in `used` are dark, wires lie below them."""
    parts = [box(LEFT - 16, TOP - 16, STEP + 32, STEP * 19 + 32, LIGHT), *wires]
    for pin, name in enumerate(HEADER, 1):
        x, y = at_pin(pin)
        dark = pin in used
        parts.append(
            box(x - 9, y - 9, 18, 18, "black" if dark else "white", 0) if pin == 1
            else circle(x, y, 9, "black" if dark else "white")
        )  # fmt: skip
        parts.append(text(x, y + 4, str(pin), 10, "middle", fill="white" if dark else "black"))
        side, anchor = (x - 24, "end") if pin % 2 else (x + 24, "start")
        warn = "  never!" if name == "5 V" else ""
        parts.append(text(side, y + 5, name + warn, 12, anchor, bold=dark, over=True))
    return [
        *parts,
        text(LEFT + STEP / 2, TOP - 44, "end of the card slot", 12, "middle"),
        text(LEFT + STEP / 2, TOP - 28, "pin 1 is square", 12, "middle"),
        text(LEFT + STEP / 2, TOP + STEP * 19 + 36, "end of the USB sockets", 12, "middle"),
    ]


def header_picture():
    """The header alone, with the pins that the labs use."""
    used = {pin: f"{what} (wire {sign})" for sign, pin, _, what in WIRES}
    parts = [*header(used), text(290, 44, "Pins that the labs use (dark)", 16, bold=True)]
    for row, (pin, what) in enumerate(used.items()):
        name = "ground" if gpio(pin) is None else f"GPIO{gpio(pin)}"
        parts.append(text(290, 78 + 26 * row, f"pin {pin}, {name}: {what}"))
    notes = (
        "Programs count the names (GPIO17), people count the pins (11).",
        "Count twice, from the square pin, with the power off.",
        "5 V and 3.3 V never touch ground, each other or a GPIO.",
        "A GPIO takes 3.3 V at most. 5 V destroys the board.",
    )
    return drawing(780, 580, "The 40 pins of a Raspberry Pi and those that the labs use",
                   [*parts, *lines(290, 270, notes, step=26)])  # fmt: skip


def at_hole(column, row):
    """Place of a hole of the breadboard: column from 1, row "a" to "j"."""
    y = 250 + 18 * "abcdefghij".index(row) + (22 if row > "e" else 0)
    return BOARD + COLUMN * (column - 1), y


def breadboard():
    """Draw a breadboard of 30 columns, with the minus rail below."""
    width = COLUMN * 31
    parts = [box(BOARD - 22, 218, width + 30, 280, LIGHT, 8)]
    for column in range(1, 31):
        parts += [circle(*at_hole(column, row), 2.5, "white", 0.7) for row in "abcdefghij"]
        if column == 1 or column % 5 == 0:
            parts.append(text(at_hole(column, "a")[0], 238, str(column), 9, "middle"))
        parts.append(circle(BOARD + COLUMN * (column - 1), RAIL, 2.5, "white", 0.7))
    parts += [text(BOARD - 19, at_hole(1, row)[1] + 4, row, 9) for row in "abcdefghij"]
    parts.append(path([(BOARD - 10, RAIL + 12), (BOARD + COLUMN * 30, RAIL + 12)], "", 1.2))
    return [*parts, text(BOARD + COLUMN * 30 + 6, RAIL + 6, "–", 20, bold=True)]


def to_rail(column, resistor=False):
    """Join a column to the minus rail, through a resistor or by a short wire."""
    x, y = at_hole(column, "j")
    parts = [circle(x, y, 3.5, "black"), circle(x, RAIL, 3.5, "black"), path([(x, y), (x, RAIL)])]
    if resistor:
        return [*parts, box(x - 5, y + 5, 10, 22, "white", 2), text(x + 9, y + 20, "330 Ω", 10)]
    return parts


def led(column, number):
    """Draw an LED from `column` (long leg, plus) to the next but one (short leg, minus)."""
    (x1, y), (x2, _) = at_hole(column, "d"), at_hole(column + 2, "d")
    x = (x1 + x2) / 2
    return [
        circle(x1, y, 3.5, "black"), circle(x2, y, 3.5, "black"),
        path([(x1, y), (x1, y - 14)]), path([(x2, y), (x2, y - 14)]), circle(x, y - 22, 14),
        text(x, y - 17, f"{number}", 13, "middle", bold=True),
        text(x1 - 9, y - 6, "+", 13, "middle", bold=True),
        *bridge(column + 2), *to_rail(column + 2, resistor=True),
    ]  # fmt: skip


def bridge(column):
    """A short wire over the gap in the middle of the board."""
    (x, top), (_, bottom) = at_hole(column, "e"), at_hole(column, "f")
    return [circle(x, top, 3.5, "black"), circle(x, bottom, 3.5, "black"),
            path([(x, top), (x, bottom)])]  # fmt: skip


def part(column, name, plus=False):
    """Draw a part with two legs over the gap: `column`, row e, and two columns on, row f."""
    (x1, y1), (x2, y2) = at_hole(column, "e"), at_hole(column + 2, "f")
    middle = (y1 + y2) / 2
    return [
        circle(x1, y1, 3.5, "black"), circle(x2, y2, 3.5, "black"),
        box(x1 - 16, middle - 13, 62, 26, "white", 12 if plus else 2),
        path([(x1, y1), (x1, middle - 13)]), path([(x2, y2), (x2, middle + 13)]),
        text(x1 + 15, middle + 5, name, 12, "middle", bold=True),
        *([text(x1 - 9, y1 + 4, "+", 13, "middle", bold=True)] if plus else []),
        *to_rail(column + 2),
    ]  # fmt: skip


def wire(number, sign, pin, column):
    """Draw one wire from the header to row a of a column, or to the minus rail."""
    x1, y1 = at_pin(pin)
    # Left pins leave between two rows of pins, so that no wire runs over a pin's number.
    out = [(x1, y1)] if pin % 2 == 0 else [(x1, y1), (x1 + 12, y1 + 12)]
    lane = 435 - 15 * number
    start = out[-1][1]
    if column:
        x2, y2 = at_hole(column, "a")
        level = 60 + 22 * number
        way = [*out, (lane, start), (lane, level), (x2, level), (x2, y2)]
        end = letter(x2, level + 20, sign)
    else:
        x2, y2 = BOARD, RAIL
        way = [*out, (lane, start), (lane, y2), (x2, y2)]
        end = letter(x2 - 42, y2, sign)
    return [path(way, DASHES[number]), circle(x2, y2, 3.5, "black"),
            letter(236 + 22 * number, start, sign), end]  # fmt: skip


def pins_picture():
    """Lab 4: three LEDs, a button and a buzzer."""
    wires = [
        element
        for number, (sign, pin, column, _) in enumerate(WIRES)
        for element in wire(number, sign, pin, column)
    ]
    parts = [*breadboard(), *header([pin for _, pin, _, _ in WIRES], wires)]
    first, second, third, button, buzzer = (column for _, _, column, _ in WIRES if column)
    parts += [*led(first, 1), *led(second, 2), *led(third, 3)]
    parts += [*part(button, "button"), *part(buzzer, "buzzer", plus=True)]
    told = [
        f"{sign}  pin {pin} ({HEADER[pin - 1]})  to  "
        f"{f'column {column}' if column else 'the rail marked –'}:  {what}"
        for sign, pin, column, what in WIRES
    ]
    notes = (
        "Each LED has its own resistor of 330 Ω, from its short leg (–) to the rail.",
        "The long leg of an LED, and the leg of the buzzer marked +, is the plus side.",
        "All holes a to e of a column are joined inside the board, and so are f to j.",
    )
    return drawing(960, 720, "Lab 4: three LEDs with resistors, a button and a buzzer on a board",
                   [*parts, *lines(250, 540, told, 13), *lines(250, 662, notes, 12)])  # fmt: skip


def pi_board():
    """Draw the board from above, with the sockets that the labs use."""
    return [
        box(300, 150, 340, 220, LIGHT, 10, 2.5),
        text(470, 268, "Raspberry Pi", 20, "middle", True),
        box(316, 160, 230, 24, "white"),
        text(431, 177, "40 pins", 12, "middle"),
        box(280, 235, 36, 60, "white"),
        text(298, 270, "card", 11, "middle"),
        box(330, 346, 56, 30, "white"),
        text(358, 366, "power", 11, "middle"),
        box(420, 346, 60, 30, "white"),
        text(450, 366, "HDMI", 11, "middle"),
        box(600, 165, 56, 46, "white"),
        text(628, 193, "USB", 11, "middle"),
        box(600, 230, 56, 46, "white"),
        text(628, 258, "USB", 11, "middle"),
        box(600, 300, 56, 50, "white"),
        text(628, 330, "network", 10, "middle"),
    ]


def around(x, y, name, told, points, number):
    """Draw a thing beside the board, and its cable."""
    return [
        path(points, DASHES[number]), box(x, y, 190, 62), text(x + 95, y + 24, name, 14, "middle",
        True), *lines(x + 95, y + 42, told, 11, "middle", 14),
    ]  # fmt: skip


def board_picture():
    """Labs 1 and 2: card, power, screen and keyboard, or the network."""
    parts = [
        *pi_board(),
        *around(
            40,
            234,
            "microSD card",
            ["in before the power", "16 GB or more"],
            [(230, 265), (280, 265)],
            0,
        ),
        *around(
            100,
            430,
            "power supply",
            ["of the board's own kind;", "the last to be plugged in"],
            [(290, 460), (358, 460), (358, 376)],
            1,
        ),
        *around(400, 430, "screen", ["for the first start", ""], [(450, 430), (450, 376)], 2),
        *around(730, 157, "keyboard", ["for the first start", ""], [(730, 188), (656, 188)], 3),
        *around(
            730,
            294,
            "network cable",
            ["or none: the labs", "need no internet"],
            [(730, 325), (656, 325)],
            4,
        ),
        text(480, 60, "Labs 1 and 2: what is plugged in", 18, "middle", True),
        text(480, 90, "Nothing on the 40 pins. Power comes last, and goes first.", 14, "middle"),
    ]
    return drawing(960, 520, "Labs 1 and 2: card, power supply, screen, keyboard, network", parts)


def camera_picture():
    """Lab 3: a camera on USB."""
    parts = [
        *pi_board(),
        *around(730, 157, "USB camera", ["UVC, 640 x 480 or more", "in a USB socket"],
                [(730, 188), (656, 188)], 0),
        box(790, 60, 70, 46, "white", 8), circle(825, 83, 15), circle(825, 83, 7, "black"),
        path([(825, 106), (825, 157)], "", 1.2),
        *around(60, 60, "a leaf, 20 cm away", ["daylight from the side,", "no people behind it"],
                [(250, 90), (720, 83)], 6),
        *around(100, 430, "power supply", ["in after the camera", ""],
                [(290, 460), (358, 460), (358, 376)], 1),
        text(480, 30, "Lab 3: the camera looks at a leaf", 18, "middle", True),
        *lines(460, 450, ["Nothing on the 40 pins and nothing in the socket for a ribbon cable.",
                          "Cover the lens when nobody works with the camera."], 13),
    ]  # fmt: skip
    return drawing(960, 520, "Lab 3: a USB camera looks at a leaf in daylight", parts)


def station_picture():
    """Lab 5: the whole station."""
    parts = [
        *pi_board(),
        *around(40, 60, "lights, button, buzzer", ["as in lab 4, with wires", "A to F"],
                [(230, 90), (431, 90), (431, 160)], 0),
        *around(730, 100, "USB camera", ["as in lab 3", ""], [(730, 140), (690, 140), (690, 180),
                (656, 180)], 1),
        *around(730, 222, "USB stick", ["takes the records home", "FAT32 or exFAT"],
                [(730, 253), (656, 253)], 2),
        *around(730, 344, "phone", ["status page, over the", "local network"],
                [(730, 375), (690, 375), (690, 325), (656, 325)], 6),
        *around(40, 430, "power supply", ["5 V, in a dry place,", "cable held by a clip"],
                [(230, 460), (358, 460), (358, 376)], 3),
        *around(40, 234, "microSD card", ["“endurance” kind", ""], [(230, 265), (280, 265)], 4),
        text(480, 36, "Lab 5: the station for a week", 18, "middle", True),
        *lines(380, 450, ["A box that lets air in and keeps rain out; cables enter from below.",
                          "Sun on the box can make it hotter than the board stands (80 °C)."], 13),
    ]  # fmt: skip
    return drawing(960, 520, "Lab 5: station with lights, camera, USB stick, phone, power", parts)


PICTURES = {
    "header.svg": header_picture,
    "board.svg": board_picture,
    "camera.svg": camera_picture,
    "pins.svg": pins_picture,
    "station.svg": station_picture,
}


def main():
    """Write all pictures beside this file."""
    for name, picture in PICTURES.items():
        (HERE / name).write_bytes(picture().encode())
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
