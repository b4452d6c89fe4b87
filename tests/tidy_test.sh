#!/bin/sh
# Each check of tests/tidy.sh must be able to fail: one broken copy of a small clean tree a check.

set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

clean_tree() {
    rm -rf "$tree/p"
    mkdir -p "$tree/p/stub/base" "$tree/p/stub/wire" "$tree/p/stub/sys" "$tree/p/builder"
    cd "$tree/p" || exit 1
    touch Makefile README.md
    cat >stub/base/leaf.h <<'END'
/* A leaf. */
#ifndef BASE_LEAF_H
#define BASE_LEAF_H

/* Adds one. */
int leaf_grow(int size);

#endif
END
    cat >stub/base/leaf.c <<'END'
#include "base/leaf.h"

static const int step = 1;

/* Text that looks like code is none: strcpy(a, b), "system(" */
int
leaf_grow(int size)
{
    return size + step + (int)sizeof("strcat(x) // TAB");
}
END
    printf '/* The platform. */\n#ifndef SYS_H\n#define SYS_H\n#endif\n' >stub/sys/sys.h
    printf '/* A page. */\n#ifndef PAGE_H\n#define PAGE_H\n#endif\n' >stub/wire/page.h
    printf '#include "wire/page.h"\n' >stub/wire/page.c
}

# expect NAME PATTERN: tidy must complain with PATTERN; an empty one means it must be content.
expect() {
    output=$(sh "$here/tidy.sh" "$tree/p" 2>&1)
    status=$?
    if [ -z "$2" ] && [ $status -eq 0 ]; then
        echo "ok tidy $1"
    elif [ -n "$2" ] && [ $status -ne 0 ] && printf '%s\n' "$output" | grep -qE "$2"; then
        echo "ok tidy refuses $1"
    else
        echo "not ok tidy, $1: wanted '$2', got: $(printf '%s' "$output" | tr '\n' ' ')"
        failed=1
    fi
    clean_tree
}

leaf=stub/base/leaf.c
clean_tree
expect "is content with a clean tree" ''

sed -i '1a #include "sys/sys.h"' $leaf
expect "a higher layer" 'leaf.c:2: base includes sys'
sed -i '1a #include "sys/sys.h"' stub/wire/page.c
expect "sys in wire" 'page.c:2: wire includes sys'
sed -i '1a #include "base/nothing.h"' $leaf
expect "a missing header" 'leaf.c:2: no such header'
sed -i '1a #include "leaf.h"' $leaf
expect "a header without its path" 'leaf.c:2: no such header'
mkdir stub/misc && echo 'int' >stub/misc/a.h
expect "an unknown layer" 'misc is not a layer'
{ cat stub/base/leaf.h; yes '#include "base/leaf.h"' | head -9; } >leaf && mv leaf stub/base/leaf.h
expect "an umbrella header" 'leaf.h:17: umbrella'
{ printf 'void\nbig(void)\n{\n'; yes '    ;' | head -71; echo '}'; } >>$leaf
expect "a long function" 'leaf.c:85: big has 71 lines'
{ printf 'void\nbig(void)\n{\n'; yes '    ;' | head -70; echo '}'; } >>$leaf
expect "allows 70 lines" ''
yes '' | head -600 >>$leaf
expect "a long file" 'leaf.c:601: file of more than 600'
printf 'int leaf_cut(int size)\n{\n    return size;\n}\n' >>$leaf
expect "a type beside the name" 'leaf.c:12: the function.s name'
printf 'int\nleaf_cut(int size) {\n    return size;\n}\n' >>$leaf
expect "a brace beside the name" 'leaf.c:12: the brace'
printf '/* %0100d */\n' 0 >>$leaf
expect "a long line" 'leaf.c:11: line of 106 columns'
printf '/* \303\251%093d */\n' 0 >>$leaf
expect "counts characters, not bytes" ''
printf '/* */ \n' >>$leaf
expect "trailing space" 'leaf.c:11: trailing space'
printf '\t;\n' >>$leaf
expect "tabs" 'leaf.c:11: tab'
printf '#if 0\n#endif\n' >>$leaf
expect "#if 0" 'leaf.c:11: code switched off'
for word in TO''DO FIX''ME XX''X; do
    printf '/* %s: later */\n' "$word" >>$leaf
    expect "$word" 'leaf.c:11: work left undone'
done
for name in strcpy strcat sprintf gets strtok alloca system popen atoi; do
    printf 'int\nleaf_cut(void)\n{\n    return %s(0);\n}\n' "$name" >>$leaf
    expect "$name" 'leaf.c:14: banned call'
done
printf 'int\nleaf_cut(void)\n{\n    return snprintf(0);\n}\n' >>$leaf
expect "allows snprintf" ''
for name in time clock_gettime printf getenv; do
    printf 'int\nleaf_cut(void)\n{\n    return %s(0);\n}\n' "$name" >>$leaf
    expect "$name in the core" 'leaf.c:14: the core has no clock'
done
printf 'int\nleaf_cut(void)\n{\n    return malloc(0);\n}\n' >>$leaf
expect "malloc" 'leaf.c:14: memory comes from'
printf '#ifdef _WIN32\n#endif\n' >>$leaf
expect "_WIN32" 'leaf.c:11: _WIN32 outside'
printf '#include <sys/socket.h>\n' >>$leaf
expect "a system header" 'leaf.c:11: system header'
printf '#include <bearssl.h>\n' >>$leaf
expect "a BearSSL header" 'leaf.c:11: bearssl header'
printf '#include <zlib.h>\n' >>$leaf
expect "a zlib header" 'leaf.c:11: zlib header'
printf 'static int count;\n' >>$leaf
expect "a mutable static" 'leaf.c:11: mutable'
printf 'int count = 3;\n' >>$leaf
expect "a mutable global" 'leaf.c:11: mutable'
printf 'int\nleaf_cut(void)\n{\n    static int n = 0;\n    return n++;\n}\n' >>$leaf
expect "a static in a function" 'leaf.c:14: mutable'
printf 'static int count;\n' >stub/sys/sys_posix.c
expect "allows statics in sys" ''
sed -i /BASE_LEAF_H/d stub/base/leaf.h
expect "a header without guard" 'leaf.h:1: no include guard'
sed -i 1d stub/base/leaf.h
expect "a header without a word" 'leaf.h:1: a header opens with'
rm stub/base/leaf.h && sed -i 1d $leaf
expect "a module without header" 'leaf.c:1: a module has a header'
echo 'static const int a;' >builder/leaf.c
expect "one name twice" 'leaf.c: more than one file'
touch notes.txt
expect "strangers at the top" 'notes.txt: does not belong'
echo "# see $tree/p/stub" >builder/x.sh
expect "paths of this machine" 'x.sh:1: path of one machine'
echo "# see /""home/joe/x" >builder/x.sh
expect "paths of a home" 'x.sh:1: path of one machine'
exit $failed
