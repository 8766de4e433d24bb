"""Remarks on a card that is whole, but promises something odd."""

from .budget import LIMITS


def review(scope):
    """Read a card as a critical colleague would.

    Parameters
    ----------
    scope : Scope
        A whole card.

    Returns
    -------
    list of str
        One sentence a remark; empty if there is nothing to say.
    """
    remarks = []
    if scope.baseline_score is None:
        remarks.append("The plain way has no score yet: measure it before any model.")
    elif scope.threshold <= scope.baseline_score:
        remarks.append(
            f"The plain way scores {scope.baseline_score:g} already, and the promise is "
            f"{scope.threshold:g}: a model that keeps it is no better than the plain way."
        )
    if all(getattr(scope, key) is None for key in LIMITS):
        remarks.append("There is no limit of size, time, memory, power or price: name one.")
    if len(scope.errors) == 1:
        remarks.append("There is one kind of error only: what if the model errs the other way?")
    amounts = [error.amount for error in scope.errors if error.amount is not None]
    if scope.metric == "accuracy" and amounts and max(amounts) >= 5 * max(min(amounts), 1e-9):
        remarks.append(
            "One error costs at least five times another, but accuracy counts all errors alike: "
            "look at the expected cost as well (lesson 01)."
        )
    return remarks
