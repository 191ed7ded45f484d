"""Configurations, right and wrong: both take the same."""

import subprocess

from sides import AMTOOL, DEADLINE, OURS

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


def compare(folder, check):
    (folder / "good.tmpl").write_text('{{ define "x" }}{{ .Status }}{{ end }}')
    (folder / "broken.tmpl").write_text('{{ define "x" }}{{ if }}{{ end }}')
    for what, text in CONFIGS.items():
        file = folder / "checked.yml"
        file.write_text(text)
        accepted = lambda *command: subprocess.run(command, capture_output=True, timeout=DEADLINE).returncode == 0
        check(f"check-config: {what}", accepted(AMTOOL, "check-config", str(file)), accepted(OURS, "check", str(file)))
