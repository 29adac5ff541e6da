"""Zuora's SDK: submits a job, reads it and cancels it; with an argument, only cancels that job. See docs/sdk.md.

The SDK requests a token first, from the gateway: with the caller's name and its key, which it also needs with mTLS.
"""

import os
import sys
import uuid

import zuora_sdk
from zuora_sdk.zuora_client import ZuoraClient

TIMEOUT = (5, 140)  # to connect, and between bytes: the gateway itself may take 130 s


def queries() -> zuora_sdk.AggregateQueriesApi:
    configuration = zuora_sdk.Configuration(host=os.environ.get("GATEWAY_URL", "http://127.0.0.1:8080"))
    if authority := os.environ.get("GATEWAY_CA"):
        configuration.ssl_ca_cert = authority
        configuration.cert_file = os.environ["GATEWAY_CERTIFICATE"]
        configuration.key_file = os.environ["GATEWAY_CERTIFICATE_KEY"]
    client = ZuoraClient(
        client_id="billing".ljust(36, "-"), client_secret=os.environ["GATEWAY_KEY"], env=None, config=configuration)
    client.initialize()
    return zuora_sdk.AggregateQueriesApi(client.api_client)


def submit(gateway: zuora_sdk.AggregateQueriesApi) -> str:
    job = zuora_sdk.CreateBatchQueryJobRequest(
        name="accounts", format="csv", queries=[{"name": "accounts", "query": "select Id from Account"}])
    return gateway.create_batch_query(job, _request_timeout=TIMEOUT).id


def status(gateway: zuora_sdk.AggregateQueriesApi, job: str) -> str:
    return gateway.get_batch_query_job(job, _request_timeout=TIMEOUT).status


def cancel(gateway: zuora_sdk.AggregateQueriesApi, job: str) -> bool:
    try:
        response = gateway.delete_batch_query_job_with_http_info(
            job, zuora_track_id=f"sdk-{uuid.uuid4()}", _request_timeout=TIMEOUT)
        code, headers = response.status_code, response.headers
    except zuora_sdk.ApiException as error:
        code, headers = error.status, error.headers
    outcome = headers.get("Gateway-Outcome")
    print(f"{code} {outcome}, track id {headers['Zuora-Track-Id']}")
    return outcome in ("cancelled", "already-cancelled")


def main() -> int:
    gateway = queries()
    if len(sys.argv) > 1:
        job = sys.argv[1]
    else:
        job = submit(gateway)
        print(f"submitted {job}")
        print(f"read {job}: {status(gateway, job)}")
    return 0 if cancel(gateway, job) else 1


if __name__ == "__main__":
    sys.exit(main())
