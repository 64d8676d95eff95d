import random

import pytest

from demand.season import autocorrelation, deseasonalised, indices

WEEK = [0.7, 0.6, 0.7, 0.9, 1.1, 1.6, 1.4]


def test_finds_the_week():
    assert indices([100 * one for one in WEEK] * 4) == pytest.approx(WEEK)


def test_a_shop_that_sells_nothing_has_no_rhythm():
    assert indices([0] * 14) == [1] * 7


def test_needs_a_whole_period():
    with pytest.raises(ValueError, match="3 values for a period of 7"):
        indices([1, 2, 3])


def test_what_is_left_has_no_rhythm():
    rolled = random.Random(13)
    for _ in range(40):
        sales = [100 * WEEK[day % 7] * rolled.uniform(0.9, 1.1) for day in range(364)]
        assert autocorrelation(sales, 7) > 0.8
        assert abs(autocorrelation(deseasonalised(sales), 7)) < 0.25
