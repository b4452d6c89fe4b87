/* What happened, for those who look closely: the latest texts that fit. {0} is a valid start. */
#ifndef UI_NEWS_LOG_H
#define UI_NEWS_LOG_H

#include "base/bytes.h"

enum { NEWS_LOG_SIZE = 8192, NEWS_LOG_TEXT_MAX = 500 };

struct news_log {
    char texts[NEWS_LOG_SIZE]; /* the oldest first, a NUL behind each, and one more at the end */
    size_t len;                /* without that */
};

/* Adds a text, cut at NEWS_LOG_TEXT_MAX bytes; the oldest give way. */
void news_log_add(struct news_log *l, struct bytes text);

#endif
