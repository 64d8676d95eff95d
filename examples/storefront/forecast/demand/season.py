"""Finds and takes out the rhythm of the week."""

from statistics import mean


def indices(values, period=7):
    """How each day of the period compares with its mean; they average 1."""
    if len(values) < period:
        raise ValueError(f"{len(values)} values for a period of {period}")
    overall = mean(values)
    if overall == 0:
        return [1.0] * period
    raw = [mean(values[place::period]) / overall for place in range(period)]
    return [one * period / sum(raw) for one in raw]


def deseasonalised(values, period=7):
    by_day = indices(values, period)
    return [value / by_day[place % period] if by_day[place % period] else value for place, value in enumerate(values)]


def autocorrelation(values, lag):
    """From -1 to 1: how alike the values are to those `lag` days before."""
    middle = mean(values)
    total = sum((value - middle) ** 2 for value in values)
    if total == 0:
        return 0.0
    return sum((values[i] - middle) * (values[i - lag] - middle) for i in range(lag, len(values))) / total
