/* One swarm turned until it ends, with a face in front of it: the app, and `samara seed`. */
#ifndef UI_SESSION_H
#define UI_SESSION_H

#include "ui/face.h"

struct session {
    struct engine *engine;
    struct swarm *swarm;
    struct face *face;       /* opened by session_run */
    struct face_start start; /* `size` and `port` are filled in by session_run */
    struct sys_wants *wants;
    bool was_stopped; /* by the face's user */
};

enum exit_code {
    EXIT_COMPLETE = 0,
    EXIT_INCOMPLETE = 1,
    EXIT_USAGE = 2,
    EXIT_DAMAGED = 3,
    EXIT_DISK = 4,
    EXIT_TIMED_OUT = 5,
    EXIT_STOPPED = 130, /* by the user, in a face */
};

/* Does what the face's user wishes meanwhile. Returns the exit code, told to the face too. The
 * first request to stop ends it within two seconds, the second ends the program here. */
int session_run(struct session *s);

#endif
