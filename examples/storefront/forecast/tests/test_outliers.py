import random

import pytest

from demand.outliers import outliers, smoothed


@pytest.mark.parametrize(
    "values, odd",
    [([5, 6, 5, 7, 6, 90], [5]), ([5, 5, 5, 5, 9], [4]), ([1, 2, 3, 4, 5], []), ([4], [])],
)
def test_small_cases(values, odd):
    assert outliers(values) == odd


def test_finds_every_broken_day():
    rolled = random.Random(9)
    for _ in range(400):
        values = [rolled.gauss(100, 5) for _ in range(200)]
        broken = set(rolled.sample(range(200), 10))
        for day in broken:
            values[day] = rolled.choice([0, 400])
        assert broken <= set(outliers(values))
        assert max(smoothed(values)) < 150
