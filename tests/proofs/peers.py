"""What the proofs share: programs started and ended, HTTP asked, answers of two servers compared."""

import json
import math
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 120  # seconds until something that has to happen counts as never happening


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def program(name):
    """The path in an environment variable that `cargo xtask test` sets."""
    path = os.environ.get(name)
    if not path or not pathlib.Path(path).exists():
        raise RuntimeError(f"{name} must name a program: run this by `cargo xtask test proofs`")
    return path


def fetch(url, method="GET", body=None, headers=None, timeout=60):
    """Status and body; an answer that is an error is an answer."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def until(what, condition, patience=PATIENCE):
    """What `condition` returns once that is true."""
    deadline = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        time.sleep(0.25)


class Server:
    """A program that listens; ended by `stop`."""

    def __init__(self, arguments, ready, log):
        self.log = pathlib.Path(log)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            until(f"{arguments[0]} is ready at {ready}", lambda: self.answers(ready))
        except BaseException:
            self.stop()
            raise

    def answers(self, url):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args[4]} ended:\n{self.log.read_text(errors='replace')[-3000:]}")
        try:
            return fetch(url, timeout=5)[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Prometheus:
    """Prometheus's HTTP API, whoever answers."""

    def __init__(self, url):
        self.url = url.rstrip("/")

    def get(self, path, **parameters):
        """`data` of an answer, or the error as `{"error": type}`."""
        encoded = urllib.parse.urlencode(parameters, doseq=True)
        status, body = fetch(f"{self.url}/api/v1/{path}?{encoded}")
        answer = json.loads(body)
        if answer["status"] != "success":
            return {"error": answer["errorType"], "message": answer["error"], "code": status}
        return answer["data"]

    def instant(self, query, at):
        return self.get("query", query=query, time=f"{at:.3f}")

    def range(self, query, start, end, step):
        return self.get("query_range", query=query, start=f"{start:.3f}", end=f"{end:.3f}", step=step)


def by_labels(data):
    """An answer's samples by their labels and times."""
    if "error" in data:
        return {("error",): data["error"]}
    if data["resultType"] in ("scalar", "string"):
        return {(data["resultType"],): data["result"][1]}
    samples = {}
    for series in data["result"]:
        labels = tuple(sorted(series["metric"].items()))
        for at, value in series.get("values", [series.get("value")]):
            samples[labels, at] = value
    return samples


def close(one, other, relative, absolute):
    if one == other:
        return True
    try:
        one, other = float(one), float(other)
    except ValueError:
        return False
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=relative, abs_tol=absolute)


def by_rank(samples):
    """Values at each time in their order, whosever they are."""
    ordered = {}
    for (_, at), value in sorted(samples.items(), key=lambda sample: float(sample[1])):
        ordered[at, sum(key[0] == at for key in ordered)] = value
    return ordered


def differences(mine, theirs, relative, absolute=0.0, ranked=False):
    """What differs between two answers, in words; empty when nothing does. Of `ranked` answers only the values count."""
    mine, theirs = by_labels(mine), by_labels(theirs)
    if ranked and ("error",) not in mine.keys() | theirs.keys():
        mine, theirs = by_rank(mine), by_rank(theirs)
    found = [f"only built-in: {key} = {mine[key]}" for key in mine.keys() - theirs.keys()]
    found += [f"only Prometheus: {key} = {theirs[key]}" for key in theirs.keys() - mine.keys()]
    for key in mine.keys() & theirs.keys():
        if not close(mine[key], theirs[key], relative, absolute):
            found.append(f"{key}: built-in {mine[key]}, Prometheus {theirs[key]}")
    return found
