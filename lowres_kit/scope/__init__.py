"""What is promised, to whom, and within which limits: the scope card, its budget, the project.

Needs the standard library alone, so that a Raspberry Pi can read the card as well.
"""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        ".need": "Advice QUESTIONS do_you_need_ml review",
        ".budget": "Budget BudgetTable",
        ".scope_card": "ErrorCost Scope",
        ".project": "Project",
    },
)
