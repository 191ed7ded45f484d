#!/bin/sh
# Prometheus's and Alertmanager's own tools over ops/: every file is one that they take, every alert does what its test says.
#   PROMTOOL, AMTOOL   the programs; promtool and amtool of the PATH otherwise
set -eu
cd "$(dirname "$0")/../.."
promtool=${PROMTOOL:-promtool}
amtool=${AMTOOL:-amtool}

# The targets' files are written by the supervisor: that they are missing here is a warning, and as it should be.
"$promtool" check config ops/prometheus/prometheus.yml
"$promtool" check rules --lint=all --lint-fatal ops/prometheus/alerts/*.yml

dashboards=$(mktemp)
trap 'rm -f "$dashboards"' EXIT
python3 tests/proofs/dashboard_rules.py > "$dashboards"
"$promtool" check rules "$dashboards"

"$promtool" test rules ops/prometheus/tests/*.yml
for config in ops/alertmanager/alertmanager.yml ops/alertmanager/examples/*.yml; do
    "$amtool" check-config "$config"
done

# The tree sends each severity where it belongs.
for severity in critical warning; do
    "$amtool" config routes test --config.file=ops/alertmanager/alertmanager.yml --verify.receivers="$severity" \
        "severity=$severity" alertname=ServiceDown job=textisur-app
done
