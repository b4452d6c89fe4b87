/* The window's controls: which there are, and where they stand.
 *
 * One column of rows, each as high as its text needs; what does not belong to the sheet is hidden
 * and takes no room. Where the screen is too low for them the window is as high as the screen and
 * scrolls. The controls are Windows' own, in their tab order, so that keyboard, screen readers,
 * contrast and sizes work as people have set them. */
#include "ui/ui_win32.h"

#include <commctrl.h>

#include "ui/text.h"

enum {
    WIDTH = 460, /* of a row, on a screen that has it; lengths are in 1/96 inch */
    MARGIN = 16,
    GAP = 8,
    BUTTON_HEIGHT = 26,
    BUTTON_MIN = 84,
    EDIT_HEIGHT = 24,
    BAR_HEIGHT = 16,
    MAP_HEIGHT = 20,
    LOG_HEIGHT = 130,
    SCROLL_STEP = 40,
};

#define LABEL(id) \
    { \
        L"STATIC", SS_LEFT, -1, TEXT_LABEL_##id \
    }
#define LINE(which) \
    { \
        L"STATIC", SS_LEFT | SS_EDITCONTROL, SHEET_##which, -1 \
    }
#define BUTTON(id) \
    { \
        L"BUTTON", BS_PUSHBUTTON | WS_TABSTOP, -1, TEXT_LABEL_##id \
    }
#define BOX(id) \
    { \
        L"BUTTON", BS_AUTOCHECKBOX | BS_MULTILINE | WS_TABSTOP, -1, TEXT_LABEL_##id \
    }

const struct control_kind control_kinds[C_COUNT] = {
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
    [C_PLACE_LABEL] = LABEL(WHERE),
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

static int
scaled(const struct view *v, int length)
{
    return MulDiv(length, (int)v->dpi, 96);
}

HFONT
rows_font(const struct view *v, enum control c)
{
    return c == C_HEADING ? v->heading_font : c == C_TITLE || c == C_WHAT ? v->bold_font : v->font;
}

/* --- what belongs to a sheet -------------------------------------------------------------- */

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

bool
rows_have(const struct view *v, enum control c)
{
    bool asks = v->sheet.kind == SHEET_ASK;
    bool runs = v->sheet.kind == SHEET_PROGRESS || v->sheet.kind == SHEET_DONE;
    switch (c) {
    case C_FOLDER_LABEL:
    case C_FOLDER:
    case C_CHANGE: return asks;
    case C_PLACE_LABEL:
    case C_PLACE: return !asks && v->sheet.line[SHEET_FOLDER].len > 0;
    case C_BAR: return v->sheet.permille >= 0;
    case C_DOWN_LABEL:
    case C_UP_LABEL:
    case C_LEFT_LABEL:
    case C_PEOPLE_LABEL: return v->sheet.line[control_kinds[c + 1].line].len > 0;
    case C_DETAILS: return runs;
    case C_MAP:
    case C_LOG: return runs && v->details_open;
    default: break;
    }
    return control_kinds[c].line >= 0 ? v->sheet.line[control_kinds[c].line].len > 0
                                      : has_button(v, c);
}

/* --- layout ------------------------------------------------------------------------------- */

/* The size that the text of a control takes in at most `width`. */
static SIZE
measure(struct view *v, enum control c, int width)
{
    RECT r = {0, 0, width, 0};
    int len = GetWindowTextW(v->control[c], v->wide, WIDE_MAX);
    HDC dc = GetDC(v->hwnd);
    HFONT old = SelectObject(dc, rows_font(v, c));
    DrawTextW(dc, len ? v->wide : L" ", len ? len : 1, &r,
              DT_CALCRECT | DT_WORDBREAK | DT_EDITCONTROL);
    SelectObject(dc, old);
    ReleaseDC(v->hwnd, dc);
    return (SIZE){r.right, r.bottom};
}

static void
place(struct view *v, enum control c, int x, int y, int width, int height)
{
    RECT now;
    y -= v->scrolled;
    GetWindowRect(v->control[c], &now);
    MapWindowPoints(NULL, v->hwnd, (POINT *)&now, 2);
    /* The height of a list that drops down is that of its list, which does not show. */
    if (now.left != x || now.top != y || now.right - now.left != width ||
        (c != C_LIMIT && now.bottom - now.top != height)) {
        MoveWindow(v->control[c], x, y, width, height, FALSE);
        v->moved = true;
    }
}

static int
button_width(struct view *v, enum control c)
{
    int width = measure(v, c, v->width).cx + scaled(v, 24);
    int least = scaled(v, BUTTON_MIN);
    return width > least ? width : least;
}

/* A label and what it says, in the left (0) or right (1) half; returns the height. */
static int
place_pair(struct view *v, enum control label, int half, int y)
{
    int width = v->width / 2 - scaled(v, GAP);
    int x = scaled(v, MARGIN) + half * (v->width / 2);
    SIZE size = measure(v, label, width);
    int gap = scaled(v, GAP);
    place(v, label, x, y, size.cx, size.cy);
    place(v, label + 1, x + size.cx + gap, y, width - size.cx - gap, size.cy);
    return size.cy;
}

/* "Folder:" and its path, which may need several lines. */
static int
place_folder(struct view *v, int y)
{
    int x = scaled(v, MARGIN), gap = scaled(v, GAP);
    SIZE label = measure(v, C_PLACE_LABEL, v->width / 2);
    int width = v->width - label.cx - gap, height = measure(v, C_PLACE, width).cy;
    place(v, C_PLACE_LABEL, x, y, label.cx, label.cy);
    place(v, C_PLACE, x + label.cx + gap, y, width, height);
    return height;
}

static int
place_buttons(struct view *v, int y)
{
    static const enum control order[] = {C_STOP, C_SHOW, C_PAUSE, C_START};
    int right = scaled(v, MARGIN) + v->width, height = scaled(v, BUTTON_HEIGHT);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (rows_have(v, order[i])) {
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
    int x = scaled(v, MARGIN), width = v->width, gap = scaled(v, GAP), height;
    switch (c) {
    case C_BAR: height = scaled(v, BAR_HEIGHT); break;
    case C_MAP: height = scaled(v, MAP_HEIGHT); break;
    case C_LOG: height = scaled(v, LOG_HEIGHT); break;
    case C_DOWN_LABEL:
    case C_LEFT_LABEL: place_pair(v, c, 0, y); return 0; /* as high as the pair beside it */
    case C_UP_LABEL: return place_pair(v, c, rows_have(v, C_DOWN_LABEL), y);
    case C_PEOPLE_LABEL: return place_pair(v, c, rows_have(v, C_LEFT_LABEL), y);
    case C_PLACE_LABEL: return 0;
    case C_PLACE: return place_folder(v, y);
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
    case C_DETAILS:
        place(v, c, x, y, button_width(v, c), scaled(v, BUTTON_HEIGHT));
        return scaled(v, BUTTON_HEIGHT);
    case C_START:
    case C_PAUSE:
    case C_SHOW:
    case C_STOP:
    case C_DOWN:
    case C_UP:
    case C_LEFT:
    case C_PEOPLE:
    case C_CHANGE:
    case C_LIMIT: return 0;
    default: height = measure(v, c, width).cy; break;
    }
    place(v, c, x, y, width, height);
    return height;
}

/* Returns the height of the sheet. */
static int
place_all(struct view *v)
{
    int y = scaled(v, MARGIN);
    for (int c = 0; c < C_COUNT; c++) {
        bool there = rows_have(v, (enum control)c);
        ShowWindow(v->control[c], there ? SW_SHOWNA : SW_HIDE);
        int height = there ? place_row(v, (enum control)c, y) : 0;
        y += height ? height + scaled(v, GAP) : 0;
    }
    y += scaled(v, GAP);
    return y + place_buttons(v, y) + scaled(v, MARGIN);
}

/* Makes the window as large as this, and moves it when it would not be on the screen. */
static void
resize(const struct view *v, int width, int height, const RECT *screen)
{
    RECT now;
    GetWindowRect(v->hwnd, &now);
    if (now.right - now.left == width && now.bottom - now.top == height) {
        return;
    }
    LONG x = now.left + width > screen->right ? screen->right - width : now.left;
    LONG y = now.top + height > screen->bottom ? screen->bottom - height : now.top;
    SetWindowPos(v->hwnd, NULL, x > screen->left ? x : screen->left,
                 y > screen->top ? y : screen->top, width, height, SWP_NOZORDER | SWP_NOACTIVATE);
}

void
rows_lay_out(struct view *v)
{
    MONITORINFO screen = {.cbSize = sizeof screen};
    RECT frame = {0};
    GetMonitorInfoW(MonitorFromWindow(v->hwnd, MONITOR_DEFAULTTONEAREST), &screen);
    AdjustWindowRectEx(&frame, (DWORD)GetWindowLongW(v->hwnd, GWL_STYLE), FALSE,
                       (DWORD)GetWindowLongW(v->hwnd, GWL_EXSTYLE));
    int bar = GetSystemMetrics(SM_CXVSCROLL), around = frame.right - frame.left;
    int room = screen.rcWork.right - screen.rcWork.left - around - bar - 2 * scaled(v, MARGIN);
    v->width = scaled(v, WIDTH) < room ? scaled(v, WIDTH) : room;
    int whole = place_all(v), height = screen.rcWork.bottom - screen.rcWork.top;
    height -= frame.bottom - frame.top;
    height = whole < height ? whole : height;
    if (v->scrolled > whole - height) {
        v->scrolled = whole - height;
        place_all(v);
    }
    /* The bar comes and goes by itself. */
    const SCROLLINFO info = {
        sizeof info, SIF_RANGE | SIF_PAGE | SIF_POS, 0, whole - 1, (UINT)height, v->scrolled, 0};
    SetScrollInfo(v->hwnd, SB_VERT, &info, TRUE);
    resize(v, v->width + 2 * scaled(v, MARGIN) + around + (height < whole ? bar : 0),
           height + frame.bottom - frame.top, &screen.rcWork);
    if (v->moved) {
        RedrawWindow(v->hwnd, NULL, NULL, RDW_INVALIDATE | RDW_ERASE | RDW_ALLCHILDREN);
        v->moved = false;
    }
}

/* --- scrolling ---------------------------------------------------------------------------- */

static void
scroll_to(struct view *v, int y)
{
    v->scrolled = y > 0 ? y : 0;
    rows_lay_out(v);
}

void
rows_scroll(struct view *v, UINT how)
{
    SCROLLINFO s = {.cbSize = sizeof s, .fMask = SIF_ALL};
    GetScrollInfo(v->hwnd, SB_VERT, &s);
    int step = scaled(v, SCROLL_STEP), page = (int)s.nPage - step;
    switch (how) {
    case SB_LINEUP: scroll_to(v, v->scrolled - step); break;
    case SB_LINEDOWN: scroll_to(v, v->scrolled + step); break;
    case SB_PAGEUP: scroll_to(v, v->scrolled - page); break;
    case SB_PAGEDOWN: scroll_to(v, v->scrolled + page); break;
    case SB_THUMBTRACK: scroll_to(v, s.nTrackPos); break;
    default: break;
    }
}

void
rows_reveal(struct view *v, HWND control)
{
    RECT r, client;
    int gap = scaled(v, MARGIN);
    GetClientRect(v->hwnd, &client);
    GetWindowRect(control, &r);
    MapWindowPoints(NULL, v->hwnd, (POINT *)&r, 2);
    if (r.bottom + gap > client.bottom) {
        scroll_to(v, v->scrolled + r.bottom + gap - client.bottom);
    } else if (r.top < gap) {
        scroll_to(v, v->scrolled + r.top - gap);
    }
}
