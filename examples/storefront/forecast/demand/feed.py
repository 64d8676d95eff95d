"""Reads the day's sales from the shop: waits for a slow one, and asks a failing one again."""

import time
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

# The shop stands next door: no proxy, whatever the environment says.
_opener = build_opener(ProxyHandler({}))


def read_sales(url, attempts=4, wait_s=0.1):
    """The sales as whole numbers. Waits twice as long after each failure of the server; other failures are final."""
    for attempt in range(1, attempts + 1):
        try:
            with _opener.open(url, timeout=30) as response:
                return [int(line) for line in response.read().decode().split()]
        except HTTPError as error:
            error.close()
            if error.code < 500 or attempt == attempts:
                raise
        time.sleep(wait_s * 2 ** (attempt - 1))
    raise ValueError("attempts must be at least 1")
