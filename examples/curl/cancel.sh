#!/bin/sh
# Submits a job, reads it and cancels it; with an argument, only cancels that job.
#
# Set GATEWAY_URL, and GATEWAY_KEY if callers are configured. For a Unix socket also GATEWAY_SOCKET; for mTLS
# GATEWAY_CA, GATEWAY_CERTIFICATE and GATEWAY_CERTIFICATE_KEY.
set -eu
url=${GATEWAY_URL:-http://127.0.0.1:8080}
body=$(mktemp)
trap 'rm -f "$body" "$body.fields"' EXIT

# Prints the status. 140 s, because the gateway itself may take 130 s.
gateway() {
    curl --silent --show-error --max-time 140 --noproxy '*' \
        --output "$body" --dump-header "$body.fields" --write-out '%{http_code}\n' \
        ${GATEWAY_SOCKET:+--unix-socket "$GATEWAY_SOCKET"} \
        ${GATEWAY_KEY:+--header "X-Gateway-Key: $GATEWAY_KEY"} \
        ${GATEWAY_CA:+--cacert "$GATEWAY_CA" --cert "$GATEWAY_CERTIFICATE" --key "$GATEWAY_CERTIFICATE_KEY"} "$@"
}
field() { sed -n "s/^$1: \([^\r]*\).*/\1/ip" "$body.fields"; }
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$body"; }

job=${1:-}
if [ -z "$job" ]; then
    [ "$(gateway "$url/v1/batch-query" --header 'Content-Type: application/json' --data '{
        "name": "accounts", "format": "csv", "queries": [{"name": "accounts", "query": "select Id from Account"}]
    }')" = 200 ]
    job=$(member id)
    echo "submitted $job"
    [ "$(gateway "$url/v1/batch-query/jobs/$job")" = 200 ]
    echo "read $job"
fi

status=$(gateway --request DELETE "$url/v1/batch-query/jobs/$job" --header "Zuora-Track-Id: curl-$$")
outcome=$(field Gateway-Outcome)
echo "$status $outcome, track id $(field Zuora-Track-Id)"
case $outcome in
    cancelled | already-cancelled) ;;
    *) exit 1 ;;
esac
