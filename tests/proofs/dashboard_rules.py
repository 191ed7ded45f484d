"""Prints a Prometheus rule file that records every query of ops/grafana/dashboards, so that promtool reads each of them.

    python3 tests/proofs/dashboard_rules.py > /tmp/dashboards.yml && promtool check rules /tmp/dashboards.yml
"""

import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).parents[2] / "ops/grafana/dashboards"


def substituted(query):
    """As Grafana would ask: intervals and variables replaced by something of their kind."""
    query = re.sub(r"\$\{?__(rate_interval|interval|range)\}?", "5m", query)
    return re.sub(r"\$\{?[a-z]\w*(:\w+)?\}?", "value", query)


def queries(dashboard):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            if target["datasource"]["type"] == "prometheus":
                yield target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        if "expr" in annotation:
            yield annotation["expr"]


rules = [
    {"record": f"{file.stem}:panel:{number}", "expr": substituted(query)}
    for file in sorted(FOLDER.glob("*.json"))
    for number, query in enumerate(queries(json.loads(file.read_text())))
]
# JSON is YAML.
print(json.dumps({"groups": [{"name": "dashboards", "rules": rules}]}, indent=1))
