"""How a scope card looks on paper, in a terminal and in a notebook."""

from html import escape

from .budget import LIMITS, _amount


def card_rows(scope):
    """Return the card as pairs (what, text), in the order in which a person reads it."""
    score = scope.baseline_score
    errors = [(f"If: {error.kind}", _cost(error, scope.currency)) for error in scope.errors]
    limits = [
        f"{promise.lower()} at most {_amount(getattr(scope, key), unit or scope.currency)}"
        for key, (promise, unit) in LIMITS.items()
        if getattr(scope, key) is not None
    ]
    return [
        ("Problem", scope.problem),
        ("Users", scope.users),
        ("Today", scope.today),
        ("To beat", scope.baseline + (f" ({scope.metric} {score:g})" if score is not None else "")),
        ("Promise", f"{scope.metric} at least {scope.threshold:g}"),
        *errors,
        ("Limits", "; ".join(limits) or "none given"),
        ("Network", scope.connectivity),
        ("Languages", ", ".join(scope.languages)),
        ("Kept by", scope.maintainer),
    ]


def _cost(error, currency):
    amount = "" if error.amount is None else _amount(error.amount, currency)
    return ". ".join(filter(None, (amount, error.words)))


def card_text(scope):
    """Write the card for a terminal, folded at 80 columns."""
    from textwrap import fill

    return "\n".join(
        fill(f"{name}: {' '.join(text.split())}", 80, subsequent_indent="    ")
        for name, text in card_rows(scope)
    )


def card_html(scope):
    """Write the card as a table of HTML."""
    rows = "".join(
        f'<tr><th style="text-align:left;vertical-align:top">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for name, text in card_rows(scope)
    )
    return f"<table><tbody>{rows}</tbody></table>"
