#!/bin/sh
# Measures the upstream client against a local nginx: processor time and, where valgrind is installed, instructions a request,
# over plain TCP, TLS and HTTP/2; and the memory of idle transfers and connections.
set -eu
cd "$(dirname "$0")/../.."
out=$PWD/.build-benchmark/curl
mkdir -p "$out/Sources"
for module in CCurl CLinux COpenSSL CZlib CurlClient Network Wire; do
    ln -sfn "$PWD/Sources/$module" "$out/Sources/$module"
done
ln -sfn "$PWD/Benchmarks/Curl" "$out/Sources/curl-benchmark"
cp Package.resolved "$out/"
# The package's own settings, but only the modules that are measured.
{
    sed -n '1,/^let strictTests/p' Package.swift | sed '$d'
    cat <<'END'
let package = Package(
    name: "curl-benchmark",
    dependencies: [.package(url: "https://github.com/apple/swift-collections", exact: "1.6.0")],
    targets: [
        .target(name: "CLinux"),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("ssl")]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(name: "Wire", dependencies: ["CLinux", "CZlib"], swiftSettings: strict),
        .target(
            name: "Network",
            dependencies: [
                "Wire", "CLinux", "COpenSSL", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ], swiftSettings: strict),
        .target(name: "CurlClient", dependencies: ["Network", "Wire", "CCurl"], swiftSettings: strict),
        .executableTarget(
            name: "curl-benchmark", dependencies: ["CurlClient", "Network", "Wire"], exclude: ["run.sh"],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault")]),
    ])
END
} > "$out/Package.swift"
swift build --package-path "$out" -c release --product curl-benchmark >&2
# Without debug information, which valgrind cannot read.
strip -g -o "$out/benchmark" "$out/.build/release/curl-benchmark"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$out/key.pem" -out "$out/cert.pem" 2> /dev/null
cat > "$out/nginx.conf" <<END
daemon off; master_process off; pid $out/nginx.pid; error_log $out/error.log;
events { worker_connections 4096; }
http {
    access_log off; keepalive_requests 100000000; default_type application/json;
    server {
        listen 127.0.0.1:18480; listen 127.0.0.1:18481 ssl; listen 127.0.0.1:18482 ssl http2;
        ssl_certificate $out/cert.pem; ssl_certificate_key $out/key.pem; ssl_protocols TLSv1.3;
        location / { return 200 '{"id":"8a8082e65b27f6c3015ba3e326b26419","status":"cancelled","format":"CSV","version":1.2}'; }
    }
}
END
PATH=$PATH:/usr/sbin nginx -p "$out" -c "$out/nginx.conf" &
nginx=$!
trap 'kill $nginx' EXIT
sleep 1
# Thousands of connections for the memory.
ulimit -n "$(ulimit -Hn)"

for parallel in 1 32; do
    echo "plain, $parallel at a time: $("$out/benchmark" requests http://127.0.0.1:18480 50000 $parallel)"
    echo "TLS 1.3, $parallel at a time: $("$out/benchmark" requests https://localhost:18481 50000 $parallel "$out/cert.pem" h1)"
    echo "HTTP/2, $parallel at a time: $("$out/benchmark" requests https://localhost:18482 50000 $parallel "$out/cert.pem" h2)"
done
echo "plain, $("$out/benchmark" memory http://127.0.0.1:18480 500)"
echo "TLS 1.3, $("$out/benchmark" memory https://localhost:18481 500 "$out/cert.pem")"

command -v valgrind > /dev/null || exit 0
instructions() {
    valgrind --tool=callgrind --callgrind-out-file="$out/callgrind.$2" \
        "$out/benchmark" requests "$1" "$2" 1 "$out/cert.pem" h1 2>&1 | awk '/Collected/ { print $4 }'
}
for url in http://127.0.0.1:18480 https://localhost:18481; do
    # The difference of two runs leaves the start out.
    echo "$url: $((($(instructions $url 2500) - $(instructions $url 500)) / 2000)) instructions a request"
done
