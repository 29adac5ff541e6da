#!/usr/bin/env bash
# Prints a bill of materials as SPDX 2.3 JSON: the gateway, the Swift packages linked into it, the Swift runtime, and the Debian packages
# shipped with it.
#
#   scripts/sbom.sh EXECUTABLE DEBIAN_PACKAGE...
#
# Run where the executable was built, in the root of the sources. SOURCE_DATE_EPOCH is its time. SHIPPED is the file to take the checksum
# of, if that is a stripped copy; DPKG_ADMINDIR is the package database of another root.
set -euo pipefail

executable=$1
shift
version=$("$(dirname "$0")/version.sh")
swift=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
distribution=$(. /etc/os-release && printf '%s' "${ID:-linux}")
created=$(date -u -d "@${SOURCE_DATE_EPOCH:-0}" +%Y-%m-%dT%H:%M:%SZ)
checksum=$(sha256sum "${SHIPPED:-$executable}" | cut -d ' ' -f 1)
built=$(dirname "$(readlink -f "$executable")")
links=$built/$(basename "$executable").product/Objects.LinkFileList

# Lines of: kind, name, version, place, licence; separated by tabs.
components() {
    printf 'swift-runtime\tswift\t%s\thttps://github.com/swiftlang/swift\tApache-2.0 WITH Swift-exception\n' "$swift"
    awk -F '"' '/"identity"/ { name = $4 } /"location"/ { place = $4 } /"revision"/ { revision = $4 }
        /"version" : "/ { version = $4 }
        /^ *}/ && name != "" && revision != "" { print name "\t" (version != "" ? version : revision) "\t" place "@" revision
            name = place = revision = version = "" }' Package.resolved |
        while IFS=$'\t' read -r name number place; do
            is_linked "$name" || continue
            printf 'swift-package\t%s\t%s\tgit+%s\t%s\n' "$name" "$number" "$place" NOASSERTION
        done
    local package
    for package in "$@"; do
        dpkg-query -W -f 'debian-package\t${Package}\t${Version}\tpkg:deb/'"$distribution"'/${Package}@${Version}?arch=${Architecture}\tNOASSERTION\n' "$package"
    done
}

# Whether a module of the package is in the executable. Without the linker's list, every package is.
is_linked() {
    [ -f "$links" ] || return 0
    local sources module
    for sources in "$built"/../../checkouts/*/Sources; do
        [ "$(basename "$(dirname "$sources")" | tr '[:upper:]' '[:lower:]')" = "$1" ] || continue
        for module in "$sources"/*/; do
            grep -q "/$(basename "$module")\.build/" "$links" && return 0
        done
    done
    return 1
}

list=$(components "$@")
namespace=$(printf '%s\n%s\n' "$checksum" "$list" | sha256sum | cut -c 1-32)

printf '%s\n' "$list" | awk -F '\t' -v version="$version" -v created="$created" -v checksum="$checksum" -v namespace="$namespace" '
    function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
    function id(kind, name) { name = kind "-" name; gsub(/[^A-Za-z0-9.-]/, "-", name); return "SPDXRef-" name }
    { kind[NR] = $1; name[NR] = $2; number[NR] = $3; place[NR] = $4; license[NR] = $5 }
    END {
        print "{"
        print "  \"spdxVersion\": \"SPDX-2.3\","
        print "  \"dataLicense\": \"CC0-1.0\","
        print "  \"SPDXID\": \"SPDXRef-DOCUMENT\","
        print "  \"name\": " quoted("zuora-gateway-" version) ","
        print "  \"documentNamespace\": " quoted("urn:zuora-gateway:sbom:" version ":" namespace) ","
        print "  \"creationInfo\": { \"created\": " quoted(created) ", \"creators\": [\"Tool: zuora-gateway-sbom.sh\"] },"
        print "  \"packages\": ["
        printf "    { \"SPDXID\": \"SPDXRef-zuora-gateway\", \"name\": \"zuora-gateway\", \"versionInfo\": %s, ", quoted(version)
        printf "\"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"primaryPackagePurpose\": \"APPLICATION\", "
        printf "\"licenseConcluded\": \"Apache-2.0\", \"licenseDeclared\": \"Apache-2.0\", \"copyrightText\": \"NOASSERTION\", "
        printf "\"checksums\": [{ \"algorithm\": \"SHA256\", \"checksumValue\": %s }] }", quoted(checksum)
        for (i = 1; i <= NR; i++) {
            printf ",\n    { \"SPDXID\": %s, \"name\": %s, \"versionInfo\": %s, ", quoted(id(kind[i], name[i])), quoted(name[i]), quoted(number[i])
            isPURL = place[i] ~ /^pkg:/
            printf "\"downloadLocation\": %s, \"filesAnalyzed\": false, ", isPURL ? "\"NOASSERTION\"" : quoted(place[i])
            printf "\"licenseConcluded\": \"NOASSERTION\", \"licenseDeclared\": %s, \"copyrightText\": \"NOASSERTION\"", quoted(license[i])
            if (isPURL) {
                purl = place[i]
                gsub(/\+/, "%2B", purl)
                printf ", \"externalRefs\": [{ \"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\", "
                printf "\"referenceLocator\": %s }]", quoted(purl)
            }
            printf " }"
        }
        print "\n  ],"
        print "  \"relationships\": ["
        printf "    { \"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\", \"relatedSpdxElement\": \"SPDXRef-zuora-gateway\" }"
        for (i = 1; i <= NR; i++) {
            how = kind[i] != "debian-package" ? "STATIC_LINK" : name[i] == "ca-certificates" ? "DEPENDS_ON" : "DYNAMIC_LINK"
            printf ",\n    { \"spdxElementId\": \"SPDXRef-zuora-gateway\", \"relationshipType\": \"%s\", \"relatedSpdxElement\": %s }", how, quoted(id(kind[i], name[i]))
        }
        print "\n  ]\n}"
    }'
