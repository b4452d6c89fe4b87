#!/bin/sh
# Third-party libraries from Debian's sources, pinned by version and checked by apt.
#
#   deps.sh fetch DIR              unpack the sources into DIR/src, headers into DIR/include
#   deps.sh libc DIR OUT TRIPLE FLAGS...   build musl, static, with the compiler TRIPLE-gcc into OUT
#                                  (OUT/bin/musl-gcc, OUT/lib/libc.a)
#   deps.sh build DIR OUT CC...    compile with the command CC into OUT/libbearssl.a and OUT/libz.a

set -eu

musl=1.2.3-1
bearssl=0.6+dfsg.1-3
zlib=1:1.2.13.dfsg-1
here=$(dirname "$0")

fetch_one() {
    name=$1 version=$2
    "$here/setup.sh" source
    if ! apt-cache showsrc "$name" 2>/dev/null | grep -qxF "Version: $version"; then
        apt-get -q update >/dev/null 2>&1 || true
    fi
    tries=1
    until (cd "$src" && apt-get -q source "$name=$version" >"$name.log" 2>&1); do
        # Mirrors and other runs of apt get in the way for moments.
        tries=$((tries + 1))
        [ "$tries" -gt 3 ] || { sleep 5; continue; }
        cat "$src/$name.log" >&2
        echo "deps.sh: cannot get the source of $name $version; apt offers:" >&2
        apt-cache showsrc "$name" 2>/dev/null | grep '^Version:' | sort -u >&2 || true
        echo "deps.sh: versions are pinned in builder/toolchain/deps.sh; change them on purpose" >&2
        exit 1
    done
    rm -rf "${src:?}/$name"
    mv "$src/$name"-*/ "$src/$name"
}

# SHA-384 and SHA-512 are for certificates and handshakes only, and on processors with 32 bits a
# round is 600 bytes: it stands there eight times, so that no value has to move. Once is enough.
roll_sha512() {
    move='top = h; h = g; g = f; f = e; e = d; d = c; c = b; b = a; a = top;'
    sed -i -e 's/i < 80; i += 8/i < 80; i ++/' \
        -e '/^\t\tSHA2BIG_STEP([b-h], /d' \
        -e "s/^\t\tSHA2BIG_STEP(a, .*/&\n\t\t$move/" \
        -e 's/uint64_t a, b, c, d, e, f, g, h;/uint64_t a, b, c, d, e, f, g, h, top;/' "$1"
    if [ "$(grep -c 'SHA2BIG_STEP(a\|a = top;\|h, top;\|i < 80; i ++' "$1")" != 5 ]; then
        echo "deps.sh: $1 is not what it was: see roll_sha512" >&2
        exit 1
    fi
}

fetch() {
    src=$1/src
    rm -rf "$src" "$1/include"
    mkdir -p "$src" "$1/include"
    fetch_one musl "$musl"
    fetch_one bearssl "$bearssl"
    fetch_one zlib "$zlib"
    roll_sha512 "$src/bearssl/src/hash/sha2big.c"
    cp "$src"/bearssl/inc/*.h "$src"/zlib/zlib.h "$src"/zlib/zconf.h "$1/include"
}

# Debian's own libc.a is made for speed; ours, made for size, is a quarter smaller.
libc() {
    dir=$(cd "$1" && pwd)
    mkdir -p "$2"
    out=$(cd "$2" && pwd)
    triple=$3
    shift 3
    work=$out/work
    rm -rf "$work"
    cp -a "$dir/src/musl" "$work"
    if ! (cd "$work" && unset MAKEFLAGS MFLAGS &&
        CC="$triple-gcc" CROSS_COMPILE="$triple-" \
            CFLAGS="-Oz -fPIE -fno-stack-protector $* -ffile-prefix-map=$work=." \
            ./configure --prefix="$out" --host="$triple" --disable-shared --enable-wrapper=gcc &&
        make -j"$(nproc)" && make install) >"$out/libc.log" 2>&1; then
        tail -20 "$out/libc.log" >&2
        exit 1
    fi
    rm -rf "$work"
}

# compile LIBRARY FOLDER "-I..." FILE... : one archive from the files of one source folder.
compile() {
    lib=$1 folder=$2 includes=$3
    shift 3
    objects=$work/$lib
    mkdir -p "$objects"
    # The shell below is given the compiler; the names are plain words.
    (cd "$folder" && printf '%s\n' "$@" | LC_ALL=C sort | xargs -P "$(nproc)" -n 16 sh -c '
        for file; do
            '"$cc"' '"$includes"' -c "$file" -o '"$objects"'/$(basename "$file" .c).o || exit 255
        done' sh)
    rm -f "$work/$lib.a"
    (cd "$objects" && LC_ALL=C ar rcsD "../$lib.a" *.o)
}

build() {
    dir=$(cd "$1" && pwd)
    mkdir -p "$2"
    out=$(cd "$2" && pwd)
    work=$out/work
    shift 2
    cc="$* -ffile-prefix-map=$dir/src=. -w"
    rm -rf "$work"
    bear=$dir/src/bearssl
    # shellcheck disable=SC2046
    compile libbearssl "$bear" "-Iinc -Isrc" $(cd "$bear" && find src -name '*.c')
    # NO_GZIP: wire/gzip reads gzip's few bytes of frame itself, and CRC-32 with its tables is
    # left out of every download. BUILDFIXED: a table is made when it is needed (one thread only).
    compile libz "$dir/src/zlib" "-DHAVE_UNISTD_H -DNO_GZIP -DBUILDFIXED" \
        adler32.c crc32.c compress.c deflate.c \
        infback.c inffast.c inflate.c inftrees.c trees.c uncompr.c zutil.c
    mv "$work/libbearssl.a" "$work/libz.a" "$out"
    rm -rf "$work"
}

# apt reads its lists without a lock of its own: setup.sh, which may change the architectures they
# are made for, must not run meanwhile. The lock is the one it takes, so it need not take it again.
if [ "${1:-}" = fetch ] && [ "${SAMARA_SETUP_ALONE:-}" != yes ]; then
    SAMARA_SETUP_ALONE=yes exec flock /var/lib/apt sh "$0" "$@"
fi
case "${1:-}" in
    fetch) fetch "$2" ;;
    libc) shift; libc "$@" ;;
    build) shift; build "$@" ;;
    *)
        echo "usage: deps.sh fetch DIR | libc DIR OUT TRIPLE FLAGS... | build DIR OUT CC..." >&2
        exit 2 ;;
esac
