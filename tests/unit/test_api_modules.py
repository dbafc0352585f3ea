"""A cold start is mostly imports: none comes in unseen."""

from tests.unit.api_modules import LIST, loaded


def test_the_api_loads_the_modules_of_the_list_and_no_others() -> None:
    listed = LIST.read_text().split()
    new = sorted(set(loaded()) - set(listed))
    assert not new, f"the API function loads more than before; if it must: python -m tests.unit.api_modules\n{new}"


def test_the_list_names_nothing_that_is_no_longer_loaded() -> None:
    gone = sorted(set(LIST.read_text().split()) - set(loaded()))
    assert not gone, f"well done; python -m tests.unit.api_modules\n{gone}"
