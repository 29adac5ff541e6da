"""Changes the address of the upstream's name while the gateway runs, and leaves one of its address families unresponsive.

The names come from a file through nss_wrapper (Debian: libnss-wrapper), which libcurl's resolver uses like DNS.
"""

import contextlib
import glob
import http.server
import pathlib
import socket
import ssl
import sys
import tempfile
import threading
import time

import calls
import processes
import services
from expectations import FAILURES, expect, finish

NAME = "zuora.test"
CONFIGURATION = """
[gateway]
listen = ["127.0.0.1:{port}"]
admin = "127.0.0.1:{admin}"
# A file takes the place of DNS, and the library may open it at any time.
landlock = false
default_tenant = "acme"

[upstream]
ca_file = "{folder}/{name}.crt"
dns_ttl = "1s"
connect_timeout = "5s"

[tenants.acme]
upstream = "https://{name}:{upstream}"
client_id = "client"
client_secret = {{ file = "{folder}/secret" }}
routes = ["aqua.get"]
retry = {{ attempts = 1 }}
"""


class Upstream(http.server.BaseHTTPRequestHandler):
    """Tells at which address it was reached. Each answer is the last of its connection, so that each request needs the name."""

    protocol_version = "HTTP/1.1"

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text.encode())
        self.close_connection = True

    def do_GET(self):
        self.answer('{"success":true,"address":"%s"}' % self.connection.getsockname()[0])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer('{"access_token":"of-no-importance","token_type":"bearer","expires_in":3600}')

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, port, folder):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), Upstream)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{NAME}.crt", folder / f"{NAME}.key")
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_):
        pass


@contextlib.contextmanager
def serving(address, port, folder):
    with Server(address, port, folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def silence(address, port):
    """A port that does not reply to a SYN: its queue is full, and nothing accepts connections."""
    with contextlib.ExitStack() as stack:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = stack.enter_context(socket.socket(family))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(0)
        try:
            while True:
                stack.enter_context(socket.create_connection((address, port), 0.5))
        except TimeoutError:
            yield


@contextlib.contextmanager
def gateway(folder, upstream, hosts):
    """The base URL of a gateway to which names mean what `hosts` says."""
    port = services.free_port()
    configuration = folder / "proxy.conf"
    configuration.write_text(CONFIGURATION.format(
        port=port, admin=services.free_port(), folder=folder, name=NAME, upstream=upstream))
    wrapper = next(iter(glob.glob("/usr/lib/*/libnss_wrapper.so")), None)
    if not wrapper:
        raise SystemExit("libnss_wrapper.so is missing: apt-get install libnss-wrapper")
    with services.configured_gateway(configuration, port, LD_PRELOAD=wrapper, NSS_WRAPPER_HOSTS=str(hosts)):
        yield f"http://127.0.0.1:{port}"


def reached(base):
    """The address that an answer came from, and how long it took."""
    began = time.monotonic()
    response = calls.fetch(f"{base}/v1/batch-query/jobs/any")
    return response.json().get("address"), time.monotonic() - began


def means(hosts, *addresses):
    """Put there at once, as a zone's next version would be."""
    fresh = hosts.with_suffix(".new")
    fresh.write_text("".join(f"{address} {NAME}\n" for address in addresses))
    fresh.rename(hosts)


def name_changes(folder, hosts):
    port = services.free_port()
    with serving("127.0.0.2", port, folder), serving("127.0.0.3", port, folder):
        means(hosts, "127.0.0.2")
        with gateway(folder, port, hosts) as base:
            first = [reached(base)[0] for _ in range(3)]
            means(hosts, "127.0.0.3")
            end = time.monotonic() + 10
            seen = []
            while time.monotonic() < end and (not seen or seen[-1] != "127.0.0.3"):
                seen.append(reached(base)[0])
            later = [reached(base)[0] for _ in range(3)]
    expect("a name that means another address is followed when its time is over, without a failed request",
           (set(first), set(seen), set(later)), ({"127.0.0.2"}, {"127.0.0.2", "127.0.0.3"}, {"127.0.0.3"}))


def family_is_silent(folder, hosts, silent, alive):
    port = services.free_port()
    with serving(alive, port, folder), silence(silent, port):
        means(hosts, silent, alive)
        with gateway(folder, port, hosts) as base:
            address, seconds = reached(base)
    expect(f"while {silent} does not reply to a SYN, {alive} serves", address, alive)
    print(f"        (after {1000 * seconds:.0f} ms)")


def main() -> int:
    if lacking := processes.missing("openssl"):
        raise SystemExit(f"{lacking[0]} is missing")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        services.certificate(folder, NAME)
        (folder / "secret").write_text("of-no-importance")
        (folder / "secret").chmod(0o600)
        hosts = folder / "hosts"
        name_changes(folder, hosts)
        family_is_silent(folder, hosts, "::1", "127.0.0.2")
        family_is_silent(folder, hosts, "127.0.0.2", "::1")
        if FAILURES:
            print((folder / "log").read_text()[-4000:])
    return finish()


if __name__ == "__main__":
    sys.exit(main())
