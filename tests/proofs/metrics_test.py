"""Debian's Prometheus beside the built-in one.

* Beside: the unchanged `prometheus.yml` of the running stack. The two scrape at moments of their own, so values differ by what
  happened in between: targets, rules, alerts, names of series and the label sets of every answer must be equal.
* Exact: a Prometheus that scrapes every second and hands every sample on by remote write. Both then hold the same samples, and must
  give the same answers to nine digits, for every query of every dashboard and rule.

Prometheus 2.42 takes a range's left end in, and Prometheus 3, as the built-in one, leaves it out: times are chosen so that no sample is
there.
"""

import json
import os
import pathlib
import re
import tempfile
import threading
import time
import unittest
from operator import ne

from peers import Prometheus, Server, by_labels, differences, fetch, free_port, program, until

TRAFFIC = ["/", "/products", "/products/1", "/api/products?q=playera", "/api/products/1", "/nowhere", "/api/health"]
# Groups of rules of five minutes may have had a turn in one of the two only.
ALIKE_WITHIN = 360  # seconds
SCRAPED_FOR = 60  # seconds of samples behind the exact comparison


def expressions(ops):
    """Every PromQL expression of rules and dashboards, with what a dashboard's variables may stand for."""
    found = {}
    for file in sorted((ops / "prometheus/alerts").glob("*.yml")):
        for line in re.finditer(r"^( *)(?:- )?expr: *(.*)$", file.read_text(), re.M):
            text = line[2]
            if text in ("|", "|-", ">", ">-"):
                below = file.read_text()[line.end() + 1 :].split("\n")
                indented = []
                for each in below:
                    if each.strip() and len(each) - len(each.lstrip()) <= len(line[1]):
                        break
                    indented.append(each.strip())
                text = "\n".join(indented)
            found[text.strip().strip("'\"")] = file.name
    for file in sorted((ops / "grafana/dashboards").glob("*.json")):
        for query in promql(json.loads(file.read_text())):
            found[filled(query)] = file.name
    return found


def promql(node, source=None):
    """The `expr` of every target whose data source is Prometheus."""
    if isinstance(node, list):
        for each in node:
            yield from promql(each, source)
    elif isinstance(node, dict):
        own = node.get("datasource")
        kind = (own.get("type") if isinstance(own, dict) else own) or source
        if isinstance(node.get("expr"), str) and node["expr"] and kind != "loki":
            yield node["expr"]
        for each in node.values():
            yield from promql(each, kind)


def filled(query):
    for name, value in {"__rate_interval": "30s", "__interval": "5s", "__range": "40s", "__range_s": "40"}.items():
        query = re.sub(r"\$\{?" + name + r"\b\}?", value, query)
    return re.sub(r"\$\{?[a-z_]+(:\w+)?\}?", ".*", query)


def is_ranked(query):
    """Of equal values, which ones are kept is nowhere laid down."""
    return bool(re.search(r"\b(top|bottom)k\b", query))


class Traffic(threading.Thread):
    def __init__(self, edge):
        super().__init__()
        self.edge, self.done = edge, threading.Event()

    def run(self):
        while not self.done.is_set():
            for path in TRAFFIC:
                fetch(self.edge + path)
            self.done.wait(0.2)


class BesideTheRealOne(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        folder = pathlib.Path(cls.scratch.name)
        cls.ops = pathlib.Path(os.environ["OPS"])
        cls.results = pathlib.Path(os.environ["RESULTS"])
        cls.built_in = Prometheus(os.environ["PROMETHEUS_URL"])
        cls.traffic = Traffic(os.environ["BASE_URL"])
        cls.traffic.start()
        cls.addClassCleanup(cls.end_traffic)

        # Both find it by file-based service discovery, and it takes two minutes to fire: the other tests run meanwhile.
        cls.targets = cls.ops / "prometheus/targets/payment-sandbox.json"
        cls.alive = cls.targets.read_text()
        dead = {"targets": [f"127.0.0.1:{free_port()}"], "labels": {"instance": "dead-1", "service": "dead"}}
        cls.targets.write_text(json.dumps([*json.loads(cls.alive), dead]))
        cls.addClassCleanup(cls.targets.write_text, cls.alive)

        cls.real = cls.prometheus(folder / "beside", cls.ops / "prometheus/prometheus.yml")
        cls.began = time.time()
        cls.receiver = cls.observe(folder / "receiver")
        cls.exact = cls.prometheus(folder / "exact", cls.remote_writing(folder / "exact.yml"))

    @classmethod
    def end_traffic(cls):
        cls.traffic.done.set()
        cls.traffic.join()

    @classmethod
    def prometheus(cls, folder, config):
        address = f"127.0.0.1:{free_port()}"
        server = Server(
            [
                program("PROMETHEUS"),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder}",
                f"--web.listen-address={address}",
            ],
            f"http://{address}/-/ready",
            cls.results / f"prometheus-{folder.name}.log",
        )
        cls.addClassCleanup(server.stop)
        return Prometheus(f"http://{address}")

    @classmethod
    def observe(cls, folder):
        """A built-in one that scrapes nothing and has no rules."""
        (folder / "ops").mkdir(parents=True)
        for file in cls.ops.rglob("*.yml"):
            copy = folder / "ops" / file.relative_to(cls.ops)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
        (folder / "ops/prometheus/prometheus.yml").write_text("global: {}\n")
        ports = ["prometheus", "alertmanager", "loki", "otlp", "otlp_grpc", "jaeger", "console"]
        endpoints = json.loads((cls.ops.parent / "endpoints.json").read_text())
        listen = {port: f"127.0.0.1:{free_port()}" for port in ports if port in endpoints}
        arguments = [program("TEXTISUR"), "observe", "--data-dir", folder, "--set", f"observe.ops_dir={folder / 'ops'}"]
        for port, address in listen.items():
            arguments += ["--set", f"observe.listen.{port}={address}"]
        server = Server(arguments, f"http://{listen['prometheus']}/-/ready", cls.results / "receiver.log")
        cls.addClassCleanup(server.stop)
        return Prometheus(f"http://{listen['prometheus']}")

    @classmethod
    def remote_writing(cls, path):
        text = (cls.ops / "prometheus/prometheus.yml").read_text()
        text = re.sub(r"(scrape|evaluation)_interval: \S+", r"\1_interval: 1s", text)
        text = re.sub(r"scrape_timeout: \S+", "scrape_timeout: 1s", text)
        text = text.replace("targets/", f"{cls.ops}/prometheus/targets/").replace("'alerts/", f"'{cls.ops}/prometheus/alerts/")
        path.write_text(text + f"\nremote_write:\n  - url: {cls.receiver.url}/api/v1/write\n")
        return path

    def test_exact_every_query_has_the_same_answer_over_the_same_samples(self):
        until("enough was scraped", lambda: time.time() > self.began + SCRAPED_FOR)
        # What was scraped until now must have arrived: remote write lags by its flush interval.
        last = time.time()
        everything = 'count({__name__=~".+"})'
        until(
            "remote write has caught up",
            lambda: not differences(self.receiver.instant(everything, last), self.exact.instant(everything, last), 0)
            and float(self.receiver.instant("max(timestamp(up))", time.time())["result"][0]["value"][1]) > last,
        )
        at = self.where_no_sample_is(last - 5)
        # Prometheus 2.42 extrapolates a rate otherwise where a range begins before its series: ranges are made to fit.
        queries = {re.sub(r"\[\w+(:?)", r"[30s\1", query): file for query, file in expressions(self.ops).items()}
        self.assertGreater(len(queries), 50, "rules and dashboards were not found")
        wrong, answered = [], 0
        for query, file in queries.items():
            theirs = self.exact.instant(query, at)
            self.assertNotIn("error", theirs, f"{file}: {query}")
            answered += bool(theirs["result"])
            for offset in (0, 7, 13):
                found = differences(self.receiver.instant(query, at - offset), self.exact.instant(query, at - offset), 1e-9, ranked=is_ranked(query))
                wrong += [f"{file}: {query} at -{offset}: {each}" for each in found]
            window = (at - 15, at, 5)
            found = differences(self.receiver.range(query, *window), self.exact.range(query, *window), 1e-9, ranked=is_ranked(query))
            wrong += [f"{file}: {query} over 15 s: {each}" for each in found]
        (self.results / "differences.txt").write_text("\n".join(wrong))
        self.assertEqual(wrong[:20], [], f"{len(wrong)} differences in {len(queries)} queries")
        self.assertGreater(answered, len(queries) // 3, "most queries answer nothing: the comparison says too little")
        print(f"{len(queries)} queries, {answered} with an answer, at 3 times and over 4 steps: the same to nine digits")

    def where_no_sample_is(self, around):
        """A time whose milliseconds no sample has: no range then begins or ends at one."""
        series = self.exact.get("query", query='{__name__=~".+"}[2m]', time=around)["result"]
        taken = {round(at * 1000) % 1000 for each in series for at, _ in each["values"]}
        free = [ms for ms in range(1000) if not taken & {(ms + off) % 1000 for off in (-1, 0, 1)}]
        self.assertTrue(free, "every millisecond has a sample")
        return int(around) + free[-1] / 1000

    def same(self, what, ask):
        """Both say the same in the end; if not, what differs."""
        try:
            until(f"the same {what}", lambda: ask(self.built_in) == ask(self.real), ALIKE_WITHIN)
        except AssertionError:
            self.assertEqual(ask(self.built_in), ask(self.real))

    def test_beside_the_same_targets_rules_and_series(self):
        def targets(server):
            return {
                (target["scrapePool"], target["scrapeUrl"], tuple(sorted(target["labels"].items())), target["health"])
                for target in server.get("targets")["activeTargets"]
            }

        self.same("targets", targets)
        down = [dict(labels)["instance"] for _, _, labels, health in targets(self.real) if health != "up"]
        self.assertEqual(down, ["dead-1"])

        def rules(server):
            kept = ("name", "query", "type", "labels", "annotations", "duration")
            return [
                (group["name"], group["interval"], [{key: rule.get(key) for key in kept} for rule in group["rules"]])
                for group in sorted(server.get("rules")["groups"], key=lambda group: group["name"])
            ]

        self.assertEqual(rules(self.built_in), rules(self.real))
        # Groups of five minutes have not all had their turn.
        for server in (self.built_in, self.real):
            of_group = [rule for group in server.get("rules")["groups"] for rule in group["rules"]]
            self.assertEqual([rule for rule in of_group if rule["health"] == "err"], [])

        def names(server):
            return set(server.get("label/__name__/values"))

        self.same("names of series", names)

    def test_finally_the_same_alert_has_fired_after_its_two_minutes_and_resolves(self):
        def firing(server):
            found = [each for each in server.get("alerts")["alerts"] if each["labels"]["alertname"] == "ServiceDown"]
            return [(each["state"], each["labels"], each["annotations"], float(each["value"])) for each in found]

        for server in (self.real, self.built_in):
            until("ServiceDown fires", lambda: any(state == "firing" for state, *_ in firing(server)), 240)
        self.assertEqual(firing(self.built_in), firing(self.real))
        self.targets.write_text(self.alive)
        for server in (self.real, self.built_in):
            until("ServiceDown has ended", lambda: not firing(server))

    def test_beside_every_query_has_the_same_label_sets(self):

        def shape(query, answer):
            labels = {labels for labels, *_ in by_labels(answer)}
            # Which are the largest depends on the moment.
            return len(labels) if is_ranked(query) else labels

        def both(query):
            at = time.time() - 1
            return shape(query, self.built_in.instant(query, at)), shape(query, self.real.instant(query, at))

        # The built-in one has seen more: some series come, and some rates are known, a few scrapes later in the other.
        left = expressions(self.ops)
        deadline = time.monotonic() + ALIKE_WITHIN
        while left and time.monotonic() < deadline:
            left = {query: file for query, file in left.items() if ne(*both(query))}
        for query, file in left.items():
            with self.subTest(file=file, query=query):
                self.assertEqual(*both(query))


if __name__ == "__main__":
    unittest.main(verbosity=2)
