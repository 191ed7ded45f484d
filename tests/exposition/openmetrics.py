"""Reads a file with the reference parser of OpenMetrics (PyPI prometheus-client); exit code 0 if it is well formed."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    families = list(text_string_to_metric_families(file.read()))
if not families:
    sys.exit("no metric at all")
