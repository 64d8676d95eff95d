"""Options and plugins of the user's that decide about a whole run, put out of action in a process that sees a part of it."""

import os


def adopt_early_options(namespace):
    """Before other plugins read the command line for the first time (pytest-cov does)."""
    disable_distribution(namespace)
    if getattr(namespace, "cov_source", None):
        # A data file of its own for each process; `coverage combine` puts them together, and one process' share is no report.
        os.environ.setdefault("COVERAGE_FILE", os.path.abspath(".coverage.shardwright-%d" % os.getpid()))
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


def disable_distribution(option):
    """pytest-xdist: the dealing is done outside."""
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
