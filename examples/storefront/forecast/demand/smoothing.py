"""Simple forecasts: moving average, exponential smoothing, Holt's trend and Holt-Winters' seasons.

Formulas: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, chapter 8.
"""


def moving_average(values, window):
    """The mean of each `window` neighbours: one value for each full window."""
    if not 1 <= window <= len(values):
        raise ValueError(f"window {window} for {len(values)} values")
    total = sum(values[:window])
    means = [total / window]
    for index in range(window, len(values)):
        total += values[index] - values[index - window]
        means.append(total / window)
    return means


def _check_weight(name, weight):
    if not 0 < weight <= 1:
        raise ValueError(f"{name} must be above 0 and at most 1, not {weight}")


def exponential(values, alpha):
    """The level after the last value; that is also the forecast for every day to come."""
    _check_weight("alpha", alpha)
    level = values[0]
    for value in values[1:]:
        level += alpha * (value - level)
    return level


def holt(values, alpha, beta, horizon):
    """Level and trend, drawn on for `horizon` days."""
    _check_weight("alpha", alpha)
    _check_weight("beta", beta)
    if len(values) < 2:
        raise ValueError("a trend needs two values")
    level, trend = values[0], values[1] - values[0]
    for value in values[1:]:
        before = level
        level = alpha * value + (1 - alpha) * (level + trend)
        trend = beta * (level - before) + (1 - beta) * trend
    return [level + trend * ahead for ahead in range(1, horizon + 1)]


def holt_winters(values, period, alpha, beta, gamma, horizon):
    """Level, trend and a season of `period` days that is added to them."""
    if len(values) < 2 * period:
        raise ValueError(f"a season of {period} days needs {2 * period} values")
    first = sum(values[:period]) / period
    second = sum(values[period : 2 * period]) / period
    level, trend = first, (second - first) / period
    season = [value - first for value in values[:period]]
    for index, value in enumerate(values):
        before = level
        place = index % period
        level = alpha * (value - season[place]) + (1 - alpha) * (level + trend)
        trend = beta * (level - before) + (1 - beta) * trend
        season[place] = gamma * (value - level) + (1 - gamma) * season[place]
    return [level + trend * ahead + season[(len(values) + ahead - 1) % period] for ahead in range(1, horizon + 1)]
