"""A terminal of a given size that is looked at and typed into: a tmux server of our own."""
import itertools
import os
import re
import subprocess

from .net import Failure, die_with_parent, run, wait_for


class Screen:
    """A shell in it, in `directory`; everything ends with close()."""

    # A server that is about to end shall not be taken for the next one.
    _names = (f"weir-{n}" for n in itertools.count())

    def __init__(self, directory, patience, width=80, height=24, **environment):
        self.patience, self.name = patience, next(self._names)
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", TMUX_TMPDIR=directory, **environment)
        for name in ("TMUX", "NO_COLOR"):
            if name not in environment:
                self.environment.pop(name, None)
        # In the foreground (-D) and started by us, it ends with us however we end.
        self.server = subprocess.Popen(["tmux", "-L", self.name, "-f", "/dev/null", "-D"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, env=self.environment,
                                       preexec_fn=die_with_parent)
        try:
            wait_for(lambda: self.tmux("show-options", "-s", check=False), 20 * patience, "tmux's server")
            self.tmux("new-session", "-d", "-c", directory, "-x", width, "-y", height,
                      "env PS1='shell> ' sh")
            self.expects("^shell>")
        except BaseException:
            self.close()
            raise

    def tmux(self, *words, check=True):
        """Asks the server; none is started (-N) where there is none."""
        return run(["tmux", "-N", "-L", self.name, *map(str, words)], env=self.environment,
                   check=check).stdout

    def text(self):
        """What is on it now, line by line."""
        return self.tmux("capture-pane", "-p")

    def lines(self):
        return self.text().rstrip("\n").split("\n")

    def attributes(self):
        """The same with the escape sequences of colours."""
        return self.tmux("capture-pane", "-p", "-e")

    def is_plain(self):
        """No full-screen program has it, and the cursor is seen."""
        return self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split() == ["0", "1"]

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def types(self, line):
        self.tmux("send-keys", "-l", line)
        self.press("Enter")

    def resize(self, width, height):
        self.tmux("resize-window", "-x", width, "-y", height)

    def expects(self, pattern, seconds=30):
        """The match of the pattern, once it is to be seen."""
        try:
            return wait_for(lambda: re.search(pattern, self.text(), re.M), seconds * self.patience,
                            pattern, every=0.1)
        except Failure:
            raise Failure(f"{pattern!r} does not come; the screen shows:\n{self.text()}") from None

    def close(self):
        self.tmux("kill-server", check=False)
        self.server.kill()
        self.server.wait()
