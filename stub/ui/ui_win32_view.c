/* The window's controls: which there are, where they stand, what is done with them.
 *
 * One column of rows, each as high as its text needs; what does not belong to the sheet is hidden
 * and takes no room. The controls are Windows' own, in their tab order, so that keyboard, screen
 * readers, contrast and sizes work as people have set them. */
#include "ui/ui_win32.h"

#include <stdlib.h>
#include <string.h>

#include <commctrl.h>
#include <shobjidl.h>
#include <uxtheme.h>

#include "ui/format.h"
#include "ui/text.h"

enum {
    WM_SHEET = WM_APP + 1,
    WIDTH = 460, /* of a row; lengths are in 1/96 inch */
    MARGIN = 16,
    GAP = 8,
    BUTTON_HEIGHT = 26,
    BUTTON_MIN = 84,
    EDIT_HEIGHT = 24,
    BAR_HEIGHT = 16,
    MAP_HEIGHT = 20,
    LOG_HEIGHT = 130,
    WIDE_MAX = 8192,
    HEADING_PERCENT = 140, /* of the usual size of letters */
};

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

enum { FIRST_ID = 100 }; /* of the controls; IDOK and IDCANCEL are for Start and Stop */

struct view {
    struct window *shared;
    HWND hwnd, control[C_COUNT];
    HFONT font, heading_font;
    UINT dpi;
    struct sheet sheet;
    struct face_details details;
    bool shown, details_open, over;
    uint64_t max_up;
    ITaskbarList3 *taskbar;
    wchar_t wide[WIDE_MAX];
};

/* What a control is made of, and what it says. */
struct control_kind {
    const wchar_t *class;
    DWORD style;
    int16_t line;  /* enum sheet_line, or -1 */
    int16_t label; /* enum text_id, or -1 */
};

#define LABEL(id) {L"STATIC", SS_LEFT | SS_NOPREFIX, -1, TEXT_LABEL_##id}
#define LINE(which) {L"STATIC", SS_LEFT | SS_NOPREFIX | SS_EDITCONTROL, SHEET_##which, -1}
#define BUTTON(id) {L"BUTTON", BS_PUSHBUTTON | WS_TABSTOP, -1, TEXT_LABEL_##id}
#define BOX(id) {L"BUTTON", BS_AUTOCHECKBOX | BS_MULTILINE | WS_TABSTOP, -1, TEXT_LABEL_##id}

static const struct control_kind kinds[C_COUNT] = {
    [C_HEADING] = LINE(HEADING),
    [C_TITLE] = LINE(TITLE),
    [C_SIZE] = LINE(SIZE),
    [C_PUBLISHER] = LINE(PUBLISHER),
    [C_MESSAGE] = LINE(MESSAGE),
    [C_WHAT] = LINE(WHAT),
    [C_REMEDY] = LINE(REMEDY),
    [C_EXACTLY] = LINE(EXACTLY),
    [C_STATUS] = LINE(STATUS),
    [C_BAR] = {PROGRESS_CLASSW, 0, -1, -1},
    [C_DOWN_LABEL] = LABEL(DOWN),
    [C_DOWN] = LINE(DOWN),
    [C_UP_LABEL] = LABEL(UP),
    [C_UP] = LINE(UP),
    [C_LEFT_LABEL] = LABEL(LEFT),
    [C_LEFT] = LINE(LEFT),
    [C_PEOPLE_LABEL] = LABEL(PEOPLE),
    [C_PEOPLE] = LINE(PEOPLE),
    [C_SHARED] = LINE(SHARED),
    [C_FOLDER_LABEL] = LABEL(FOLDER),
    [C_FOLDER] = {L"EDIT", ES_AUTOHSCROLL | WS_TABSTOP | WS_BORDER, -1, -1},
    [C_CHANGE] = BUTTON(CHANGE),
    [C_PLACE] = LINE(FOLDER),
    [C_NOTE] = LINE(NOTE),
    [C_LISTEN] = BOX(LISTEN),
    [C_KEEP] = BOX(KEEP),
    [C_LIMIT_LABEL] = LABEL(LIMIT),
    [C_LIMIT] = {L"COMBOBOX", CBS_DROPDOWNLIST | WS_TABSTOP | WS_VSCROLL, -1, -1},
    [C_DETAILS] = {L"BUTTON", BS_AUTOCHECKBOX | BS_PUSHLIKE | WS_TABSTOP, -1, TEXT_LABEL_DETAILS},
    [C_MAP] = {L"STATIC", SS_OWNERDRAW, -1, TEXT_LABEL_MAP},
    [C_LOG] = {L"EDIT",
               ES_MULTILINE | ES_READONLY | ES_AUTOVSCROLL | WS_VSCROLL | WS_BORDER | WS_TABSTOP,
               -1, -1},
    [C_START] = {L"BUTTON", BS_DEFPUSHBUTTON | WS_TABSTOP, -1, TEXT_LABEL_START},
    [C_PAUSE] = BUTTON(PAUSE),
    [C_SHOW] = BUTTON(SHOW),
    [C_STOP] = BUTTON(STOP),
};

/* Limits of sending that are offered, in KiB/s; 0: none. */
static const uint16_t limits[] = {0, 20, 50, 100, 200, 500, 1000, 2000, 5000};

static int
scaled(const struct view *v, int length)
{
    return MulDiv(length, (int)v->dpi, 96);
}

static int
id_of(enum control c)
{
    return c == C_START ? IDOK : c == C_STOP ? IDCANCEL : FIRST_ID + (int)c;
}

/* --- texts -------------------------------------------------------------------------------------- */

/* Line feeds become what Windows takes for one. */
static const wchar_t *
wide_text(struct view *v, struct bytes text)
{
    uint8_t mem[WIDE_MAX];
    struct buf b = BUF(mem);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n' && (i == 0 || text.ptr[i - 1] != '\r')) {
            buf_byte(&b, '\r');
        }
        buf_byte(&b, text.ptr[i]);
    }
    if (!windows_wide(buf_bytes(&b), v->wide, WIDE_MAX)) {
        v->wide[0] = 0;
    }
    return v->wide;
}

/* Only what has changed: a screen reader says it again, and it flickers. */
static void
set_text(struct view *v, enum control c, struct bytes text)
{
    const wchar_t *wide = wide_text(v, text);
    size_t len = (size_t)GetWindowTextLengthW(v->control[c]);
    wchar_t *old = calloc(len + 1, sizeof *old);
    bool same = old && len == wcslen(wide) &&
                (size_t)GetWindowTextW(v->control[c], old, (int)len + 1) == len &&
                wcscmp(old, wide) == 0;
    free(old);
    if (!same) {
        SetWindowTextW(v->control[c], wide);
    }
}

static void
set_label(struct view *v, enum control c, enum text_id id)
{
    uint8_t mem[512];
    struct buf b = BUF(mem);
    text_put(&b, v->shared->language, id);
    set_text(v, c, buf_bytes(&b));
}

/* --- what belongs to a sheet ---------------------------------------------------------------------- */

static bool
has_button(const struct view *v, enum control c)
{
    unsigned b = v->sheet.buttons;
    switch (c) {
    case C_START: return b & SHEET_START;
    case C_PAUSE: return b & (SHEET_PAUSE | SHEET_RESUME);
    case C_SHOW: return b & SHEET_SHOW;
    case C_LISTEN: return b & SHEET_LISTEN;
    case C_KEEP: return b & SHEET_KEEP;
    case C_LIMIT:
    case C_LIMIT_LABEL: return b & SHEET_LIMIT;
    default: return true;
    }
}

static bool
is_there(const struct view *v, enum control c)
{
    bool asks = v->sheet.kind == SHEET_ASK;
    bool runs = v->sheet.kind == SHEET_PROGRESS || v->sheet.kind == SHEET_DONE;
    switch (c) {
    case C_FOLDER_LABEL:
    case C_FOLDER:
    case C_CHANGE: return asks;
    case C_PLACE: return !asks && v->sheet.line[SHEET_FOLDER].len > 0;
    case C_BAR: return v->sheet.permille >= 0;
    case C_DOWN_LABEL:
    case C_UP_LABEL:
    case C_LEFT_LABEL:
    case C_PEOPLE_LABEL:
    case C_DETAILS: return runs;
    case C_MAP:
    case C_LOG: return runs && v->details_open;
    default: break;
    }
    return kinds[c].line >= 0 ? v->sheet.line[kinds[c].line].len > 0 : has_button(v, c);
}

/* --- layout --------------------------------------------------------------------------------------- */

/* The size that the text of a control takes in at most `width`. */
static SIZE
measure(const struct view *v, enum control c, int width)
{
    wchar_t text[WIDE_MAX];
    RECT r = {0, 0, width, 0};
    int len = GetWindowTextW(v->control[c], text, WIDE_MAX);
    HDC dc = GetDC(v->hwnd);
    HFONT old = SelectObject(dc, c == C_HEADING ? v->heading_font : v->font);
    DrawTextW(dc, len ? text : L" ", len ? len : 1, &r,
              DT_CALCRECT | DT_WORDBREAK | DT_NOPREFIX | DT_EDITCONTROL);
    SelectObject(dc, old);
    ReleaseDC(v->hwnd, dc);
    return (SIZE){r.right, r.bottom};
}

static void
place(struct view *v, enum control c, int x, int y, int width, int height)
{
    RECT now;
    GetWindowRect(v->control[c], &now);
    MapWindowPoints(NULL, v->hwnd, (POINT *)&now, 2);
    if (now.left != x || now.top != y || now.right - now.left != width ||
        now.bottom - now.top != height) {
        MoveWindow(v->control[c], x, y, width, height, TRUE);
    }
}

static int
button_width(const struct view *v, enum control c)
{
    int width = measure(v, c, scaled(v, WIDTH)).cx + scaled(v, 24);
    int least = scaled(v, BUTTON_MIN);
    return width > least ? width : least;
}

/* A label and what it says, in the left (0) or right (1) half; returns the height. */
static int
place_pair(struct view *v, enum control label, int half, int y)
{
    int width = scaled(v, WIDTH) / 2 - scaled(v, GAP);
    int x = scaled(v, MARGIN) + half * (scaled(v, WIDTH) / 2);
    SIZE size = measure(v, label, width);
    int gap = scaled(v, GAP);
    place(v, label, x, y, size.cx, size.cy);
    place(v, label + 1, x + size.cx + gap, y, width - size.cx - gap, size.cy);
    return size.cy;
}

static int
place_buttons(struct view *v, int y)
{
    static const enum control order[] = {C_STOP, C_SHOW, C_PAUSE, C_START};
    int right = scaled(v, MARGIN + WIDTH), height = scaled(v, BUTTON_HEIGHT);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (is_there(v, order[i])) {
            int width = button_width(v, order[i]);
            place(v, order[i], right - width, y, width, height);
            right -= width + scaled(v, GAP);
        }
    }
    return height;
}

/* Places the row that begins with this control; returns its height, 0 for one that is placed with
 * another. */
static int
place_row(struct view *v, enum control c, int y)
{
    int x = scaled(v, MARGIN), width = scaled(v, WIDTH), gap = scaled(v, GAP), height;
    switch (c) {
    case C_BAR: height = scaled(v, BAR_HEIGHT); break;
    case C_MAP: height = scaled(v, MAP_HEIGHT); break;
    case C_LOG: height = scaled(v, LOG_HEIGHT); break;
    case C_DOWN_LABEL: place_pair(v, c, 0, y); return place_pair(v, C_UP_LABEL, 1, y);
    case C_LEFT_LABEL: place_pair(v, c, 0, y); return place_pair(v, C_PEOPLE_LABEL, 1, y);
    case C_FOLDER: {
        int button = button_width(v, C_CHANGE);
        height = scaled(v, EDIT_HEIGHT);
        place(v, C_FOLDER, x, y, width - button - gap, height);
        place(v, C_CHANGE, x + width - button, y, button, height);
        return height;
    }
    case C_LIMIT_LABEL: {
        SIZE size = measure(v, c, width / 2);
        place(v, c, x, y + scaled(v, 4), size.cx, size.cy);
        place(v, C_LIMIT, x + size.cx + gap, y, scaled(v, 140), scaled(v, 240));
        return scaled(v, EDIT_HEIGHT);
    }
    case C_LISTEN:
    case C_KEEP: height = measure(v, c, width - scaled(v, 24)).cy + scaled(v, 4); break;
    case C_DETAILS: place(v, c, x, y, button_width(v, c), scaled(v, BUTTON_HEIGHT));
        return scaled(v, BUTTON_HEIGHT);
    case C_START:
    case C_PAUSE:
    case C_SHOW:
    case C_STOP:
    case C_DOWN:
    case C_UP_LABEL:
    case C_UP:
    case C_LEFT:
    case C_PEOPLE_LABEL:
    case C_PEOPLE:
    case C_CHANGE:
    case C_LIMIT: return 0;
    default: height = measure(v, c, width).cy; break;
    }
    place(v, c, x, y, width, height);
    return height;
}

static void
lay_out(struct view *v)
{
    int y = scaled(v, MARGIN);
    for (int c = 0; c < C_COUNT; c++) {
        bool there = is_there(v, (enum control)c);
        ShowWindow(v->control[c], there ? SW_SHOWNA : SW_HIDE);
        int height = there ? place_row(v, (enum control)c, y) : 0;
        y += height ? height + scaled(v, GAP) : 0;
    }
    y += scaled(v, GAP);
    y += place_buttons(v, y) + scaled(v, MARGIN);
    RECT r = {0, 0, scaled(v, WIDTH + 2 * MARGIN), y}, now;
    AdjustWindowRectEx(&r, (DWORD)GetWindowLongW(v->hwnd, GWL_STYLE), FALSE,
                       (DWORD)GetWindowLongW(v->hwnd, GWL_EXSTYLE));
    GetWindowRect(v->hwnd, &now);
    if (now.right - now.left != r.right - r.left || now.bottom - now.top != r.bottom - r.top) {
        SetWindowPos(v->hwnd, NULL, 0, 0, r.right - r.left, r.bottom - r.top,
                     SWP_NOMOVE | SWP_NOZORDER | SWP_NOACTIVATE);
    }
}

/* --- drawing ---------------------------------------------------------------------------------------- */

static void
put_peers(const struct view *v, struct buf *b)
{
    for (uint32_t i = 0; i < v->details.peer_count; i++) {
        const struct swarm_peer *p = &v->details.peers[i];
        if (p->url.len > 0) {
            format_foreign(b, bytes_first(p->url, 100), false);
        } else {
            addr_print(b, &p->addr);
            buf_text(b, "  ");
            format_foreign(b, bytes_of(p->client, p->client_len), false);
        }
        buf_text(b, "  ");
        format_rate(b, v->shared->language, p->down_rate);
        buf_text(b, " / ");
        format_rate(b, v->shared->language, p->up_rate);
        buf_byte(b, '\n');
    }
}

static void
show_details(struct view *v)
{
    uint8_t mem[WIDE_MAX];
    struct buf b = BUF(mem);
    put_peers(v, &b);
    EnterCriticalSection(&v->shared->lock);
    buf_add(&b, bytes_first(bytes_of(v->shared->log, v->shared->log_len), b.max - b.len));
    LeaveCriticalSection(&v->shared->lock);
    set_text(v, C_LOG, buf_bytes(&b));
    InvalidateRect(v->control[C_MAP], NULL, FALSE);
}

/* The darker a column, the more of its pieces are here. */
static void
draw_map(const struct view *v, const DRAWITEMSTRUCT *d)
{
    int width = d->rcItem.right - d->rcItem.left;
    FillRect(d->hDC, &d->rcItem, GetSysColorBrush(COLOR_WINDOW));
    HBRUSH brush = GetSysColorBrush(COLOR_HIGHLIGHT);
    for (uint32_t i = 0; i < v->details.map_len; i++) {
        LONG from = (LONG)(i * (uint64_t)width / v->details.map_len);
        LONG to = (LONG)((i + 1) * (uint64_t)width / v->details.map_len);
        LONG top = d->rcItem.bottom -
                   (d->rcItem.bottom - d->rcItem.top) * v->details.map[i] / SWARM_MAP_FULL;
        RECT r = {d->rcItem.left + from, top, d->rcItem.left + to, d->rcItem.bottom};
        FillRect(d->hDC, &r, brush);
    }
    FrameRect(d->hDC, &d->rcItem, GetSysColorBrush(COLOR_BTNSHADOW));
}

static void
show_taskbar(struct view *v)
{
    if (!v->taskbar) {
        return;
    }
    bool trouble = v->sheet.line[SHEET_WHAT].len > 0, paused = v->sheet.buttons & SHEET_RESUME;
    bool runs = v->sheet.kind == SHEET_PROGRESS;
    v->taskbar->lpVtbl->SetProgressState(v->taskbar, v->hwnd,
                                         !runs     ? TBPF_NOPROGRESS
                                         : trouble ? TBPF_ERROR
                                         : paused  ? TBPF_PAUSED
                                                   : TBPF_NORMAL);
    if (runs) {
        v->taskbar->lpVtbl->SetProgressValue(v->taskbar, v->hwnd, (ULONGLONG)v->sheet.permille,
                                             1000);
    }
}

static void
show_limit(struct view *v)
{
    size_t best = 0;
    for (size_t i = 1; i < sizeof limits / sizeof *limits && v->max_up > 0; i++) {
        best = limits[i] * 1024u <= v->max_up || best == 0 ? i : best;
    }
    if (!SendMessageW(v->control[C_LIMIT], CB_GETDROPPEDSTATE, 0, 0)) {
        SendMessageW(v->control[C_LIMIT], CB_SETCURSEL, best, 0);
    }
}

/* Where the keyboard is after a change of sheets: at what one would do next. */
static void
set_focus(struct view *v)
{
    static const enum control order[] = {C_START, C_SHOW, C_PAUSE, C_STOP};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (is_there(v, order[i])) {
            SendMessageW(v->hwnd, WM_NEXTDLGCTL, (WPARAM)v->control[order[i]], TRUE);
            SendMessageW(v->hwnd, DM_SETDEFID, (WPARAM)id_of(order[i]), 0);
            return;
        }
    }
}

/* Copies what the face has left and shows it. */
static void
show_sheet(struct view *v)
{
    enum sheet_kind before = v->sheet.kind;
    struct window *w = v->shared;
    EnterCriticalSection(&w->lock);
    v->sheet = w->sheet;
    for (int i = 0; i < SHEET_LINES; i++) { /* they pointed into the original */
        if (v->sheet.line[i].len > 0) {
            v->sheet.line[i].ptr = v->sheet.mem + (w->sheet.line[i].ptr - w->sheet.mem);
        }
    }
    v->details = w->details;
    v->over = w->over;
    v->max_up = w->max_up;
    bool listens = w->listens, keeps = w->keeps_sharing;
    LeaveCriticalSection(&w->lock);
    for (int c = 0; c < C_COUNT; c++) {
        if (kinds[c].line >= 0) {
            set_text(v, (enum control)c, v->sheet.line[kinds[c].line]);
        }
    }
    bool is_new = !v->shown || v->sheet.kind != before;
    if (is_new && v->sheet.kind == SHEET_ASK) {
        set_text(v, C_FOLDER, v->sheet.line[SHEET_FOLDER]);
    }
    set_label(v, C_PAUSE, v->sheet.buttons & SHEET_RESUME ? TEXT_LABEL_RESUME : TEXT_LABEL_PAUSE);
    set_label(v, C_STOP, v->sheet.kind == SHEET_ASK ? TEXT_LABEL_NOT_NOW : TEXT_LABEL_STOP);
    if (v->sheet.kind != SHEET_ASK) {
        SendMessageW(v->control[C_LISTEN], BM_SETCHECK, listens ? BST_CHECKED : BST_UNCHECKED, 0);
    }
    SendMessageW(v->control[C_KEEP], BM_SETCHECK, keeps ? BST_CHECKED : BST_UNCHECKED, 0);
    SendMessageW(v->control[C_BAR], PBM_SETPOS, (WPARAM)v->sheet.permille, 0);
    SetWindowTextW(v->hwnd, wide_text(v, v->sheet.line[SHEET_TAB]));
    show_limit(v);
    if (v->details_open) {
        show_details(v);
    }
    show_taskbar(v);
    lay_out(v);
    if (is_new) {
        set_focus(v);
    }
    v->shown = true;
}

/* --- what the person does --------------------------------------------------------------------------- */

/* The choice of a folder, by Windows' own dialog. */
static void
choose_folder(struct view *v)
{
    IFileOpenDialog *d = NULL;
    IShellItem *item = NULL;
    PWSTR path = NULL;
    if (CoCreateInstance(&CLSID_FileOpenDialog, NULL, CLSCTX_INPROC_SERVER, &IID_IFileOpenDialog,
                         (void **)&d) != S_OK) {
        return;
    }
    d->lpVtbl->SetOptions(d, FOS_PICKFOLDERS | FOS_FORCEFILESYSTEM | FOS_PATHMUSTEXIST);
    if (d->lpVtbl->Show(d, v->hwnd) == S_OK && d->lpVtbl->GetResult(d, &item) == S_OK) {
        if (item->lpVtbl->GetDisplayName(item, SIGDN_FILESYSPATH, &path) == S_OK) {
            SetWindowTextW(v->control[C_FOLDER], path);
            CoTaskMemFree(path);
        }
        item->lpVtbl->Release(item);
    }
    d->lpVtbl->Release(d);
}

static bool
is_checked(const struct view *v, enum control c)
{
    return SendMessageW(v->control[c], BM_GETCHECK, 0, 0) == BST_CHECKED;
}

static void
wish_start(struct view *v, struct face_wish *wish)
{
    struct buf folder = buf_over(wish->folder, sizeof wish->folder - 1);
    int len = GetWindowTextW(v->control[C_FOLDER], v->wide, WIDE_MAX);
    windows_narrow(&folder, v->wide, (size_t)len);
    buf_cstr(&folder);
    wish->start = !folder.full;
    wish->listen = is_checked(v, C_LISTEN);
}

static void
close_window(struct view *v)
{
    EnterCriticalSection(&v->shared->lock);
    v->shared->closed = true;
    LeaveCriticalSection(&v->shared->lock);
    windows_wake();
    if (v->over) {
        DestroyWindow(v->hwnd);
    } else {
        ShowWindow(v->hwnd, SW_HIDE); /* goodbyes take a second more, which is nobody's business */
    }
}

static void
on_control(struct view *v, enum control c, UINT notice)
{
    struct window *w = v->shared;
    struct face_wish wish = {0};
    switch (c) {
    case C_CHANGE: choose_folder(v); return;
    case C_START: wish_start(v, &wish); break;
    case C_STOP: close_window(v); return;
    case C_PAUSE:
        wish.pause = v->sheet.buttons & SHEET_PAUSE;
        wish.resume = !wish.pause;
        break;
    case C_SHOW: wish.show = true; break;
    case C_LISTEN:
        if (v->sheet.kind == SHEET_ASK) {
            return;
        }
        wish.listen = is_checked(v, c);
        wish.deaf = !wish.listen;
        break;
    case C_KEEP:
        wish.keep_sharing = is_checked(v, c);
        wish.share_less = !wish.keep_sharing;
        break;
    case C_LIMIT:
        if (notice != CBN_SELCHANGE) {
            return;
        }
        wish.limit = true;
        wish.max_up =
            limits[SendMessageW(v->control[c], CB_GETCURSEL, 0, 0)] * UINT64_C(1024);
        break;
    case C_DETAILS:
        v->details_open = is_checked(v, c);
        EnterCriticalSection(&w->lock);
        w->shows_details = v->details_open;
        LeaveCriticalSection(&w->lock);
        show_sheet(v);
        return;
    default: return;
    }
    EnterCriticalSection(&w->lock);
    w->wish = wish;
    LeaveCriticalSection(&w->lock);
    windows_wake();
}

/* --- the window ------------------------------------------------------------------------------------- */

static void
make_fonts(struct view *v)
{
    NONCLIENTMETRICSW m = {.cbSize = sizeof m};
    SystemParametersInfoW(SPI_GETNONCLIENTMETRICS, sizeof m, &m, 0);
    HDC dc = GetDC(NULL);
    int system_dpi = GetDeviceCaps(dc, LOGPIXELSY);
    ReleaseDC(NULL, dc);
    m.lfMessageFont.lfHeight = MulDiv(m.lfMessageFont.lfHeight, (int)v->dpi, system_dpi);
    HFONT old[] = {v->font, v->heading_font};
    v->font = CreateFontIndirectW(&m.lfMessageFont);
    m.lfMessageFont.lfHeight = m.lfMessageFont.lfHeight * HEADING_PERCENT / 100;
    v->heading_font = CreateFontIndirectW(&m.lfMessageFont);
    for (int c = 0; c < C_COUNT; c++) {
        SendMessageW(v->control[c], WM_SETFONT,
                     (WPARAM)(c == C_HEADING ? v->heading_font : v->font), TRUE);
    }
    DeleteObject(old[0]);
    DeleteObject(old[1]);
}

static void
fill_limits(struct view *v)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        uint8_t mem[128];
        struct buf b = BUF(mem);
        if (limits[i]) {
            format_rate(&b, v->shared->language, limits[i] * UINT64_C(1024));
        } else {
            text_put(&b, v->shared->language, TEXT_LABEL_UNLIMITED);
        }
        SendMessageW(v->control[C_LIMIT], CB_ADDSTRING, 0, (LPARAM)wide_text(v, buf_bytes(&b)));
    }
}

static UINT
dpi_of(HWND hwnd)
{
    UINT(WINAPI * for_window)(HWND);
    *(void **)&for_window = (void *)windows_function(L"user32.dll", "GetDpiForWindow");
    if (for_window) {
        return for_window(hwnd);
    }
    HDC dc = GetDC(hwnd);
    UINT dpi = (UINT)GetDeviceCaps(dc, LOGPIXELSX);
    ReleaseDC(hwnd, dc);
    return dpi;
}

static void
make_controls(struct view *v)
{
    HINSTANCE program = GetModuleHandleW(NULL);
    for (int c = 0; c < C_COUNT; c++) {
        v->control[c] = CreateWindowExW(0, kinds[c].class, L"", WS_CHILD | kinds[c].style, 0, 0, 0,
                                        0, v->hwnd, (HMENU)(INT_PTR)id_of((enum control)c), program,
                                        NULL);
        if (kinds[c].label >= 0) {
            set_label(v, (enum control)c, (enum text_id)kinds[c].label);
        }
    }
    SendMessageW(v->control[C_BAR], PBM_SETRANGE32, 0, 1000);
    SendMessageW(v->control[C_FOLDER], EM_LIMITTEXT, PATH_LEN_MAX, 0);
    fill_limits(v);
}

static void
on_create(HWND hwnd, struct view *v)
{
    HINSTANCE program = GetModuleHandleW(NULL);
    v->hwnd = hwnd;
    v->dpi = dpi_of(hwnd);
    SetWindowLongPtrW(hwnd, DWLP_USER, (LONG_PTR)v);
    SendMessageW(hwnd, WM_SETICON, ICON_BIG, (LPARAM)LoadIconW(program, MAKEINTRESOURCEW(1)));
    SendMessageW(hwnd, WM_SETICON, ICON_SMALL, (LPARAM)LoadIconW(program, MAKEINTRESOURCEW(1)));
    make_controls(v);
    make_fonts(v);
    if (CoCreateInstance(&CLSID_TaskbarList, NULL, CLSCTX_INPROC_SERVER, &IID_ITaskbarList3,
                         (void **)&v->taskbar) != S_OK) {
        v->taskbar = NULL;
    }
    show_sheet(v);
    EnterCriticalSection(&v->shared->lock);
    v->shared->hwnd = hwnd;
    LeaveCriticalSection(&v->shared->lock);
}

static enum control
control_of(WPARAM id)
{
    return id == IDOK ? C_START : id == IDCANCEL ? C_STOP : (enum control)(id - FIRST_ID);
}

static INT_PTR CALLBACK
on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    struct view *v = (struct view *)GetWindowLongPtrW(hwnd, DWLP_USER);
    if (message == WM_INITDIALOG) {
        on_create(hwnd, (struct view *)lparam);
        return FALSE;
    }
    if (!v) {
        return FALSE;
    }
    switch (message) {
    case WM_SHEET: show_sheet(v); break;
    case WM_COMMAND: on_control(v, control_of(LOWORD(wparam)), HIWORD(wparam)); break;
    case WM_CLOSE: close_window(v); break;
    case WM_DRAWITEM: draw_map(v, (const DRAWITEMSTRUCT *)lparam); break;
    case 0x02e0: /* WM_DPICHANGED */
        v->dpi = HIWORD(wparam);
        make_fonts(v);
        lay_out(v);
        break;
    case WM_DESTROY: PostQuitMessage(0); break;
    default: return FALSE;
    }
    return TRUE;
}

void
view_update(struct window *w)
{
    EnterCriticalSection(&w->lock);
    HWND hwnd = w->hwnd;
    LeaveCriticalSection(&w->lock);
    if (hwnd) {
        PostMessageW(hwnd, WM_SHEET, 0, 0);
    }
}

DWORD WINAPI
view_run(void *window)
{
    static const struct {
        DLGTEMPLATE head;
        WORD menu, class, title;
    } empty = {{.style = WS_POPUP | WS_CAPTION | WS_SYSMENU | WS_MINIMIZEBOX | DS_CENTER |
                         DS_3DLOOK,
                .cx = 300,
                .cy = 200},
               0, 0, 0};
    struct view *v = calloc(1, sizeof *v);
    const INITCOMMONCONTROLSEX controls = {sizeof controls,
                                           ICC_PROGRESS_CLASS | ICC_STANDARD_CLASSES};
    if (!v) {
        return 1;
    }
    v->shared = window;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
    InitCommonControlsEx(&controls);
    HWND hwnd = CreateDialogIndirectParamW(GetModuleHandleW(NULL), &empty.head, NULL, on_message,
                                           (LPARAM)v);
    ShowWindow(hwnd, SW_SHOWNORMAL);
    SetForegroundWindow(hwnd);
    MSG m;
    while (hwnd && GetMessageW(&m, NULL, 0, 0) > 0) {
        if (!IsDialogMessageW(hwnd, &m)) {
            TranslateMessage(&m);
            DispatchMessageW(&m);
        }
    }
    if (v->taskbar) {
        v->taskbar->lpVtbl->Release(v->taskbar);
    }
    CoUninitialize();
    free(v);
    return 0;
}
