"""A process that has imported pytest and forks, so that each session starts without the cost of the import.

CONFIG is JSON: `places`, how many sessions there may be. The place numbered P has four descriptors from 5 + 4 P on: what the session
reads, what it writes, its standard output, its standard error. Asked on descriptor 3 with a line of JSON,
`{"place", "mode", "config", "environment"}`, it answers on descriptor 4 with `{"place", "pid"}`, and when the process has ended with
`{"pid", "code"}` or `{"pid", "signal"}`. It ends when nobody can ask any more, and its sessions with it. The import starts no thread, so a fork copies all.
"""

import gc
import json
import os
import select
import signal
import sys
import time

import shardwright_discovery
import shardwright_session

FIRST = 5
EACH = 4
# How long a session may take to end by itself once nobody asks any more.
GRACE_S = 1.0


def main(config_text):
    places = json.loads(config_text)["places"]
    # As `python -m pytest` has it: what the import finds must not depend on who asked for it.
    sys.path[0] = os.getcwd()
    # An import makes no garbage worth a search; and what it leaves is left alone by the sessions' searches, so that its memory is shared.
    gc.disable()
    try:
        load_pytest()
    except BaseException:
        # Each session finds out by itself, and can say so.
        pass
    gc.freeze()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    rest = b""
    sessions = set()
    while True:
        ready, _, _ = select.select([3, wake_read], [], [])
        if wake_read in ready:
            os.read(wake_read, 4096)
            report_ended(sessions)
        if 3 not in ready:
            continue
        chunk = os.read(3, 65536)
        if not chunk:
            end_sessions(sessions)
            os._exit(0)
        rest += chunk
        while b"\n" in rest:
            line, rest = rest.split(b"\n", 1)
            request = json.loads(line)
            pid = os.fork()
            if pid == 0:
                os.close(wake_read)
                os.close(wake_write)
                return become(request, places)
            for fd in descriptors(request["place"]):
                os.close(fd)
            sessions.add(pid)
            say({"place": request["place"], "pid": pid})


def load_pytest():
    """Imports pytest, and what it would import first thing: its own plugins and the reader of installed packages."""
    import importlib
    import importlib.metadata

    import pytest  # noqa: F401
    from _pytest.config import default_plugins

    for name in default_plugins:
        importlib.import_module("_pytest." + name)


def become(request, places):
    """In the new process: what a program started afresh would find."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    read, write, output, errors = descriptors(request["place"])
    for target, fd in ((3, read), (4, write), (1, output), (2, errors)):
        os.dup2(fd, target)
    os.set_inheritable(3, False)
    os.set_inheritable(4, False)
    for place in range(places):
        for fd in descriptors(place):
            try:
                os.close(fd)
            except OSError:
                # A place that was taken before: the parent keeps none of those.
                pass
    os.environ.clear()
    os.environ.update(request["environment"])
    gc.enable()
    program = shardwright_discovery if request["mode"] == "discover" else shardwright_session
    return program.main(request["config"])


def report_ended(sessions):
    for pid, status in ended():
        sessions.discard(pid)
        if os.WIFSIGNALED(status):
            say({"pid": pid, "signal": signal.Signals(os.WTERMSIG(status)).name})
        else:
            say({"pid": pid, "code": os.WEXITSTATUS(status)})


def end_sessions(sessions):
    """Who asked is gone, perhaps killed: a test that hangs would run on for ever."""
    deadline = time.monotonic() + GRACE_S
    while sessions and time.monotonic() < deadline:
        time.sleep(0.02)
        sessions.difference_update([pid for pid, _ in ended()])
    for pid in sessions:
        # Between its fork and its setsid it has no group yet.
        for end in (os.killpg, os.kill):
            try:
                end(pid, signal.SIGKILL)
            except OSError:
                pass


def ended():
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


def descriptors(place):
    return range(FIRST + EACH * place, FIRST + EACH * (place + 1))


def say(message):
    data = memoryview(json.dumps(message).encode("ascii") + b"\n")
    try:
        while data:
            data = data[os.write(4, data) :]
    except OSError:
        # The end of descriptor 3 says the same, and is acted upon.
        pass
