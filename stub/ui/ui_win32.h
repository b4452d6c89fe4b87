/* What the two halves of the window share: the face (ui_win32.c), on the thread of the loop, and the
 * view (ui_win32_view.c), on a thread of its own. Windows stops a thread for as long as somebody
 * drags its window or looks at its menu; the download must not stop with it. */
#ifndef UI_UI_WIN32_H
#define UI_UI_WIN32_H

#include "sys/sys_windows.h"
#include "ui/sheet.h"

enum { VIEW_LOG_SIZE = 16384 };

/* Everything but `language` is to be touched with the lock held. */
struct window {
    CRITICAL_SECTION lock;
    const struct language *language;

    /* From the face to the view. */
    struct sheet sheet;
    bool over;                    /* the program waits for the window to be closed */
    struct face_details details;
    char log[VIEW_LOG_SIZE];      /* what happened, a line each */
    size_t log_len;
    bool listens, keeps_sharing;
    uint64_t max_up;

    /* From the view to the face. */
    struct face_wish wish;
    bool shows_details;
    bool closed;

    HWND hwnd; /* set by the view when it stands */
};

/* The view's thread: shows the window until it is closed for good. */
DWORD WINAPI view_run(void *window);

/* Tells the view that something of its half has changed. From any thread. */
void view_update(struct window *w);

#endif
