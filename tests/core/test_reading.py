"""What is read once for a page, and anew everywhere else."""

from yinian.core.reading import at_one_moment, once


def _counting():
    asked = []

    @once
    def read(one, two=0):
        asked.append((one, two))
        return [one, two]

    return read, asked


def test_inside_a_moment_the_same_question_is_asked_once_however_it_is_put() -> None:
    read, asked = _counting()
    with at_one_moment():
        assert read(1) is read(1, 0) is read(one=1, two=0)
        assert read(2) == [2, 0]
    assert asked == [(1, 0), (2, 0)]


def test_outside_and_in_the_next_moment_it_is_asked_anew() -> None:
    read, asked = _counting()
    read(1)
    read(1)
    for _page in range(2):
        with at_one_moment():
            read(1)
            read(1)
    assert asked == [(1, 0)] * 4


def test_what_could_not_be_read_is_not_kept() -> None:
    tries = []

    @once
    def read() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError
        return "read"

    with at_one_moment():
        for _try in range(2):
            try:
                found = read()
            except ValueError:
                found = ""
    assert found == "read"
