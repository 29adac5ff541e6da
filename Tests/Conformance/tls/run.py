"""Scans a tls: listener of the gateway with sslyze, against Mozilla's intermediate recommendations and for known weaknesses.

Fails on any finding. Needs the openssl tool.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from sslyze import Scanner, ServerNetworkLocation, ServerScanRequest
from sslyze.mozilla_tls_profile.tls_config_checker import (
    MozillaTlsConfiguration, ServerNotCompliantWithTlsConfiguration, TlsConfigurationEnum,
    check_server_against_tls_configuration)
from sslyze.scanner.models import ServerScanStatusEnum

import services
from expectations import expect, finish

CONFIGURATION = """\
[gateway]
listen = ["tls:127.0.0.1:0"]
admin = "off"
[gateway.tls]
certificate = "chain.pem"
key = "server.key"
[tenants.acme]
upstream = "https://127.0.0.1:9"
token = { file = "token" }
"""


def openssl(folder: pathlib.Path, *arguments: str):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificates(folder: pathlib.Path):
    """An authority, and what it issued for localhost: no finding may be about them."""
    (folder / "openssl.cnf").write_text("[req]\ndistinguished_name = dn\n[dn]\n")
    (folder / "server.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", "openssl.cnf"]
    openssl(folder, "req", "-x509", "-days", "30", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem", *key,
            "-addext", "basicConstraints=critical,CA:TRUE")
    openssl(folder, "req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr", *key)
    openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "30", "-out", "chain.pem", "-extfile", "server.ext")
    (folder / "token").write_text("none")
    (folder / "gateway.conf").write_text(CONFIGURATION)


def names(suites) -> list[str]:
    return [accepted.cipher_suite.name for accepted in suites.accepted_cipher_suites]


def scan(port: int):
    location = ServerNetworkLocation(hostname="localhost", port=port, ip_address="127.0.0.1")
    scanner = Scanner()
    scanner.queue_scans([ServerScanRequest(server_location=location)])
    return next(iter(scanner.get_results()))


def judge(result):
    if not expect(f"the scan completes {result.connectivity_error_trace or ''}".strip(), result.scan_status, ServerScanStatusEnum.COMPLETED):
        return
    found = result.scan_result
    for version in ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"]:
        suites = getattr(found, f"{version}_cipher_suites").result
        expect(f"{version} is refused", not names(suites))
    for version, allowed in [("tls_1_2", r"TLS_ECDHE_\w+_(AES_\d+_GCM|CHACHA20_POLY1305)_\w+"), ("tls_1_3", r"TLS_\w+")]:
        suites = names(getattr(found, f"{version}_cipher_suites").result)
        expect(f"{version} is spoken, with AEAD and forward secrecy: {', '.join(suites)}",
               bool(suites) and all(re.fullmatch(allowed, suite) for suite in suites))
    curves = [curve.name for curve in found.elliptic_curves.result.supported_curves]
    expect(f"curves are sound: {', '.join(curves)}", set(curves) <= {"X25519", "secp256r1", "prime256v1", "secp384r1"})
    expect("no compression (CRIME)", not found.tls_compression.result.supports_compression)
    expect("no Heartbleed", not found.heartbleed.result.is_vulnerable_to_heartbleed)
    expect("no CCS injection", not found.openssl_ccs_injection.result.is_vulnerable_to_ccs_injection)
    expect("no ROBOT", found.robot.result.robot_result.name.startswith("NOT_VULNERABLE"))
    renegotiation = found.session_renegotiation.result
    expect("no renegotiation at a client's wish", not renegotiation.is_vulnerable_to_client_renegotiation_dos)
    expect("renegotiation, where there is any, is secure", renegotiation.supports_secure_renegotiation)
    expect("no early data, which could be replayed", not found.tls_1_3_early_data.result.supports_early_data)
    expect("downgrades are noticed (TLS_FALLBACK_SCSV)", found.tls_fallback_scsv.result.supports_fallback_scsv)
    profile = MozillaTlsConfiguration.get(TlsConfigurationEnum.MOZILLA_INTERMEDIATE)
    try:
        check_server_against_tls_configuration(result, profile)
        issues = {}
    except ServerNotCompliantWithTlsConfiguration as error:
        issues = error.issues
    issues.pop("certificate_path_validation", None)  # The authority is this test's own.
    expect(f"Mozilla's intermediate profile is kept {issues or ''}".strip(), not issues)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificates(folder)
        with services.configured_gateway(folder / "gateway.conf") as port:
            judge(scan(port))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
