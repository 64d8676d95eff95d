import random

import pytest

from demand.backtest import best_parameter, rolling_error
from demand.smoothing import exponential, moving_average


def level(past, horizon, alpha):
    return [exponential(past, alpha)] * horizon


def test_a_forecast_that_knows_the_future_has_no_error():
    values = list(range(50))
    assert rolling_error(values, lambda past, ahead: [past[-1] + 1 + i for i in range(ahead)], 5, 3) == 0


@pytest.mark.parametrize("first", [0, 10])
def test_refuses_to_forecast_nothing(first):
    with pytest.raises(ValueError, match="leaves nothing to forecast"):
        rolling_error([1] * 10, lambda past, ahead: [0], first)


def test_steady_sales_want_a_long_memory():
    rolled = random.Random(6)
    steady = [100 + rolled.gauss(0, 10) for _ in range(2200)]
    assert best_parameter(steady, [0.05, 0.2, 0.5, 0.9], level, 60) == 0.05


def test_sales_that_wander_want_a_short_one():
    rolled = random.Random(7)
    wander = [100]
    while len(wander) < 2200:
        wander.append(wander[-1] + rolled.gauss(0, 10))
    assert best_parameter(wander, [0.05, 0.2, 0.5, 0.9], level, 60) == 0.9


def test_a_long_window_beats_a_short_one_on_steady_sales():
    rolled = random.Random(8)
    steady = [100 + rolled.gauss(0, 10) for _ in range(2000)]
    errors = [rolling_error(steady, lambda past, _, w=w: moving_average(past[-w:], w), 60) for w in (2, 7, 28, 60)]
    assert errors == sorted(errors, reverse=True)
