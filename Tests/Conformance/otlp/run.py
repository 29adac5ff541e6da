"""Compares the gateway's traces, and its logs in the format otel, with OpenTelemetry's own definition of the protocol.

A small receiver plays the collector and reads each request with the messages of opentelemetry-proto, where an unknown or ill-typed field
is an error. The ids of spans must be those that `traceparent` named upstream, and a collector that is away must cost spans, not requests.
"""

import base64
import http.server
import pathlib
import sys
import tempfile
import threading

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.logs.v1 import logs_pb2

import calls
import services
from expectations import expect, finish

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def identifier(value: bytes) -> str:
    """An id as text: in OTLP's JSON it is hexadecimal, which protobuf's JSON reads as base64."""
    return base64.b64encode(value).decode()


def attributes(span) -> dict:
    def plain(value):
        return getattr(value, value.WhichOneof("value"))
    return {each.key: plain(each.value) for each in span.attributes}


class Collector:
    """Takes what is posted to it, with a status of the test's choice."""

    def __init__(self):
        self.spans, self.fields, self.status = [], [], 200
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = json_format.Parse(body, trace_service_pb2.ExportTraceServiceRequest())
                collector.fields.append((self.path, dict(self.headers)))
                if collector.status == 200:
                    collector.spans += [span for resource in message.resource_spans for scope in resource.scope_spans
                                        for span in scope.spans]
                self.send_response(collector.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def wait(self, count: int):
        calls.wait(f"{count} spans are exported", lambda: len(self.spans) >= count)


def cancel(gateway: str, job: str, **fields: str) -> int:
    return calls.fetch(f"{gateway}/v1/batch-query/jobs/{job}", "DELETE", **fields).status


def traces(sandbox: str, folder: str):
    collector, admin = Collector(), services.free_port()
    headers = f"{folder}/headers"
    with open(headers, "w") as file:
        file.write("Authorization: Bearer of-the-collector\nX-Tenant: ops\n")
    tracing = f'[gateway.tracing]\nendpoint = "{collector.url}"\nheaders = "{headers}"\n'
    retry = 'retry = { attempts = 3, base = "1ms", cap = "2ms", budget = "100%" }'
    with services.gateway(sandbox, tracing, retry, admin) as gateway:
        expect("a sampled cancel works", cancel(gateway, "executing.otlp", traceparent=f"00-{TRACE}-{PARENT}-01",
                                                **{"Zuora-Track-Id": "otlp-1"}), 200)
        collector.wait(2)
        server, client = sorted(collector.spans, key=lambda span: span.kind)
        expect("the server's span is the caller's child", (identifier(server.trace_id), identifier(server.parent_span_id),
                                                           server.kind, server.name),
               (TRACE, PARENT, 2, "DELETE aqua.cancel"))
        expect("the attempt's span is the server's child", (client.trace_id, client.parent_span_id, client.kind),
               (server.trace_id, server.span_id, 3))
        [call] = [call for call in calls.book(sandbox) if ["Zuora-Track-Id", "otlp-1"] in call["fields"]]
        [sent] = [value for name, value in call["fields"] if name.lower() == "traceparent"]
        expect("traceparent upstream names the attempt", sent, f"00-{TRACE}-{identifier(client.span_id)}-01")
        expect("the server's span has the slot and the token as events", [event.name for event in server.events],
               ["slot taken", "token ready"])
        found = attributes(server)
        expect("attributes are those of the conventions",
               (found["http.request.method"], found["http.response.status_code"], found["zuora_gateway.outcome"]),
               ("DELETE", 200, "cancelled"))
        expect("times are in order", server.start_time_unix_nano <= client.start_time_unix_nano
               <= client.end_time_unix_nano <= server.end_time_unix_nano)
        path, fields = collector.fields[0]
        expect("the collector's path and credential", (path, fields.get("Authorization"), fields.get("X-Tenant")),
               ("/v1/traces", "Bearer of-the-collector", "ops"))

        collector.spans.clear()
        expect("a retried cancel", cancel(gateway, "fault-503.otlp", traceparent=f"00-{TRACE}-{PARENT}-01") in (200, 503, 502))
        collector.wait(3)
        attempts = [span for span in collector.spans if span.kind == 3]
        expect("each attempt has a span", len(attempts) > 1 and len({span.span_id for span in attempts}) == len(attempts))
        # The cancel and the verifications of its job are counted apart.
        numbers = {method: [attributes(span).get("http.request.resend_count", 0) for span in attempts if span.name == method]
                   for method in ("DELETE", "GET")}
        expect("and its number", numbers, {method: list(range(len(each))) for method, each in numbers.items()})

        collector.spans.clear()
        expect("one that is not sampled works", cancel(gateway, "executing.no", traceparent=f"00-{TRACE}-{PARENT}-00"), 200)
        expect("and one without a trace", cancel(gateway, "executing.none"), 200)
        collector.status = 400
        expect("a refusing collector costs no request", cancel(gateway, "executing.refused", traceparent=f"00-{TRACE}-{PARENT}-01"), 200)
        dropped, exported = (f"zuora_gateway_trace_spans_{kind}_total" for kind in ("dropped", "exported"))
        calls.wait("what it refuses is counted", lambda: calls.metric(admin, dropped) == 2)
        expect("and nothing else was exported", (len(collector.spans), calls.metric(admin, exported)),
               (0, 2.0 + 1 + len(attempts)))
        collector.status = 200
        cancel(gateway, "executing.last", traceparent=f"00-{TRACE}-{PARENT}-01")
    collector.wait(2)
    print("ok      what is left is sent before the process ends")

    collector = Collector()
    with services.gateway(sandbox, f'[gateway.tracing]\nendpoint = "{collector.url}"\nratio = "100%"\n') as gateway:
        cancel(gateway, "executing.ratio")
        collector.wait(2)
        expect("a ratio samples what no caller decides", {span.kind for span in collector.spans}, {2, 3})
        expect("a trace that begins here has no parent", [span.parent_span_id for span in collector.spans if span.kind == 2], [b""])


def logs(sandbox: str, folder: str):
    """Both logs in the format otel, read as OTLP's messages."""
    path = pathlib.Path(folder, "proxy.conf")
    path.write_text(f'[gateway]\nlisten = ["127.0.0.1:{(port := services.free_port())}"]\nadmin = "off"\ndefault_tenant = "acme"\n'
                    'log_format = "otel"\n' + services.tenant(sandbox))
    with services.configured_gateway(path, port):
        cancel(f"http://127.0.0.1:{port}", "executing.logs")
    records = []
    for line in path.with_name("log").read_text().splitlines():
        message = json_format.Parse(line, logs_pb2.LogsData())
        records += [record for resource in message.resource_logs for scope in resource.scope_logs for record in scope.log_records]
    bodies = [record.body.string_value for record in records]
    expect("logs of the format otel are OTLP", "DELETE aqua.cancel 200 cancelled" in bodies and "token fetched" in bodies)


def main() -> int:
    with services.sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        traces(sandbox, folder)
        logs(sandbox, folder)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
