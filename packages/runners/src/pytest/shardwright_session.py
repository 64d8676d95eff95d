"""Runs the files of one pytest suite in one warm process, in the order in which they are dealt.

CONFIG is JSON: `directory` (the suite's folder relative to the workspace; the process starts in it), `args` (further arguments for
pytest), `any_file` (a file is one with tests whatever `python_files` says) and, where coverage is measured, `part` (where a file leaves
what it covered, below the folder of its artifacts) and `last_parts` (a folder for what the session covers after them). With `list`, a task, its cases are only listed: `{"cases": [{"path", "line"}]}` or
`{"failed": reason}` leaves on descriptor 4. With `join` (`parts`, a folder, and `failed`), coverage is joined: see shardwright_coverage.
Else tasks come on descriptor 3, results leave on descriptor 4, a line of JSON each. Works with pytest 7 and later, Python 3.8 and later.
"""

import json
import os
import posixpath
import sys
import traceback
from collections import Counter

import shardwright_coverage as coverage
from shardwright_channel import Channel
from shardwright_neutral import adopt_options, appear_distributed, disable_distribution, silence_session
from shardwright_results import Ordinals, cases_of, collection_case, crash_message, cut, identity_of, outcome_of, path_of, skip_reason, text_of_longrepr


def affinity_of(item):
    """The group of tests that must run in one process, as the mark xdist_group names it: pytest-xdist reads it the same way."""
    mark = item.get_closest_marker("xdist_group")
    if mark is None:
        return None
    return str(mark.args[0] if mark.args else mark.kwargs.get("name", "default"))


class Host:
    """The plugin object that pytest is started with."""

    def __init__(self, channel, directory, listed=None, any_file=False, part=None, last_parts=None):
        self.channel = channel
        self.any_file = any_file
        # Files that pytest's own arguments name: it takes them for tests, whatever they are called.
        self.named = set()
        self.interrupted = False
        # What pytest could not begin for.
        self.early_failure = None
        self.listed = listed
        # What failed after the last task, in words.
        self.late_failures = []
        self.exit_status = 0
        self.directory = directory
        self.root = os.getcwd()
        self.measuring = None
        if part is not None and listed is None:
            self.measuring = coverage.Measuring(coverage.workspace_of(directory), part, last_parts)
        self.started = False
        self.boundary = None
        self.target = None
        self.initial = True
        self.reports = []
        self.collect_reports = []
        self.files_seen = {}
        self.folders = {}

    # -- taking the reins -------------------------------------------------------------------------------------------------------

    def pytest_load_initial_conftests(self, early_config):
        namespace = early_config.known_args_namespace
        disable_distribution(namespace)
        if self.measuring is None:
            coverage.leave_out(namespace)
        else:
            self.measuring.start(namespace)
        yield

    def pytest_configure(self, config):
        adopt_options(config.option)

    def pytest_sessionstart(self, session):
        config = session.config
        folder = str(config.invocation_params.dir)
        self.named = {os.path.normpath(os.path.join(folder, str(arg).split("::")[0])) for arg in config.args}
        silence_session(config)

    def pytest_collection(self, session):
        # Nothing is collected at the start: every file is, when its turn comes, through this same hook, so that what other plugins
        # wrap around a collection (warning filters, assertion rewriting, logging) is there for each.
        if not self.initial:
            yield
            return
        self.initial = False
        session.perform_collect = lambda *_args, **_options: []
        try:
            yield
        finally:
            del session.perform_collect

    def pytest_ignore_collect(self, collection_path):
        # On its way down to the one file, pytest 8 and later make a node for everything that lies beside the way.
        if self.target is None:
            return None
        path = str(collection_path)
        beside = os.path.dirname(path) if os.path.basename(path) == "__init__.py" else path
        return None if path == self.target or self.target.startswith(beside + os.sep) else True

    def pytest_collect_directory(self, path, parent):
        # From pytest 9.1 on, the fixtures of a conftest.py belong to the node of its folder as it was when it was first collected: the
        # same folder must stay the same node for all files to come.
        outcome = yield
        node = outcome.get_result()
        if node is not None:
            outcome.force_result(self.folders.setdefault((parent, str(path)), node))

    def pytest_collection_finish(self, session):
        # Nor may what waits for a folder's first collection be forgotten at the end of another's.
        pending = getattr(session._fixturemanager, "_pending_conftests", {})
        kept = dict(pending)
        yield
        pending.update(kept)

    def pytest_collectreport(self, report):
        if not report.passed:
            self.collect_reports.append(report)

    def pytest_runtest_logreport(self, report):
        self.reports.append(report)

    # -- the loop ---------------------------------------------------------------------------------------------------------------

    def pytest_runtestloop(self, session):
        import pytest

        class Boundary(pytest.Item):
            """Stands for the next file's first test: fixtures of the session's scope outlive it, all others do not."""

            def runtest(self):
                raise NotImplementedError

        self.boundary = Boundary.from_parent(session, name="next file")
        self.started = True
        if self.listed is not None:
            self.channel.send(self.list_cases(session, self.listed))
            return True
        if self.measuring is not None:
            self.measuring.attach(session.config.pluginmanager)
        with appear_distributed(session.config):
            try:
                self.serve(session)
            except KeyboardInterrupt:
                # Asked to break off, between two files or on the way to a test.
                self.interrupted = True
            self.tear_down(session)
        if self.measuring is not None:
            self.keep_last_coverage()
            self.measuring.finish()
        return True

    def serve(self, session):
        while True:
            task = self.channel.receive()
            if task is None or task.get("type") == "exit" or not self.run_task(session, task):
                return

    def tear_down(self, session):
        try:
            session._setupstate.teardown_exact(None)
        except KeyboardInterrupt:
            if self.interrupted:
                return
            self.interrupted = True
            self.tear_down(session)
        except BaseException as error:  # the tasks are all reported
            self.late_failures.append("What belongs to the whole session could not be torn down: %s" % account_of(error))

    def pytest_internalerror(self, excrepr):
        # What is wrong with a file goes with its task: this comes from around them all.
        if self.started:
            self.late_failures.append("Pytest failed internally: %s" % str(excrepr)[-1800:])
        else:
            self.early_failure = str(excrepr)[-1800:]

    def pytest_sessionfinish(self, exitstatus):
        self.exit_status = int(exitstatus)

    def run_task(self, session, task):
        """Runs one file. False when this process should serve no more of them."""
        self.channel.send({"type": "started", "id": task["id"]})
        statuses = []

        def announce(case):
            self.channel.send({"type": "running", "id": task["id"], "case": case})

        def emit(case):
            statuses.append((case["status"], case["path"], case.get("message", "")))
            self.channel.send({"type": "case", "id": task["id"], "result": case})

        option = session.config.option
        keyword, markexpr = option.keyword, option.markexpr
        trouble = None
        try:
            if self.measuring is not None:
                self.measuring.begin()
            goes_on, trouble = self.run_file(session, task, announce, emit)
        except KeyboardInterrupt:
            self.interrupted = True
            goes_on, trouble = False, ("runner-error", "pytest was interrupted")
        except Exception as error:
            goes_on, trouble = False, ("runner-error", "pytest failed internally: %s" % describe(error))
        finally:
            option.keyword, option.markexpr = keyword, markexpr
            forget(session)
        lost = self.keep_coverage()
        trouble = trouble or lost
        flush_printed()
        if not goes_on:
            self.channel.send({"type": "retire"})
        self.channel.send({"type": "finished", "id": task["id"], "result": outcome_of(statuses, trouble)})
        return goes_on

    def keep_coverage(self):
        """Why a file whose coverage is asked for and cannot be kept is not green."""
        if self.measuring is None:
            return None
        try:
            self.measuring.keep()
        except Exception as error:
            return ("runner-error", "What the file covered could not be kept: %s" % describe(error))
        return None

    def keep_last_coverage(self):
        """Without it less is covered than in one run, never more, and the tests are all reported."""
        try:
            self.measuring.keep_last()
        except Exception as error:
            print("What the end of the session covered could not be kept: %s" % describe(error), flush=True)

    def run_file(self, session, task, announce, emit):
        goes_on, trouble, items = self.collect_file(session, task)
        # What has no name to be chosen by is told once, by the task that runs all that no other one names.
        if task.get("cases") is None:
            for report in self.collect_reports:
                emit(collection_case(report, task["file"]))
        if trouble is not None:
            return goes_on, trouble
        items, missing = chosen_of(items, task.get("cases"), task.get("except"))
        items, strange = unfinished_of(items, task.get("finished"))
        missing = missing + strange
        goes_on, trouble = self.run_items(session, items, announce, emit)
        return goes_on, trouble or self.missed(missing)

    def missed(self, missing):
        """Why a group of cases of which some are not there is not green."""
        if not missing:
            return None
        message = "%d of the cases asked for are not in the file, the first of them %s" % (len(missing), " > ".join(missing[0]))
        # A file or class that asks to be skipped here, and did not where it was listed.
        skipped = "; ".join(skip_reason(report) for report in self.collect_reports if report.skipped)
        return ("runner-error", "%s. Skipped while it was collected: %s" % (message, skipped) if skipped else message)

    def list_cases(self, session, task):
        try:
            _, trouble, items = self.collect_file(session, task)
        except Exception as error:
            trouble, items = ("runner-error", "pytest failed internally: %s" % describe(error)), []
        if trouble is not None:
            return {"failed": cut(trouble[1], 8000)}
        cases = []
        for item in items:
            line = self.place(item).get("line")
            group = affinity_of(item)
            cases.append(
                {
                    "path": path_of(item),
                    **({} if line is None else {"line": line}),
                    **({} if group is None else {"affinity": group}),
                }
            )
        return {"cases": cases}

    def collect_file(self, session, task):
        """Whether this process can go on, what is wrong with the file, if anything, and the tests in it, in the order they run."""
        import pytest

        # Both from the root: paths would else be told from the current folder, which a test may have left or deleted.
        path = os.path.normpath(os.path.join(self.root, posixpath.relpath("/" + task["file"], "/" + self.directory)))
        self.collect_reports = []
        problem, selectors = apply_arguments(session.config.option, task["args"])
        if problem is not None:
            return True, ("setup-error", problem), []
        try:
            items = self.collect(session, path, selectors)
        except pytest.UsageError as error:
            self.collect_reports = []
            return True, ("setup-error", "pytest cannot collect %s: %s" % (task["file"], describe(error))), []
        except (pytest.exit.Exception, KeyboardInterrupt) as error:
            self.collect_reports = []
            message = "%s stopped pytest while it was collected: %s" % (task["file"], describe(error))
            return False, ("runner-error", message), []
        failed = [report for report in self.collect_reports if report.failed]
        if failed and not session.config.option.continue_on_collection_errors:
            message = "%s cannot be collected: %s" % (task["file"], crash_message(failed[0]))
            return True, ("setup-error", "%s\n%s" % (message, text_of_longrepr(failed[0]))), items
        return True, None, items

    def collect(self, session, path, selectors):
        name = os.path.splitext(os.path.basename(path))[0]
        loaded = self.files_seen.setdefault(name, path)
        if loaded != path:
            # Files of the same name in folders that are no packages share one module name. They are separate tasks, so which of
            # them happen to meet in one process must not matter.
            if getattr(sys.modules.get(name), "__file__", None) == loaded:
                del sys.modules[name]
            self.files_seen[name] = path
        self.target = path
        self.collect_reports = []
        # A name with these signs in it would be taken for a selection; a folder above with all else ignored comes to the same.
        argument = path
        while "[" in argument or "::" in argument:
            argument = os.path.dirname(argument)
        session.config.args = [argument + selector for selector in selectors] or [argument]
        getattr(session.config.pluginmanager, "_duplicatepaths", set()).clear()
        is_named = session.isinitpath
        # It is named so that nothing else is collected: what it is taken for must not depend on that.
        if not self.any_file and path not in self.named:
            session.isinitpath = lambda asked, **options: str(asked) != path and is_named(asked, **options)
        try:
            session.config.hook.pytest_collection(session=session)
        finally:
            self.target = None
            vars(session).pop("isinitpath", None)
        return list(session.items)

    def run_items(self, session, items, announce, emit):
        import pytest

        ordinals = Ordinals()
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else self.boundary
            self.reports = []
            identity = identity_of(item, ordinals, self.place)
            announce(identity)
            try:
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            except (pytest.exit.Exception, KeyboardInterrupt) as error:
                self.channel.leave_if_forked()
                message = "stopped pytest: %s" % describe(error)
                emit({**identity, "status": "errored", "duration_ms": 0, "message": message})
                return False, ("runner-error", "%s %s" % (item.name, message))
            self.channel.leave_if_forked()
            for case in cases_of(identity, self.reports, ordinals):
                emit(case)
        return True, None

    def place(self, item):
        """Where a test stands: its file relative to the workspace and its line, as far as they are known."""
        file, line, _ = item.location
        path = os.path.relpath(os.path.join(str(item.config.rootpath), file), self.root)
        path = os.path.normpath(os.path.join(self.directory, path)).replace(os.sep, "/")
        if path.startswith("../") or os.path.isabs(path):
            return {}
        # Items of a plugin's own making tell a line of -1, too, for none.
        return {"file": path, "line": line + 1} if isinstance(line, int) and line >= 0 else {"file": path}


def mark_hooks():
    """Host's hooks need pytest's decorators, and pytest is imported only once its absence can be reported."""
    import pytest

    wrappers = ("pytest_load_initial_conftests", "pytest_collection", "pytest_collection_finish", "pytest_collect_directory")
    for name in wrappers:
        # Pytest 7 has no nodes for folders, and no such hook.
        setattr(Host, name, pytest.hookimpl(hookwrapper=True, optionalhook=True)(getattr(Host, name)))
    names = ("pytest_configure", "pytest_sessionstart", "pytest_ignore_collect", "pytest_runtestloop", "pytest_sessionfinish")
    for name in names:
        setattr(Host, name, pytest.hookimpl(tryfirst=True)(getattr(Host, name)))


def chosen_of(items, only, others):
    """The tests with the paths in `only`, or those with none of the paths in `others`; and the paths in `only` that none has."""
    if only is None and others is None:
        return items, []
    placed = [(tuple(path_of(item)), item) for item in items]
    if only is None:
        left = {tuple(path) for path in others}
        return [item for path, item in placed if path not in left], []
    wanted = {tuple(path) for path in only}
    found = {path for path, _ in placed}
    return [item for path, item in placed if path in wanted], [path for path in only if tuple(path) not in found]


def unfinished_of(items, finished):
    """The tests without those that are finished; and what is finished and not there. Of several with one path, and of a group that runs
    in one process, either all are left out or none."""
    if finished is None:
        return items, []
    done = Counter(tuple(path) for path in finished)
    placed = [(tuple(path_of(item)), affinity_of(item), item) for item in items]
    there = Counter(path for path, _, _ in placed)
    begun = {group for path, group, _ in placed if done[path] < there[path]}
    # What ran inside of another test goes with that one.
    strange = [path for path in done if done[path] > there[path] and path[:-1] not in there]
    rest = [item for path, group, item in placed if done[path] < there[path] or (group is not None and group in begun)]
    return rest, [list(path) for path in strange]


def apply_arguments(option, args):
    """A task's own arguments: node selections (`::test_a`), -k and -m. Says what is wrong, or gives the selections."""
    selectors = []
    rest = list(args)
    while rest:
        argument = rest.pop(0)
        if argument.startswith("::"):
            selectors.append(argument)
        elif argument in ("-k", "-m") and rest:
            setattr(option, "keyword" if argument == "-k" else "markexpr", rest.pop(0))
        else:
            return (
                "the argument %r cannot be given to a single file: use `::NAME`, `-k EXPRESSION` or `-m EXPRESSION` here, and the "
                "suite's `args` option for all others" % argument,
                [],
            )
    return None, selectors


def flush_printed():
    """What tests print without pytest's capture (-s) waits in Python's own buffers: it is to arrive before its file's end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            # A test has put something else in its place, or closed it.
            pass


def forget(session):
    """What pytest gathers for the end of a session would only grow here."""
    session.items = []
    for name in ("shouldstop", "shouldfail"):
        # From pytest 8 on, the public attribute cannot be taken back.
        if getattr(session, name):
            setattr(session, "_" + name if hasattr(session, "_" + name) else name, False)
    stats = getattr(session.config.pluginmanager.getplugin("terminalreporter"), "stats", None)
    if isinstance(stats, dict):
        stats.clear()


def account_of(error):
    """What happened first, then the end of how it came about."""
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return "%s\n%s" % (describe(error), trace[-1800:])


def describe(error):
    return cut(str(error) or type(error).__name__, 2000)


def main(config_text):
    config = json.loads(config_text)
    channel = Channel(3, 4)
    # As `python -m pytest` has it, in place of the folder of this file.
    sys.path[0] = os.getcwd()
    sys.argv = ["pytest", *config["args"]]
    try:
        import pytest
    except Exception as error:
        message = "pytest cannot be imported by %s: %s" % (sys.executable, describe(error))
        if "list" in config or "join" in config:
            channel.send({"missing": message})
            return 1
        channel.send({"type": "fatal", "kind": "setup-error", "message": message})
        return 1
    mark_hooks()
    if "join" in config:
        return coverage.join(config, channel)
    places = config.get("part"), config.get("last_parts")
    host = Host(channel, config["directory"], config.get("list"), config["any_file"], *places)
    try:
        code = int(pytest.main(config["args"], plugins=[host] if host.measuring is None else [host, host.measuring]))
    except BaseException as error:
        if not host.started:
            raise
        code = 0
        host.late_failures.append("Pytest failed at the end of its session: %s" % account_of(error))
    finally:
        if host.measuring is not None:
            host.measuring.clear()
    # Who asks for a listing is told by the code and by what is printed.
    if not host.started and host.listed is None:
        message = "pytest ended with exit code %d before the first test." % code
        if host.early_failure is not None:
            message = "%s\n%s" % (message, host.early_failure)
        channel.send({"type": "fatal", "kind": "setup-error", "message": message, "quote_output": host.early_failure is None})
    if not host.started:
        return code
    # By itself, it tells of tests that failed, or that there were none: their tasks have done so.
    if code not in (0, 1, 5) or code not in (0, host.exit_status):
        host.late_failures.append("Pytest ended with exit code %d, which its tests do not explain." % code)
    if host.late_failures and host.listed is None:
        channel.send({"type": "closed", "failure": cut("\n".join(host.late_failures), 3900)})
    return 0

