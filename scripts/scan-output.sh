#!/usr/bin/env bash
# Searches the output of a test run for secrets and tokens.
#
#   scripts/scan-output.sh FOLDER
#
# FOLDER contains run.log, and processes/ with the output of the programs under test. Findings are reported by file, without the secret.
set -euo pipefail

# The sandbox's tokens, and every secret and static token that tests give to the program under test.
secrets='sandbox-[0-9a-f]{24}|sandbox-secret|globex-secret|readonly-secret|rotated-secret-[0-9]|wrong-secret-indeed|lonely-secret'
secrets+='|only-for-loopback|not-a-token|canned-token|recorded-token|static-token|a-secret-that-must-not-show'

folder=${1:?usage: scan-output.sh FOLDER}

find_in() { grep -rlaE "$secrets" "$1" || [ $? -eq 1 ]; }

# A scan that finds nothing proves something only if it would find something.
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
for planted in sandbox-0123456789abcdef01234567 sandbox-secret globex-secret readonly-secret rotated-secret-1 wrong-secret-indeed \
    lonely-secret only-for-loopback not-a-token canned-token recorded-token static-token a-secret-that-must-not-show; do
    printf '{"message":"x","authorization":"Bearer %s"}\n\0' "$planted" >"$probe/log"
    if [ -z "$(find_in "$probe")" ]; then
        echo "scan-output: does not find $planted" >&2
        exit 1
    fi
done
for kept in run.log processes/gateway.out- processes/gateway.err- processes/answers- processes/tls.err- processes/command-; do
    if ! compgen -G "$folder/$kept*" >/dev/null; then
        echo "scan-output: $folder/$kept* does not exist: nothing to scan" >&2
        exit 1
    fi
done

found=$(find_in "$folder")
if [ -n "$found" ]; then
    echo "scan-output: a secret or token of the tests is in:" >&2
    echo "$found" >&2
    exit 1
fi
echo "scan-output: no secret and no token in $(find "$folder" -type f | wc -l) files, $(du -sh "$folder" | cut -f1) of output"
