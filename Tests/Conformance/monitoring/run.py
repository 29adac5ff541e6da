"""Checks deploy/prometheus and deploy/grafana with a real Prometheus that scrapes a running gateway.

The alerts' unit tests must pass (promtool), every alert must evaluate without an error, and every metric that an alert names must be in
the scrape. Every query of the dashboard must return a series with a value and with the labels that its legend names. One alert is also
made to fire. The gateway has a certificate and a fleet's store, so that all metrics are there.

Needs prometheus and promtool (Debian package prometheus) and redis-server. Without them the suite is skipped; with --strict that is a failure.
"""

import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import calls
import processes
import services
import stores
from expectations import check, finish, leave_out

DEPLOY = processes.ROOT / "deploy"
DASHBOARD = DEPLOY / "grafana/zuora-gateway.json"
RULES = DEPLOY / "prometheus/alerts.yaml"
TESTS = DEPLOY / "prometheus/alerts.test.yaml"
FLEET = processes.ROOT / "docs/fleet.md"
# The range in place of $__rate_interval; two scrapes are needed for a rate.
RANGE = "10s"
LIMIT = 60
CONFIGURATION = """
global: { scrape_interval: 500ms, evaluation_interval: 500ms }
rule_files: ["%s"]
scrape_configs:
  - job_name: gateway
    static_configs: [{ targets: ["127.0.0.1:%d"] }]
"""
SUBMIT = json.dumps({"name": "accounts", "format": "csv", "queries": [{"name": "accounts", "query": "select Id from Account"}]}).encode()
# The file first: its response has no quota, and the gateway reports the last response's.
TRAFFIC = [("GET", "/v1/files/file-1MiB", None), ("GET", "/v1/nothing", None), ("DELETE", "/v1/batch-query/jobs/executing", None),
           ("DELETE", "/v1/batch-query/jobs/done", None), ("GET", "/v1/batch-query/jobs/done", None), ("POST", "/v1/batch-query", SUBMIT)]


def send(url: str, method: str = "GET", body: bytes | None = None, **fields: str) -> bytes:
    return calls.fetch(url, method, body, **{"Content-Type": "application/json"} | fields).content


@contextlib.contextmanager
def traffic(base: str):
    """Requests with each kind of outcome, until the end."""
    stop = threading.Event()

    def run():
        while not stop.is_set():
            for method, path, body in TRAFFIC:
                send(base + path, method, body)
            stop.wait(0.1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextlib.contextmanager
def prometheus(admin: int, folder: pathlib.Path):
    port = services.free_port()
    (folder / "prometheus.yml").write_text(CONFIGURATION % (RULES, admin))
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
               f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with processes.running(*command):
        yield f"http://127.0.0.1:{port}/api/v1"


def query(api: str, expression: str) -> list[dict]:
    """The series; an error of the query is a failure."""
    answer = json.loads(send(f"{api}/query?{urllib.parse.urlencode({'query': expression})}"))
    check(f"{expression} is evaluated", answer["status"] == "success", answer.get("error", ""))
    return answer.get("data", {}).get("result", [])


def queries(dashboard: dict):
    """The queries of all panels and variables: where, the expression for Prometheus, and the labels that its legend names."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", RANGE).replace("$instance", ".*").replace("$tenant", ".*")
            yield panel["title"], expression, re.findall(r"{{(\w+)}}", target["legendFormat"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
            yield f"${variable['name']}", f"count by ({label}) ({metric})", [label]


def check_dashboard(api: str) -> int:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    check("panels have ids of their own", len({panel["id"] for panel in panels}) == len(panels))
    cells = [(panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y) for panel in panels
             for x in range(panel["gridPos"]["w"]) for y in range(panel["gridPos"]["h"])]
    check("panels do not overlap", len(set(cells)) == len(cells) and all(x < 24 for x, _ in cells))
    count = 0
    for where, expression, labels in queries(dashboard):
        count += 1
        check(f"{where}: no variable is left", "$" not in expression, expression)
        series = query(api, expression)
        check(f"{where}: a series has a value", any(each["value"][1] != "NaN" for each in series), expression)
        check(f"{where}: its series have the labels of the legend", all(set(labels) <= set(each["metric"]) for each in series), expression)
    return count


def check_alerts(api: str) -> int:
    rules = [rule for group in json.loads(send(f"{api}/rules"))["data"]["groups"] for rule in group["rules"]]
    for rule in rules:
        check(f"{rule['name']}: evaluates", rule["health"] == "ok", rule.get("lastError", ""))
        for metric in set(re.findall(r"\b(?:zuora_gateway|process)_\w+", rule["query"])):
            check(f"{rule['name']}: {metric} exists", bool(query(api, metric)))
    return len(rules)


def firing(api: str) -> set[str]:
    alerts = json.loads(send(f"{api}/alerts"))["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


def tables(folder: pathlib.Path, store: int) -> str:
    """The lines for a certificate, whose expiry is a metric, and for a store."""
    certificate, key = services.certificate(folder, "localhost")
    return f'\n[gateway.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n\n[fleet]\nurl = "redis://127.0.0.1:{store}"\n'


def check_metrics(admin: int) -> bytes:
    metrics = send(f"http://127.0.0.1:{admin}/metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True)
    check("promtool check metrics", done.returncode == 0, done.stderr.decode())
    return metrics


def main() -> int:
    if lacking := processes.missing("prometheus", "promtool", "redis-server"):
        leave_out("everything", lacking)
        return finish()
    for command in (["check", "rules", RULES], ["test", "rules", TESTS]):
        done = subprocess.run(["promtool", *command], capture_output=True, text=True)
        check(f"promtool {command[0]} {command[1]}", done.returncode == 0, done.stdout + done.stderr)
    admin = services.free_port()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as kept, services.sandbox() as zuora, services.gateway(
            zuora, tables(pathlib.Path(name), kept.enter_context(stores.running(stores.installed()["Redis"]))),
            "fleet_concurrency = 40", admin=admin) as base:
        check_metrics(admin)
        with prometheus(admin, pathlib.Path(name)) as api, traffic(base):
            calls.wait("Prometheus scrapes", lambda: query(api, f"increase(zuora_gateway_requests_total[{RANGE}]) > 3"), LIMIT)
            quiet = firing(api)
            check("no alert fires while all is well", not quiet, ", ".join(quiet))
            # Zuora is lost in the middle of a cancel, and the job cannot be read.
            send(f"{zuora}/_sandbox/faults", "POST", b'{"name":"lost","match":{"path":"/v1/batch-query/jobs/lost"},"effect":"hold"}')
            send(f"{base}/v1/batch-query/jobs/lost", "DELETE", **{"X-Request-Timeout": "500ms"})
            calls.wait("ZuoraGatewayCancelUnknown fires", lambda: "ZuoraGatewayCancelUnknown" in firing(api), LIMIT)
            asked, alerts = check_dashboard(api), check_alerts(api)
        kept.close()
        calls.wait("the store is lost", lambda: re.search(rb"fleet_store_losses_total{.*} [1-9]", send(f"http://127.0.0.1:{admin}/metrics")))
        metrics = check_metrics(admin)
        for family in re.findall(r"^\| `(fleet_\w+)` \|", FLEET.read_text(), re.M):
            check(f"{family} of docs/fleet.md exists", f"# TYPE zuora_gateway_{family} ".encode() in metrics)
    return finish(f"{asked} queries of the dashboard, {alerts} alerts")


if __name__ == "__main__":
    sys.exit(main())
