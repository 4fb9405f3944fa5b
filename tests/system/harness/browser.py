"""Chromium without a window, spoken to by the DevTools protocol over two pipes."""
import base64
import fcntl
import itertools
import json
import os
import pathlib
import select
import shutil
import subprocess
import time

from .net import Failure, die_with_parent, expect, wait_for

# A sandbox needs what root in a namespace has not, and a GPU is not there.
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-proxy-server", "--remote-debugging-pipe")


class Browser:
    """One page in a namespace; everything ends with close()."""

    def __init__(self, namespace, directory, patience):
        self.patience = patience
        self.profile = f"{directory}/chromium"
        self.numbers = itertools.count(1)
        self.buffer, self.complaints, self.session = b"", [], None
        their_in, self.ours_out = os.pipe()
        self.ours_in, their_out = os.pipe()
        # Chromium has its pipes at 3 and 4: out of the way with those of ours that are there.
        low = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in (their_in, their_out)]

        def arrange():
            die_with_parent()
            os.dup2(low[0], 3)
            os.dup2(low[1], 4)

        self.process = subprocess.Popen(
            namespace.command("chromium", *_OPTIONS, f"--user-data-dir={self.profile}", "about:blank"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=directory), preexec_fn=arrange, pass_fds=(3, 4))
        for fd in (their_in, their_out, *low):
            os.close(fd)
        try:
            self._open_page()
        except BaseException:
            self.close()
            raise

    def _open_page(self):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **parameters):
        number = next(self.numbers)
        request = {"id": number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.ours_out, json.dumps(request).encode() + b"\0")
        end = time.monotonic() + 60 * self.patience
        while True:
            message = self._next(end, method)
            if message.get("id") == number:
                expect("error" not in message, f"{method}: {message.get('error')}")
                return message["result"]

    def _next(self, end, what):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.ours_in], [], [], max(0, end - time.monotonic()))
            part = os.read(self.ours_in, 1 << 20) if ready else b""
            if not part:
                raise Failure(f"chromium does not answer {what}; exit {self.process.poll()}")
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(line)
        self._note(message)
        return message

    def _note(self, message):
        """What a person would find in the console."""
        event, what = message.get("method"), message.get("params", {})
        if event == "Runtime.exceptionThrown":
            self.complaints.append(str(what["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(what["args"]))
        elif event == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{what['entry']['text']} {what['entry'].get('url', '')}")

    def window(self, width, height, dark=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def go(self, url):
        self.ask("Page.navigate", url=url)

    def value(self, expression):
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        expect("exceptionDetails" not in answer, f"{expression}: {answer}")
        return answer["result"].get("value")

    def waits_for(self, expression, what):
        """The first value of it that is true."""
        try:
            return wait_for(lambda: self.value(expression), 30 * self.patience, what, every=0.2)
        except Failure as failure:
            text = self.value("document.body && document.body.innerText")
            raise Failure(f"{failure}; console: {self.complaints}; the page says: {text!r:.600}") from None

    def picture(self, path):
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        os.close(self.ours_out)  # it ends with its pipe
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.ours_in)
        shutil.rmtree(self.profile, ignore_errors=True)
