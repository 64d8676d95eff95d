import random

import pytest

from demand.smoothing import moving_average


@pytest.mark.parametrize(
    "values, window, means",
    [([1, 2, 3], 1, [1, 2, 3]), ([1, 2, 3, 4], 2, [1.5, 2.5, 3.5]), ([3, 3, 3], 3, [3])],
)
def test_small_cases(values, window, means):
    assert moving_average(values, window) == means


@pytest.mark.parametrize("window", [0, -1, 4])
def test_refuses_a_window_that_does_not_fit(window):
    with pytest.raises(ValueError, match=f"window {window} for 3 values"):
        moving_average([1, 2, 3], window)


def test_agrees_with_adding_up_each_window():
    rolled = random.Random(1)
    values = [rolled.randrange(1000) for _ in range(3000)]
    for window in range(1, 120):
        plain = [sum(values[i : i + window]) / window for i in range(len(values) - window + 1)]
        assert moving_average(values, window) == pytest.approx(plain)
