import random

import pytest

from demand.smoothing import holt


@pytest.mark.parametrize("start, slope", [(0, 1), (100, -2), (7, 0)])
def test_draws_a_straight_line_on(start, slope):
    line = [start + slope * day for day in range(30)]
    ahead = [start + slope * day for day in range(30, 40)]
    assert holt(line, 0.4, 0.2, 10) == pytest.approx(ahead)


def test_needs_two_values():
    with pytest.raises(ValueError, match="two values"):
        holt([1], 0.5, 0.5, 1)


def test_finds_the_trend_under_noise():
    rolled = random.Random(3)
    for _ in range(150):
        slope = rolled.uniform(-3, 3)
        noisy = [500 + slope * day + rolled.gauss(0, 5) for day in range(400)]
        first, last = holt(noisy, 0.1, 0.02, 30)[:: 29]
        assert (last - first) / 29 == pytest.approx(slope, abs=1)


@pytest.mark.xfail(reason="a trend is drawn on for ever: Holt's method knows no floor")
def test_never_forecasts_negative_sales():
    falling = [100 - 10 * day for day in range(10)]
    assert min(holt(falling, 0.5, 0.5, 20)) >= 0
