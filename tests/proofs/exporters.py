#!/usr/bin/env python3
"""The collectors beside the exporters they stand in for: every name the real one tells must be told here, with the same type, help and
labels, and where nothing moves with the same value.

    NODE_EXPORTER=… MYSQLD_EXPORTER=… NGINX_EXPORTER=… COLLECTORS_URL=http://127.0.0.1:9090 \\
    MYSQL=user:password@127.0.0.1:3306 STUB_STATUS=http://127.0.0.1:8080/stub_status exporters.py

An exporter whose variable is not set is left out, that of MySQL also without a server; with none of them there is nothing to prove, and that is an error.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

PATIENCE = 20

# Of the exporters themselves, their runtime, and how long they took.
OWN = re.compile(
    r"^(go_|process_|promhttp_|(node|mysqld|nginx)_?exporter_build_info|nginxexporter_)|_collector_(duration_seconds|success)$"
)
# What the collectors do not cover, by name: node_exporter's directory of text files.
NOT_COVERED = re.compile(r"^node_textfile_")
# Values that are the same a moment later on a machine that is at work.
STABLE = re.compile(
    r"^node_(boot_time_seconds|cpu_guest_|disk_info|entropy_pool|filefd_maximum|filesystem_(size|files$|readonly|device_error)"
    r"|memory_(MemTotal|SwapTotal|HugePages|Hugepagesize|CommitLimit|VmallocTotal)"
    r"|network_(address_assign|carrier|device_id|dormant|flags|iface|info|mtu|name_assign|net_dev_group|protocol_type|speed|up$|transmit_queue)"
    r"|nf_conntrack_entries_limit|os_|selinux_enabled|time_zone|time_clocksource|timex_(status|tick|loop|pps|tai|sync)|uname)"
    r"|^mysql_(global_variables_|version_info|galera_|transaction_isolation|up$|info_schema_)"
    r"|^mysql_global_status_(buffer_pool_pages|performance_schema|connection_errors|uptime_since)"
    r"|^nginx_up$"
)
# Variables that tell of the one who asks, or of the moment.
MOVING = {
    "mysql_global_variables_timestamp",
    "mysql_global_variables_pseudo_thread_id",
    "mysql_global_variables_lock_wait_timeout",
    "mysql_global_status_buffer_pool_pages",
}
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def read(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def parse(page):
    """Families: name to (type, help, {labels: value})."""
    families, kinds, helps = {}, {}, {}
    for line in page.splitlines():
        if line.startswith("# HELP "):
            _, _, name, text = line.split(" ", 3)
            helps[name] = text
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            kinds[name] = kind
            families[name] = (kind, helps.get(name, ""), {})
        elif line:
            sample, value = line.rsplit(" ", 1)
            name, _, labels = sample.partition("{")
            family = name if name in families else re.sub(r"_(sum|count|bucket)$", "", name)
            assert family in families, f"{line} belongs to no family"
            key = (name, tuple(sorted(LABEL.findall(labels))))
            samples = families[family][2]
            assert key not in samples, f"{line} is told twice"
            samples[key] = float(value)
    return families


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Exporter:
    """The real one, on a free port, until the end of the block."""

    def __init__(self, command, environment=None):
        self.url = f"127.0.0.1:{free_port()}"
        self.command = [part.replace("ADDRESS", self.url) for part in command]
        self.environment = {**os.environ, **(environment or {})}

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return self

    def page(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return read(f"http://{self.url}/metrics")
            except OSError:
                assert self.process.poll() is None, f"{self.command[0]} ended: {self.process.returncode}"
                assert time.monotonic() < deadline, f"{self.command[0]} does not answer"
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)


def compare(what, real, ours):
    """Names what differs; answers how many families and samples were looked at."""
    wrong, families, samples, same_values = [], 0, 0, 0
    for name, (kind, text, values) in sorted(real.items()):
        if OWN.search(name) or NOT_COVERED.search(name):
            continue
        families += 1
        if name not in ours:
            wrong.append(f"{name} is missing")
            continue
        our_kind, our_text, our_values = ours[name]
        if kind != our_kind:
            wrong.append(f"{name} is a {our_kind}, not a {kind}")
        if text.strip() != our_text.strip():
            wrong.append(f"{name}: {our_text!r}, not {text!r}")
        for key, value in values.items():
            samples += 1
            if key not in our_values:
                wrong.append(f"{key} is missing")
            elif STABLE.search(name) and name not in MOVING:
                same_values += 1
                if abs(our_values[key] - value) > 1e-9 * max(1.0, abs(value)):
                    wrong.append(f"{key} is {our_values[key]}, not {value}")
    for line in wrong:
        print(f"{what}: {line}")
    print(f"{what}: {families} families, {samples} samples, {same_values} values compared, {len(wrong)} differ")
    assert families > 0, f"the real {what} tells nothing"
    return len(wrong)


def main():
    collectors = os.environ["COLLECTORS_URL"].rstrip("/") + "/collectors/"
    environment = os.environ.get
    exporters = {}
    if environment("NODE_EXPORTER"):
        exporters["node"] = Exporter([environment("NODE_EXPORTER"), "--web.listen-address=ADDRESS"])
    if environment("MYSQLD_EXPORTER") and environment("MYSQL"):
        login, _, address = environment("MYSQL").rpartition("@")
        exporters["mysql"] = Exporter(
            [environment("MYSQLD_EXPORTER"), "--web.listen-address=ADDRESS"],
            {"DATA_SOURCE_NAME": f"{login}@tcp({address})/"},
        )
    if environment("NGINX_EXPORTER"):
        exporters["nginx"] = Exporter(
            [environment("NGINX_EXPORTER"), "-web.listen-address=ADDRESS", f"-nginx.scrape-uri={environment('STUB_STATUS')}"]
        )
    assert exporters, "no exporter is named: set NODE_EXPORTER, MYSQLD_EXPORTER or NGINX_EXPORTER"
    wrong = 0
    for what, exporter in exporters.items():
        with exporter:
            real = parse(exporter.page())
            ours = parse(read(collectors + what))
            wrong += compare(what, real, ours)
            if what == "node":
                failed = [key for key, value in ours["node_scrape_collector_success"][2].items() if value != 1]
                theirs = real["node_scrape_collector_success"][2]
                for key in failed:
                    if theirs.get(key) == 1:
                        print(f"node: {key} failed here and not there")
                        wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
