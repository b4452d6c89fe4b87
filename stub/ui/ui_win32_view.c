/* The window's view: shows what the face has left, and takes what the person does. */
#include "ui/ui_win32.h"

#include <string.h>

#include <commctrl.h>
#include <uxtheme.h>

#include "ui/format.h"
#include "ui/text.h"

enum {
    WM_SHEET = WM_APP + 1,
    WM_DPI_CHANGED = 0x02e0, /* not in the headers for Windows 7 */
    FIRST_ID = 100,          /* of the controls; IDOK and IDCANCEL are for Start and Stop */
    HEADING_PERCENT = 140,   /* of the usual size of letters */
};

/* Limits of sending that are offered, in KiB/s; 0: none. */
static const uint16_t limits[] = {0, 20, 50, 100, 200, 500, 1000, 2000, 5000};

static int
id_of(enum control c)
{
    return c == C_START ? IDOK : c == C_STOP ? IDCANCEL : FIRST_ID + (int)c;
}

/* --- texts -------------------------------------------------------------------------------- */

/* Line feeds become what Windows takes for one. `is_label`: '&' is doubled, or it would make the
 * character behind it a key that moves the focus; what strangers write has to be without effect. */
static const wchar_t *
wide_text(struct view *v, struct bytes text, bool is_label)
{
    uint8_t mem[WIDE_MAX];
    struct buf b = BUF(mem);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n' && (i == 0 || text.ptr[i - 1] != '\r')) {
            buf_byte(&b, '\r');
        }
        buf_byte(&b, text.ptr[i]);
        if (is_label && text.ptr[i] == '&') {
            buf_byte(&b, '&');
        }
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
    const wchar_t *wide = wide_text(v, text, c != C_FOLDER && c != C_LOG);
    GetWindowTextW(v->control[c], v->old, WIDE_MAX);
    if (wcscmp(v->old, wide) != 0) {
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

/* --- drawing ------------------------------------------------------------------------------ */

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
    for (const char *text = v->shared->log.texts; *text; text = text_at(text, 1)) {
        buf_text(&b, text);
        buf_byte(&b, '\n');
    }
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
        if (rows_have(v, order[i])) {
            SendMessageW(v->hwnd, WM_NEXTDLGCTL, (WPARAM)v->control[order[i]], TRUE);
            SendMessageW(v->hwnd, DM_SETDEFID, (WPARAM)id_of(order[i]), 0);
            return;
        }
    }
}

static enum text_id
stop_label(enum sheet_kind kind)
{
    return kind == SHEET_ASK                            ? TEXT_LABEL_NOT_NOW
           : kind == SHEET_TROUBLE || kind == SHEET_END ? TEXT_LABEL_CLOSE
                                                        : TEXT_LABEL_STOP;
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
        if (control_kinds[c].line >= 0) {
            set_text(v, (enum control)c, v->sheet.line[control_kinds[c].line]);
        }
    }
    bool is_new = !v->shown || v->sheet.kind != before;
    if (is_new && v->sheet.kind == SHEET_ASK) {
        set_text(v, C_FOLDER, v->sheet.line[SHEET_FOLDER]);
    }
    set_label(v, C_PAUSE, v->sheet.buttons & SHEET_RESUME ? TEXT_LABEL_RESUME : TEXT_LABEL_PAUSE);
    set_label(v, C_STOP, stop_label(v->sheet.kind));
    if (v->sheet.kind != SHEET_ASK) {
        SendMessageW(v->control[C_LISTEN], BM_SETCHECK, listens ? BST_CHECKED : BST_UNCHECKED, 0);
    }
    SendMessageW(v->control[C_KEEP], BM_SETCHECK, keeps ? BST_CHECKED : BST_UNCHECKED, 0);
    SendMessageW(v->control[C_BAR], PBM_SETPOS, (WPARAM)v->sheet.permille, 0);
    SetWindowTextW(v->hwnd, wide_text(v, v->sheet.line[SHEET_TAB], false));
    show_limit(v);
    if (v->details_open) {
        show_details(v);
    }
    show_taskbar(v);
    if (is_new) {
        v->scrolled = 0; /* it is read from the top, though the focus may be at its end */
    }
    rows_lay_out(v);
    if (is_new) {
        set_focus(v);
        v->focus = NULL;
    }
    v->shown = true;
}

/* --- what the person does ----------------------------------------------------------------- */

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
    v->closes = true;
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
        wish.max_up = limits[SendMessageW(v->control[c], CB_GETCURSEL, 0, 0)] * UINT64_C(1024);
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

/* --- the window --------------------------------------------------------------------------- */

static void
make_fonts(struct view *v)
{
    NONCLIENTMETRICSW m = {.cbSize = sizeof m};
    SystemParametersInfoW(SPI_GETNONCLIENTMETRICS, sizeof m, &m, 0);
    HDC dc = GetDC(NULL);
    int system_dpi = GetDeviceCaps(dc, LOGPIXELSY);
    ReleaseDC(NULL, dc);
    m.lfMessageFont.lfHeight = MulDiv(m.lfMessageFont.lfHeight, (int)v->dpi, system_dpi);
    HFONT old[] = {v->font, v->bold_font, v->heading_font};
    v->font = CreateFontIndirectW(&m.lfMessageFont);
    LONG weight = m.lfMessageFont.lfWeight;
    m.lfMessageFont.lfWeight = FW_SEMIBOLD;
    v->bold_font = CreateFontIndirectW(&m.lfMessageFont);
    m.lfMessageFont.lfWeight = weight;
    m.lfMessageFont.lfHeight = m.lfMessageFont.lfHeight * HEADING_PERCENT / 100;
    v->heading_font = CreateFontIndirectW(&m.lfMessageFont);
    for (int c = 0; c < C_COUNT; c++) {
        SendMessageW(v->control[c], WM_SETFONT, (WPARAM)rows_font(v, (enum control)c), TRUE);
    }
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        DeleteObject(old[i]);
    }
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
        SendMessageW(v->control[C_LIMIT], CB_ADDSTRING, 0,
                     (LPARAM)wide_text(v, buf_bytes(&b), false));
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
        v->control[c] =
            CreateWindowExW(0, control_kinds[c].class, L"", WS_CHILD | control_kinds[c].style, 0, 0,
                            0, 0, v->hwnd, (HMENU)(INT_PTR)id_of((enum control)c), program, NULL);
        if (control_kinds[c].label >= 0) {
            set_label(v, (enum control)c, (enum text_id)control_kinds[c].label);
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

/* The keys that scroll, where no control has them. Returns whether the message is done with. */
static bool
on_key(struct view *v, const MSG *m)
{
    bool ahead = m->wParam == VK_NEXT;
    if (m->message != WM_KEYDOWN || (!ahead && m->wParam != VK_PRIOR) ||
        m->hwnd == v->control[C_LOG] || m->hwnd == v->control[C_LIMIT]) {
        return false;
    }
    rows_scroll(v, ahead ? SB_PAGEDOWN : SB_PAGEUP);
    return true;
}

/* What the keyboard is at has to be seen. Not after a click: nothing may move below the mouse. */
static void
follow_focus(struct view *v, bool by_key)
{
    HWND focus = GetFocus();
    if (by_key && focus && v->focus && focus != v->focus && IsChild(v->hwnd, focus)) {
        rows_reveal(v, focus);
    }
    v->focus = focus;
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
    case WM_SHEET:
        show_sheet(v);
        if (v->over && v->closes) {
            DestroyWindow(hwnd);
        }
        break;
    case WM_COMMAND: on_control(v, control_of(LOWORD(wparam)), HIWORD(wparam)); break;
    case WM_CLOSE: close_window(v); break;
    case WM_VSCROLL: rows_scroll(v, LOWORD(wparam)); break;
    case WM_MOUSEWHEEL:
        rows_scroll(v, GET_WHEEL_DELTA_WPARAM(wparam) > 0 ? SB_LINEUP : SB_LINEDOWN);
        break;
    case WM_DRAWITEM: draw_map(v, (const DRAWITEMSTRUCT *)lparam); break;
    case WM_DPI_CHANGED:
        v->dpi = HIWORD(wparam);
        make_fonts(v);
        rows_lay_out(v);
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
    } empty = {
        {.style = WS_POPUP | WS_CAPTION | WS_SYSMENU | WS_MINIMIZEBOX | DS_CENTER | DS_3DLOOK,
         .cx = 300,
         .cy = 200},
        0,
        0,
        0};
    struct view the_window = {0}, *v = &the_window;
    const INITCOMMONCONTROLSEX controls = {sizeof controls,
                                           ICC_PROGRESS_CLASS | ICC_STANDARD_CLASSES};
    v->shared = window;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
    InitCommonControlsEx(&controls);
    HWND hwnd = CreateDialogIndirectParamW(GetModuleHandleW(NULL), &empty.head, NULL, on_message,
                                           (LPARAM)v);
    ShowWindow(hwnd, SW_SHOWNORMAL);
    SetForegroundWindow(hwnd);
    MSG m;
    while (hwnd && GetMessageW(&m, NULL, 0, 0) > 0) {
        if (!on_key(v, &m) && !IsDialogMessageW(hwnd, &m)) {
            TranslateMessage(&m);
            DispatchMessageW(&m);
        }
        follow_focus(v, m.message == WM_KEYDOWN);
    }
    if (v->taskbar) {
        v->taskbar->lpVtbl->Release(v->taskbar);
    }
    CoUninitialize();
    return 0;
}
