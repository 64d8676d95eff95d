"""Lists the files that pytest would collect in the current folder, without importing one of them.

CONFIG is JSON: `args` for pytest, and `looks`, whether it looks for files. Says on descriptor 4, in a line of JSON:
`{"files": [...], "covers": ...}`, relative to the current folder, and whether coverage is asked for; or `{"missing": reason}` or
`{"failed": reason}`.
"""

import json
import os
import sys

from shardwright_channel import Channel
import shardwright_coverage as coverage
from shardwright_neutral import adopt_options, disable_distribution, silence_session
from shardwright_results import text_of_longrepr


class Discovery:
    """The plugin object that pytest is started with."""

    def __init__(self, stand_in, looks):
        self.stand_in = stand_in
        self.looks = looks
        self.covers = False
        self.root = os.getcwd()
        self.files = {}
        self.problems = []
        self.visited = False
        self.is_complete = False

    def pytest_load_initial_conftests(self, early_config):
        namespace = early_config.known_args_namespace
        disable_distribution(namespace)
        # Nothing runs here that could be covered.
        self.covers = coverage.is_asked_for(namespace)
        coverage.leave_out(namespace)
        yield

    def pytest_configure(self, config):
        adopt_options(config.option)
        config.option.collectonly = True

    def pytest_sessionstart(self, session):
        silence_session(session.config)

    def pytest_collect_file(self, file_path, parent):
        outcome = yield
        collectors = []
        for result in outcome.get_result():
            collectors.extend(result if isinstance(result, (list, tuple)) else [result])
        if all(is_only_package(collector) for collector in collectors):
            outcome.force_result([])
            return
        # In place of what would import it.
        stand_in = self.stand_in.from_parent(parent, path=file_path)
        stand_in.files, stand_in.name_in_suite = self.files, os.path.relpath(str(file_path), self.root).replace(os.sep, "/")
        outcome.force_result([stand_in])

    def pytest_collectreport(self, report):
        if report.failed:
            self.problems.append(text_of_longrepr(report))
        if report.nodeid == "":
            self.visited = True

    def pytest_collection(self, session):
        # A class or test that is named in testpaths or addopts cannot be found without an import; its file can.
        session.config.args = [file_of_argument(argument) for argument in session.config.args]
        if not self.looks:
            session.perform_collect = lambda *_args, **_options: []
            self.visited = True

    def pytest_runtestloop(self):
        self.is_complete = True
        return True


def file_of_argument(argument):
    return argument.split("::", 1)[0] if "::" in argument.partition("[")[0] else argument


def stand_in_class():
    import pytest

    class StandIn(pytest.File):
        """A test file that is not looked into. Those that are merely beside the way to another are made, but not collected."""

        def collect(self):
            self.files[self.name_in_suite] = True
            return []

    return StandIn


def is_only_package(collector):
    """Before pytest 8, each `__init__.py` has a collector of this kind; it may be a test file besides."""
    import pytest
    from _pytest.pathlib import fnmatch_ex

    if not isinstance(collector, pytest.Package):
        return False
    return not any(fnmatch_ex(pattern, collector.path) for pattern in collector.config.getini("python_files"))


def main(config_text):
    config = json.loads(config_text)
    channel = Channel(3, 4)
    sys.path[0] = os.getcwd()
    sys.argv = ["pytest", *config["args"]]
    try:
        import pytest
    except Exception as error:
        channel.send({"missing": "%s cannot import it: %s" % (sys.executable, error)})
        return 1
    for name in ("pytest_load_initial_conftests", "pytest_collect_file"):
        setattr(Discovery, name, pytest.hookimpl(hookwrapper=True)(getattr(Discovery, name)))
    for name in ("pytest_configure", "pytest_sessionstart", "pytest_collection", "pytest_runtestloop"):
        setattr(Discovery, name, pytest.hookimpl(tryfirst=True)(getattr(Discovery, name)))
    discovery = Discovery(stand_in_class(), config["looks"])
    code = 0
    try:
        code = int(pytest.main(config["args"], plugins=[discovery]))
    except Exception:
        # What fails at a session's end changes nothing of what it has found.
        if not discovery.is_complete:
            raise
    if discovery.problems:
        channel.send({"failed": "\n\n".join(discovery.problems)[:8000]})
    elif not discovery.visited:
        channel.send({"failed": "pytest ended with exit code %d" % code})
    else:
        channel.send({"files": sorted(discovery.files), "covers": discovery.covers})
    return code

