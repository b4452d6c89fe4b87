/* One announce by HTTP; see tracker_http.h. */
#include "engine/tracker_http.h"

#include <string.h>

#include "wire/gzip.h"

enum { TARGET_MAX = URL_LEN_MAX * 2, HOST_SHOWN_MAX = 60 };

void
tracker_http_start(struct tracker_http *h, const struct fetch_config *config, const struct url *url,
                   const struct announce_request *request, int64_t now_ms)
{
    uint8_t mem[TARGET_MAX];
    struct buf target = BUF(mem);
    announce_http_target(&target, url, request);
    h->is_busy = true;
    h->answer_len = 0;
    fetch_init(&h->fetch, config);
    fetch_start(&h->fetch, url->text, buf_bytes(&target), 0, 0, now_ms);
}

void
tracker_http_wants(struct tracker_http *h, struct sys_wants *w)
{
    fetch_wants(&h->fetch, w, true);
    if (h->fetch.state == FETCH_FAILED)
        sys_wants_wake(w, 0);
}

static enum tracker_result
fail(struct tracker_http *h, const struct url *url, const char *why, int status)
{
    struct buf b = BUF(h->why);
    buf_add(&b, bytes_first(url->host, HOST_SHOWN_MAX));
    buf_text(&b, ": ");
    buf_text(&b, why);
    if (status > 0)
        buf_u64(&b, (uint64_t)status);
    buf_cstr(&b);
    return TRACKER_FAILED;
}

/* Puts what a packed answer holds in its place. */
static bool
unpack_answer(struct tracker_http *h, struct scratch *s)
{
    struct buf full = BUF(s->bytes);
    if (!gzip_unpack(bytes_of(h->answer, h->answer_len), &full) || full.len > sizeof h->answer)
        return false;
    memcpy(h->answer, full.ptr, full.len);
    h->answer_len = full.len;
    return true;
}

/* A refusal may come with any status; everything else only with 200. */
static enum tracker_result
read_answer(struct tracker_http *h, struct announce_answer *a)
{
    bool is_dict = announce_http_parse(a, bytes_of(h->answer, h->answer_len));
    if (is_dict && (h->fetch.status == 200 || a->failure.len > 0))
        return TRACKER_ANSWERED;
    if (h->fetch.status != 200)
        return fail(h, &h->fetch.url, "it answers with HTTP status ", h->fetch.status);
    return fail(h, &h->fetch.url, "what answers there is no tracker", 0);
}

enum tracker_result
tracker_http_turn(struct tracker_http *h, const struct sys_wants *w, struct scratch *s,
                  struct announce_answer *a, int64_t now_ms)
{
    struct bytes data = fetch_turn(&h->fetch, w, s, SCRATCH_SIZE, now_ms);
    if (h->fetch.state == FETCH_FAILED) {
        memcpy(h->why, h->fetch.why, sizeof h->why);
        return TRACKER_FAILED;
    }
    if (data.len > sizeof h->answer - h->answer_len)
        return fail(h, &h->fetch.url, "its answer is too long", 0);
    if (data.len > 0)
        memcpy(h->answer + h->answer_len, data.ptr, data.len);
    h->answer_len += data.len;
    if (h->fetch.state != FETCH_DONE)
        return TRACKER_PENDING;
    if (h->fetch.is_packed && !unpack_answer(h, s))
        return fail(h, &h->fetch.url, "its answer is damaged", 0);
    return read_answer(h, a);
}

void
tracker_http_close(struct tracker_http *h)
{
    fetch_close(&h->fetch);
    h->is_busy = false;
}
