"""httpx: submits a job, reads it and cancels it; with an argument, only cancels that job."""

import os
import ssl
import sys
import uuid

import httpx


def client() -> httpx.Client:
    verify = True
    if authority := os.environ.get("GATEWAY_CA"):
        verify = ssl.create_default_context(cafile=authority)
        verify.load_cert_chain(os.environ["GATEWAY_CERTIFICATE"], os.environ["GATEWAY_CERTIFICATE_KEY"])
    headers = {"X-Gateway-Key": key} if (key := os.environ.get("GATEWAY_KEY")) else {}
    return httpx.Client(
        base_url=os.environ.get("GATEWAY_URL", "http://127.0.0.1:8080"), headers=headers,
        transport=httpx.HTTPTransport(verify=verify, uds=os.environ.get("GATEWAY_SOCKET")),
        # The default is 5 s; the gateway itself may take 130 s.
        timeout=httpx.Timeout(140, connect=5))


def repeatable(gateway: httpx.Client, method: str, path: str, **more) -> httpx.Response:
    """Sends a GET or a cancel, and once more if the gateway closed the connection: httpx does not do that by itself."""
    try:
        return gateway.request(method, path, **more)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        return gateway.request(method, path, **more)


def submit(gateway: httpx.Client) -> str:
    job = {"name": "accounts", "format": "csv", "queries": [{"name": "accounts", "query": "select Id from Account"}]}
    return gateway.post("/v1/batch-query", json=job).raise_for_status().json()["id"]


def status(gateway: httpx.Client, job: str) -> str:
    return repeatable(gateway, "GET", f"/v1/batch-query/jobs/{job}").raise_for_status().json()["status"]


def cancel(gateway: httpx.Client, job: str) -> bool:
    response = repeatable(
        gateway, "DELETE", f"/v1/batch-query/jobs/{job}", headers={"Zuora-Track-Id": f"httpx-{uuid.uuid4()}"})
    outcome = response.headers.get("Gateway-Outcome")
    print(f"{response.status_code} {outcome}, track id {response.headers['Zuora-Track-Id']}")
    return outcome in ("cancelled", "already-cancelled")


def main() -> int:
    with client() as gateway:
        if len(sys.argv) > 1:
            job = sys.argv[1]
        else:
            job = submit(gateway)
            print(f"submitted {job}")
            print(f"read {job}: {status(gateway, job)}")
        return 0 if cancel(gateway, job) else 1


if __name__ == "__main__":
    sys.exit(main())
