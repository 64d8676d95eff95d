"""Options and plugins of the user's that decide about a whole run, put out of action in a process that sees a part of it."""

import contextlib
import getpass
import os
import shutil
import tempfile
import time


def adopt_options(option):
    disable_distribution(option)
    # -x and --maxfail would leave tasks without a result; the run's own rules decide when to stop.
    option.maxfail = 0
    option.collectonly = False
    # What a whole run before this one came to is no choice among one file's tests: what it leaves out would count as skipped.
    for name in ("lf", "failedfirst", "newfirst", "stepwise"):
        if hasattr(option, name):
            setattr(option, name, False)
    # One process' share must not overwrite the report of the whole.
    if getattr(option, "xmlpath", None):
        option.xmlpath = None
    # A given folder is emptied by every process that starts. Processes that are told apart as pytest-xdist does it share the folder above
    # theirs, which is the run's own.
    run = os.environ.get("SHARDWRIGHT_RUN_ID", "")
    is_shared = run != "" and is_distributed(option)
    if getattr(option, "basetemp", None):
        above = os.path.join(str(option.basetemp), run) if is_shared else str(option.basetemp)
        os.makedirs(above, exist_ok=True)
        option.basetemp = os.path.join(above, "session-%d" % os.getpid())
    elif is_shared:
        option.basetemp = os.path.join(temporary_of(run), "session-%d" % os.getpid())


def is_distributed(option):
    """Whether the project is used to several processes: it is configured for pytest-xdist, or pytest-django serves it."""
    return getattr(option, "shardwright_processes", None) is not None or "DJANGO_SETTINGS_MODULE" in os.environ


def temporary_of(run):
    """A folder of the run's for what tests write, beside those of earlier runs, of which those that are a day old go."""
    parent = os.path.join(tempfile.gettempdir(), "shardwright-pytest-of-%s" % getattr(os, "getuid", getpass.getuser)())
    folder = os.path.join(parent, run)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for name in os.listdir(parent):
        with contextlib.suppress(OSError):
            if time.time() - os.stat(os.path.join(parent, name)).st_mtime > 24 * 3600:
                shutil.rmtree(os.path.join(parent, name), ignore_errors=True)
    return folder


@contextlib.contextmanager
def appear_distributed(config):
    """While tests run: what is used to several processes (databases of pytest-django, say) tells them apart as pytest-xdist does. Before
    and after that, each process is the only one there is, as nobody else would do what is done once."""
    wished = getattr(config.option, "shardwright_processes", None)
    if not is_distributed(config.option):
        yield
        return
    name = "gw%s" % os.environ.get("SHARDWRIGHT_SLOT", "0")
    count = wished if isinstance(wished, int) and wished > 0 else os.cpu_count() or 1
    run = os.environ.get("SHARDWRIGHT_RUN_ID", "")
    config.workerinput = {"workerid": name, "workercount": count, "testrunuid": run, "mainargv": []}
    variables = {"PYTEST_XDIST_WORKER": name, "PYTEST_XDIST_WORKER_COUNT": str(count), "PYTEST_XDIST_TESTRUNUID": run}
    os.environ.update(variables)
    try:
        yield
    finally:
        del config.workerinput
        for variable in variables:
            os.environ.pop(variable, None)


def disable_distribution(option):
    """pytest-xdist: the dealing is done outside."""
    if getattr(option, "numprocesses", None) is not None:
        option.shardwright_processes = option.numprocesses
    if hasattr(option, "numprocesses"):
        option.numprocesses = None
        option.dist = "no"
        option.tx = []
        option.distload = False
        option.looponfail = False


class Nowhere:
    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def silence_session(config):
    manager = config.pluginmanager
    # They choose by, and write down, what a whole run did.
    for name in ("lfplugin", "nfplugin", "stepwiseplugin"):
        plugin = manager.getplugin(name)
        if plugin is not None:
            manager.unregister(plugin)
    # Dots and summaries would fill the tasks' logs: the results travel on their own way.
    writer = getattr(manager.getplugin("terminalreporter"), "_tw", None)
    if hasattr(writer, "_file"):
        writer._file = Nowhere()
