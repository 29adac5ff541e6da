#!/usr/bin/env bash
# Prints a bill of materials as SPDX 2.3 JSON: the programs, the Swift packages linked into each, the Swift runtime, and the Debian packages
# shipped with them.
#
#   scripts/sbom.sh EXECUTABLE... -- DEBIAN_PACKAGE...
#
# Run where the executables were built, in the root of the sources. SOURCE_DATE_EPOCH is its time. SHIPPED is the directory of the files to
# take the checksums of, if those are stripped copies; DPKG_ADMINDIR is the package database of another root.
set -euo pipefail

executables=()
while [ "$1" != -- ]; do
    executables+=("$1")
    shift
done
shift
version=$("$(dirname "$0")/version.sh")
swift=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
distribution=$(. /etc/os-release && printf '%s' "${ID:-linux}")
created=$(date -u -d "@${SOURCE_DATE_EPOCH:-0}" +%Y-%m-%dT%H:%M:%SZ)
built=$(dirname "$(readlink -f "${executables[0]}")")
programs=("${executables[@]##*/}")

# Lines of: kind, name, version, place (of a program: checksum), licence, the programs that it is in; separated by tabs.
components() {
    local program executable
    for executable in "${executables[@]}"; do
        program=$(basename "$executable")
        printf 'program\t%s\t%s\t%s\tApache-2.0\n' "$program" "$version" \
            "$(sha256sum "${SHIPPED:-$(dirname "$executable")}/$program" | cut -d ' ' -f 1)"
    done
    printf 'swift-runtime\tswift\t%s\thttps://github.com/swiftlang/swift\tApache-2.0 WITH Swift-exception\t%s\n' "$swift" "${programs[*]}"
    awk -F '"' '/"identity"/ { name = $4 } /"location"/ { place = $4 } /"revision"/ { revision = $4 }
        /"version" : "/ { version = $4 }
        /^ *}/ && name != "" && revision != "" { print name "\t" (version != "" ? version : revision) "\t" place "@" revision
            name = place = revision = version = "" }' Package.resolved |
        while IFS=$'\t' read -r name number place; do
            local linking=()
            for program in "${programs[@]}"; do ! is_linked "$name" "$program" || linking+=("$program"); done
            [ ${#linking[@]} -gt 0 ] || continue
            printf 'swift-package\t%s\t%s\tgit+%s\tNOASSERTION\t%s\n' "$name" "$number" "$place" "${linking[*]}"
        done
    local package
    for package in "$@"; do
        dpkg-query -W -f 'debian-package\t${Package}\t${Version}\tpkg:deb/'"$distribution"'/${Package}@${Version}?arch=${Architecture}\tNOASSERTION\t'"${programs[*]}"'\n' "$package"
    done
}

# Whether a module of the package is in the program. Without the linker's list, every package is.
is_linked() {
    local links=$built/$2.product/Objects.LinkFileList
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
namespace=$(printf '%s\n' "$list" | sha256sum | cut -c 1-32)

printf '%s\n' "$list" | awk -F '\t' -v version="$version" -v created="$created" -v namespace="$namespace" '
    function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
    function id(kind, name) { name = kind "-" name; gsub(/[^A-Za-z0-9.-]/, "-", name); return "SPDXRef-" name }
    function separator() { return printed++ ? ",\n    " : "    " }
    { kind[NR] = $1; name[NR] = $2; number[NR] = $3; place[NR] = $4; license[NR] = $5; users[NR] = $6 }
    END {
        print "{"
        print "  \"spdxVersion\": \"SPDX-2.3\","
        print "  \"dataLicense\": \"CC0-1.0\","
        print "  \"SPDXID\": \"SPDXRef-DOCUMENT\","
        print "  \"name\": " quoted("zuora-gateway-" version) ","
        print "  \"documentNamespace\": " quoted("urn:zuora-gateway:sbom:" version ":" namespace) ","
        print "  \"creationInfo\": { \"created\": " quoted(created) ", \"creators\": [\"Tool: zuora-gateway-sbom.sh\"] },"
        print "  \"packages\": ["
        for (i = 1; i <= NR; i++) {
            printf "%s{ \"SPDXID\": %s, \"name\": %s, \"versionInfo\": %s, ", separator(), quoted(id(kind[i], name[i])), quoted(name[i]), quoted(number[i])
            if (kind[i] == "program") {
                printf "\"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"primaryPackagePurpose\": \"APPLICATION\", "
                printf "\"licenseConcluded\": \"Apache-2.0\", \"licenseDeclared\": \"Apache-2.0\", \"copyrightText\": \"NOASSERTION\", "
                printf "\"checksums\": [{ \"algorithm\": \"SHA256\", \"checksumValue\": %s }] }", quoted(place[i])
                continue
            }
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
        printed = 0
        for (i = 1; i <= NR; i++) {
            if (kind[i] == "program") {
                printf "%s{ \"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\", ", separator()
                printf "\"relatedSpdxElement\": %s }", quoted(id(kind[i], name[i]))
            }
            how = kind[i] != "debian-package" ? "STATIC_LINK" : name[i] == "ca-certificates" ? "DEPENDS_ON" : "DYNAMIC_LINK"
            count = split(users[i], using, " ")
            for (k = 1; k <= count; k++) {
                printf "%s{ \"spdxElementId\": %s, \"relationshipType\": \"%s\", ", separator(), quoted(id("program", using[k])), how
                printf "\"relatedSpdxElement\": %s }", quoted(id(kind[i], name[i]))
            }
        }
        print "\n  ]\n}"
    }'
