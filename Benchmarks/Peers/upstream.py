"""The upstream of all proxies: nginx with TLS 1.3, a certificate from a private authority, and one response of 1.6 KB."""

import json
import shutil
import subprocess

from contestants import ENTITY, TOKEN

JOB = json.dumps({
    "id": "2c92c0f86cbe335a016cbe5c2dcb0e7e", "name": "nightly", "status": "cancelled", "format": "csv", "version": "1.2",
    "batches": [{"batchId": f"2c92c0f86cbe335a016cbe5c2dcb{n:04x}", "name": f"query-{n}", "status": "cancelled",
                 "recordCount": n * 31, "query": "select Id, Name, Balance from Account"} for n in range(10)],
}, separators=(",", ":"))
ANSWER = json.dumps({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3598}, separators=(",", ":"))


def certificate(folder):
    """Makes an authority and a certificate for localhost."""
    def openssl(*arguments):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        *arguments], check=True, capture_output=True, cwd=folder)
    openssl("-subj", "/CN=Benchmark authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:false", "-keyout", "server.key", "-out", "server.pem")
    return folder / "ca.pem"


def command(folder, port):
    """Requests without the right token and entity get a 401, so that no contestant can leave that work out."""
    (folder / "upstream.conf").write_text(f"""
daemon off; master_process off; pid {folder}/upstream.pid; error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/u1; proxy_temp_path {folder}/u2; fastcgi_temp_path {folder}/u3;
    uwsgi_temp_path {folder}/u4; scgi_temp_path {folder}/u5;
    keepalive_requests 1000000000; keepalive_timeout 600s;
    default_type application/json;
    gzip on; gzip_comp_level 1; gzip_types application/json; gzip_proxied any;
    map_hash_bucket_size 256;
    map "$http_authorization $http_zuora_entity_ids" $known {{ default 0; "Bearer {TOKEN} {ENTITY}" 1; }}
    server {{
        listen 127.0.0.1:{port} ssl backlog=1024;
        ssl_protocols TLSv1.3;
        ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
        location = /oauth/token {{ return 200 '{ANSWER}'; }}
        location / {{
            if ($known = 0) {{ return 401; }}
            return 200 '{JOB}';
        }}
    }}
}}
""")
    return [shutil.which("nginx"), "-c", folder / "upstream.conf"]
