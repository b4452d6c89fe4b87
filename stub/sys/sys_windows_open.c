/* Windows: what is shown on the desktop beside the program's own window. */
#include "sys/sys_windows.h"

#include <stdlib.h>

#include <shellapi.h>
#include <shlobj.h>

static int page_result = SYS_NOT_FOUND;

bool
sys_opener_start(void)
{
    HRESULT done = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
    return SUCCEEDED(done);
}

void
sys_open_page(const char *url)
{
    wchar_t wide[512];
    bool opened = windows_wide(bytes_of_text(url), wide, sizeof wide / sizeof *wide) &&
                  (INT_PTR)ShellExecuteW(NULL, L"open", wide, NULL, NULL, SW_SHOWNORMAL) > 32;
    page_result = opened ? SYS_OK : SYS_NOT_FOUND;
}

int
sys_open_page_result(void)
{
    return page_result;
}

void
sys_show_file(const char *path)
{
    wchar_t *wide = windows_path(path);
    LPITEMIDLIST item = NULL;
    if (!wide) {
        return;
    }
    /* The shell does not know the prefix of long paths. */
    bool share = wcsncmp(wide, L"\\\\?\\UNC\\", 8) == 0;
    wchar_t *plain = wide + (share ? 6 : 4);
    if (share) {
        plain[0] = L'\\';
    }
    if (SHParseDisplayName(plain, NULL, &item, 0, NULL) == S_OK) {
        SHOpenFolderAndSelectItems(item, 0, NULL, 0);
        CoTaskMemFree(item);
    }
    free(wide);
}

static DWORD WINAPI
run_message(void *text)
{
    MessageBoxW(NULL, text, L"samara", MB_ICONINFORMATION | MB_SETFOREGROUND);
    free(text);
    return 0;
}

/* On a thread of its own: the box stays for as long as nobody reads it. */
void
sys_tell_user(const char *text)
{
    struct bytes narrow = bytes_of_text(text);
    wchar_t *wide = calloc(narrow.len + 1, sizeof *wide);
    if (!wide || !windows_wide(narrow, wide, narrow.len + 1)) {
        free(wide);
        return;
    }
    HANDLE thread = CreateThread(NULL, 0, run_message, wide, 0, NULL);
    if (thread) {
        CloseHandle(thread);
    } else {
        free(wide);
    }
}
