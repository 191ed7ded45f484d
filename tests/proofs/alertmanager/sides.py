"""The two: processes, their API and amtool."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from notified import CONFIG, TEMPLATE
from recorders import Mailbox, Recorder

OURS = os.environ["TEXTISUR_ALERTMANAGER"]
PEER = os.environ.get("ALERTMANAGER", "prometheus-alertmanager")
AMTOOL = os.environ.get("AMTOOL", "amtool")
EXTERNAL_URL = "http://alerts.example:9093/here"
DEADLINE = 30


def until(condition, what):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            print(f"        waited in vain: {what}")
            return
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Alertmanager:
    """One of the two, with its recorders."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder / name
        self.folder.mkdir()
        self.recorder, self.mailbox = Recorder(), Mailbox()
        self.config = self.folder / "alertmanager.yml"
        self.config.write_text(CONFIG.format(recorder=self.recorder.address, mail=self.mailbox.address))
        (self.folder / "own.tmpl").write_text(TEMPLATE)
        self.address = f"127.0.0.1:{free_port()}"
        self.process = None

    def start(self):
        data = self.folder / "data"
        if self.name == "real":
            command = [
                PEER,
                f"--config.file={self.config}",
                f"--storage.path={data}",
                f"--web.listen-address={self.address}",
                "--cluster.listen-address=",
                f"--web.external-url={EXTERNAL_URL}",
                "--web.route-prefix=/",
            ]
        else:
            command = [OURS, str(self.config), str(data), self.address, EXTERNAL_URL]
        self.log = open(self.folder / "log", "a")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        until(lambda: self.is_ready(), f"{self.name} is ready")

    def is_ready(self):
        if self.process.poll() is not None:
            sys.exit(f"{self.name} ended:\n{(self.folder / 'log').read_text()}")
        try:
            return self.ask("GET", "/-/ready")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.log.close()

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://{self.address}{path}", method=method)
        if body is not None:
            request.add_header("content-type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                text = answer.read().decode()
                return answer.status, read(text)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, read(text)

    def amtool(self, *args):
        done = subprocess.run(
            [AMTOOL, f"--alertmanager.url=http://{self.address}", *args],
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
        return done.returncode, done.stdout + done.stderr


def read(text):
    """JSON, where it is."""
    return json.loads(text) if text.startswith(("[", "{", '"')) else text
