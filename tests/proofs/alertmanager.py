#!/usr/bin/env python3
"""The built-in Alertmanager beside the real one: the same configuration, alerts, silences and amtool, the same outcome.

Both run on ports of their own and notify a recorder of their own; what the recorders got, what the API answers and what
amtool says is compared, times that cannot be equal left out. Needs:

  TEXTISUR_ALERTMANAGER  the built-in one: `CONFIG FOLDER ADDRESS URL` serves it, `check CONFIG` reads a configuration
                         (cargo build -p observe --example alertmanager)
  ALERTMANAGER, AMTOOL   the real ones; by default those of Debian's package prometheus-alertmanager

Prints a line a comparison, and a diff where one fails. Ends with `N passed, N failed`.
"""

import difflib
import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OURS = os.environ["TEXTISUR_ALERTMANAGER"]
PEER = os.environ.get("ALERTMANAGER", "prometheus-alertmanager")
AMTOOL = os.environ.get("AMTOOL", "amtool")
EXTERNAL_URL = "http://alerts.example:9093/here"
DEADLINE = 30

CONFIG = """
global:
  resolve_timeout: 5m
  slack_api_url: http://{recorder}/slack
  pagerduty_url: http://{recorder}/pagerduty
  smtp_smarthost: {mail}
  smtp_from: alerts@textisur.mx
  smtp_require_tls: false
templates: ['*.tmpl']
route:
  receiver: fallback
  group_by: [alertname, cluster]
  group_wait: 300ms
  group_interval: 1s
  repeat_interval: 1h
  routes:
    - matchers: ['team="store"']
      receiver: store.team
      continue: true
      group_by: ['...']
    - match: {{team: store}}
      match_re: {{severity: page|critical}}
      receiver: pager
      routes:
        - matchers: ['{{service=~"check.*", env!="dev"}}']
          receiver: checkout
          group_by: []
    - matchers: [team = muted]
      receiver: hook
      mute_time_intervals: [always]
    - matchers: [team = inactive]
      receiver: hook
      active_time_intervals: [never]
    - matchers: [team = flaky]
      receiver: flaky
    - matchers: [team = refused]
      receiver: refused
    - matchers: [team = mail]
      receiver: mail
    - matchers: [team = hook]
      receiver: hook
inhibit_rules:
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity=~"warning|info"']
    equal: [cluster, missing]
time_intervals:
  - name: always
    time_intervals: [{{days_of_month: ['1:-1'], location: America/Mexico_City}}]
  - name: never
    time_intervals: [{{years: ['1999']}}]
receivers:
  - name: fallback
    webhook_configs: [{{url: 'http://{recorder}/fallback'}}]
  - name: hook
    webhook_configs:
      - {{url: 'http://{recorder}/hook', max_alerts: 2, http_config: {{basic_auth: {{username: ana, password: secret}}}}}}
      - {{url: 'http://{recorder}/unresolved', send_resolved: false}}
  - name: store.team
    slack_configs:
      - send_resolved: true
        channel: '#store-{{{{ .CommonLabels.severity }}}}'
        title_link: '{{{{ (index .Alerts 0).GeneratorURL }}}}'
        text: '{{{{ template "own.text" . }}}}'
        fields:
          - {{title: Cluster, value: '{{{{ .CommonLabels.cluster | toUpper }}}}', short: true}}
          - {{title: Since, value: '{{{{ range .Alerts }}}}{{{{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}}};{{{{ end }}}}'}}
        actions:
          - {{type: button, text: Runbook, url: '{{{{ .CommonAnnotations.runbook }}}}', style: primary}}
          - {{type: button, text: Ack, name: ack, value: '{{{{ .GroupLabels.alertname }}}}', confirm: {{text: 'Sure?', ok_text: Sí}}}}
      - channel: '@ana'
  - name: pager
    pagerduty_configs:
      - routing_key: key-{{{{ .CommonLabels.team }}}}
        severity: '{{{{ if eq .CommonLabels.severity "critical" }}}}critical{{{{ else }}}}warning{{{{ end }}}}'
        class: '{{{{ .CommonLabels.alertname }}}}'
        details: {{num_firing: '<{{{{ .Alerts.Firing | len }}}}>', own: '{{{{ .GroupLabels.SortedPairs.Names | join "," }}}}'}}
        links: [{{href: '{{{{ .ExternalURL }}}}/x', text: x}}, {{href: '{{{{ "" }}}}', text: gone}}]
        images: [{{src: 'http://i/{{{{ .Status }}}}.png'}}]
  - name: checkout
    pagerduty_configs: [{{routing_key: plain}}]
    slack_configs: [{{title: '{{{{ reReplaceAll "(.)a" "$1-" .CommonLabels.alertname | title }}}} {{{{ len .CommonAnnotations.Values }}}}'}}]
  - name: flaky
    webhook_configs: [{{url: 'http://{recorder}/flaky'}}]
  - name: refused
    webhook_configs: [{{url: 'http://{recorder}/refused'}}]
  - name: mail
    email_configs:
      - to: 'ana@textisur.mx, Benito <benito@textisur.mx>'
        send_resolved: true
        html: ''
        text: '{{{{ template "own.text" . }}}}'
        headers: {{Reply-To: nobody@textisur.mx, subject: '{{{{ .Status }}}} {{{{ .GroupLabels.alertname }}}}'}}
"""

TEMPLATE = """
{{ define "own.text" -}}
{{ range $index, $alert := .Alerts -}}
{{ $index }}: {{ .Labels.alertname }} {{ if .Annotations.summary }}"{{ .Annotations.summary }}"{{ else }}-{{ end }}
{{- range $alert.Labels.Remove (stringSlice "alertname" "team") }} {{ . }}{{ end }}
{{ end -}}
{{ with .CommonLabels.nothing }}never{{ else }}{{ printf "%d/%q" (len .Alerts.Firing) .Status }}{{ end }}
{{- end }}
"""

passed = failed = 0


def check(what, peer, ours):
    """Compares two values; a difference is printed line by line."""
    global passed, failed
    if peer == ours:
        passed += 1
        print(f"ok      {what}")
        return
    failed += 1
    print(f"FAILED  {what}")
    text = lambda value: value.splitlines() if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True).splitlines()
    for line in difflib.unified_diff(text(peer), text(ours), "real", "built-in", lineterm="", n=2):
        print(f"        {line}")


class Recorder:
    """Remembers what was posted where. /flaky fails twice with 503 first, /refused always with 400."""

    def __init__(self):
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status = recorder.take(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.lock = threading.Lock()
        self.got = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        with self.lock:
            attempts = sum(1 for message in self.got if message["path"] == path)
            status = {"/flaky": 503 if attempts < 2 else 200, "/refused": 400}.get(path, 200)
            self.got.append(
                {
                    "path": path,
                    "type": headers["content-type"],
                    "authorization": headers["authorization"],
                    "status": status,
                    "body": json.loads(body),
                }
            )
            return status

    def messages(self):
        with self.lock:
            return sorted(self.got, key=lambda message: json.dumps(message, sort_keys=True))


class Mailbox:
    """A mail server that takes everything."""

    def __init__(self):
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                say = lambda text: self.wfile.write(text.encode() + b"\r\n")
                say("220 ready")
                people = []
                while line := self.rfile.readline():
                    verb = line.decode().strip()
                    if verb.upper().startswith("RCPT"):
                        people.append(verb.split(":", 1)[1].strip().lower())
                    if verb.upper() == "DATA":
                        say("354 go on")
                        letter = b""
                        while (part := self.rfile.readline()) != b".\r\n":
                            letter += part
                        mailbox.letters.append((sorted(people), letter.decode()))
                    say("221 bye" if verb.upper() == "QUIT" else "250 ok")
                    if verb.upper() == "QUIT":
                        return

        self.letters = []
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def read(self):
        """Who got what: the headers that matter, and the words of the body."""
        import email
        import email.policy

        read = []
        for people, text in self.letters:
            letter = email.message_from_string(text, policy=email.policy.default)
            body = letter.get_body(("plain",))
            read.append(
                {
                    "people": people,
                    "headers": {name: str(letter[name]) for name in ("Subject", "To", "From", "Reply-To")},
                    "text": body.get_content().split(),
                }
            )
        return sorted(read, key=json.dumps)


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


def until(condition, what):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            print(f"        waited in vain: {what}")
            return
        time.sleep(0.05)


def masked(value, query, key=""):
    """Without what cannot be the same in both: ids, and times of their own."""
    own = ("updatedAt", "id", "silencedBy") + (("startsAt", "endsAt") if query.startswith("silences") else ())
    if key in own and value:
        return f"<{key}>"
    if isinstance(value, dict):
        return {name: masked(inner, query, name) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(inner, query) for inner in value]
    return value


def stamp(ago):
    return (datetime.now(timezone.utc) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%S.123456Z")


START = stamp(3600)
END = stamp(-3600)


def alert(name, end=END, annotations=None, **labels):
    return {
        "labels": {"alertname": name, **labels},
        "annotations": annotations if annotations is not None else {"summary": f"{name} <b>&\"'", "runbook": "http://r/?a=1&b=2"},
        "startsAt": START,
        "endsAt": end,
        "generatorURL": f"http://prometheus:9090/graph?g0.expr={name}",
    }


FIRST = [
    alert("HighErrorRate", team="store", severity="critical", cluster="oaxaca", service="checkout", env="prod"),
    alert("SlowPages", team="store", severity="page", cluster="puebla", instance="a:1", job="shop"),
    alert("SlowPages", team="store", severity="page", cluster="puebla", instance="b:1", job="shop"),
    # Muted by HighErrorRate, as both have no label `missing`.
    alert("Warning", severity="warning", cluster="oaxaca"),
    alert("Warning", severity="warning", cluster="puebla", extra="one", zone="Ünïcode→"),
    alert("Nothing", annotations={}),
    alert("Empty", annotations={"summary": "", "other": "x"}, odd='a"b\\c\nd'),
    alert("Many", team="hook", n="1"),
    alert("Many", team="hook", n="2", job="z"),
    alert("Many", team="hook", n="3", job="a"),
    alert("L" + "o" * 1100 + "ng", team="store", severity="page", cluster="x"),
    alert("Muted", team="muted"),
    alert("Inactive", team="inactive"),
    alert("Flaky", team="flaky"),
    alert("Refused", team="refused"),
    alert("Mail", team="mail", annotations={"summary": "Falló la conexión"}),
]


def both(sides, what, work):
    peer, ours = [work(side) for side in sides]
    check(what, peer, ours)
    return peer


def settle(sides):
    """Until nobody has got anything for longer than a group's interval."""
    count = lambda: [(len(side.recorder.messages()), len(side.mailbox.letters)) for side in sides]
    last, since = count(), time.monotonic()
    began = since
    while time.monotonic() - since < 2.5 and time.monotonic() - began < DEADLINE:
        time.sleep(0.1)
        if count() != last:
            last, since = count(), time.monotonic()


def notifications(sides, what):
    settle(sides)
    total = both(sides, f"{what}: how many messages", lambda side: len(side.recorder.messages()))
    paths = sorted({message["path"] for side in sides for message in side.recorder.messages()})
    for path in paths:
        of_path = lambda side: [message for message in side.recorder.messages() if message["path"] == path]
        # Which are refused is told once a group's interval: how often that was is chance.
        if path == "/refused":
            both(sides, f"{what}: {path}", lambda side: of_path(side)[:1])
        else:
            both(sides, f"{what}: {path}", of_path)
    both(sides, f"{what}: mail", lambda side: side.mailbox.read())
    return total


def tell(sides, alerts):
    """The first mutes others. The real one takes notice of that beside telling, so it is given a moment."""
    for part in (alerts[:1], alerts[1:]):
        for side in sides:
            status, said = side.ask("POST", "/api/v2/alerts", part)
            assert status == 200, said
        time.sleep(0.5)


def story(sides):
    both(sides, "receivers", lambda side: side.ask("GET", "/api/v2/receivers"))

    for side in sides:
        code, said = side.amtool("silence", "add", "alertname=Quiet", "zone=~a|b", "--comment=noise", "--author=ana", "--duration=1h")
        assert code == 0, said
        side.silence = said.strip()
    quiet = alert("Quiet", team="hook", zone="a")
    tell(sides, FIRST + [quiet])
    notifications(sides, "firing")
    for query in [
        "alerts",
        "alerts?silenced=false&inhibited=false",
        "alerts?active=false",
        "alerts?filter=team%3D%22store%22&filter=severity!%3Dpage",
        "alerts?receiver=store.*",
        "alerts/groups",
        "alerts/groups?receiver=hook&silenced=false",
        "silences",
        "silences?filter=alertname%3DQuiet",
    ]:
        both(sides, f"GET {query}", lambda side: masked(side.ask("GET", f"/api/v2/{query}"), query))

    times = lambda text: re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", re.sub(r"\d{4}-\d\d-\d\d[T ][0-9:.]+( UTC|Z)?", "<time>", text))
    for args in [
        ("alert", "query"),
        ("alert", "query", "--silenced"),
        ("alert", "query", "team=store", "-o", "extended"),
        ("silence", "query"),
        ("silence", "query", "alertname=Quiet", "-o", "simple"),
    ]:
        both(sides, "amtool " + " ".join(args), lambda side: (lambda done: (done[0], times(done[1])))(side.amtool(*args)))
    both(sides, "amtool config routes test", lambda side: side.amtool("config", "routes", "test", "team=store", "severity=page", "service=checks", "env=prod"))
    both(sides, "amtool config routes show", lambda side: side.amtool("config", "routes", "show"))

    both(sides, "amtool silence expire", lambda side: side.amtool("silence", "expire", side.silence))
    both(sides, "amtool silence expire again", lambda side: side.amtool("silence", "expire", side.silence)[0])
    both(sides, "silences after expiry", lambda side: [silence["status"] for silence in side.ask("GET", "/api/v2/silences")[1]])
    for side in sides:
        side.recorder.got = []
    notifications(sides, "the silence has ended")

    # Nobody is told twice, also after a restart.
    for side in sides:
        side.recorder.got, side.mailbox.letters = [], []
        side.stop()
        side.start()
    tell(sides, [told for told in FIRST if told["labels"].get("team") != "refused"])
    notifications(sides, "after a restart")
    both(sides, "silences after a restart", lambda side: [silence["status"] for silence in side.ask("GET", "/api/v2/silences")[1]])

    resolved = [told | {"endsAt": stamp(5)} for told in FIRST[:8] + FIRST[-1:]]
    resolved = [told | {"endsAt": resolved[0]["endsAt"]} for told in resolved]
    for side in sides:
        side.recorder.got, side.mailbox.letters = [], []
        side.ask("POST", "/api/v2/alerts", resolved)
    notifications(sides, "resolved")

    refusals(sides)


def refusals(sides):
    wish = lambda **changes: {
        "matchers": [{"name": "a", "value": "b", "isRegex": False, "isEqual": True}],
        "startsAt": stamp(0),
        "endsAt": END,
        "createdBy": "ana",
        "comment": "c",
    } | changes
    for what, method, path, body in [
        ("no labels", "POST", "alerts", [{"annotations": {}}]),
        ("wrong name", "POST", "alerts", [{"labels": {"a-b": "c"}}]),
        ("empty labels", "POST", "alerts", [{"labels": {"a": ""}}]),
        ("ends before it starts", "POST", "alerts", [{"labels": {"a": "b"}, "startsAt": END, "endsAt": START}]),
        ("no address", "POST", "alerts", [{"labels": {"a": "b"}, "generatorURL": "not one"}]),
        ("wrong filter", "GET", "alerts?filter=x", None),
        ("no silence", "POST", "silences", {}),
        ("no matchers", "POST", "silences", wish(matchers=[])),
        ("ends in the past", "POST", "silences", wish(startsAt=stamp(7200), endsAt=START)),
        ("ends first", "POST", "silences", wish(startsAt=END, endsAt=START)),
        ("matches nothing", "POST", "silences", wish(matchers=[{"name": "a", "value": "", "isRegex": False}])),
        ("half a matcher", "POST", "silences", wish(matchers=[{"name": "a", "value": "b"}])),
        ("unknown silence", "POST", "silences", wish(id="0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a")),
        ("no id", "GET", "silence/abc", None),
        ("no such silence", "GET", "silence/0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a", None),
        ("nothing to end", "DELETE", "silence/0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a", None),
        ("no such path", "GET", "nothing", None),
    ]:
        both(sides, f"refused: {what}", lambda side: side.ask(method, f"/api/v2/{path}", body))


ROUTE = "route: {receiver: a}\nreceivers: [{name: a}]\n"
CONFIGS = {
    "the least": ROUTE,
    "nothing": "",
    "no receiver": "route: {receiver: b}\nreceivers: [{name: a}]",
    "twice the same receiver": "route: {receiver: a}\nreceivers: [{name: a}, {name: a}]",
    "root without receiver": "route: {group_by: [a]}\nreceivers: [{name: a}]",
    "root with matchers": "route: {receiver: a, matchers: ['x=y']}\nreceivers: [{name: a}]",
    "wrong matcher": "route: {receiver: a, routes: [{matchers: ['x']}]}\nreceivers: [{name: a}]",
    "wrong expression": "route: {receiver: a, routes: [{match_re: {x: '('}}]}\nreceivers: [{name: a}]",
    "unknown key": ROUTE + "globals: {}",
    "unknown interval": "route: {receiver: a, routes: [{mute_time_intervals: [x]}]}\nreceivers: [{name: a}]",
    "interval in the root": "route: {receiver: a, mute_time_intervals: [x]}\nreceivers: [{name: a}]\ntime_intervals: [{name: x}]",
    "twice the same interval": ROUTE + "time_intervals: [{name: x}]\nmute_time_intervals: [{name: x}]",
    "time before time": ROUTE + "time_intervals: [{name: x, time_intervals: [{times: [{start_time: '10:00', end_time: '09:00'}]}]}]",
    "time of no day": ROUTE + "time_intervals: [{name: x, time_intervals: [{times: [{start_time: '10:00', end_time: '25:00'}]}]}]",
    "days from the end": ROUTE + "time_intervals: [{name: x, time_intervals: [{days_of_month: ['-5:-1']}]}]",
    "days over the end": ROUTE + "time_intervals: [{name: x, time_intervals: [{days_of_month: ['-1:5']}]}]",
    "months": ROUTE + "time_intervals: [{name: x, time_intervals: [{months: ['january:3', december], weekdays: ['monday:friday'], years: ['2020:2030']}]}]",
    "group by all and one": "route: {receiver: a, group_by: ['...', b]}\nreceivers: [{name: a}]",
    "group by twice": "route: {receiver: a, group_by: [b, b]}\nreceivers: [{name: a}]",
    "no interval": "route: {receiver: a, group_interval: 0s}\nreceivers: [{name: a}]",
    "slack without address": "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{channel: x}]}]",
    "slack field without value": "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x', fields: [{title: x}]}]}]",
    "slack action without anything": "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x', actions: [{type: button, text: x}]}]}]",
    "pagerduty without key": "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{severity: x}]}]",
    "webhook without address": "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{send_resolved: true}]}]",
    "webhook elsewhere": "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'ftp://x'}]}]",
    "mail without server": "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: a@b}]}]",
    "mail without sender": "global: {smtp_smarthost: 'x:25'}\nroute: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: a@b}]}]",
    "mail": "global: {smtp_smarthost: 'x:25', smtp_from: a@b}\nroute: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: a@b}]}]",
    "mail to nobody": "global: {smtp_smarthost: 'x:25', smtp_from: a@b}\nroute: {receiver: a}\nreceivers: [{name: a, email_configs: [{html: x}]}]",
    "inhibition": ROUTE + "inhibit_rules: [{source_match: {a: b}, target_match_re: {c: d.*}, equal: [e]}, {source_matchers: ['a=b'], target_matchers: ['c!~d']}]",
    "templates": ROUTE + "templates: ['good.tmpl']",
    "broken templates": ROUTE + "templates: ['broken.tmpl']",
    "bad duration": ROUTE + "global: {resolve_timeout: 5}",
}


def configurations(folder):
    (folder / "good.tmpl").write_text('{{ define "x" }}{{ .Status }}{{ end }}')
    (folder / "broken.tmpl").write_text('{{ define "x" }}{{ if }}{{ end }}')
    for what, text in CONFIGS.items():
        file = folder / "checked.yml"
        file.write_text(text)
        accepted = lambda *command: subprocess.run(command, capture_output=True, timeout=DEADLINE).returncode == 0
        check(f"check-config: {what}", accepted(AMTOOL, "check-config", str(file)), accepted(OURS, "check", str(file)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        sides = [Alertmanager("real", folder), Alertmanager("built-in", folder)]
        try:
            for side in sides:
                side.start()
            configurations(folder)
            story(sides)
        finally:
            for side in sides:
                if side.process and side.process.poll() is None:
                    side.process.kill()
                    side.process.wait()
            if failed and os.environ.get("KEEP_LOGS"):
                for side in sides:
                    print((side.folder / "log").read_text()[-4000:])
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
