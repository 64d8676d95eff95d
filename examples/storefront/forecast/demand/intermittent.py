"""Croston's method (1972), for products that sell only now and then."""


def croston(values, alpha=0.1):
    """The mean demand a day: the smoothed size of a sale over the smoothed days between two."""
    size = gap = None
    days = 0
    for value in values:
        days += 1
        if value == 0:
            continue
        if size is None:
            size, gap = value, days
        else:
            size += alpha * (value - size)
            gap += alpha * (days - gap)
        days = 0
    return 0.0 if size is None else size / gap
