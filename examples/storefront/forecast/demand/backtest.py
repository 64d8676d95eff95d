"""Tries a forecast on the past: forecasts each day from the days before it."""

from .accuracy import mean_absolute_error


def rolling_error(values, forecast, first, horizon=1):
    """The mean absolute error of `forecast(history, horizon)`, started on each day from `first` on."""
    if not 0 < first <= len(values) - horizon:
        raise ValueError(f"first day {first} leaves nothing to forecast")
    errors = []
    for day in range(first, len(values) - horizon + 1):
        predicted = forecast(values[:day], horizon)
        errors.append(mean_absolute_error(values[day : day + horizon], predicted))
    return sum(errors) / len(errors)


def best_parameter(values, candidates, forecast, first):
    """The candidate with the smallest rolling error; of equals the first."""
    return min(candidates, key=lambda one: rolling_error(values, lambda past, ahead: forecast(past, ahead, one), first))
