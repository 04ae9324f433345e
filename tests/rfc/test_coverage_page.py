from tests.rfc.coverage import PAGE, marked, page


def test_page_says_what_the_tests_hold():
    assert PAGE.read_text() == page(), "run: python -m tests.rfc.coverage"


def test_marks_are_found():
    assert ("6749", "5.2") in {(number, section) for number, section, _ in marked()}
