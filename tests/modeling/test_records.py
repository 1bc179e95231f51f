import numpy as np
import pytest

from modeling.agreement.records import best, records


def votes(*runs):
    """(annotators, groups, right) from runs of (annotator, group, votes, of them right)."""
    columns = [
        (np.full(n, who), np.full(n, where), np.arange(n) < right) for who, where, n, right in runs
    ]
    return [np.concatenate(column) for column in zip(*columns, strict=True)]


def test_much_work_counts_as_it_is_and_little_work_hardly():
    found = records(*votes((0, 0, 2000, 1900), (1, 0, 2000, 1600), (2, 0, 2, 0)))
    assert found.accuracy[0, 0] == pytest.approx(0.95, abs=0.005)
    assert found.accuracy[1, 0] == pytest.approx(0.80, abs=0.005)
    # Two wrong votes are not a record of 0 but a little less than everybody's mean.
    assert 0.7 < found.accuracy[2, 0] < 0.87
    assert found.votes[:, 0].tolist() == [2000, 2000, 2]


def test_by_hand_with_one_group():
    found = records(*votes((0, 0, 10, 10), (1, 0, 30, 20)), strength=10)
    group = (30 + 10 * 0.75) / (40 + 10)
    difference = (10 - 10 * group) / (10 + 10)
    assert found.accuracy[0, 0] == pytest.approx((10 + 10 * (group + difference)) / 20)


def test_on_a_new_group_a_person_is_expected_to_be_as_good_as_elsewhere():
    found = records(*votes((0, 0, 500, 490), (1, 0, 500, 400), (2, 1, 500, 450)))
    assert found.accuracy[0, 1] > found.accuracy[1, 1]
    assert found.votes[0, 1] == 0


def test_nobody_looks_worse_for_working_where_everybody_errs_more():
    # Annotators 0 and 1 work on the easy group, 2 and 3 on the hard one, where 3 is the better.
    easy = [(0, 0, 400, 380), (1, 0, 400, 380)]
    found = records(*votes(*easy, (2, 1, 400, 280), (3, 1, 400, 320), (0, 1, 20, 14)))
    assert best(found, 1, 0.5)[0] == 3


def test_votes_without_a_meaning_are_left_out():
    found = records([0, 0], [0, 0], [1.0, np.nan])
    assert found.votes.tolist() == [[1]]


def test_the_best_are_the_best_share_of_those_who_know_the_group():
    done = votes((0, 0, 50, 40), (1, 0, 50, 45), (2, 0, 50, 48), (3, 0, 50, 30), (4, 0, 9, 9))
    found = records(*done)
    assert best(found, 0, 0.5).tolist() == [2, 1]
    assert best(found, 0, 0.25).tolist() == [2]
    assert best(found, 0, 0.26).tolist() == [2, 1]
    assert best(found, 0, 1.0).tolist() == [2, 1, 0, 3]


def test_whoever_ties_with_the_last_is_in_whatever_the_order_of_the_votes():
    done = votes((2, 0, 30, 27), (0, 0, 30, 27), (1, 0, 30, 20), (3, 0, 30, 27))
    order = np.random.default_rng(0).permutation(len(done[0]))
    for columns in (done, [column[order] for column in done]):
        assert best(records(*columns), 0, 0.25).tolist() == [0, 2, 3]


def test_where_nobody_has_enough_votes_nobody_is_best():
    assert best(records(*votes((0, 0, 9, 9)), n_groups=2), 0, 0.5).tolist() == []
    assert best(records([], [], [], n_annotators=2, n_groups=2), 1, 0.5).tolist() == []


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (([0], [0], [1.5]), {}, "within 0 and 1"),
        (([0], [0, 1], [1.0]), {}, "of one length"),
        (([-1], [0], [1.0]), {}, "must not be negative"),
        (([3], [0], [1.0]), {"n_annotators": 3}, "out of range"),
        (([0], [0], [1.0]), {"strength": 0}, "must be positive"),
    ],
)
def test_what_does_not_fit_together_is_refused(rows, options, message):
    with pytest.raises(ValueError, match=message):
        records(*rows, **options)


def test_a_share_is_above_nothing_and_at_most_all():
    found = records(*votes((0, 0, 20, 18)))
    for share in (0, 1.1):
        with pytest.raises(ValueError, match="share must be"):
            best(found, 0, share)
