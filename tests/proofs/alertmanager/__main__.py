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
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import configurations
from sides import DEADLINE, Alertmanager

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


def counted(side):
    """How many messages there were, but for /refused: that is told again with every interval."""
    return sum(1 for message in side.recorder.messages() if message["path"] != "/refused")


def settle(sides):
    """Until nobody has got anything for longer than a group's interval."""
    count = lambda: [(counted(side), len(side.mailbox.letters)) for side in sides]
    last, since = count(), time.monotonic()
    began = since
    while time.monotonic() - since < 2.5 and time.monotonic() - began < DEADLINE:
        time.sleep(0.1)
        if count() != last:
            last, since = count(), time.monotonic()


def notifications(sides, what):
    settle(sides)
    both(sides, f"{what}: how many messages", counted)
    paths = sorted({message["path"] for side in sides for message in side.recorder.messages()})
    for path in paths:
        of_path = lambda side: [message for message in side.recorder.messages() if message["path"] == path]
        # How often was told what is refused is chance.
        if path == "/refused":
            both(sides, f"{what}: {path}", lambda side: of_path(side)[:1])
        else:
            both(sides, f"{what}: {path}", of_path)
    both(sides, f"{what}: mail", lambda side: side.mailbox.read())


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

    for side in sides:
        side.recorder.got = []
    both(sides, "amtool silence expire", lambda side: side.amtool("silence", "expire", side.silence))
    both(sides, "amtool silence expire again", lambda side: side.amtool("silence", "expire", side.silence)[0])
    both(sides, "silences after expiry", lambda side: [silence["status"] for silence in side.ask("GET", "/api/v2/silences")[1]])
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


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        sides = [Alertmanager("real", folder), Alertmanager("built-in", folder)]
        try:
            for side in sides:
                side.start()
            configurations.compare(folder, check)
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
