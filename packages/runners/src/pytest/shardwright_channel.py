"""Lines of JSON between this process and the runner that started it."""

import json
import os


class Channel:
    """Keeps its two descriptors away from the tests: out of the low numbers, and out of the processes they start."""

    def __init__(self, read_fd, write_fd):
        self.pid = os.getpid()
        self.read_fd = move_away(read_fd)
        self.write_fd = move_away(write_fd)
        self.rest = b""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.abandon)

    def abandon(self):
        os.close(self.read_fd)
        os.close(self.write_fd)

    def leave_if_forked(self):
        """Ends a process that a test forked and that came back into pytest: it must not run the rest a second time."""
        if os.getpid() != self.pid:
            os._exit(0)

    def receive(self):
        """The next message, None when the other side has gone."""
        self.leave_if_forked()
        while b"\n" not in self.rest:
            chunk = os.read(self.read_fd, 65536)
            if not chunk:
                return None
            self.rest += chunk
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def send(self, message):
        if os.getpid() != self.pid:
            return
        data = memoryview(json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n")
        try:
            while data:
                data = data[os.write(self.write_fd, data) :]
        except OSError:
            # Nobody listens any more: whatever the tests go on to do is for nothing.
            os._exit(1)


def move_away(fd):
    try:
        import fcntl
    except ImportError:
        os.set_inheritable(fd, False)
        return fd
    for lowest in (200, 20):
        try:
            moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        os.close(fd)
        return moved
    os.set_inheritable(fd, False)
    return fd
