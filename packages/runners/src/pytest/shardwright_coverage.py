"""What the files of a suite cover, as pytest-cov measures it: kept file by file, and joined at the end of a run.

A part is a data file of coverage.py, compressed. What lies in the workspace is called `workspace:PATH` there: another machine may have it
elsewhere. An empty part is one of a file that has run nothing new. Works with pytest-cov 4 and later, coverage 6 and later.
"""

import contextlib
import gzip
import io
import os
import posixpath
import re
import shutil
import sqlite3
import tempfile
import warnings

from shardwright_neutral import adopt_options, disable_distribution, silence_session, temporary_of

MOVED = "workspace:"
# What a report in text has at most: a line for each source.
TEXT_LIMIT = 1_000_000


def is_asked_for(namespace):
    """Whether the command line and the configuration have pytest-cov measure."""
    return bool(getattr(namespace, "cov_source", None)) and not getattr(namespace, "no_cov", False)


def leave_out(namespace):
    """Nothing is measured. Before pytest-cov reads the command line."""
    namespace.cov_source = []


def ask(namespace):
    """It is measured, whether the project says so or not. Before pytest-cov reads the command line."""
    import pytest

    if not hasattr(namespace, "cov_source"):
        raise pytest.UsageError("coverage is to be measured, and pytest-cov is not installed: install it, or leave out `coverage`")
    namespace.no_cov = False
    if not namespace.cov_source:
        namespace.cov_source = [True]


def measure_here(namespace):
    """What this process covers goes into a folder of its own, and is no report. Before pytest-cov reads the command line."""
    ask(namespace)
    folder = os.path.join(temporary_of(os.environ.get("SHARDWRIGHT_RUN_ID") or "coverage"), "coverage-%d" % os.getpid())
    os.makedirs(folder, exist_ok=True)
    # Processes that tests start follow it, too.
    os.environ["COVERAGE_FILE"] = os.path.join(folder, ".coverage")
    namespace.cov_report = {"": None}
    namespace.cov_fail_under = 0
    namespace.cov_append = False


def workspace_of(directory):
    """The root of the checkout, from the suite's folder."""
    return os.path.normpath(os.path.join(os.getcwd(), posixpath.relpath("/", "/" + directory)))


class Finished:
    """Stands for what measured: one process' share is nothing to report, and nothing to judge."""

    def finish(self):
        pass

    def summary(self, _stream):
        return 100.0


class Measuring:
    """What pytest-cov measures in this process, taken file by file."""

    def __init__(self, config, directory, part):
        self.plugin_manager = config.pluginmanager
        self.plugin = config.pluginmanager.getplugin("_cov")
        self.workspace = workspace_of(directory)
        self.folder = os.path.dirname(os.environ["COVERAGE_FILE"])
        kept = os.environ.get("SHARDWRIGHT_ARTIFACTS_DIR")
        self.part = None if kept is None else os.path.join(kept, *part.split("/"))

    def begin(self):
        """What a file runs while it is collected belongs to no test, as in one run."""
        if self.plugin_manager.hasplugin("_cov_contexts"):
            self.plugin.cov_controller.cov.switch_context("")

    def keep(self):
        """Leaves what was covered since the last time, by this process and by those it started that have ended."""
        data = taken(self.plugin.cov_controller.cov)
        for path in ended(os.path.dirname(data.data_filename()), data.data_filename()):
            take_in(data, path)
        if self.part is not None:
            os.makedirs(os.path.dirname(self.part), exist_ok=True)
            with open(self.part, "wb") as file:
                file.write(gzip.compress(moved_out(data.data_filename(), self.workspace), 1))
        forget(data)

    def finish(self):
        cov = self.plugin.cov_controller.cov
        self.plugin.cov_controller = Finished()
        cov.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        # The run's own, when the last process has left it.
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(self.folder))


def taken(cov):
    """The data, with all that was measured up to now. It goes on measuring: threads that live on would not be seen after a new start."""
    flush = getattr(getattr(cov, "_collector", None), "flush_data", None)
    data = getattr(cov, "_data", None)
    if flush is not None and data is not None:
        flush()
        return data
    # It looks for sources that nothing has run, each time.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cov.get_data()


def forget(data):
    """What was kept is not kept again. Where this is not possible each part has all before it, which comes to the same when joined."""
    if not hasattr(data, "_has_lines") or not hasattr(data, "_has_arcs"):
        return
    data.erase()
    # Else the new file does not say which of the two it has.
    data._has_lines = data._has_arcs = False


def ended(folder, own):
    """The data files of other processes that are complete."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        writer = re.search(r"\.(?:pid)?(\d+)\.[^.]+(?:\.H\w+)?$", name)
        if path != own and not name.endswith("-journal") and not (writer and is_alive(int(writer[1]))):
            yield path


def is_alive(pid):
    try:
        if os.name == "nt":
            # There, a signal of 0 would end it.
            return False
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def take_in(data, path):
    """Adds what another data file has, which is gone then."""
    from coverage import CoverageData
    from coverage.exceptions import CoverageException

    other = CoverageData(basename=path)
    try:
        other.read()
        data.update(other)
    except CoverageException as error:
        # As `coverage combine` does: the process was killed while it wrote.
        print("The coverage of a process that a test has started cannot be read: %s" % error, flush=True)
    finally:
        other.erase()


def moved_out(path, workspace):
    """The bytes of a data file, with the paths of a part."""
    if not os.path.exists(path):
        return b""
    return renamed(path, lambda name: MOVED + name[len(workspace) + 1 :].replace(os.sep, "/") if name.startswith(workspace + os.sep) else name)


def moved_in(name, workspace):
    """As this machine calls what a part names so."""
    return os.path.join(workspace, *name[len(MOVED) :].split("/")) if name.startswith(MOVED) else name


def renamed(path, rename):
    with tempfile.TemporaryDirectory(prefix="shardwright-coverage-") as folder:
        copy = os.path.join(folder, "data")
        shutil.copyfile(path, copy)
        rename_in(copy, rename)
        with open(copy, "rb") as file:
            return file.read()


def rename_in(path, rename):
    base = sqlite3.connect(path)
    try:
        names = [(rename(name), number) for number, name in base.execute("select id, path from file")]
        base.executemany("update file set path = ? where id = ?", names)
        base.commit()
    finally:
        base.close()


class Joining:
    """The plugin object of a session in which no test runs: pytest-cov reports what those of a whole run have covered."""

    def __init__(self, directory, parts, failed):
        self.workspace = workspace_of(directory)
        self.parts = parts
        self.failed = failed
        self.printed = io.StringIO()
        self.is_complete = False
        # Why there is no outcome.
        self.failure = None
        self.outcome = None

    def pytest_load_initial_conftests(self, early_config):
        disable_distribution(early_config.known_args_namespace)
        ask(early_config.known_args_namespace)
        yield

    def pytest_configure(self, config):
        adopt_options(config.option)

    def pytest_sessionstart(self, session):
        silence_session(session.config)

    def pytest_collection(self, session):
        session.perform_collect = lambda *_args, **_options: []
        yield

    def pytest_runtestloop(self, session):
        writer = getattr(session.config.pluginmanager.getplugin("terminalreporter"), "_tw", None)
        if writer is not None:
            writer._file, writer.hasmarkup = self.printed, False
        cov = session.config.pluginmanager.getplugin("_cov").cov_controller.cov
        with warnings.catch_warnings():
            # That nothing was measured.
            warnings.simplefilter("ignore")
            data = cov.get_data()
        for name in sorted(os.listdir(self.parts)):
            self.add(data, os.path.join(self.parts, name))
        # Some report only when no test has failed.
        session.testsfailed = int(self.failed)
        self.is_complete = True
        return True

    def add(self, data, path):
        from coverage import CoverageData

        with gzip.open(path, "rb") as packed, open(path + ".data", "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        try:
            if os.path.getsize(path + ".data") == 0:
                return
            rename_in(path + ".data", lambda name: moved_in(name, self.workspace))
            other = CoverageData(basename=path + ".data")
            other.read()
            data.update(other)
            other.erase()
        finally:
            if os.path.exists(path + ".data"):
                os.remove(path + ".data")

    def pytest_internalerror(self, excrepr):
        self.failure = str(excrepr)[-1800:]

    def pytest_sessionfinish(self, session, exitstatus):
        if not self.is_complete or self.failure is not None:
            return
        config = session.config
        manager = config.pluginmanager
        plugin = manager.getplugin("_cov")
        # What it alone would print at the end.
        others = [other for other in manager.get_plugins() if other is not plugin]
        summarize = manager.subset_hook_caller("pytest_terminal_summary", remove_plugins=others)
        summarize(terminalreporter=manager.getplugin("terminalreporter"), exitstatus=exitstatus, config=config)
        text = self.printed.getvalue().strip()
        self.outcome = {
            "text": text[:TEXT_LIMIT],
            "judged": bool(plugin.options.cov_fail_under),
            "problems": [sentence_of(text)] if session.testsfailed > int(self.failed) else [],
        }
        silence_session(config)


def sentence_of(text):
    """What pytest-cov says of too little coverage."""
    for sign in ("FAIL ", "ERROR: "):
        found = re.search(r"^%s(.*)$" % sign, text, re.MULTILINE)
        if found:
            return found[1]
    return "Coverage is less than is required"


def join(config, channel):
    """Says `{"text", "judged", "problems"}`, or `{"missing": reason}` or `{"failed": reason}`."""
    import pytest

    for name in ("pytest_load_initial_conftests", "pytest_collection"):
        setattr(Joining, name, pytest.hookimpl(hookwrapper=True)(getattr(Joining, name)))
    for name in ("pytest_configure", "pytest_sessionstart", "pytest_runtestloop", "pytest_sessionfinish"):
        setattr(Joining, name, pytest.hookimpl(tryfirst=True)(getattr(Joining, name)))
    joining = Joining(config["directory"], config["join"]["parts"], config["join"]["failed"])
    code = int(pytest.main(config["args"], plugins=[joining]))
    channel.send(joining.outcome or {"failed": joining.failure or "pytest ended with exit code %d" % code})
    return 0
