"""The card that the lessons use as their example: a helper for bean leaves.

The limits, and why. The field service of the kit may use 100 MB on a Raspberry Pi. 4000 kB holds
a whole EfficientNet-Lite0 in 8-bit numbers. Up to 0.1 s an answer feels instant, and up to 1 s a
person keeps their thought (Nielsen, Usability Engineering, 1993): 200 ms for the model leaves
time for the camera. 10 W is what a common USB port of a power bank gives (5 V, 2 A). 0.34 is
the share of the most frequent class in the real bean photos (348 of 1034 training photos,
Makerere AI Lab 2020). The price and the costs of errors are guesses of the authors, and the card
says so: a team asks its own farmers.
"""

BEAN_LEAVES = {
    "problem": (
        "Bean plants get angular leaf spot and bean rust. An extension worker sees a sick leaf "
        "and must decide the same day: no action, remove the sick leaves, or treat the field."
    ),
    "users": (
        "An extension worker who visits bean farms, with a Raspberry Pi, a small camera and a "
        "power bank; the phone is only the screen."
    ),
    "today": (
        "She compares the leaf with a printed picture card. When she is not sure, she sends "
        "photos to the district office, and the answer comes days later or never."
    ),
    "maintainer": (
        "The farmers' cooperative: one technician, half a day a month, with the packed model on "
        "a USB stick."
    ),
    "baseline": "Always give the most frequent answer",
    "baseline_score": 0.34,
    "metric": "accuracy",
    "threshold": 0.90,
    "errors": [
        {
            "kind": "A sick leaf is called healthy",
            "amount": 30,
            "words": "The disease spreads; part of the harvest is lost (a guess: ask ten farmers).",
        },
        {
            "kind": "A healthy leaf is called sick",
            "amount": 3,
            "words": "A spray that was not needed, and some trust lost (a guess: ask ten farmers).",
        },
        {
            "kind": "One disease is taken for the other",
            "amount": 10,
            "words": "The wrong treatment, and a second visit (a guess: ask ten farmers).",
        },
    ],
    "size_kb": 4000,
    "latency_ms": 200,
    "memory_mb": 100,
    "power_w": 10,
    "price": 100,
    "currency": "USD",
    "connectivity": "None in the field; once a month at the cooperative",
    "languages": ["English", "Luganda"],
}
