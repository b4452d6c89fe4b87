#!/bin/sh
# What each part adds to a stub image, from the map that the linker wrote.
#
#   size.sh PROGRAM MAP       PROGRAM: the linked stub before it is stripped
#
# file: bytes in the image (code, constants, initialised data); memory: zeroed bytes besides.
# The map is of a link without whole-program optimisation, so the sum is a little higher.

set -eu

awk '
function number(hex,    i, n) {
    n = 0
    for (i = 3; i <= length(hex); i++) {
        n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
    }
    return n
}
# "build/musl/obj/stub/net/tls.o" -> "net/tls"; "x/libc.a(printf.o)" -> "libc.a".
function part(path) {
    if (path ~ /[(]/) {
        sub(/[(].*/, "", path)
        sub(/.*\//, "", path)
        return path
    }
    if (!sub(/.*\/obj\/(stub\/)?/, "", path)) {
        sub(/.*\//, "", path)
    }
    sub(/[.]o$/, "", path)
    return path
}
/^Linker script and memory map/ { inside = 1 }
!inside { next }
/^[.][a-z]/ { kept = $1 !~ /^[.](comment|debug|note|strtab|symtab|shstrtab)/; output = $1 }
kept && /^ [.a-zA-Z]/ && NF == 1 { wrapped = 1; next }
kept && (/^ [.A-Za-z]/ || wrapped) {
    shift = wrapped ? 0 : 1
    wrapped = 0
    if ($(1 + shift) !~ /^0x/ || $(2 + shift) !~ /^0x/) next
    path = $(3 + shift)
    bytes = number($(2 + shift))
    if (bytes == 0 || path == "") next
    if (output == ".bss" || output == ".tbss") memory[part(path)] += bytes
    else file[part(path)] += bytes
    seen[part(path)] = 1
}
END {
    for (p in seen) {
        printf "%8d %8d  %s\n", file[p], memory[p], p
    }
}' "$2" | sort -rn -k1 >"$2.parts"

echo "    file   memory  part"
cat "$2.parts"
awk '{ file += $1; memory += $2 } END { printf "%8d %8d  sum of parts\n", file, memory }' "$2.parts"
size "$1" | awk 'NR == 2 { printf "%8d %8d  stub, without padding\n", $1 + $2, $3 }'
