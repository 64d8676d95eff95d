"""How much to keep and when to order."""

from math import ceil, sqrt
from statistics import NormalDist


def safety_stock(deviation, lead_days, service):
    """Pieces to keep against bad luck, so that a share of `service` of all waits for goods passes without running out."""
    if not 0.5 <= service < 1:
        raise ValueError(f"service must be from 0.5 to below 1, not {service}")
    return ceil(NormalDist().inv_cdf(service) * deviation * sqrt(lead_days))


def reorder_point(mean, deviation, lead_days, service):
    return ceil(mean * lead_days) + safety_stock(deviation, lead_days, service)


def economic_quantity(yearly, order_cost, holding_cost):
    """The order size with the lowest yearly cost (Harris, 1913)."""
    return sqrt(2 * yearly * order_cost / holding_cost)
