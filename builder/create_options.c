#include "builder/create_options.h"

#include "builder/command.h"
#include "ui/session.h"

int
create_options_check(const struct create_options *o)
{
    int64_t n = o->piece_length;
    if (o->v2 || o->hybrid) {
        return complain(EXIT_USAGE, "%s is not in this version yet; leave it out for v1",
                        o->v2 ? "--v2" : "--hybrid");
    }
    if (n && (n < MAKE_PIECE_LENGTH_MIN || n > PIECE_LENGTH_MAX || (n & (n - 1)) != 0)) {
        return complain(EXIT_USAGE, "--piece-length: a power of two from 16K to %dM",
                        PIECE_LENGTH_MAX / 1024 / 1024);
    }
    if (!bytes_is_utf8(bytes_of_text(o->comment)) || !bytes_is_utf8(bytes_of_text(o->source))) {
        return complain(EXIT_USAGE, "--comment and --source have to be UTF-8");
    }
    return 0;
}

struct make_extra
create_options_extra(const struct create_options *o, const struct source_list *sources,
                     int64_t date)
{
    return (struct make_extra){.sources = sources,
                               .nodes = &o->nodes,
                               .comment = o->comment,
                               .source = o->source,
                               .is_private = o->is_private,
                               .date = date};
}
