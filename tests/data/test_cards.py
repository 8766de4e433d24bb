"""Every data set has a card that answers the six questions; what it counts is counted again."""

import re

import pytest

from lowres_kit.data.registry import FOLDER, catalogue
from lowres_kit.data.tables import load_table

QUESTIONS = (
    "What.",
    "From whom.",
    "How (made|collected).",
    "Licence.",
    "Who and what is missing.",
    "What it must not be used for.",
)
FOLDERS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS)
def test_card_answers_the_questions_in_order(folder):
    text = (FOLDER / folder / "card.md").read_text(encoding="utf-8")
    places = []
    for question in QUESTIONS:
        found = re.search(rf"^\*\*{question}\*\* (.{{20,}})$", text, re.MULTILINE)
        assert found, f"{folder}: no answer to {question}"
        places.append(found.start())
    assert places == sorted(places)


def test_every_set_of_the_catalogue_is_on_a_card():
    for name, entry in catalogue().items():
        assert f"`{name}`" in card(entry["folder"]) or name == entry["folder"]


def card(folder):
    return (FOLDER / folder / "card.md").read_text(encoding="utf-8")


def test_numbers_on_the_cards_are_those_of_the_data():
    sets = catalogue()
    for name in ("simulated-leaves", "simulated-leaves-other-farm"):
        assert f"`{name}` has {sets[name]['per_class']} of each class" in card("simulated-leaves")
    parts = [entry for entry in sets.values() if entry["kind"] == "download"]
    assert f"{sum(part['photos'] for part in parts):,} photos" in card("beans")
    assert f"({sum(part['size'] for part in parts) / 1e6:.0f} MB)" in card("beans")
    for part in parts:
        assert f"{part['photos']:,} " in card("beans")
    digits, cancer, diabetes = (
        load_table(name) for name in ("digits", "breast-cancer", "diabetes")
    )
    assert f"{len(digits):,} handwritten digits" in card("digits")
    malignant = int((cancer.target == cancer.class_names.index("malignant")).sum())
    assert f"{len(cancer)} patients, {cancer.rows.shape[1]} measures" in card("tables")
    assert f"malignant ({malignant}) or benign ({len(cancer) - malignant})" in card("tables")
    assert f"{len(diabetes)} patients" in card("tables")
