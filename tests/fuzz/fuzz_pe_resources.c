/* Any bytes as a Windows program that verify looks into, and as an icon. What can be read of the
 * program's icon can be put into a stub and read again. */
#include "base/check.h"
#include "builder/pack.h"
#include "builder/pe_resources.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
release(struct bytes b)
{
    free((void *)(uintptr_t)b.ptr);
}

static void
put_and_read(struct bytes icon)
{
    static struct bytes stub;
    stub = stub.len ? stub : pack_stub("windows-i386");
    struct bytes made = pe_resources_set(stub, icon, BYTES("A title"));
    struct bytes again = pe_resources_icon(made);
    check(again.len > 0 && pe_icon_fault(again) == NULL);
    release(again);
    release(made);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint8_t *copy = malloc(size + 1);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    pe_clear_signature(copy, size);
    free(copy);
    struct bytes icon = pe_resources_icon(in);
    check(icon.len == 0 || pe_icon_fault(icon) == NULL);
    if (icon.len > 0) {
        put_and_read(icon);
    }
    release(icon);
    if (pe_icon_fault(in) == NULL) {
        put_and_read(in);
    }
    return 0;
}
