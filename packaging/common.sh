# Sourced by run, test and remove: the project's folder, plain messages, packages, quiet builds.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
app_id=io.github.signalbox.Signalbox

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}


# install_packages GROUP…: what packages.txt names for these groups and Debian does not have yet.
install_packages() {
    local wanted=() missing=() group name as_root=()
    while read -r group name _; do
        [[ " $* " == *" $group "* ]] && wanted+=("$name")
    done < <(grep -v -e '^#' -e '^$' "$root/packaging/packages.txt")
    command -v dpkg-query > /dev/null || fail "This needs Debian 12 or a system with its packages: ${wanted[*]}"
    for name in "${wanted[@]}"; do
        # npm may be there without Debian's package (NodeSource); then Debian's would break it.
        [[ $name == npm || $name == nodejs ]] && command -v npm > /dev/null && continue
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null || true) == installed ]] \
            || missing+=("$name")
    done
    ((${#missing[@]})) || return 0

    say "Installing ${#missing[@]} Debian packages with apt: ${missing[*]}"
    if ((EUID != 0)); then
        command -v sudo > /dev/null || fail "Not root and no sudo: please have an administrator run apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    export DEBIAN_FRONTEND=noninteractive
    quietly "${as_root[@]}" apt-get update -q
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# Runs a command with its output in a log that is shown only if it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! "$@" > "$log" 2>&1; then
        tail -n 60 "$log" >&2
        rm -f "$log"
        fail "This failed: $*"
    fi
    rm -f "$log"
}

# build_preset PRESET [--target NAME…]… [cmake option…]: configures and builds; silent when everything
# is built.
build_preset() {
    local preset=$1 names=() targets=()
    shift
    while [[ ${1:-} == --target ]]; do
        names+=("$2")
        targets+=(--target "$2")
        shift 2
    done
    quietly cmake -S "$root" --preset "$preset" "$@"
    if [[ $(ninja -C "$root/build/$preset" -n "${names[@]}" 2>&1 | tail -n 1) != *"no work to do"* ]]; then
        say "Building ($preset). The first time takes some minutes."
        quietly cmake --build "$root/build/$preset" -j "$(nproc)" "${targets[@]}"
    fi
}

has_display() { [[ -n ${WAYLAND_DISPLAY:-} || -n ${DISPLAY:-} ]]; }
