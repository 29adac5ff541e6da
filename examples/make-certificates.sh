#!/bin/sh
# Makes an authority and two certificates for trying out mTLS, in certificates/ or the given folder:
#
#   server.crt, server.key     of the gateway, for localhost
#   billing.crt, billing.key   of a caller, with the name spiffe://example.org/billing; billing.p12 has both for Java
set -eu
folder=${1:-$(dirname "$0")/certificates}
mkdir -p "$folder"
cd "$folder"
umask 077

new_key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
# shellcheck disable=SC2086 # options, to be split
openssl req -x509 $new_key -days 30 -subj "/CN=example authority" -keyout ca.key -out ca.crt 2>/dev/null

issue() {
    # shellcheck disable=SC2086
    openssl req $new_key -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "$2" "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
    rm "$1.csr" "$1.ext"
}
issue server "DNS:localhost,IP:127.0.0.1" serverAuth
issue billing "URI:spiffe://example.org/billing" clientAuth
openssl pkcs12 -export -in billing.crt -inkey billing.key -passout pass:changeit -out billing.p12
