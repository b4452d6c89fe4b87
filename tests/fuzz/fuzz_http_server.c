/* The HTTP server against any request: answers are the same whether requests come whole or in
 * parts, paths are plain, and no range leaves what is served (see one_socket.h). */
#include "fuzz/one_socket.h"
#include "net/http_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 1000000 };

static struct scratch scratch;
static struct sys_wants wants;
static uint8_t first_answers[ONE_SENT_MAX];

static void
handle(void *context, const struct http_request *q, struct http_answer *a)
{
    (void)context;
    check(q->path.len > 0 && q->path.ptr[0] == '/');
    check(bytes_find(q->path, '\0') == q->path.len);
    check(bytes_find_part(q->path, BYTES("/../")) == q->path.len);
    check(!bytes_ends(q->path, BYTES("/..")));
    a->status = 200;
    a->etag = BYTES("e");
    a->modified_s = 600;
    switch (q->path.len) {
    case 1: a->body = BYTES("root"); break;
    case 2:
        a->file = ONE_FILE;
        a->file_offset = 100;
        a->file_len = ONE_FILE_SIZE - 100;
        a->close_file = true;
        break;
    case 3:
        a->before[0] = BYTES("before");
        a->file = ONE_FILE;
        a->file_len = ONE_FILE_SIZE;
        break;
    case 4:
        a->before[0] = BYTES("before");
        a->body = BYTES("and body");
        break;
    default: a->status = 0; break;
    }
}

static void
run(struct http_server *h, size_t step)
{
    one.step = step;
    one.sent_len = 0;
    one.may_accept = true;
    /* The only client is gone when nothing but the listener wants anything. */
    for (int turns = 0; turns < 3 || wants.count > 1; turns++) {
        check(turns < TURNS_MAX);
        sys_wants_start(&wants, INT64_MAX);
        http_server_wants(h, &wants, sys_now_ms());
        http_server_turn(h, &wants, &scratch, sys_now_ms());
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_server *h;
    struct http_server_config config = {.handler = handle, .clients_max = 1};
    int error;
    if (size < 1) {
        return 0;
    }
    if (!h) {
        h = http_server_open(&config, &error);
        check(h != NULL);
    }
    one.input = bytes_of(data + 1, size - 1);
    run(h, SIZE_MAX);
    size_t len = one.sent_len;
    memcpy(first_answers, one.sent, len);
    if (len > 0) {
        check(bytes_starts(bytes_of(one.sent, len), BYTES("HTTP/1.1 ")));
    }
    run(h, data[0] % 64 + 1);
    check(one.sent_len == len);
    check(len == 0 || memcmp(first_answers, one.sent, len) == 0);
    return 0;
}
