"""The proxies, each configured to do the same work: set the tenant's token and entity, call a TLS 1.3 upstream with keep-alive, request
gzip, inflate the response for callers that do not accept gzip, and write an access log.
"""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

TOKEN = "0123456789abcdef0123456789abcdef"
ENTITY = "e20b0747-4688-4ad5-8014-68daf10e501d"


@dataclasses.dataclass
class Place:
    """Where a contestant runs."""

    folder: pathlib.Path
    port: int
    upstream: int
    authority: pathlib.Path


class Contestant:
    name = ""
    inflates = True
    version_arguments = ["--version"]

    def program(self):
        return shutil.which(self.name)

    def version(self):
        run = subprocess.run([self.program(), *self.version_arguments], capture_output=True, text=True)
        number = re.search(r"\d+\.\d+\.\d+", run.stdout + run.stderr)
        return number.group() if number else "of unknown version"

    def prepare(self, place, inflate):
        """Writes the configuration; returns the command."""
        raise NotImplementedError


class Ours(Contestant):
    name = "zuora-gateway"

    def __init__(self, path):
        self.path = path

    def program(self):
        return self.path if pathlib.Path(self.path).exists() else None

    def prepare(self, place, inflate):
        (place.folder / "proxy.conf").write_text(f"""
[gateway]
listen = ["127.0.0.1:{place.port}"]
admin = "off"

[limits]
connections = 12000
idle_timeout = "10m"

[upstream]
ca_file = "{place.authority}"
min_tls = "1.3"

[tenants.acme]
upstream = "https://localhost:{place.upstream}"
client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
client_secret = {{ env = "BENCHMARK_SECRET" }}
entity = "emea"
concurrency = 100

[tenants.acme.entities]
emea = "{ENTITY}"
""")
        return [self.program(), "run", "--config", place.folder / "proxy.conf"]


class Nginx(Contestant):
    name = "nginx"
    version_arguments = ["-v"]

    def prepare(self, place, inflate):
        (place.folder / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {place.folder}/nginx.pid; error_log /dev/null;
worker_rlimit_nofile 20000;
events {{ worker_connections 16000; }}
http {{
    log_format full '$remote_addr [$time_iso8601] "$request" $status $bytes_sent $request_time $upstream_response_time';
    access_log /dev/null full buffer=32k flush=1s;
    client_body_temp_path {place.folder}/body; proxy_temp_path {place.folder}/proxy; fastcgi_temp_path {place.folder}/fcgi;
    uwsgi_temp_path {place.folder}/uwsgi; scgi_temp_path {place.folder}/scgi;
    keepalive_requests 1000000000; keepalive_timeout 600s;
    map_hash_bucket_size 256;
    map $http_x_zuora_tenant $token {{ default ""; acme "Bearer {TOKEN}"; }}
    map $http_x_zuora_tenant $entity {{ default ""; acme "{ENTITY}"; }}
    upstream zuora {{
        server 127.0.0.1:{place.upstream};
        keepalive 100; keepalive_requests 1000000000; keepalive_timeout 600s;
    }}
    server {{
        listen 127.0.0.1:{place.port} backlog=1024;
        location / {{
            proxy_pass https://zuora;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host localhost;
            proxy_set_header Authorization $token;
            proxy_set_header Zuora-Entity-Ids $entity;
            proxy_set_header Accept-Encoding gzip;
            gunzip on;
            proxy_ssl_protocols TLSv1.3;
            proxy_ssl_server_name on;
            proxy_ssl_name localhost;
            proxy_ssl_verify on;
            proxy_ssl_trusted_certificate {place.authority};
        }}
    }}
}}
""")
        return [self.program(), "-c", place.folder / "nginx.conf"]


class HAProxy(Contestant):
    name = "haproxy"
    inflates = False
    version_arguments = ["-v"]

    def prepare(self, place, inflate):
        (place.folder / "token.map").write_text(f"acme {TOKEN}\n")
        (place.folder / "entity.map").write_text(f"acme {ENTITY}\n")
        (place.folder / "haproxy.cfg").write_text(f"""
global
    nbthread 1
    maxconn 12000
    no strict-limits
    log stdout format raw local0
defaults
    mode http
    log global
    option httplog
    option http-keep-alive
    timeout connect 5s
    timeout client 600s
    timeout http-keep-alive 600s
    timeout server 130s
    http-reuse always
frontend callers
    bind 127.0.0.1:{place.port}
    http-request set-header Authorization "Bearer %[req.hdr(x-zuora-tenant),map({place.folder}/token.map)]"
    http-request set-header Zuora-Entity-Ids %[req.hdr(x-zuora-tenant),map({place.folder}/entity.map)]
    http-request set-header Accept-Encoding gzip
    http-request set-header Host localhost
    default_backend zuora
backend zuora
    server zuora 127.0.0.1:{place.upstream} ssl ssl-min-ver TLSv1.3 verify required ca-file {place.authority} """
            """verifyhost localhost sni str(localhost) pool-max-conn 200
""")
        return [self.program(), "-f", place.folder / "haproxy.cfg"]


class Envoy(Contestant):
    name = "envoy"

    def program(self):
        return installed("envoy")

    def prepare(self, place, inflate):
        inflater = """
          - name: envoy.filters.http.decompressor
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.decompressor.v3.Decompressor
              request_direction_config: {common_config: {enabled: {default_value: false, runtime_key: none}}}
              decompressor_library:
                name: gzip
                typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.gzip.decompressor.v3.Gzip}"""
        (place.folder / "envoy.yaml").write_text(f"""
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {place.port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: callers
          access_log:
          - name: log
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: /dev/null
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match:
                  prefix: /
                  headers: [{{name: X-Zuora-Tenant, string_match: {{exact: acme}}}}]
                route: {{cluster: zuora, host_rewrite_literal: localhost, timeout: 130s}}
                request_headers_to_add:
                - {{header: {{key: Authorization, value: Bearer {TOKEN}}}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}}
                - {{header: {{key: Zuora-Entity-Ids, value: {ENTITY}}}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}}
                - {{header: {{key: Accept-Encoding, value: gzip}}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}}
          http_filters:{inflater if inflate else ""}
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - name: zuora
    type: STATIC
    circuit_breakers: {{thresholds: [{{max_connections: 2000, max_requests: 2000, max_pending_requests: 2000}}]}}
    load_assignment:
      cluster_name: zuora
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: """
            f"""{{address: 127.0.0.1, port_value: {place.upstream}}}}}}}}}]}}]
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: localhost
        common_tls_context:
          tls_params: {{tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3}}
          validation_context: {{trusted_ca: {{filename: {place.authority}}}}}
""")
        return [self.program(), "-c", place.folder / "envoy.yaml", "--concurrency", "1", "-l", "error", "--disable-hot-restart"]


class Caddy(Contestant):
    name = "caddy"
    version_arguments = ["version"]

    def program(self):
        return installed("caddy")

    def prepare(self, place, inflate):
        # Its transport asks for gzip, and inflates, when a request has no Accept-Encoding.
        coding = "" if inflate else "header_up Accept-Encoding gzip"
        (place.folder / "Caddyfile").write_text(f"""
{{
    admin off
    auto_https off
    persist_config off
    storage file_system {place.folder}/storage
    log {{
        output discard
    }}
    servers {{
        timeouts {{
            idle 10m
        }}
    }}
}}
http://:{place.port} {{
    bind 127.0.0.1
    log {{
        output file /dev/null
    }}
    map {{header.X-Zuora-Tenant}} {{token}} {{entity}} {{
        acme "Bearer {TOKEN}" "{ENTITY}"
    }}
    reverse_proxy https://localhost:{place.upstream} {{
        header_up Authorization {{token}}
        header_up Zuora-Entity-Ids {{entity}}
        header_up Host localhost
        {coding}
        transport http {{
            tls_trust_pool file {place.authority}
            versions 1.1
            keepalive_idle_conns_per_host 200
        }}
    }}
}}
""")
        return [self.program(), "run", "--config", place.folder / "Caddyfile", "--adapter", "caddyfile"]


def installed(name):
    """A program of this Python environment, or of the machine."""
    path = pathlib.Path(sys.prefix) / "bin" / name
    return str(path) if path.exists() else shutil.which(name)


def everybody(ours):
    return [Ours(ours), Nginx(), HAProxy(), Envoy(), Caddy()]
