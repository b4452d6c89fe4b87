/* HTTP/1.1 (RFC 9112): heads, body framing, ranges (RFC 9110 14) and dates.
 *
 * Strict where two readers could see two different messages (lengths, line ends, names);
 * a head is read anew whenever bytes were added, so no state is kept for it. */
#include "wire/http.h"

#include "wire/url.h"

/* Sizes on the wire stay below this, so that sums of two never overflow. */
#define SIZE_LIMIT (UINT64_C(1) << 62)

static bool
is_token_char(uint8_t c)
{
    struct bytes marks = BYTES("!#$%&'*+-.^_`|~");
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           bytes_find(marks, c) < marks.len;
}

static bool
is_token(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_char(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

static bool
is_control(uint8_t c)
{
    return (c < ' ' && c != '\t') || c == 0x7f;
}

static bool
is_text(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_control(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Takes a line without its end from `*rest`. MORE when it has no end yet. */
static enum parse
take_line(struct bytes *rest, bool bare_lf, struct bytes *line)
{
    bool ended = bytes_find(*rest, '\n') < rest->len;
    *line = bytes_cut(rest, '\n');
    bool cr = line->len > 0 && line->ptr[line->len - 1] == '\r';
    line->len -= cr;
    if (!is_text(*line) || (ended && !cr && !bare_lf)) {
        return PARSE_BAD;
    }
    return ended ? PARSE_OK : PARSE_MORE;
}

static bool
read_version(struct http_head *h, struct bytes text)
{
    h->minor_version = bytes_equal(text, BYTES("HTTP/1.1"));
    return h->minor_version || bytes_equal(text, BYTES("HTTP/1.0"));
}

/* "GET /path HTTP/1.1" */
static bool
read_request_line(struct http_head *h, struct bytes line)
{
    h->method = bytes_cut(&line, ' ');
    h->target = bytes_cut(&line, ' ');
    return is_token(h->method) && h->target.len > 0 &&
           bytes_find(h->target, '\t') == h->target.len && read_version(h, line);
}

/* "HTTP/1.1 200 OK"; the reason may be missing. */
static bool
read_status_line(struct http_head *h, struct bytes line)
{
    uint64_t status;
    bool version = read_version(h, bytes_cut(&line, ' '));
    struct bytes digits = bytes_cut(&line, ' ');
    if (!version || digits.len != 3 || !bytes_to_u64(digits, 599, &status) || status < 100) {
        return false;
    }
    h->status = (int)status;
    return true;
}

static bool
read_header(struct http_head *h, struct bytes line)
{
    size_t colon = bytes_find(line, ':');
    struct bytes name = bytes_first(line, colon);
    if (colon == line.len || !is_token(name) || h->header_count == HTTP_HEADERS_MAX) {
        return false;
    }
    h->headers[h->header_count++] =
        (struct http_header){name, bytes_trim(bytes_skip(line, colon + 1))};
    return true;
}

/* Is it clear how long the body is? At most one of Content-Length (the same number, when
 * it comes twice) and Transfer-Encoding. */
static bool
lengths_agree(const struct http_head *h)
{
    uint64_t length, first = 0;
    int lengths = 0, encodings = 0;

    for (size_t i = 0; i < h->header_count; i++) {
        if (bytes_equal_nocase(h->headers[i].name, BYTES("Transfer-Encoding"))) {
            encodings++;
        } else if (bytes_equal_nocase(h->headers[i].name, BYTES("Content-Length"))) {
            if (!bytes_to_u64(h->headers[i].value, SIZE_LIMIT, &length)) {
                return false;
            }
            if (lengths++ && length != first) {
                return false;
            }
            first = length;
        }
    }
    return encodings + (lengths > 0) <= 1;
}

static enum parse
parse_head(struct http_head *h, struct bytes in, bool response)
{
    struct bytes rest = bytes_first(in, HTTP_HEAD_MAX);
    struct bytes line;
    bool first = true;
    enum parse result;

    *h = (struct http_head){0};
    while ((result = take_line(&rest, response, &line)) == PARSE_OK) {
        bool good;
        if (first) {
            good = response ? read_status_line(h, line) : read_request_line(h, line);
        } else if (line.len == 0) {
            h->size = (size_t)(rest.ptr - in.ptr);
            return lengths_agree(h) ? PARSE_OK : PARSE_BAD;
        } else {
            good = read_header(h, line);
        }
        if (!good) {
            return PARSE_BAD;
        }
        first = false;
    }
    return in.len >= HTTP_HEAD_MAX ? PARSE_BAD : result;
}

enum parse
http_parse_request(struct http_head *h, struct bytes in)
{
    return parse_head(h, in, false);
}

enum parse
http_parse_response(struct http_head *h, struct bytes in)
{
    return parse_head(h, in, true);
}

/* No component may be "." or "..": files could be meant that are not ours to give. */
static bool
is_plain_path(struct bytes path)
{
    if (path.len == 0 || path.ptr[0] != '/' || bytes_find(path, '\0') < path.len) {
        return false;
    }
    while (path.len > 0) {
        struct bytes part = bytes_cut(&path, '/');
        if (bytes_equal(part, BYTES(".")) || bytes_equal(part, BYTES(".."))) {
            return false;
        }
    }
    return true;
}

int
http_read_target(struct bytes target, struct buf *path, struct bytes *query)
{
    if (bytes_starts(target, BYTES("http://"))) {
        target = bytes_skip(target, 7);
        target = bytes_skip(target, bytes_find(target, '/'));
    }
    *query = target;
    struct bytes escaped = bytes_cut(query, '?');
    bool is_good = url_unescape(path, escaped);
    if (path->full) {
        return 414;
    }
    return is_good && is_plain_path(buf_bytes(path)) ? 200 : 400;
}

struct bytes
http_header(const struct http_head *h, const char *name)
{
    struct bytes wanted = bytes_of_text(name);
    for (size_t i = 0; i < h->header_count; i++) {
        if (bytes_equal_nocase(h->headers[i].name, wanted)) {
            return h->headers[i].value;
        }
    }
    return bytes_of(NULL, 0);
}

bool
http_has_token(struct bytes value, const char *token)
{
    struct bytes wanted = bytes_of_text(token);
    while (value.len) {
        if (bytes_equal_nocase(bytes_trim(bytes_cut(&value, ',')), wanted)) {
            return true;
        }
    }
    return false;
}

bool
http_wants_keep_alive(const struct http_head *q)
{
    struct bytes connection = http_header(q, "Connection");
    return !http_has_token(connection, "close") &&
           (q->minor_version == 1 || http_has_token(connection, "keep-alive"));
}

bool
http_has_body(const struct http_head *q)
{
    struct bytes length = http_header(q, "Content-Length");
    return http_header(q, "Transfer-Encoding").len > 0 ||
           (length.len > 0 && !bytes_equal(length, BYTES("0")));
}

/* Where reading of a chunked body stands: chunk = size [";" extension] CRLF data CRLF,
 * the last of size 0 is followed by trailer lines and an empty line. */
enum chunk_state {
    CHUNK_START,     /* awaits the first digit of a size */
    CHUNK_SIZE,      /* awaits more digits, an extension or CR */
    CHUNK_EXTENSION, /* awaits CR, skips everything else */
    CHUNK_SIZE_LF,   /* awaits the LF of a size line */
    CHUNK_DATA,      /* awaits `left` bytes */
    CHUNK_DATA_CR,   /* awaits the CR behind the data */
    CHUNK_DATA_LF,   /* awaits the LF behind the data */
    CHUNK_LINE,      /* awaits a trailer line, or CR for the end */
    CHUNK_TRAILER,   /* awaits CR, skips everything else */
    CHUNK_LINE_LF,   /* awaits the LF of a trailer line */
    CHUNK_END_LF,    /* awaits the very last LF */
    CHUNK_END,       /* awaits nothing */
};

bool
http_body_start(struct http_body *b, const struct http_head *h, bool head_request)
{
    struct bytes encoding = http_header(h, "Transfer-Encoding");
    struct bytes length = http_header(h, "Content-Length");

    *b = (struct http_body){.framing = HTTP_UNTIL_CLOSE};
    if (head_request || h->status < 200 || h->status == 204 || h->status == 304) {
        b->framing = HTTP_NO_BODY;
        b->done = true;
    } else if (encoding.len) {
        b->framing = HTTP_CHUNKED;
        return h->minor_version == 1 && bytes_equal_nocase(encoding, BYTES("chunked"));
    } else if (length.len) {
        b->framing = HTTP_LENGTH;
        bool good = bytes_to_u64(length, SIZE_LIMIT, &b->left);
        b->done = b->left == 0;
        return good;
    }
    return true;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The state behind byte `c` of a line that is skipped: `at_end` behind its CR; -1 for what
 * another reader could take for a line end. */
static int
skip_line(uint8_t c, int at_end, int otherwise)
{
    return c == '\r' ? at_end : is_control(c) ? -1 : otherwise;
}

/* The state behind byte `c` of a size, or -1. */
static int
read_size(struct http_body *b, uint8_t c)
{
    int digit = hex_digit(c);
    if (digit < 0) {
        bool ends = c == '\r' || c == ';' || c == ' ' || c == '\t';
        bool begun = b->chunk_state == CHUNK_SIZE;
        return begun && ends ? skip_line(c, CHUNK_SIZE_LF, CHUNK_EXTENSION) : -1;
    }
    if (b->left >= SIZE_LIMIT / 16) {
        return -1;
    }
    b->left = b->left * 16 + (uint64_t)digit;
    return CHUNK_SIZE;
}

/* The state behind byte `c` of what surrounds the data of chunks, or -1 if it is wrong. */
static int
read_framing(struct http_body *b, uint8_t c)
{
    switch ((enum chunk_state)b->chunk_state) {
    case CHUNK_START:
    case CHUNK_SIZE: return read_size(b, c);
    case CHUNK_EXTENSION: return skip_line(c, CHUNK_SIZE_LF, CHUNK_EXTENSION);
    case CHUNK_SIZE_LF: return c != '\n' ? -1 : b->left ? CHUNK_DATA : CHUNK_LINE;
    case CHUNK_DATA: break;
    case CHUNK_DATA_CR: return c == '\r' ? CHUNK_DATA_LF : -1;
    case CHUNK_DATA_LF: return c == '\n' ? CHUNK_START : -1;
    case CHUNK_LINE: return skip_line(c, CHUNK_END_LF, CHUNK_TRAILER);
    case CHUNK_TRAILER: return skip_line(c, CHUNK_LINE_LF, CHUNK_TRAILER);
    case CHUNK_LINE_LF: return c == '\n' ? CHUNK_LINE : -1;
    case CHUNK_END_LF: return c == '\n' ? CHUNK_END : -1;
    case CHUNK_END: break;
    }
    return -1;
}

/* Reads framing up to data or the end. */
static bool
skip_framing(struct http_body *b, struct bytes *in)
{
    while (in->len && b->chunk_state != CHUNK_DATA && b->chunk_state != CHUNK_END) {
        int next = read_framing(b, in->ptr[0]);
        if (next < 0 || ++b->skipped > HTTP_HEAD_MAX) {
            return false;
        }
        b->chunk_state = (uint8_t)next;
        if (next == CHUNK_START) {
            b->skipped = 0;
        }
        *in = bytes_skip(*in, 1);
    }
    b->done = b->chunk_state == CHUNK_END;
    return true;
}

enum parse
http_body_next(struct http_body *b, struct bytes *in, struct bytes *data)
{
    bool endless = b->framing == HTTP_UNTIL_CLOSE;

    *data = bytes_first(*in, 0);
    if (b->done) {
        return PARSE_MORE;
    }
    if (b->framing == HTTP_CHUNKED) {
        if (!skip_framing(b, in)) {
            return PARSE_BAD;
        }
        if (b->chunk_state != CHUNK_DATA) {
            return PARSE_MORE;
        }
    }
    *data = endless || b->left > in->len ? *in : bytes_first(*in, (size_t)b->left);
    *in = bytes_skip(*in, data->len);
    if (!endless) {
        b->left -= data->len;
    }
    if (b->framing == HTTP_LENGTH) {
        b->done = b->left == 0;
    } else if (b->framing == HTTP_CHUNKED && b->left == 0) {
        b->chunk_state = CHUNK_DATA_CR;
    }
    return data->len ? PARSE_OK : PARSE_MORE;
}

bool
http_parse_content_range(struct bytes value, uint64_t *first, uint64_t *last, int64_t *total)
{
    uint64_t size = 0;
    struct bytes unit = bytes_cut(&value, ' ');
    struct bytes first_text = bytes_cut(&value, '-');
    struct bytes last_text = bytes_cut(&value, '/');
    bool unknown = bytes_equal(value, BYTES("*"));

    if (!bytes_equal_nocase(unit, BYTES("bytes")) || !bytes_to_u64(first_text, SIZE_LIMIT, first) ||
        !bytes_to_u64(last_text, SIZE_LIMIT, last) ||
        (!unknown && !bytes_to_u64(value, SIZE_LIMIT, &size))) {
        return false;
    }
    *total = unknown ? -1 : (int64_t)size;
    return *first <= *last && (unknown || *last < size);
}

enum parse
http_parse_range(struct bytes value, uint64_t size, uint64_t *first, uint64_t *end)
{
    uint64_t last = UINT64_MAX - 1;
    struct bytes unit = bytes_cut(&value, '=');
    bool has_dash = bytes_find(value, '-') < value.len;
    struct bytes first_text = bytes_trim(bytes_cut(&value, '-'));
    struct bytes last_text = bytes_trim(value);

    if (!bytes_equal_nocase(bytes_trim(unit), BYTES("bytes")) || !has_dash ||
        (last_text.len && !bytes_to_u64(last_text, last, &last))) {
        return PARSE_MORE;
    }
    if (first_text.len == 0) { /* the last `last` bytes */
        if (last_text.len == 0 || (size == 0 && last > 0)) {
            return PARSE_MORE;
        }
        *first = last < size ? size - last : 0;
        *end = size;
        return last > 0 ? PARSE_OK : PARSE_BAD;
    }
    if (!bytes_to_u64(first_text, last, first)) {
        return PARSE_MORE;
    }
    *end = last < size ? last + 1 : size;
    return *first < size ? PARSE_OK : PARSE_BAD;
}

void
http_put_date(struct buf *b, int64_t unix_s)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1 January 1970 was a Thursday */
    static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";
    const int64_t last_s = 253402300799; /* the end of the year 9999 */
    int64_t s = unix_s < 0 ? 0 : unix_s < last_s ? unix_s : last_s;
    uint32_t day = (uint32_t)(s / 86400), second = (uint32_t)(s % 86400);
    /* Days since 1 March of the year 0: a leap day is then the last of its year, and five
     * months in a row have 153 days. An era is 400 years. */
    uint32_t shifted = day + 719468;
    uint32_t era = shifted / 146097;
    uint32_t of_era = shifted % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153; /* 0 is March */
    uint32_t of_month = of_year - (153 * month + 2) / 5 + 1;

    buf_add(b, bytes_of(days + day % 7 * 3, 3));
    buf_text(b, ", ");
    buf_u64_pad(b, of_month, 2);
    buf_byte(b, ' ');
    buf_add(b, bytes_of(months + month * 3, 3));
    buf_byte(b, ' ');
    buf_u64_pad(b, era * 400 + year + (month >= 10), 4);
    buf_byte(b, ' ');
    buf_u64_pad(b, second / 3600, 2);
    buf_byte(b, ':');
    buf_u64_pad(b, second / 60 % 60, 2);
    buf_byte(b, ':');
    buf_u64_pad(b, second % 60, 2);
    buf_text(b, " GMT");
}
