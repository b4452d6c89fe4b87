#!/bin/sh
# The main job before your eyes: a file is published by one process, its app is fetched over HTTP
# as a reader's browser would, and started twice side by side. Both get the file, verified, and the
# figures say who sent how many bytes. Then the same file becomes a folder for any static web host,
# whose app meets the same swarm. Everything happens on this machine's loopback.
#
#   SAMARA=build/samara sh tests/demo.sh       (make demo)

set -eu

samara=$(realpath "${SAMARA:-build/samara}")
size_mib=48
upload=6M # the publisher's line, much thinner than what the readers could take together
work=$(mktemp -d "${TMPDIR:-/tmp}/samara-demo.XXXXXX")
server='' first='' second=''

clean_up() {
    for pid in $server $first $second; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
    echo "demo: $*" >&2
    for log in "$work"/*.log; do
        sed "s|^|  $(basename "$log"): |" "$log" | tail -5 >&2
    done
    exit 1
}

# figure NAME FILE: a number out of the app's JSON line that tells of completion.
figure() {
    sed -n "/\"event\":\"complete\"/s/.*\"$1\":\([0-9.]*\).*/\1/p" "$2"
}

mib() {
    awk "BEGIN { printf \"%6.1f MiB\", $1 / 1048576 }"
}

echo "1. A publisher has a file of $size_mib MiB and serves its folder:"
mkdir "$work/public" "$work/one" "$work/two" "$work/three"
head -c "${size_mib}M" /dev/urandom >"$work/public/film.bin"
echo "     samara serve public --peer-up $upload"
"$samara" serve "$work/public" --listen 127.0.0.1:0 --peer-up $upload --no-state \
    >"$work/serve.log" 2>&1 &
server=$!
tries=0
until grep -qs 'ready: 1 of 1' "$work/serve.log"; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] && kill -0 "$server" 2>/dev/null || fail "the server does not start"
    sleep 0.1
done
url=$(sed -n 's|.*page *\(http://[^ ]*\)/$|\1|p' "$work/serve.log" | head -1)
echo "   The page is $url/"

echo "2. A reader presses the button on that page; one file arrives:"
link=$(curl -fsS "$url/" | sed -n 's/.*href="\(a[^"]*-linux-x86_64\.run\)".*/\1/p' | head -1)
[ -n "$link" ] || fail "the page offers no app"
curl -fsS -o "$work/film.run" "$url/$link" || fail "the app cannot be fetched"
chmod +x "$work/film.run"
echo "     $link, $(wc -c <"$work/film.run") bytes; it is program and torrent in one"
"$samara" verify "$work/film.run" | sed 's/^/     /'

echo "3. Two readers start it, each in a folder of their own. One may use the web seed (slowly, so"
echo "   that there is something to see), the other relies on peers alone:"
echo "     ./film.run --max-down 5M"
echo "     ./film.run --no-webseeds"
cd "$work"
./film.run --dir one --max-down 5M --seed-minutes 1 --json >one.log 2>&1 &
first=$!
./film.run --dir two --no-webseeds --seed-minutes 1 --json >two.log 2>&1 &
second=$!
tries=0
until [ "$(cat "$work/one.log" "$work/two.log" | grep -c '"event":"complete"')" = 2 ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail "the readers have nothing after 30 seconds"
    sleep 0.1
done
sleep 1 # the last blocks that one sends to the other
kill -TERM $first $second
wait $first || true
wait $second || true
first='' second=''

want=$(sha256sum <"$work/public/film.bin")
for reader in one two; do
    got=$(sha256sum <"$work/$reader/film.bin")
    [ "$got" = "$want" ] || fail "reader $reader has wrong bytes"
    files=$(find "$work/$reader" -mindepth 1 | wc -l)
    [ "$files" = 1 ] || fail "reader $reader has files left over"
    echo "   Reader $reader: complete after $(figure seconds "$work/$reader.log") s," \
        "SHA-256 equal, nothing left behind"
done

echo "4. Who sent how many bytes:"
status=$(curl -fsS "$url/status")
peer=$(echo "$status" | sed -n 's/^sent by peer: //p' | head -1)
web=$(echo "$status" | sed -n 's/^sent by web seed: //p' | head -1)
echo "   the publisher's peer      $(mib "$peer")"
echo "   the publisher's web seed  $(mib "$web")"
sent=0
for reader in one two; do
    up=$(sed -n '/"event":"exit"/s/.*"uploaded":\([0-9]*\).*/\1/p' "$work/$reader.log")
    sent=$((sent + up))
    echo "   reader $reader sent          $(mib "$up")," \
        "and got $(mib "$(figure from_peers "$work/$reader.log")") from peers," \
        "$(mib "$(figure from_webseeds "$work/$reader.log")") from the web seed"
done
[ "$sent" -gt 0 ] || fail "the readers shared nothing with each other"
echo "   Two copies are $(mib $((2 * size_mib * 1048576)));" \
    "the readers spared the publisher $(mib "$sent")."

echo "5. The same for any static web host, with the server above as tracker and as one seed:"
echo "     samara publish public/film.bin -o site --url https://films.example/ \\"
echo "         --tracker $url/announce"
"$samara" publish public/film.bin -o site --url https://films.example/ --title "The film" \
    --tracker "$url/announce" >publish.log 2>&1 || fail "it cannot be published"
(cd site && sha256sum --quiet -c SHA256SUMS) || fail "the published folder's checksums are wrong"
(cd site && find . -type f -not -name .nojekyll | sort | sed 's|^\./|     site/|')
echo "   A third reader opens the archive of that folder, whose web host does not exist yet:"
tar -xzf site/film.bin-linux-x86_64.run.tar.gz
./film.bin-linux-x86_64.run --dir three --no-webseeds --no-seed --timeout 30 --json \
    >three.log 2>&1 || fail "the app of the published folder does not get the file"
[ "$(sha256sum <three/film.bin)" = "$want" ] || fail "reader three has wrong bytes"
echo "   Reader three: complete after $(figure seconds three.log) s, from the swarm alone"
