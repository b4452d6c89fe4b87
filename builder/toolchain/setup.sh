#!/bin/sh
# Install the Debian packages that one job needs, and only those that are missing.
#
#   setup.sh GROUP...      groups: build demo test browser fuzz format bench source
#
# With everything there it changes nothing and does not touch the network. "source" makes sure
# that apt knows source packages: where no deb-src is configured, a .sources file of our own is
# written with the same servers as the machine's Debian packages. Services that come with a
# package are never started.

set -eu

packages_of() {
    case "$1" in
        build) echo "gcc libc6-dev dpkg-dev gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf" \
                    "gcc-i686-linux-gnu gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32" ;;
        test) echo "libcmocka-dev python3 python3-feedparser python3-libtorrent aria2" \
                   "transmission-cli transmission-daemon opentracker nginx-light openssl" \
                   "iproute2 procps qbittorrent-nox" \
                   "qemu-user-static wine wine64 osslsigncode xvfb xauth xdotool thunar" \
                   "dbus-daemon" ;;
        browser) echo "chromium nodejs fonts-dejavu-core" ;;
        demo) echo "curl" ;;
        fuzz) echo "clang libclang-rt-14-dev llvm" ;;
        format) echo "clang-format" ;;
        bench) echo "python3 python3-libtorrent aria2 transmission-cli qbittorrent-nox rtorrent" \
                    "ctorrent opentracker gcc libc6-dev iproute2" ;;
        source) echo "dpkg-dev" ;;
        *)
            echo "setup.sh: no group '$1'; see the top of $0" >&2
            exit 2 ;;
    esac
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = "ii" ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "setup.sh: not root and no sudo; as root run: $*" >&2
        exit 1
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}

# A third-party archive that fails must not stop us; what we need is missed later, by name.
update() {
    apt update || echo "setup.sh: apt-get update complained; going on" >&2
}

# A policy that refuses every service start, for the time of one installation.
policy=/usr/sbin/policy-rc.d
policy_ours=no
drop_policy() {
    [ "$policy_ours" = no ] || as_root rm -f "$policy"
    policy_ours=no
}
forbid_services() {
    [ ! -e "$policy" ] || return 0
    policy_ours=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

install_missing() {
    forbid_services
    update
    # shellcheck disable=SC2086
    apt install -y --no-install-recommends $1
    drop_policy
    for service in nginx opentracker transmission-daemon; do
        case " $1 " in
            *" $service"*) as_root env DPKG_MAINTSCRIPT_PACKAGE="$service" \
                deb-systemd-helper disable "$service.service" >/dev/null ;;
        esac
    done
}

# Programs of Windows with 32 bits need wine's half for them, of a foreign architecture. Where it
# cannot be had the architecture goes again, for apt's sake, and the tests that need it are skipped.
try_wine32() {
    [ "$(dpkg --print-architecture)" = amd64 ] && ! is_installed wine32:i386 || return 0
    foreign=$(dpkg --print-foreign-architectures | grep -x i386 || true)
    echo "setup.sh: trying wine32"
    as_root dpkg --add-architecture i386
    forbid_services
    if ! { apt update && apt install -y --no-remove --no-install-recommends wine32:i386
    } 2>/dev/null; then
        echo "setup.sh: wine32 cannot be installed here; tests that need it are skipped" >&2
        [ -n "$foreign" ] || as_root dpkg --remove-architecture i386
    fi
    drop_policy
}

# The machine's Debian archives as deb822 stanzas of type deb-src, from both styles of list.
source_stanzas() {
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk -v RS= '
        /(^|\n)Types:[^\n]*deb([ \n]|$)/ && /(^|\n)URIs:[^\n]*debian/ {
            sub(/Types:[^\n]*/, "Types: deb-src")
            print $0 "\n"
        }'
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '
        $1 != "deb" { next }
        {
            signed = match($0, /signed-by=[^] ]+/) ? substr($0, RSTART + 10, RLENGTH - 10) : ""
            sub(/\[[^]]*\]/, "")
            if ($2 !~ /debian/) next
            printf "Types: deb-src\nURIs: %s\nSuites: %s\nComponents:", $2, $3
            for (i = 4; i <= NF; i++) printf " %s", $i
            print (signed == "" ? "" : "\nSigned-By: " signed) "\n"
        }'
}

ensure_sources() {
    [ -z "$(apt-get indextargets 'Created-By: Sources' 2>/dev/null)" ] || return 0
    stanzas=$(source_stanzas)
    if [ -z "$stanzas" ]; then
        echo "setup.sh: apt knows no Debian archive to fetch sources from" >&2
        exit 1
    fi
    printf '%s\n' "$stanzas" | as_root tee /etc/apt/sources.list.d/samara-src.sources >/dev/null
    update
}

# One at a time on this machine; apt itself waits for some of its locks only.
if [ "${SAMARA_SETUP_ALONE:-}" != yes ]; then
    SAMARA_SETUP_ALONE=yes exec flock /var/lib/apt sh "$0" "$@"
fi
trap drop_policy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ $# -gt 0 ] || { echo "usage: setup.sh GROUP...; groups stand at the top of $0" >&2; exit 2; }
missing=
for group; do
    for package in $(packages_of "$group"); do
        is_installed "$package" || missing="$missing $package"
    done
done
if [ -n "$missing" ]; then
    echo "setup.sh: installing$missing"
    install_missing "$missing"
fi
for group; do
    [ "$group" != source ] || ensure_sources
    [ "$group" != test ] || try_wine32
done
