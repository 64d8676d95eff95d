import random

import pytest

from demand.smoothing import exponential


def test_full_weight_is_the_last_value():
    assert exponential([4, 9, 2], 1) == 2


@pytest.mark.parametrize("alpha", [0, -0.1, 1.01])
def test_refuses_a_weight_outside_its_range(alpha):
    with pytest.raises(ValueError, match="alpha must be above 0"):
        exponential([1, 2], alpha)


@pytest.mark.parametrize("alpha", [0.05, 0.3, 0.9])
def test_stays_between_the_smallest_and_the_largest_value(alpha):
    rolled = random.Random(2)
    for _ in range(800):
        values = [rolled.uniform(0, 100) for _ in range(rolled.randint(1, 120))]
        assert min(values) - 1e-9 <= exponential(values, alpha) <= max(values) + 1e-9


@pytest.mark.skip(reason="weights by day of the week are not decided yet")
def test_weekend_weights():
    assert exponential([1, 2], "weekend") == 2
