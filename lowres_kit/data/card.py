"""The data card: a page that travels with the photos and says what they are and are not."""

QUESTIONS = {
    "collected_by": "Who took the photos, where, when, with which phones",
    "labelled_by": "Who decided the labels, and how they were checked",
    "licence": "Licence, and who agreed to what",
    "missing": "Who and what is missing from these photos",
    "not_for": "What they must not be used for",
}
OPEN = "(not answered yet)"


def data_card(photos, audit, answers):
    """Write the data card of a photo set.

    After Gebru et al., "Datasheets for datasets", Communications of the ACM 64(12), 2021, cut
    down to what fits on one page.

    Parameters
    ----------
    photos : PhotoSet
    audit : Audit
        Of the same photos.
    answers : dict of str to str
        What only a person knows, by the keys of `QUESTIONS`. What is missing stays on the card
        as an open question.

    Returns
    -------
    str
        Markdown. It names no folder of this computer.
    """
    kind = "Simulated: drawn by a program, not taken by a camera" if photos.simulated else "Photos"
    known = len({source for source in photos.sources if source})
    lines = [
        f"# Data card: {photos.name}",
        "",
        f"{kind}. {len(photos)} pictures of {len(photos.class_names)} classes.",
        "",
        "| class | photos |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in photos.counts().items()),
        "",
        f"Sources (plants, people, places) that are known: {known or 'none'}.",
        "",
        "## What people say",
        "",
        *(
            f"- **{question}:** {str(answers.get(key) or OPEN).strip()}"
            for key, question in QUESTIONS.items()
        ),
        "",
        "## What the audit found",
        "",
        *(f"- **{one.title}:** {one.text}" for one in audit.findings),
    ]
    return "\n".join(lines) + "\n"
