"""What is promised, to whom, and within which limits: the scope card, its budget, the project.

Needs the standard library alone, so that a Raspberry Pi can read the card as well.
"""

from ..lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "Advice": ".need",
        "Budget": ".budget",
        "BudgetTable": ".budget",
        "ErrorCost": ".scope_card",
        "Project": ".project",
        "QUESTIONS": ".need",
        "Scope": ".scope_card",
        "do_you_need_ml": ".need",
        "review": ".need",
    },
)
