"""Days that stand out, such as a sale or a broken till."""

from statistics import median


def outliers(values, limit=3.5):
    """The places of values whose modified z-score (Iglewicz and Hoaglin, 1993) is above `limit`."""
    middle = median(values)
    spread = median(abs(value - middle) for value in values)
    if spread == 0:
        return [index for index, value in enumerate(values) if value != middle]
    return [index for index, value in enumerate(values) if 0.6745 * abs(value - middle) / spread > limit]


def smoothed(values, limit=3.5):
    """The values with every outlier replaced by the median."""
    odd = set(outliers(values, limit))
    middle = median(values)
    return [middle if index in odd else value for index, value in enumerate(values)]
