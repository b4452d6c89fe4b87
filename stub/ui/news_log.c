#include "ui/news_log.h"

#include <string.h>

void
news_log_add(struct news_log *l, struct bytes text)
{
    text = bytes_first(text, NEWS_LOG_TEXT_MAX);
    while (l->len > 0 && l->len + text.len + 2 > NEWS_LOG_SIZE) {
        size_t first = strlen(l->texts) + 1;
        l->len -= first;
        memmove(l->texts, l->texts + first, l->len);
    }
    if (text.len > 0) {
        memcpy(l->texts + l->len, text.ptr, text.len);
        l->len += text.len;
        l->texts[l->len++] = 0;
    }
    l->texts[l->len] = 0;
}
