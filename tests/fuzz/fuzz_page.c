/* The page's server against any bytes from a browser, or from something that is none: the token is
 * known here, for without it nothing is reached. Answers are the same whether requests come whole
 * or in parts, and only a POST makes a wish, which is well-formed (see one_socket.h). */
#include "fuzz/one_socket.h"
#include "ui/page_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS_MAX = 1000000 };

static struct sys_wants wants;
static struct face_wish wish;
static uint8_t first_answers[ONE_SENT_MAX];

int
sys_print(enum sys_stream stream, struct bytes text)
{
    (void)stream;
    (void)text;
    check(false); /* the page is never printed */
    return SYS_OK;
}

static void
run(struct page_server *p, size_t step)
{
    one.step = step;
    one.sent_len = 0;
    one.may_accept = true;
    wish = (struct face_wish){0};
    /* The only client is gone when nothing but the listener wants anything. */
    for (int turns = 0; turns < 3 || wants.count > 1; turns++) {
        check(turns < TURNS_MAX);
        sys_wants_start(&wants, INT64_MAX);
        page_server_wants(p, &wants, sys_now_ms());
        page_server_turn(p, &wants, sys_now_ms());
    }
    check(page_server_watchers(p) == 0);
}

static void
look_at_wish(void)
{
    bool any = wish.start || wish.stop || wish.pause || wish.resume || wish.limit || wish.listen ||
               wish.deaf || wish.keep_sharing || wish.share_less || wish.show;
    check(!any || bytes_find_part(one.input, BYTES("POST ")) < one.input.len);
    check(!(wish.pause && wish.resume) && !(wish.listen && wish.deaf));
    check(!(wish.keep_sharing && wish.share_less));
    size_t len = bytes_find(bytes_of(wish.folder, sizeof wish.folder), '\0');
    check(len < sizeof wish.folder && wish.start == (len > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct page_server *p;
    if (size < 1) {
        return 0;
    }
    if (!p) {
        p = page_server_open(&wish, NULL);
        check(p != NULL);
    }
    one.input = bytes_of(data + 1, size - 1);
    run(p, SIZE_MAX);
    look_at_wish();
    size_t len = one.sent_len;
    memcpy(first_answers, one.sent, len);
    run(p, data[0] % 64 + 1);
    look_at_wish();
    check(one.sent_len == len);
    check(len == 0 || memcmp(first_answers, one.sent, len) == 0);
    return 0;
}
