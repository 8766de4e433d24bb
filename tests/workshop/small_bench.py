"""The classes and photos of a small bench, and answers to all that it asks, for tests."""

CLASSES = ("leaf spot", "ጤናማ")
PNGS = [f"field {number % 2}/{number}.png" for number in range(8)]


def answer_all(bench, label="ጤናማ"):
    asked = []
    while bench.current:
        asked.append(bench.current)
        bench.answer(label)
    return asked
