import random

import pytest

from demand.stock import economic_quantity, reorder_point, safety_stock


def test_half_the_time_is_free():
    assert safety_stock(10, 4, 0.5) == 0


@pytest.mark.parametrize("service", [0.49, 1, 1.5])
def test_refuses_a_service_that_cannot_be(service):
    with pytest.raises(ValueError, match="service must be"):
        safety_stock(10, 4, service)


def test_the_economic_quantity_is_the_cheapest():
    def cost(quantity):
        return 2000 / quantity * 45 + quantity / 2 * 3

    best = economic_quantity(2000, 45, 3)
    assert cost(best) < min(cost(best - 1), cost(best + 1))


@pytest.mark.parametrize("service", [0.8, 0.95, 0.99])
def test_keeps_its_promise_in_thousands_of_simulated_waits(service):
    rolled = random.Random(12)
    kept = reorder_point(20, 6, 9, service)
    waits = 60_000
    enough = sum(sum(rolled.gauss(20, 6) for _ in range(9)) <= kept for _ in range(waits))
    assert enough / waits == pytest.approx(service, abs=0.02)
