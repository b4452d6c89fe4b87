/* The state file: a bencoded dictionary, written beside its place and renamed, so that at any
 * instant the old or the new one is there, whole. */
#include "engine/store_state.h"

#include "meta/bencode.h"

enum {
    STATE_NAME_SIZE = NAME_LEN_MAX + 16,
    PEER_SIZE = 18,        /* BEP 7's compact form */
    STATE_SIZE_MAX = 2048, /* STATE_PEERS_MAX peers and three keys */
};

static const char *
state_name(const struct store *s, const char *suffix, char *mem)
{
    struct buf b = buf_over(mem, STATE_NAME_SIZE);
    buf_byte(&b, '.');
    buf_text(&b, s->t->name);
    buf_text(&b, suffix);
    return buf_cstr(&b);
}

static void
take_peers(struct store_state *out, struct bytes peers)
{
    while (peers.len >= PEER_SIZE && out->peer_count < STATE_PEERS_MAX) {
        out->peers[out->peer_count++] = addr_v6(peers.ptr, be16(peers.ptr + 16));
        peers = bytes_skip(peers, PEER_SIZE);
    }
}

bool
store_load_state(struct store *s, struct store_state *out)
{
    char name[STATE_NAME_SIZE];
    uint8_t mem[STATE_SIZE_MAX];
    sys_file f;
    struct bencode v;
    struct fault why;
    *out = (struct store_state){0};
    if (sys_file_open(s->dir, state_name(s, ".samara", name), SYS_READ, &f) != SYS_OK)
        return false;
    int64_t n = sys_file_size(f) > STATE_SIZE_MAX ? -1 : sys_file_read(f, 0, mem, sizeof mem);
    sys_file_close(&f);
    if (n < 0 || !bencode_check(bytes_of(mem, (size_t)n), &v, &why))
        return false;
    struct bytes hash = bencode_get_string(v, "info_hash");
    int64_t uploaded = bencode_get_int(v, "uploaded", -1);
    int64_t downloaded = bencode_get_int(v, "downloaded", -1);
    if (!bytes_equal(hash, bytes_of(s->t->info_hash, SHA1_SIZE)) || uploaded < 0 || downloaded < 0)
        return false;
    out->uploaded = uploaded;
    out->downloaded = downloaded;
    take_peers(out, bencode_get_string(v, "peers"));
    return true;
}

static void
put_state(struct buf *b, const struct store *s, const struct store_state *state)
{
    uint8_t peers[STATE_PEERS_MAX * PEER_SIZE];
    struct buf p = BUF(peers);
    for (uint32_t i = 0; i < state->peer_count; i++) {
        buf_add(&p, bytes_of(state->peers[i].ip, sizeof state->peers[i].ip));
        buf_be16(&p, state->peers[i].port);
    }
    buf_byte(b, 'd');
    bencode_put_text(b, "downloaded");
    bencode_put_int(b, state->downloaded);
    bencode_put_text(b, "info_hash");
    bencode_put_string(b, bytes_of(s->t->info_hash, SHA1_SIZE));
    bencode_put_text(b, "peers");
    bencode_put_string(b, buf_bytes(&p));
    bencode_put_text(b, "uploaded");
    bencode_put_int(b, state->uploaded);
    buf_byte(b, 'e');
}

int
store_save_state(struct store *s, const struct store_state *state)
{
    char name[STATE_NAME_SIZE], fresh[STATE_NAME_SIZE];
    uint8_t mem[STATE_SIZE_MAX];
    struct buf b = BUF(mem);
    sys_file f;
    if (s->read_only)
        return SYS_OK;
    put_state(&b, s, state);
    state_name(s, ".samara", name);
    state_name(s, ".samara.new", fresh);
    int64_t error = sys_file_open(s->dir, fresh, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, &f);
    if (error != SYS_OK)
        return (int)error;
    error = sys_file_write(f, 0, b.ptr, b.len);
    sys_file_close(&f);
    if (error >= 0)
        error = sys_rename(s->dir, fresh, name, true);
    if (error != SYS_OK)
        sys_remove(s->dir, fresh);
    return (int)error;
}

void
store_forget_state(struct store *s)
{
    char name[STATE_NAME_SIZE];
    if (s->read_only)
        return;
    sys_remove(s->dir, state_name(s, ".samara.new", name));
    sys_remove(s->dir, state_name(s, ".samara", name));
    store_remove_unwanted(s);
}
