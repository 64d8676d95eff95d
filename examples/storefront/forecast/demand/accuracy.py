"""How far off a forecast was."""


def _pairs(actual, forecast):
    if len(actual) != len(forecast) or not actual:
        raise ValueError("actual and forecast must be of one length, and not empty")
    return list(zip(actual, forecast))


def mean_absolute_error(actual, forecast):
    pairs = _pairs(actual, forecast)
    return sum(abs(a - f) for a, f in pairs) / len(pairs)


def symmetric_percentage_error(actual, forecast):
    """sMAPE, from 0 to 200. A day on which both are zero counts as exact."""
    pairs = _pairs(actual, forecast)
    errors = [0 if a == f == 0 else 200 * abs(a - f) / (abs(a) + abs(f)) for a, f in pairs]
    return sum(errors) / len(errors)


def bias(actual, forecast):
    """Above zero when too much was forecast."""
    pairs = _pairs(actual, forecast)
    return sum(f - a for a, f in pairs) / len(pairs)
