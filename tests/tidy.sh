#!/bin/sh
# What a script can check of the house style. Prints "file:line: what" and exits 1 on any.
#
#   tests/tidy.sh [FOLDER]      the project's folder, default: the one above this script

set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Files of the project: what git knows or would add; without git, what is there.
if [ -e .git ]; then
    git ls-files --cached --others --exclude-standard >"$tmp/listed"
else
    find . -path ./build -prune -o -type f -print | sed 's|^\./||' >"$tmp/listed"
fi
while read -r file; do
    [ ! -f "$file" ] || echo "$file"
done <"$tmp/listed" | sort >"$tmp/files"
grep -E '\.[ch]$' "$tmp/files" >"$tmp/c" || true
grep -E '\.(c|h|sh|py|awk)$|^\.ci/run$' "$tmp/files" >"$tmp/text" || true

check_lines() {
    # shellcheck disable=SC2046
    set -- $(cat "$tmp/text")
    [ $# -eq 0 ] || awk -f "$here/tidy.awk" - "$@" <"$tmp/files"
}

check_top_level() {
    sed 's|/.*||' "$tmp/files" | sort -u | while read -r name; do
        case "$name" in
            Makefile | README.md | LICENSE | .gitignore | .clang-format | .ci) ;;
            stub | builder | tests) ;;
            *) echo "$name: does not belong at the top level" ;;
        esac
    done
}

check_headers() {
    grep '\.h$' "$tmp/c" | while read -r file; do
        grep -m1 '^#' "$file" | grep -qE '^#(pragma once|ifndef [A-Z0-9_]+_H$)' ||
            echo "$file:1: no include guard"
    done
    grep '^stub/.*\.c$' "$tmp/c" | while read -r file; do
        case "$file" in
            stub/main.c | stub/heap.c | stub/divide_32.c) continue ;;
            stub/sys/sys_* | stub/ui/ui_*) continue ;;
        esac
        # hash_x86.c is a variant that belongs to hash.h.
        [ -f "${file%.c}.h" ] || [ -f "${file%_*}.h" ] ||
            echo "$file:1: a module has a header of the same name"
    done
}

check_names() {
    grep -v '/main\.c$' "$tmp/c" | sed 's|.*/||' | sort | uniq -d | while read -r name; do
        echo "$name: more than one file has this name:" $(grep "/$name\$" "$tmp/c")
    done
}

# Paths of the machine where a file was written mean nothing on another.
check_paths() {
    root=$(pwd)
    for path in "$root" "$(dirname "$root")" "${HOME:-/}"; do
        case "$path" in
            / | /home | /tmp | /usr* | /var | /opt | /srv | /mnt) ;;
            *) printf '%s\n' "$path" | sed 's/[.[\*^$+?()|{]/\\&/g' ;;
        esac
    done >"$tmp/paths"
    printf '/home/[a-z]+\n/root\n/Users/[a-z]+\n' >>"$tmp/paths"
    sed 's/.*/(^|[^A-Za-z0-9_.}\/-])(&)(\/|[^A-Za-z0-9_+[-]|$)/' "$tmp/paths" >"$tmp/patterns"
    while read -r file; do
        grep -InHE -f "$tmp/patterns" "$file" || true
    done <"$tmp/text" | sort -u | sed -E 's/^([^:]*:[0-9]*):.*/\1: path of one machine/'
}

{ check_lines; check_top_level; check_headers; check_names; check_paths; } >"$tmp/problems"
sort -t: -k1,1 -k2,2n -u "$tmp/problems"
count=$(wc -l <"$tmp/problems")
if [ "$count" -gt 0 ]; then
    echo "tidy: $count problems in $(wc -l <"$tmp/text") files" >&2
    exit 1
fi
echo "tidy: $(wc -l <"$tmp/text") files, nothing found"
