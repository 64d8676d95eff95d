"""Lets a test say what it measured. One file, without dependencies: copy it, or install the folder it is in with pip."""

import json
import math
import os

__all__ = ["measure"]


def measure(name, value, unit="", better="lower", test=None, file=None, replicates=None, dimensions=None):
    """Writes a line into the file that SHARDWRIGHT_METRICS names; elsewhere nothing happens, so a test may call it wherever it runs.

    Called several times by one test for one metric, the values are its replicates. Under pytest the test that runs is named by itself.

    name: lower case, with dots: "latency", "memory.heap"; unit: "ms", "bytes", "1/s", or empty; better: "lower" or "higher".
    Raises ValueError for a value or replicate that is no finite number.
    """
    line = {"name": name, "value": float(value), "unit": unit, "better": better}
    if replicates is not None:
        line["replicates"] = [float(each) for each in replicates]
    for each in [line["value"], *line.get("replicates", [])]:
        if not math.isfinite(each):
            raise ValueError(f"the metric {name} is {each}, which is no finite number")
    path = os.environ.get("SHARDWRIGHT_METRICS", "")
    if path == "":
        return
    if dimensions is not None:
        line["dimensions"] = {str(key): str(each) for key, each in dimensions.items()}
    running_file, running_test = _running()
    for key, given, running in (("file", file, running_file), ("test", test, running_test)):
        if given is not None or running is not None:
            line[key] = given if given is not None else running
    data = (json.dumps(line, allow_nan=False) + "\n").encode("utf-8")
    # One write to a file opened for appending: lines of several processes do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def _running():
    """What pytest tells of the test that runs: "tests/test_a.py::TestA::test_b[1] (call)"."""
    current = os.environ.get("PYTEST_CURRENT_TEST", "")
    if current == "":
        return None, None
    node = current.rsplit(" (", 1)[0]
    file, _, test = node.partition("::")
    return file, test or None
