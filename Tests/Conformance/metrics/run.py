"""Reads a gateway's metrics with Prometheus' own Python client, in both formats.

Its parsers are strict where the formats are, and the exemplars must name the trace of a request that was sent.
"""

import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as prometheus

import calls
import services
from expectations import expect, finish


def get(url: str, **fields: str):
    response = calls.fetch(url, **fields)
    return response.fields["Content-Type"], response.content.decode()


def samples(families) -> dict:
    return {(sample.name, *sorted(sample.labels.items())): sample for family in families for sample in family.samples}


def main() -> int:
    admin = services.free_port()
    trace = "0af7651916cd43dd8448eb211c80319c"
    with services.sandbox() as sandbox, services.gateway(sandbox, admin=admin) as gateway:
        calls.fetch(f"{gateway}/v1/batch-query/jobs/executing.metrics", "DELETE", traceparent=f"00-{trace}-b7ad6b7169203331-01")

        kind, text = get(f"http://127.0.0.1:{admin}/metrics")
        expect("Prometheus gets its text format", kind, "text/plain; version=0.0.4; charset=utf-8")
        plain = samples(prometheus.text_string_to_metric_families(text))
        kind, text = get(f"http://127.0.0.1:{admin}/metrics", Accept="application/openmetrics-text; version=1.0.0")
        expect("OpenMetrics is sent if asked for", kind, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        opened = samples(openmetrics.text_string_to_metric_families(text))

        def bounds(key):
            """Bounds of buckets are written as floats in OpenMetrics."""
            return tuple((name, str(float(value)) if name == "le" else value) for name, value in key[1:]) + key[:1]

        expect("both have the same series", {bounds(key) for key in plain}, {bounds(key) for key in opened})
        counted = ("zuora_gateway_requests_total", ("outcome", "cancelled"), ("route", "aqua.cancel"), ("status", "2xx"),
                   ("tenant", "acme"))
        expect("the cancel is counted", opened[counted].value, 1)
        exemplars = [sample.exemplar for sample in opened.values() if sample.exemplar]
        expect("an exemplar names its trace", [each.labels for each in exemplars], [{"trace_id": trace}])
    return finish(f"{len(opened)} series")


if __name__ == "__main__":
    sys.exit(main())
