"""Options and plugins of the user's that decide about a whole run, put out of action in a process that sees a part of it."""

import contextlib
import os


def adopt_early_options(namespace):
    """Before other plugins read the command line for the first time (pytest-cov does)."""
    disable_distribution(namespace)
    if getattr(namespace, "cov_source", None):
        # A data file of its own for each process; `coverage combine` puts them together, and one process' share is no report.
        base = os.environ.get("COVERAGE_FILE", ".coverage")
        os.environ["COVERAGE_FILE"] = os.path.abspath("%s.shardwright-%d" % (base, os.getpid()))
        namespace.cov_report = {"": None}
        namespace.cov_fail_under = 0


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
    # A given folder is emptied by every process that starts.
    if getattr(option, "basetemp", None):
        os.makedirs(str(option.basetemp), exist_ok=True)
        option.basetemp = os.path.join(str(option.basetemp), "session-%d" % os.getpid())


@contextlib.contextmanager
def appear_distributed(config):
    """While tests run: what is used to several processes (databases of pytest-django, say) tells them apart as pytest-xdist does. Before
    and after that, each process is the only one there is, as nobody else would do what is done once."""
    wished = getattr(config.option, "shardwright_processes", None)
    has_django = config.pluginmanager.hasplugin("django") and "DJANGO_SETTINGS_MODULE" in os.environ
    if wished is None and not has_django:
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
