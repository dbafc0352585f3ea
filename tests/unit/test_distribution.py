"""Where several processes run the tests, those of one stack stay together."""

from tests.distribution import SHARED, Processes, group_of, place_in_line


def test_the_tests_of_one_stack_are_one_group_and_others_go_by_file() -> None:
    assert {group_of("tests/e2e/test_iam.py::test_a"), group_of("tests/e2e/test_zz_destroy.py::test_b[x::y]")} == {
        "e2e"
    }
    assert group_of("tests/unit/test_ids.py::test_a") == "tests/unit/test_ids.py"


def test_what_takes_longest_begins() -> None:
    tests = ["tests/unit/test_ids.py::a", "tests/integration/test_pump.py::a", "tests/e2e/test_iam.py::a"]
    assert sorted(tests, key=place_in_line) == tests[::-1]


def test_a_group_that_was_torn_apart_is_told() -> None:
    processes = Processes()
    processes.note("tests/unit/test_ids.py::test_a", "gw0")
    processes.note("tests/unit/test_ids.py::test_a", "gw1")
    for kind in SHARED:
        processes.note(f"tests/{kind}/test_x.py::test_a", "gw0")
    assert processes.torn() == {}
    processes.note("tests/e2e/test_y.py::test_b", "gw1")
    assert processes.torn() == {"e2e": ["gw0", "gw1"]}
