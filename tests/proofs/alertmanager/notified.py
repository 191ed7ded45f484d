"""The configuration both run with: every kind of receiver, route and text."""

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
