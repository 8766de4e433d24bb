"""Checks of the exercises of the lesson *Welcome*."""

from lowres_kit.workshop.exercises import NOTHING_BACK, exercise, not_yet

TRUTH = ["rust", "rust", "rust", "rust", "healthy", "healthy", "spot", "spot", "spot", "spot"]
ANSWERS = ["rust", "rust", "spot", "rust", "healthy", "rust", "spot", "spot", "rust", "rust"]
RIGHT = 6


@exercise("welcome-1")
def accuracy(answer):
    """`answer(answers, truth)` gives the share of right answers."""
    found = answer(list(ANSWERS), list(TRUTH))
    if found is None:
        return NOTHING_BACK
    if isinstance(found, (list, tuple, dict, str)):
        return not_yet(
            "it gives a list or a text; one number is wanted.", hint="Count, then divide."
        )
    if found == RIGHT:
        return not_yet(
            f"it gives {found}: that is how many are right, not the share.",
            hint="Divide by how many answers there are: `/ len(truth)`.",
        )
    if abs(found - 100 * RIGHT / len(TRUTH)) < 1e-9:
        return not_yet("it gives percent; the share goes from 0 to 1.", hint="Leave out the 100.")
    if abs(found - (1 - RIGHT / len(TRUTH))) < 1e-9:
        return not_yet("it gives the share of wrong answers.", hint="`==` where you have `!=`?")
    if abs(found - RIGHT / len(TRUTH)) > 1e-9:
        return not_yet(
            f"of {len(TRUTH)} answers {RIGHT} are right, so the accuracy is 0.6; yours is {found}.",
            hint="Go through `zip(answers, truth)` and count where the two are equal.",
        )
    if answer(["a"], ["a"]) != 1 or answer(["a"], ["b"]) != 0:
        return not_yet(
            "with a single answer it should be 1 if that is right, and 0 if not.",
            hint="Divide by `len(truth)`, not by a number that you counted by hand.",
        )
    return "Right: 6 of 10 answers are right, which is an accuracy of 0.6."


@exercise("welcome-2")
def hardest(answer):
    """`answer(answers, truth)` names the class with the smallest share of right answers."""
    # Healthy: 1 of 2 right. Rust: 3 of 4. Spot: 2 of 5, so it has most errors too; the second
    # case tells the share from the count.
    found = answer([*ANSWERS, "healthy"], [*TRUTH, "spot"])
    if found is None:
        return NOTHING_BACK
    if isinstance(found, (int, float)):
        return not_yet(
            f"it gives {found}; the name of the class is wanted.",
            hint="`min(shares, key=shares.get)` gives a name, `min(shares.values())` a number.",
        )
    if found == "rust":
        return not_yet("it names the easiest class.", hint="`min` where you have `max`?")
    if found == "healthy":
        return not_yet(
            "'healthy' has fewest right answers, but also fewest photos.",
            hint="Divide by how many photos the class has: `len(of_class)`.",
        )
    if found != "spot":
        return not_yet(
            f"it gives {found!r}; 'spot' has 2 of 5 right, the smallest share.",
            hint="Return a key of `shares`: the one with the smallest value.",
        )
    if answer(["b", "b", "b", "a", "c"], ["a", "b", "b", "b", "c"]) != "a":
        return not_yet(
            "with none of 'a' and two of three 'b' right, 'a' is the hardest.",
            hint="The share of `of_class` that is right is `of_class.count(name) / len(of_class)`.",
        )
    return "Right: the smallest share, not the smallest number. Look at it next to the accuracy."
