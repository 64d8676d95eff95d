import random

import pytest

from demand.accuracy import bias, mean_absolute_error, symmetric_percentage_error

MEASURES = [mean_absolute_error, symmetric_percentage_error, bias]


@pytest.mark.parametrize("measure", MEASURES)
def test_an_exact_forecast_has_no_error(measure):
    assert measure([1, 0, 3], [1, 0, 3]) == 0


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("actual, forecast", [([], []), ([1], [1, 2])])
def test_refuses_what_cannot_be_compared(measure, actual, forecast):
    with pytest.raises(ValueError):
        measure(actual, forecast)


def test_small_cases():
    assert mean_absolute_error([10, 20], [12, 16]) == 3
    assert bias([10, 20], [12, 16]) == -1
    assert symmetric_percentage_error([100], [300]) == 100


def test_bounds():
    rolled = random.Random(5)
    for _ in range(3000):
        days = rolled.randint(1, 30)
        actual = [rolled.randrange(50) for _ in range(days)]
        forecast = [rolled.randrange(50) for _ in range(days)]
        assert abs(bias(actual, forecast)) <= mean_absolute_error(actual, forecast)
        assert 0 <= symmetric_percentage_error(actual, forecast) <= 200
