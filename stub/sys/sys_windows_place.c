/* Windows: the program's own image, the user's folders, the system's certificates, and what can be
 * done against code of others in this process. */
#include "sys/sys_windows.h"

#include <stdlib.h>

#include <wincrypt.h>

#include <initguid.h>
#include <knownfolders.h>
#include <shlobj.h>

enum { PEM_MAX = 16384 }; /* the largest certificate that is taken */

int
sys_self_open(sys_file *out)
{
    wchar_t *path = calloc(WIDE_PATH_MAX, sizeof *path);
    DWORD len = path ? GetModuleFileNameW(NULL, path, WIDE_PATH_MAX) : 0;
    HANDLE h = INVALID_HANDLE_VALUE;
    if (len > 0 && len < WIDE_PATH_MAX) {
        h = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                        OPEN_EXISTING, 0, NULL);
    }
    free(path);
    if (h == INVALID_HANDLE_VALUE) {
        return windows_reason(GetLastError());
    }
    *out = (sys_file)h;
    return SYS_OK;
}

const char *
sys_path_name(const char *path)
{
    const char *name = path;
    for (const char *p = path; *p; p++) {
        if (*p == '/' || *p == '\\' || *p == ':') {
            name = p + 1;
        }
    }
    return name;
}

bool
sys_current_folder(struct buf *out)
{
    wchar_t *path = calloc(WIDE_PATH_MAX, sizeof *path);
    DWORD len = path ? GetCurrentDirectoryW(WIDE_PATH_MAX, path) : 0;
    bool got = len > 0 && len < WIDE_PATH_MAX;
    windows_narrow(out, path, got ? len : 0);
    free(path);
    return got && !out->full;
}

/* Names in the form "de-AT", or "zh-Hans-CN": the script in between is left out. */
bool
sys_language(struct buf *out)
{
    wchar_t names[256];
    ULONG count = 0, len = sizeof names / sizeof *names;
    uint8_t mem[sizeof names];
    struct buf name = BUF(mem);
    if (!GetUserPreferredUILanguages(MUI_LANGUAGE_NAME, &count, names, &len) || count == 0) {
        return false;
    }
    windows_narrow(&name, names, wcslen(names));
    struct bytes rest = buf_bytes(&name), language = bytes_cut(&rest, '-');
    struct bytes region = bytes_skip(rest, rest.len > 2 ? rest.len - 2 : 0);
    if (language.len < 2 || language.len > 8) {
        return false;
    }
    buf_add(out, language);
    if (region.len == 2) {
        buf_byte(out, '-');
        buf_add(out, region);
    }
    return true;
}

bool
sys_downloads_folder(struct buf *out)
{
    PWSTR path = NULL;
    size_t start = out->len;
    if (SHGetKnownFolderPath(&FOLDERID_Downloads, KF_FLAG_CREATE, NULL, &path) == S_OK) {
        windows_narrow(out, path, wcslen(path));
    }
    CoTaskMemFree(path);
    return out->len > start && !out->full;
}

/* crypt32 is loaded when certificates are wanted: it is not among the DLLs that Windows takes from
 * nowhere but its own folder. */
struct crypt {
    HCERTSTORE(WINAPI *open)(HCRYPTPROV_LEGACY, LPCWSTR);
    PCCERT_CONTEXT(WINAPI *next)(HCERTSTORE, PCCERT_CONTEXT);
    BOOL(WINAPI *close)(HCERTSTORE, DWORD);
    BOOL(WINAPI *print)(const BYTE *, DWORD, DWORD, LPSTR, DWORD *);
};

static void
load_crypt(struct crypt *c)
{
    /* A function pointer of one type cannot be cast to another without a word: hence void. */
    *(void **)&c->open = (void *)windows_function(L"crypt32.dll", "CertOpenSystemStoreW");
    *(void **)&c->next = (void *)windows_function(L"crypt32.dll", "CertEnumCertificatesInStore");
    *(void **)&c->close = (void *)windows_function(L"crypt32.dll", "CertCloseStore");
    *(void **)&c->print = (void *)windows_function(L"crypt32.dll", "CryptBinaryToStringA");
}

bool
sys_roots_pem(struct buf *out)
{
    struct crypt c;
    size_t start = out->len;
    load_crypt(&c);
    HCERTSTORE store = c.open && c.next && c.close && c.print ? c.open(0, L"ROOT") : NULL;
    if (!store) {
        return false;
    }
    char *pem = malloc(PEM_MAX);
    for (PCCERT_CONTEXT one = NULL; pem && (one = c.next(store, one)) != NULL;) {
        DWORD len = PEM_MAX;
        if (c.print(one->pbCertEncoded, one->cbCertEncoded, CRYPT_STRING_BASE64HEADER, pem, &len)) {
            buf_add(out, bytes_of(pem, len));
        }
    }
    free(pem);
    c.close(store, 0);
    return out->len > start;
}

/* --- hardening -------------------------------------------------------------------------------- */

/* winnt.h of this mingw lacks the newest names. */
enum {
    POLICY_EXTENSION_POINTS = 6,
    POLICY_IMAGE_LOAD = 10,
    POLICY_CHILD_PROCESS = 13,
    NO_REMOTE_IMAGES = 1,
    NO_LOW_LABEL_IMAGES = 2,
    PREFER_SYSTEM32 = 4,
    SEARCH_SYSTEM32 = 0x800,
};

/* False: this Windows does not know it. */
static bool
set_policy(int policy, DWORD flags)
{
    BOOL(WINAPI * set)(int, void *, SIZE_T);
    *(void **)&set = (void *)windows_function(L"kernel32.dll", "SetProcessMitigationPolicy");
    return set && set(policy, &flags, sizeof flags);
}

void
windows_harden(void)
{
    /* A DLL that lies beside a download must not be taken for one of Windows. */
    BOOL(WINAPI * set_directories)(DWORD);
    *(void **)&set_directories =
        (void *)windows_function(L"kernel32.dll", "SetDefaultDllDirectories");
    if (set_directories) {
        set_directories(SEARCH_SYSTEM32);
    }
    SetDllDirectoryW(L"");
    set_policy(POLICY_EXTENSION_POINTS, 1);
    set_policy(POLICY_IMAGE_LOAD, NO_REMOTE_IMAGES | NO_LOW_LABEL_IMAGES | PREFER_SYSTEM32);
    HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
}

bool
sys_sandbox(sys_dir folder, sys_dir also)
{
    (void)folder, (void)also; /* Windows has no such border for files */
    return set_policy(POLICY_CHILD_PROCESS, 1);
}
