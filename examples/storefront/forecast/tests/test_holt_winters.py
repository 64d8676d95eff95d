import random

import pytest

from demand.accuracy import mean_absolute_error
from demand.smoothing import holt, holt_winters

WEEK = [20, 10, 12, 15, 18, 45, 60]


def shop(rolled, days):
    return [WEEK[day % 7] + 0.1 * day + rolled.gauss(0, 2) for day in range(days)]


def test_repeats_an_exact_season():
    assert holt_winters(WEEK * 6, 7, 0.3, 0.1, 0.2, 14) == pytest.approx(WEEK * 2)


def test_needs_two_seasons():
    with pytest.raises(ValueError, match="needs 14 values"):
        holt_winters(WEEK, 7, 0.3, 0.1, 0.2, 1)


@pytest.mark.parametrize("seed", range(8))
def test_beats_a_plain_trend_on_a_weekly_rhythm(seed):
    rolled = random.Random(seed)
    seasonal = plain = 0
    for _ in range(200):
        sales = shop(rolled, 378)
        past, future = sales[:-14], sales[-14:]
        seasonal += mean_absolute_error(future, holt_winters(past, 7, 0.2, 0.05, 0.2, 14))
        plain += mean_absolute_error(future, holt(past, 0.2, 0.05, 14))
    assert seasonal < plain / 2
