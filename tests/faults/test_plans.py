"""Which request gets which fault."""

from tests.faults.kinds import FROM_S3, Fault, Position, possible
from tests.faults.plans import AtRandom, InBursts, Script


def test_a_seed_gives_the_same_faults_again_and_reaches_all_of_them() -> None:
    def faults(seed: int) -> list[Fault | None]:
        plan = AtRandom(seed, 0.5)
        return [plan.choose(Position.PART) for _ in range(400)]

    assert faults(7) == faults(7) != faults(8)
    assert set(faults(7)) == {None, *possible(Position.PART)}
    assert 100 < faults(7).count(None) < 300


def test_no_two_seeds_a_run_apart_are_the_same_run() -> None:
    def faults(seed: int) -> list[Fault | None]:
        plan = AtRandom(seed, 0.5)
        return [plan.choose(position) for position in Position for _ in range(5)]

    assert len({tuple(faults(seed)) for seed in range(200)}) == 200


def test_the_order_among_positions_does_not_matter() -> None:
    one, other = AtRandom(3, 0.5), AtRandom(3, 0.5)
    parts = [one.choose(Position.PART) for _ in range(50)]
    mixed = []
    for _ in range(50):
        other.choose(Position.SIGN)
        mixed.append(other.choose(Position.PART))
    assert parts == mixed


def test_a_script_plays_each_line_once_and_tells_what_nobody_met() -> None:
    script = Script({(Position.SIGN, 2): Fault.EXPIRED, (Position.CONFIRM, 1): Fault.LOST_ANSWER})
    assert [script.choose(Position.SIGN) for _ in range(4)] == [None, Fault.EXPIRED, None, None]
    assert script.left == [(Position.CONFIRM, 1)]


def test_no_request_gets_a_fault_that_its_server_does_not_have() -> None:
    for position in Position:
        faults = possible(position)
        assert (Fault.SKEWED in faults) == (position in FROM_S3)
        assert Fault.LOST_ANSWER in faults
        assert (Fault.CORRUPTED in faults) == (position in (Position.FORM, Position.PART))


def test_bursts_hit_what_comes_one_after_the_other_and_as_many_in_all() -> None:
    plan = InBursts(7, 0.2, {(Position.CONFIRM, 1): Fault.LOST_ANSWER})
    faults = [plan.choose(Position.PART) for _ in range(12_000)]
    assert 0.15 < 1 - faults.count(None) / len(faults) < 0.25
    rows = [set(faults[at : at + InBursts.LENGTH]) for at in range(0, len(faults), InBursts.LENGTH)]
    assert 50 < sum(len(row) == 1 and None not in row for row in rows) < 150
    sure = [plan.choose(Position.CONFIRM) for _ in range(24)]
    assert set(sure[12:]) == {Fault.LOST_ANSWER} != set(sure[:12])
