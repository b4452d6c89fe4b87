/* What the parts of the window share: the face (ui_win32.c), on the thread of the loop, and the
 * view (ui_win32_view.c, ui_win32_rows.c), on a thread of its own. Windows stops a thread for as
 * long as somebody drags its window or looks at its menu; the download must not stop with it. */
#ifndef UI_UI_WINDOW_H
#define UI_UI_WINDOW_H

#include "sys/sys_windows.h"
#include "ui/news_log.h"
#include "ui/sheet.h"

#include <shobjidl.h>

/* Everything but `language` is to be touched with the lock held. */
struct window {
    CRITICAL_SECTION lock;
    const struct language *language;

    /* From the face to the view. */
    struct sheet sheet;
    bool over; /* the program waits for the window to be closed */
    struct face_details details;
    struct news_log log;
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

/* --- the view, for its two files ------------------------------------------------------------ */

enum control {
    C_HEADING,
    C_TITLE,
    C_SIZE,
    C_PUBLISHER,
    C_MESSAGE,
    C_WHAT,
    C_REMEDY,
    C_EXACTLY,
    C_STATUS,
    C_BAR,
    C_DOWN_LABEL,
    C_DOWN,
    C_UP_LABEL,
    C_UP,
    C_LEFT_LABEL,
    C_LEFT,
    C_PEOPLE_LABEL,
    C_PEOPLE,
    C_SHARED,
    C_FOLDER_LABEL,
    C_FOLDER,
    C_CHANGE,
    C_PLACE_LABEL,
    C_PLACE, /* the folder when it cannot be changed any more */
    C_NOTE,
    C_LISTEN,
    C_KEEP,
    C_LIMIT_LABEL,
    C_LIMIT,
    C_DETAILS,
    C_MAP,
    C_LOG,
    C_START,
    C_PAUSE,
    C_SHOW,
    C_STOP,
    C_COUNT
};

enum { WIDE_MAX = 8192 }; /* characters of a control's text, and a NUL */

/* The window; its thread's alone. */
struct view {
    struct window *shared;
    HWND hwnd, control[C_COUNT];
    HFONT font, bold_font, heading_font;
    UINT dpi;
    struct sheet sheet;
    struct face_details details;
    bool shown, details_open, over;
    bool closes;         /* it is hidden and waits for the loop to end */
    bool moved;          /* a control, since it was drawn */
    int width, scrolled; /* of a row; how much of the sheet is above the window: pixels */
    HWND focus;          /* where it was after the last message */
    uint64_t max_up;
    ITaskbarList3 *taskbar;
    wchar_t wide[WIDE_MAX], old[WIDE_MAX];
};

/* What a control is made of, and what it says. */
struct control_kind {
    const wchar_t *class;
    DWORD style;
    int16_t line;  /* enum sheet_line, or -1 */
    int16_t label; /* enum text_id, or -1 */
};
extern const struct control_kind control_kinds[C_COUNT];

/* Does the control belong to the sheet that is shown? */
bool rows_have(const struct view *v, enum control c);

/* The font of a control. */
HFONT rows_font(const struct view *v, enum control c);

/* Puts every control where it belongs and makes the window as high as they need, or the screen has.
 */
void rows_lay_out(struct view *v);

/* Scrolls by a request of WM_VSCROLL, or so far that a control is seen. */
void rows_scroll(struct view *v, UINT how);
void rows_reveal(struct view *v, HWND control);

#endif
