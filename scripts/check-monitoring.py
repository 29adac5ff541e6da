#!/usr/bin/env python3
"""Compares the alerts and the dashboard in deploy/ with the metrics in the sources, and the alerts with the table in docs/operations.md.
Tests/Conformance/monitoring checks the same with a real Prometheus."""

import json
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
alerts = (root / "deploy/prometheus/alerts.yaml").read_text()
dashboard = json.loads((root / "deploy/grafana/zuora-gateway.json").read_text())

metrics = set()
for path in (root / "Sources/Gateway/Telemetry/Prometheus").glob("*.swift"):
    text = path.read_text()
    metrics |= {f"zuora_gateway_{name}" for name in re.findall(r'\b(?:family|gauge|seconds|counter)\(\s*"(\w+)"', text)}
    metrics |= set(re.findall(r'\bforeignFamily\(\s*"(\w+)"', text))
if not metrics:
    sys.exit(f"no metric in the sources; adapt {sys.argv[0]}")

queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
queries += [each["query"]["query"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
failures = []
for where, texts in [("deploy/prometheus/alerts.yaml", re.findall(r"^ +(?:expr: |  )(?!- )(.*)", alerts, re.M)),
                     ("deploy/grafana/zuora-gateway.json", queries)]:
    used = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\b(?:zuora_gateway|process)_\w+", "\n".join(texts))}
    failures += [f"{where}: the gateway has no metric {name}" for name in sorted(used - metrics)]

names = re.findall(r"^ +- alert: (\w+)$", alerts, re.M)
table = re.findall(r"^\| `(ZuoraGateway\w+)` \|", (root / "docs/operations.md").read_text(), re.M)
if names != table:
    failures.append(f"docs/operations.md lists other alerts, or in another order: {', '.join(sorted(set(names) ^ set(table))) or table}")
tests = (root / "deploy/prometheus/alerts.test.yaml").read_text()
failures += [f"deploy/prometheus/alerts.test.yaml: {name} never fires" for name in names
             if not re.search(rf"alertname: {name}\n.*\n +exp_alerts: *(&\w+|\*\w+)?\n", tests)]
for failure in failures:
    print(failure, file=sys.stderr)
print(f"{len(names)} alerts, {len(queries)} queries, {len(metrics)} metrics")
sys.exit(1 if failures else 0)
