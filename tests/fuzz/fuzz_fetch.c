/* The HTTP client against any answer. The body is the same whether the answer comes whole or in
 * parts, and whether the owner uses it at once or gives most of it back. */
#include "fuzz/one_socket.h"
#include "net/fetch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 1 << 22, TURNS_MAX = 2000000 };

struct result {
    enum fetch_state state;
    int status;
    size_t len;
    uint8_t *body;
};

static struct fetch fetch;
static struct scratch scratch;
static struct sys_wants wants;
static uint8_t bodies[2][BODY_MAX];

/* How many of these bytes the owner uses now. */
static size_t
use_of(size_t len, bool is_picky)
{
    if (!is_picky || len > BLOCK_SIZE) {
        return len;
    }
    return len > 100 ? 100 : len / 2;
}

static void
run(struct result *r, const struct fetch_config *config, size_t step, bool is_picky)
{
    one.step = step;
    one.sent_len = 0;
    r->len = 0;
    memset(&fetch, 0, sizeof fetch);
    fetch_init(&fetch, config);
    fetch_start(&fetch, BYTES("http://example.net/announce"), BYTES(""), 0, 0, sys_now_ms());
    bool is_over = false;
    for (int turns = 0; !is_over; turns++) {
        check(turns < TURNS_MAX);
        bool was_over = fetch.state == FETCH_DONE || fetch.state == FETCH_FAILED;
        sys_wants_start(&wants, INT64_MAX);
        fetch_wants(&fetch, &wants, true);
        struct bytes in = fetch_turn(&fetch, &wants, &scratch, SIZE_MAX, sys_now_ms());
        bool is_last = fetch.state == FETCH_DONE;
        size_t n = is_last ? in.len : use_of(in.len, is_picky);
        n = n < BODY_MAX - r->len ? n : BODY_MAX - r->len;
        if (n > 0) {
            memcpy(r->body + r->len, in.ptr, n);
        }
        r->len += n;
        is_over = was_over || r->len == BODY_MAX;
        fetch_keep(&fetch, is_over ? (struct bytes){0} : bytes_skip(in, n));
        one.sent_len = 0;
    }
    r->state = r->len == BODY_MAX ? FETCH_IDLE : fetch.state;
    r->status = fetch.status;
    fetch_close(&fetch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct fetch_config config = {.user_agent = "fuzz", .accept_gzip = data[0] & 1};
    config.purpose = (enum fetch_purpose)((data[0] >> 1) % 3);
    struct result whole = {.body = bodies[0]}, parts = {.body = bodies[1]};
    one.input = bytes_of(data + 2, size - 2);
    run(&whole, &config, SIZE_MAX, false);
    run(&parts, &config, data[1] % 64 + 1, data[0] & 128);
    check(whole.state == parts.state);
    if (whole.state == FETCH_DONE) {
        check(whole.status == parts.status);
        check(whole.len == parts.len);
        check(memcmp(whole.body, parts.body, whole.len) == 0);
    }
    return 0;
}
