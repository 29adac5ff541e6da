"""Starts and stops the sandbox, and gateways with it as upstream."""

import contextlib
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

import calls
import processes

sys.path.insert(0, str(processes.ROOT / "scripts"))
from ports import free_port, free_ports  # noqa: E402

CLIENT, SECRET = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51", "sandbox-secret"
EMEA, AMER = "e20b0747-4688-4ad5-8014-68daf10e501d", "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"
ROUTES = ["aqua.cancel", "aqua.get", "aqua.submit", "dataquery.cancel", "dataquery.get", "dataquery.submit", "files.get"]


def tenant(sandbox: str, more: str = "", name: str = "acme") -> str:
    """The tables of a tenant with the sandbox's first client; `more` are further keys."""
    return (f'\n[tenants.{name}]\nupstream = "{sandbox}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\nentity = "emea"\n'
            f'routes = {ROUTES}\n{more}\n[tenants.{name}.entities]\nemea = "{EMEA}"\namer = "{AMER}"\n')


def new_key() -> tuple[str, str]:
    """A caller's key, and its line for proxy.conf."""
    key, line = subprocess.run([processes.binary(), "hash-key"], check=True, capture_output=True, text=True).stdout.splitlines()
    return key, line


def certificate(folder: pathlib.Path, name: str) -> tuple[pathlib.Path, pathlib.Path]:
    """The files of a self-signed certificate for a DNS name, and of its key."""
    files = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90", "-subj",
                    f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-out", files[0], "-keyout", files[1]],
                   check=True, capture_output=True)
    return files


@contextlib.contextmanager
def sandbox():
    """The base URL of a sandbox."""
    with processes.running(processes.binary().with_name("zuora-sandbox"), "--listen", "127.0.0.1:0") as process:
        greeting = process.stdout.readline()
        found = re.search(r"listens on (\S+:\d+)", greeting)
        if not found:
            raise SystemExit(f"the sandbox did not start: {greeting!r}")
        yield f"http://{found[1]}"


@contextlib.contextmanager
def configured_gateway(configuration: pathlib.Path, port: int = 0, **variables: str):
    """The port of a gateway with this configuration: `port`, at which it listens, or else the one that it chooses and logs.

    Both its logs are in a file `log` beside the configuration, and are printed if it does not start.
    """
    path = configuration.with_name("log")
    with open(path, "w") as log, processes.running(
            processes.binary(), "run", "--config", str(configuration), stdout=log, stderr=log, **variables) as process:

        def is_serving() -> bool:
            nonlocal port
            if process.poll() is not None:
                print(path.read_text(), file=sys.stderr)
                raise SystemExit(f"the gateway ended with {process.returncode}")
            if not port and (found := re.search(r'"listen":"[^"]*?127\.0\.0\.1:(\d+)', path.read_text())):
                port = int(found[1])
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return bool(port)
            return False

        calls.wait("the gateway starts", is_serving)
        yield port


@contextlib.contextmanager
def gateway(sandbox_url: str, tables: str = "", more: str = "", admin: int | None = None):
    """The base URL of a gateway.

    `tables` are further lines of proxy.conf, `more` further keys of the tenant, `admin` is the port for its admin listener.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "proxy.conf")
        path.write_text(f'[gateway]\nlisten = ["127.0.0.1:{port}"]\nadmin = "127.0.0.1:{admin or free_port()}"\ndefault_tenant = "acme"\n'
                        + tables + tenant(sandbox_url, more))
        with configured_gateway(path, port):
            yield f"http://127.0.0.1:{port}"
