"""requests: submits a job, reads it and cancels it; with an argument, only cancels that job.

requests has no Unix sockets of its own; cancel_httpx.py has.
"""

import os
import sys
import uuid

import requests
import urllib3

URL = os.environ.get("GATEWAY_URL", "http://127.0.0.1:8080")
TIMEOUT = (5, 140)  # to connect, and between bytes: the gateway itself may take 130 s


def session() -> requests.Session:
    made = requests.Session()
    # No proxy and no authority from the environment.
    made.trust_env = False
    # By default requests never repeats a request. A cancel or a GET may be sent again if the gateway closed an idle connection.
    retries = urllib3.Retry(total=1, status=0, redirect=0, allowed_methods={"GET", "DELETE"})
    made.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
    made.mount("https://", requests.adapters.HTTPAdapter(max_retries=retries))
    if key := os.environ.get("GATEWAY_KEY"):
        made.headers["X-Gateway-Key"] = key
    if authority := os.environ.get("GATEWAY_CA"):
        made.verify = authority
        made.cert = (os.environ["GATEWAY_CERTIFICATE"], os.environ["GATEWAY_CERTIFICATE_KEY"])
    return made


def submit(gateway: requests.Session) -> str:
    job = {"name": "accounts", "format": "csv", "queries": [{"name": "accounts", "query": "select Id from Account"}]}
    response = gateway.post(f"{URL}/v1/batch-query", json=job, timeout=TIMEOUT)
    response.raise_for_status()
    return response.json()["id"]


def status(gateway: requests.Session, job: str) -> str:
    response = gateway.get(f"{URL}/v1/batch-query/jobs/{job}", timeout=TIMEOUT)
    response.raise_for_status()
    return response.json()["status"]


def cancel(gateway: requests.Session, job: str) -> bool:
    response = gateway.delete(
        f"{URL}/v1/batch-query/jobs/{job}", headers={"Zuora-Track-Id": f"requests-{uuid.uuid4()}"}, timeout=TIMEOUT)
    outcome = response.headers.get("Gateway-Outcome")
    print(f"{response.status_code} {outcome}, track id {response.headers['Zuora-Track-Id']}")
    return outcome in ("cancelled", "already-cancelled")


def main() -> int:
    with session() as gateway:
        if len(sys.argv) > 1:
            job = sys.argv[1]
        else:
            job = submit(gateway)
            print(f"submitted {job}")
            print(f"read {job}: {status(gateway, job)}")
        return 0 if cancel(gateway, job) else 1


if __name__ == "__main__":
    sys.exit(main())
