/* Matching without recursion: of several '*' only the last one ever has to give way. */
#include "ui/glob.h"

/* Length of the set that `p` begins with ('[' to ']'), 0 if it is not closed. */
static size_t
set_length(struct bytes p)
{
    size_t i = 1;
    if (i < p.len && (p.ptr[i] == '!' || p.ptr[i] == '^')) {
        i++;
    }
    for (i++; i < p.len; i++) { /* a ']' in the first place is a member */
        if (p.ptr[i] == ']') {
            return i + 1;
        }
    }
    return 0;
}

static bool
set_has(struct bytes set, uint8_t c)
{
    size_t i = 1, end = set.len - 1;
    bool not_in = set.ptr[i] == '!' || set.ptr[i] == '^', found = false;
    for (i += not_in; i < end; i++) {
        if (i + 2 < end && set.ptr[i + 1] == '-') {
            found |= set.ptr[i] <= c && c <= set.ptr[i + 2];
            i += 2;
        } else {
            found |= set.ptr[i] == c;
        }
    }
    return found != not_in;
}

/* Does one pattern element at the start of `p` match at the start of `t` (not empty)? Then the
 * lengths of both are given. */
static bool
match_one(struct bytes p, struct bytes t, size_t *p_len, size_t *t_len)
{
    uint32_t code;
    *p_len = *t_len = 1;
    if (p.ptr[0] == '?') {
        size_t n = bytes_utf8_next(t, &code);
        *t_len = n ? n : 1;
        return true;
    }
    size_t set = p.ptr[0] == '[' ? set_length(p) : 0;
    if (set) {
        *p_len = set;
        return set_has(bytes_first(p, set), t.ptr[0]);
    }
    if (p.ptr[0] == '\\' && p.len > 1) {
        *p_len = 2;
        return p.ptr[1] == t.ptr[0];
    }
    return p.ptr[0] == t.ptr[0];
}

bool
glob_match(struct bytes pattern, struct bytes text)
{
    struct bytes p = pattern, t = text;
    struct bytes star = {0}, retry = {0}; /* behind the last '*', and what it stands before */
    bool starred = false;
    while (t.len > 0) {
        size_t p_len, t_len;
        if (p.len > 0 && p.ptr[0] == '*') {
            p = star = bytes_skip(p, 1);
            retry = t;
            starred = true;
        } else if (p.len > 0 && match_one(p, t, &p_len, &t_len)) {
            p = bytes_skip(p, p_len);
            t = bytes_skip(t, t_len);
        } else if (starred) {
            t = retry = bytes_skip(retry, 1);
            p = star;
        } else {
            return false;
        }
    }
    while (p.len > 0 && p.ptr[0] == '*') {
        p = bytes_skip(p, 1);
    }
    return p.len == 0;
}

bool
glob_matches_path(struct bytes pattern, struct bytes path)
{
    while (pattern.len > 1 && pattern.ptr[pattern.len - 1] == '/') {
        pattern.len--;
    }
    struct bytes inside = path;
    bytes_cut(&inside, '/');
    for (int i = 0; i < 2; i++) {
        struct bytes p = i == 0 ? path : inside;
        for (size_t end = 1; end <= p.len; end++) {
            bool at_border = end == p.len || p.ptr[end] == '/';
            if (at_border && glob_match(pattern, bytes_first(p, end))) {
                return true;
            }
        }
    }
    struct bytes last = path;
    while (bytes_find(last, '/') < last.len) {
        bytes_cut(&last, '/');
    }
    return glob_match(pattern, last);
}
