import random

import pytest

from demand.intermittent import croston


def test_no_sale_means_no_demand():
    assert croston([0, 0, 0]) == 0


def test_a_regular_sale():
    assert croston([0, 0, 6] * 10) == pytest.approx(2)


@pytest.mark.parametrize("chance", [0.05, 0.2, 0.5])
def test_comes_close_to_the_true_mean(chance):
    rolled = random.Random(10)
    found = []
    for _ in range(120):
        sales = [rolled.randint(1, 9) if rolled.random() < chance else 0 for _ in range(1500)]
        found.append(croston(sales, 0.05))
    assert sum(found) / len(found) == pytest.approx(5 * chance, rel=0.15)


# Syntetos and Boylan (2001) correct it by 1 - alpha / 2.
@pytest.mark.xfail(reason="Croston's method is known to forecast a little too much")
def test_is_without_bias():
    rolled = random.Random(11)
    found = [croston([int(rolled.random() < 0.2) for _ in range(1500)], 0.3) for _ in range(150)]
    assert sum(found) / len(found) == pytest.approx(0.2, rel=0.03)
