#include "builder/systemd_unit.h"

#include <string.h>

static const char head[] = "# Made by samara serve --systemd. As root:\n"
                           "#   cp this file to /etc/systemd/system/samara.service\n"
                           "#   systemctl enable --now samara\n"
                           "[Unit]\n"
                           "Description=samara: downloads that carry their own swarm\n"
                           "Wants=network-online.target\n"
                           "After=network-online.target\n"
                           "\n"
                           "[Service]\n";

/* Ports below 1024 are all that it may have of root's rights. Folders of users can be served, but
 * nothing is written but the state. */
static const char tail[] = "StateDirectory=samara\n"
                           "Restart=on-failure\n"
                           "TimeoutStopSec=10\n"
                           "LimitNOFILE=8192\n"
                           "AmbientCapabilities=CAP_NET_BIND_SERVICE\n"
                           "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"
                           "NoNewPrivileges=yes\n"
                           "ProtectSystem=strict\n"
                           "ProtectHome=read-only\n"
                           "PrivateTmp=yes\n"
                           "PrivateDevices=yes\n"
                           "ProtectClock=yes\n"
                           "ProtectHostname=yes\n"
                           "ProtectKernelLogs=yes\n"
                           "ProtectKernelModules=yes\n"
                           "ProtectKernelTunables=yes\n"
                           "ProtectControlGroups=yes\n"
                           "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK\n"
                           "RestrictNamespaces=yes\n"
                           "RestrictRealtime=yes\n"
                           "LockPersonality=yes\n"
                           "MemoryDenyWriteExecute=yes\n"
                           "SystemCallArchitectures=native\n"
                           "SystemCallFilter=@system-service seccomp landlock_create_ruleset \\\n"
                           "    landlock_add_rule landlock_restrict_self\n"
                           "\n"
                           "[Install]\n"
                           "WantedBy=multi-user.target\n";

/* A word of a command line: quoted, and nothing in it is a specifier or a variable. */
static void
put_word(struct buf *b, struct bytes word)
{
    static const char digits[] = "0123456789abcdef";
    buf_byte(b, '"');
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];
        if (c < ' ' || c == 0x7f) {
            buf_text(b, "\\x");
            buf_byte(b, (uint8_t)digits[c >> 4]);
            buf_byte(b, (uint8_t)digits[c & 15]);
            continue;
        }
        if (c == '"' || c == '\\') {
            buf_byte(b, '\\');
        } else if (c == '%' || c == '$') {
            buf_byte(b, c);
        }
        buf_byte(b, c);
    }
    buf_byte(b, '"');
}

void
systemd_unit_put(struct buf *out, const struct systemd_unit *u)
{
    buf_text(out, head);
    buf_text(out, "ExecStart=");
    put_word(out, u->program);
    for (int i = 0; i < u->arg_count; i++) {
        if (strcmp(u->args[i], "--systemd") != 0) {
            buf_byte(out, ' ');
            put_word(out, i == u->folder_at ? u->folder : bytes_of_text(u->args[i]));
        }
    }
    buf_text(out, "\nWorkingDirectory=");
    for (size_t i = 0; i < u->place.len; i++) {
        buf_text(out, u->place.ptr[i] == '%' ? "%" : "");
        buf_byte(out, u->place.ptr[i]);
    }
    buf_text(out, u->user ? "\nUser=" : "\nDynamicUser=yes\n");
    if (u->user) {
        buf_text(out, u->user);
        buf_byte(out, '\n');
    }
    buf_text(out, tail);
}
