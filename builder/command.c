#include "builder/command.h"

#include "sys/sys.h"
#include "ui/format.h"
#include "ui/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EVERY_MS = 100 };

bool
command_parse(const struct arg *args, size_t count, void *out, const int *help_flag,
              struct arg_list *rest, int argc, char *argv[], const char *help, int *code)
{
    uint8_t mem[512];
    struct buf error = buf_over(mem, sizeof mem - 1);
    if (!args_parse(args, count, out, rest, argc, argv, &error)) {
        *code = complain(EXIT_USAGE, "%s: %s", argv[0], buf_cstr(&error));
        return false;
    }
    if (*help_flag) {
        fputs(help, stdout);
        *code = EXIT_COMPLETE;
        return false;
    }
    return true;
}

static void
say(const char *head, const char *format, va_list args)
{
    char mem[2048];
    uint8_t clean_mem[6200];
    struct buf clean = BUF(clean_mem);
    vsnprintf(mem, sizeof mem, format, args);
    format_foreign(&clean, bytes_of_text(mem), true);
    fflush(stdout);
    fprintf(stderr, "samara: %s%.*s\n", head, (int)clean.len, (const char *)clean.ptr);
}

int
complain(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
    return code;
}

void
note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("note: ", format, args);
    va_end(args);
}

void
progress_show(struct progress *p, int64_t done, int64_t size)
{
    int64_t now_ms = sys_now_ms();
    uint8_t mem[256], what_mem[128];
    struct buf line = BUF(mem), what = BUF(what_mem);
    if (p->started_ms == 0) {
        p->started_ms = now_ms;
    }
    int width = sys_terminal_width(SYS_ERR);
    if (width < 30 || now_ms - p->started_ms < PROGRESS_AFTER_MS ||
        now_ms - p->drawn_ms < PROGRESS_EVERY_MS) {
        return;
    }
    int64_t passed_ms = now_ms - p->started_ms;
    format_fit(&what, bytes_of_text(p->what), 20);
    buf_text(&line, "\r");
    buf_add(&line, buf_bytes(&what));
    buf_byte(&line, ' ');
    format_percent(&line, NULL, done, size);
    if (width >= 60) {
        buf_text(&line, " of ");
        format_size(&line, NULL, size);
        if (done > 0) {
            buf_text(&line, "  ");
            format_clock(&line, NULL, (size - done) / (done / passed_ms + 1) / 1000);
            buf_text(&line, " left");
        }
    }
    buf_text(&line, "\x1b[K");
    sys_print(SYS_ERR, buf_bytes(&line));
    p->drawn = true;
    p->drawn_ms = now_ms;
}

void
progress_end(struct progress *p)
{
    if (p->drawn) {
        sys_print(SYS_ERR, BYTES("\r\x1b[K"));
        p->drawn = false;
    }
}
