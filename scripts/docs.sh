#!/usr/bin/env bash
# Builds the documentation of each library target that has a DocC catalogue, into .build-docs/TARGET.doccarchive, offline: the symbol
# graphs come from the compiler, the pages from the toolchain's docc. To read one, use docc preview or any web server for static files.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf .build-docs
mkdir .build-docs
swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >.build-docs/log
graphs=$(find .build -type d -name symbolgraph -print -quit)
for catalogue in Sources/*/*.docc; do
    name=$(basename "$catalogue" .docc)
    mkdir ".build-docs/$name.graph"
    cp "$graphs/$name.symbols.json" ".build-docs/$name.graph/"
    docc convert "$catalogue" --fallback-display-name "$name" --fallback-bundle-identifier "zuora-gateway.$name" \
        --additional-symbol-graph-dir ".build-docs/$name.graph" --output-path ".build-docs/$name.doccarchive" --diagnostic-filter error
done
