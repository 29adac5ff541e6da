# For the scripts beside: `require PROGRAM=PACKAGE...` says what is missing, and how it is had, and ends.
require() {
    missing=
    for each; do
        command -v "${each%%=*}" >/dev/null || missing="$missing ${each#*=}"
    done
    [ -z "$missing" ] || {
        echo "something is missing: apt-get install$missing" >&2
        exit 1
    }
}
