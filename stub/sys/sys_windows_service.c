/* Windows: services are another thing there. */
#include "sys/sys_service.h"

int
sys_drop_root(const char *user, sys_dir dir, sys_dir own, char name[SYS_USER_NAME_MAX])
{
    (void)user, (void)dir, (void)own;
    name[0] = '\0';
    return SYS_OK;
}

bool
sys_owner(sys_dir dir, char name[SYS_USER_NAME_MAX])
{
    (void)dir;
    name[0] = '\0';
    return false;
}

bool
sys_self_path(struct buf *out)
{
    (void)out;
    return false;
}
