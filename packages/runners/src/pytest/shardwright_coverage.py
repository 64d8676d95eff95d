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
import socket
import sqlite3
import tempfile
import time
import warnings

from shardwright_neutral import adopt_options, disable_distribution, silence_session, temporary_of

MOVED = "workspace:"
# What a report in text has at most: a line for each source.
TEXT_LIMIT = 1_000_000
TOGETHER = 32


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
    import coverage

    if coverage.version_info < (6,):
        raise pytest.UsageError(
            "coverage %s is too old for its data to be joined: install version 6 or newer, or say `coverage: false` among the "
            "suite's options" % coverage.__version__
        )
    namespace.no_cov = False
    if not namespace.cov_source:
        namespace.cov_source = [True]


def workspace_of(directory):
    """The root of the checkout, from the suite's folder, which has to be the current one."""
    return os.path.normpath(os.path.join(os.getcwd(), posixpath.relpath("/", "/" + directory)))


class Measuring:
    """What pytest-cov measures in this process, taken file by file. It is a plugin, beside the one that runs the tests."""

    def __init__(self, workspace, part, last_parts):
        """`workspace` as it was before anything of the project's was loaded, and could have changed the current folder. `last_parts` is a
        folder for what is covered after the last file, if anybody looks there."""
        kept = os.environ.get("SHARDWRIGHT_ARTIFACTS_DIR")
        self.part = None if kept is None else os.path.join(kept, *part.split("/"))
        self.workspace = workspace
        self.last_parts = last_parts
        self.folder = None
        self.file = None
        self.outside = None
        self.plugin = None
        self.plugins = None
        self.begun_s = time.time()

    def start(self, namespace):
        """What this process covers goes into a folder of its own, and is no report. Before pytest-cov reads the command line."""
        ask(namespace)
        self.folder = folder_of_run()
        self.file, self.outside = os.path.join(self.folder, ".coverage"), os.environ.get("COVERAGE_FILE")
        os.environ["COVERAGE_FILE"] = self.file
        namespace.cov_report = {"": None}
        namespace.cov_fail_under = 0
        namespace.cov_append = False

    def pytest_load_initial_conftests(self):
        """After pytest-cov has read it, before anything of the project's is loaded: what tests start is to find what it would find."""
        if os.environ.get("COVERAGE_FILE") != self.file:
            # A plugin has set it.
            return
        del os.environ["COVERAGE_FILE"]
        if self.outside is not None:
            os.environ["COVERAGE_FILE"] = self.outside

    def attach(self, plugins):
        """When the session has begun."""
        self.plugins = plugins
        self.plugin = plugins.getplugin("_cov")

    def begin(self):
        """What a file runs while it is collected belongs to no test, as in one run."""
        if self.plugins.hasplugin("_cov_contexts"):
            # A test may have stopped it.
            with contextlib.suppress(Exception):
                self.plugin.cov_controller.cov.switch_context("")

    def keep(self):
        """Leaves what a file has covered."""
        part = self.taken_now()
        if self.part is not None:
            os.makedirs(os.path.dirname(self.part), exist_ok=True)
            with open(self.part, "wb") as file:
                file.write(part)

    def keep_last(self):
        """Leaves what was covered after the last file, while what belongs to the whole session was torn down."""
        if self.last_parts is None:
            return
        part = self.taken_now()
        os.makedirs(self.last_parts, exist_ok=True)
        with open(os.path.join(self.last_parts, ".gitignore"), "w") as file:
            file.write("*\n")
        # Whoever looks there takes what is complete.
        path = os.path.join(self.last_parts, "%s-%d-%d" % (socket.gethostname(), os.getpid(), time.time_ns()))
        with open(path, "wb") as file:
            file.write(part)
        os.replace(path, path + ".gz")

    def taken_now(self):
        """A part with what was covered since the last time, by this process and by those it started that have ended."""
        cov = self.plugin.cov_controller.cov
        data, is_new = taken(cov)
        for path in self.of_children(cov, data.data_filename()):
            is_new = take_in(data, path) or is_new
        if is_new and not os.path.exists(data.data_filename()):
            raise RuntimeError("a test has removed the data of coverage.py")
        part = gzip.compress(moved_out(data.data_filename(), self.workspace, self.folder), 1)
        forget(data)
        return part

    def of_children(self, cov, own):
        """The complete data files of processes that this one has started: they are its own by then."""
        places = {os.path.abspath(cov.config.data_file)}
        concurrency = cov.config.concurrency
        if "multiprocessing" in ([concurrency] if isinstance(concurrency, str) else concurrency or []):
            # Those read the configuration anew.
            places.add(os.path.abspath(configured_file(cov)))
        for place in places:
            for path in written_for(place, self.begun_s):
                if path != own:
                    mine = os.path.join(self.folder, "taken-%s" % os.path.basename(path))
                    # Another process may take it first, or, on Windows, still write there.
                    with contextlib.suppress(OSError):
                        os.replace(path, mine)
                        yield mine

    def finish(self):
        controller = self.plugin.cov_controller
        self.plugin.cov_controller = Finished(controller)
        # A project's own hooks may read it, as they can where pytest-cov reports.
        self.plugin.cov_total = 100.0
        controller.cov.stop()

    def clear(self):
        """When pytest has ended: its last hooks may still ask for the data."""
        if self.folder is None:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        # The run's own, when the last process has left it.
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(self.folder))


def folder_of_run():
    """A new one, in the run's own, which another process that ends may take away."""
    for _ in range(10):
        with contextlib.suppress(FileNotFoundError):
            return tempfile.mkdtemp(prefix="coverage-", dir=temporary_of(os.environ.get("SHARDWRIGHT_RUN_ID") or "coverage"))
    raise RuntimeError("no folder for coverage can be made in %s" % tempfile.gettempdir())


class Finished:
    """Stands for what measured: one process' share is nothing to report, and nothing to judge."""

    def __init__(self, controller):
        self.controller = controller

    def __getattr__(self, name):
        return getattr(self.controller, name)

    def finish(self):
        pass

    def pause(self):
        pass

    def resume(self):
        pass

    def summary(self, _stream):
        return 100.0


def taken(cov):
    """The data, with all that was measured up to now, and whether that is anything. It goes on measuring: threads that live on would not be
    seen after a new start."""
    flush = getattr(getattr(cov, "_collector", None), "flush_data", None)
    data = getattr(cov, "_data", None)
    if flush is not None and data is not None:
        return data, bool(flush())
    # It looks for sources that nothing has run, each time.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cov.get_data(), False


def forget(data):
    """What was kept is not kept again. Where this is not possible each part has all before it, which comes to the same when joined."""
    if not hasattr(data, "_has_lines") or not hasattr(data, "_has_arcs"):
        return
    data.erase()
    # Else the new file does not say which of the two it has.
    data._has_lines = data._has_arcs = False


def configured_file(cov):
    """Where the configuration has the data file of a process that knows nothing of us."""
    import coverage

    return coverage.Coverage(config_file=cov.config.config_file or False).config.data_file


def written_for(place, since_s):
    """The data files beside this one of processes that have ended, and are named after them by coverage.py."""
    folder, base = os.path.split(place)
    # Coverage 6 leaves dots in it.
    hosts = "|".join(re.escape(host) for host in {socket.gethostname(), socket.gethostname().replace(".", "_")})
    name = re.compile(r"%s\.(?:%s)\.(?:pid)?(\d+)\.(?:X\w+x|\d+)(?:\.H\w+)?" % (re.escape(base), hosts))
    for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        writer = name.fullmatch(entry)
        path = os.path.join(folder, entry)
        if writer is None or is_alive(int(writer[1])):
            continue
        with contextlib.suppress(OSError):
            if os.stat(path).st_mtime >= since_s - 1:
                yield path


def is_alive(pid):
    if os.name == "nt":
        # There, a signal of 0 would end it; and what it writes to cannot be taken.
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        with open("/proc/%d/stat" % pid) as file:
            # It has ended, and nobody has asked how.
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True


def take_in(data, path):
    """Adds what a data file has that nobody else uses, which is gone then. Whether it could be read."""
    from coverage import CoverageData
    from coverage.exceptions import CoverageException

    other = CoverageData(basename=path)
    try:
        other.read()
        data.update(other)
        return True
    except CoverageException as error:
        # As `coverage combine` does: the process was killed while it wrote.
        print("The coverage of a process that a test has started cannot be read: %s" % error, flush=True)
        return False
    finally:
        other.erase()


def moved_out(path, workspace, folder):
    """The bytes of a data file, with the paths of a part. `folder` is for what is needed meanwhile."""
    if not os.path.exists(path):
        return b""
    copy = os.path.join(folder, "copy")
    shutil.copyfile(path, copy)
    above = workspace.rstrip(os.sep) + os.sep

    def rename(name):
        is_inside = os.path.normcase(name).startswith(os.path.normcase(above))
        return MOVED + name[len(above) :].replace(os.sep, "/") if is_inside else name

    rename_in(copy, rename)
    with open(copy, "rb") as file:
        return file.read()


def moved_in(name, workspace):
    """As this machine calls what a part names so."""
    return os.path.join(workspace, *name[len(MOVED) :].split("/")) if name.startswith(MOVED) else name


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
        self.add_all(data, [os.path.join(self.parts, name) for name in sorted(os.listdir(self.parts))])
        # Some report only when no test has failed.
        session.testsfailed = int(self.failed)
        self.is_complete = True
        return True

    def add_all(self, data, parts):
        """Some at a time, and then those together: coverage 6 reads all that is there for each that it adds."""
        from coverage import CoverageData

        for first in range(0, len(parts), TOGETHER):
            some = CoverageData(basename=os.path.join(self.parts, "joined"))
            for part in parts[first : first + TOGETHER]:
                self.add(some, part)
            data.update(some)
            some.erase()

    def add(self, data, part):
        from coverage import CoverageData

        path = part + ".data"
        with gzip.open(part, "rb") as packed, open(path, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        try:
            if os.path.getsize(path) == 0:
                return
            rename_in(path, lambda name: moved_in(name, self.workspace))
            other = CoverageData(basename=path)
            other.read()
            data.update(other)
            other.erase()
        finally:
            if os.path.exists(path):
                os.remove(path)

    def pytest_internalerror(self, excrepr):
        self.failure = str(excrepr)[-1800:]

    def pytest_sessionfinish(self, session, exitstatus):
        if not self.is_complete or self.failure is not None:
            return
        config = session.config
        manager = config.pluginmanager
        plugin = manager.getplugin("_cov")
        reporter = manager.getplugin("terminalreporter")
        if reporter is not None:
            # What it alone would print at the end.
            others = [other for other in manager.get_plugins() if other is not plugin]
            summarize = manager.subset_hook_caller("pytest_terminal_summary", remove_plugins=others)
            summarize(terminalreporter=reporter, exitstatus=exitstatus, config=config)
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
