"""The list of boards: every number has a source with a date, and what has none says so."""

import re

from lowres_kit.workshop.boards import Board, BoardTable, boards


def test_each_number_has_a_source_with_a_year():
    for one in boards().values():
        if one.price is not None:
            assert re.search(r"\b20\d\d\b", one.price_from), one.name
        assert one.power_from and one.runs and one.memory


def test_boards_one_can_calculate_with_come_cheapest_first_and_waiting_takes_less():
    known = [one for one in boards().values() if one.known]
    assert len(known) >= 5
    assert [one.price for one in known] == sorted(one.price for one in known)
    assert all(one.waiting_w < one.busy_w for one in known)
    assert "Raspberry Pi 4" in boards()


def test_what_no_source_tells_is_no_number():
    phone = boards()["a used phone"]
    assert not phone.known and phone.price is None
    for text in (str(BoardTable((phone,))), BoardTable((phone,))._repr_html_()):
        assert "no source" in text and "None" not in text and "nan" not in text


def test_the_table_shows_every_board_with_its_sources():
    html = BoardTable(tuple(boards().values()))._repr_html_()
    for one in boards().values():
        assert one.name in html and one.power_from in html
    assert html.count("<tr>") == len(boards()) + 1


def test_letters_that_mean_something_in_html_are_shown_as_they_are():
    odd = Board("A <b>", "1 GB", "&", "x 2020", "y", 1, 1, 2)
    assert "A &lt;b&gt;" in BoardTable((odd,))._repr_html_()
