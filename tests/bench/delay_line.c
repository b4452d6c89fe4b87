/* A switch whose frames take a while: the Internet between the hosts of a lab.
 *
 *   delay_line MICROSECONDS DEVICE...
 *
 * What comes from one device goes to the one behind which the receiver was seen last, or to all
 * others, so many microseconds later. Frames keep what the kernel has put off (checksums, cutting
 * in segments), so nothing is done twice. Not every kernel has netem, which would do it too. Ends
 * by a signal; runs as root in the namespace of the devices. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    PORTS_MAX = 256,
    HOSTS_MAX = 1024,
    FRAME_MAX = 65536 + 64,   /* before it is cut in segments */
    FRAMES_MAX = 65536,       /* on the way; more are lost */
    BUFFER_SIZE = 8 << 20,
};

struct frame {
    uint8_t *data;
    size_t len;
    int64_t due_us;
    int from;
};

struct host {
    uint8_t mac[ETH_ALEN];
    int port;
};

static struct pollfd ports[PORTS_MAX];
static int port_count;
static struct host hosts[HOSTS_MAX];
static int host_count;
static struct frame line[FRAMES_MAX]; /* a ring: all take as long, so the first comes first */
static uint32_t line_first, line_count;

static void
die(const char *what)
{
    fprintf(stderr, "delay_line: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t
now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int
open_port(const char *device)
{
    int one = 1, size = BUFFER_SIZE;
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = (int)if_nametoindex(device)};
    int s = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
    if (s < 0 || at.sll_ifindex == 0
        || setsockopt(s, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) != 0
        || setsockopt(s, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) != 0
        || setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0
        || setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0
        || bind(s, (struct sockaddr *)&at, sizeof at) != 0)
        die(device);
    return s;
}

static struct host *
find_host(const uint8_t *mac)
{
    for (int i = 0; i < host_count; i++)
        if (memcmp(hosts[i].mac, mac, ETH_ALEN) == 0)
            return &hosts[i];
    return NULL;
}

static void
learn(const uint8_t *mac, int port)
{
    struct host *h = find_host(mac);
    if (!h && host_count < HOSTS_MAX) {
        h = &hosts[host_count++];
        memcpy(h->mac, mac, ETH_ALEN);
    }
    if (h)
        h->port = port;
}

static void
take_in(int port, int64_t delay_us)
{
    static uint8_t data[FRAME_MAX];
    ssize_t n;
    while ((n = recv(ports[port].fd, data, sizeof data, 0)) > 0) {
        if ((size_t)n < sizeof(struct virtio_net_hdr) + ETH_HLEN || line_count == FRAMES_MAX)
            continue;
        struct frame *f = &line[(line_first + line_count++) % FRAMES_MAX];
        *f = (struct frame){malloc((size_t)n), (size_t)n, now_us() + delay_us, port};
        if (!f->data)
            die("memory");
        memcpy(f->data, data, (size_t)n);
        learn(data + sizeof(struct virtio_net_hdr) + ETH_ALEN, port);
    }
}

static void
let_out(void)
{
    struct frame *f = &line[line_first];
    struct host *to = find_host(f->data + sizeof(struct virtio_net_hdr));
    for (int i = 0; i < port_count; i++)
        if (i != f->from && (!to || to->port == i))
            send(ports[i].fd, f->data, f->len, 0); /* what does not fit is lost, as elsewhere */
    free(f->data);
    line_first = (line_first + 1) % FRAMES_MAX;
    line_count--;
}

int
main(int argc, char **argv)
{
    if (argc < 4 || argc - 2 > PORTS_MAX) {
        fputs("usage: delay_line MICROSECONDS DEVICE DEVICE...\n", stderr);
        return 2;
    }
    int64_t delay_us = strtoll(argv[1], NULL, 10);
    for (int i = 2; i < argc; i++)
        ports[port_count++] = (struct pollfd){.fd = open_port(argv[i]), .events = POLLIN};
    puts("ready");
    fflush(stdout);
    for (;;) {
        int64_t wait_us = line_count > 0 ? line[line_first].due_us - now_us() : 1000000;
        struct timespec t = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
        if (wait_us < 0)
            t = (struct timespec){0};
        ppoll(ports, (nfds_t)port_count, &t, NULL);
        for (int i = 0; i < port_count; i++)
            if (ports[i].revents & POLLIN)
                take_in(i, delay_us);
        while (line_count > 0 && line[line_first].due_us <= now_us())
            let_out();
    }
}
