/* samara seed: share what is there already. */
#include "builder/command.h"
#include "builder/files.h"
#include "builder/raw_paths.h"
#include "builder/sources_args.h"
#include "ui/session.h"

#include <string.h>

static const char help[] =
    "Usage: samara seed TORRENT DIR [OPTIONS]\n"
    "Verifies the content in DIR and shares it until you stop it. Nothing is written there.\n"
    "TORRENT is a .torrent or an app; DIR is the folder that holds the file or folder of its\n"
    "name.\n"
    "\n"
    "  --port N             listen on this port (default: any free one)\n"
    "  --peer HOST:PORT     also try this peer (again for more)\n"
    "  --max-up RATE        send at most so many bytes a second (500K, 2M)\n"
    "  --tracker URL        announce here too; again = next tier, comma = same tier\n"
    "  --no-trackers        announce nowhere\n"
    "  --seed-ratio R  --seed-minutes M   stop by itself (default: never)\n"
    "  --json               one JSON object a line, as the app's --json\n"
    "\n"
    "Example: samara seed film.torrent ~/films --port 6881\n";

struct seed {
    int help, json;
    bool no_trackers;
    int64_t port, max_up, seed_ratio_milli, seed_minutes;
    struct arg_list peers, trackers;
};

static const struct arg args[] = {
    ARG_HELP(struct seed),
    {"--port", ARG_NUMBER, offsetof(struct seed, port), 65535, NULL},
    {"--peer", ARG_PEER, offsetof(struct seed, peers), 0, NULL},
    {"--max-up", ARG_RATE, offsetof(struct seed, max_up), 0, NULL},
    {"--tracker", ARG_EACH, offsetof(struct seed, trackers), 0, NULL},
    {"--no-trackers", ARG_FLAG, offsetof(struct seed, no_trackers), 0, NULL},
    {"--seed-ratio", ARG_RATIO, offsetof(struct seed, seed_ratio_milli), 0, NULL},
    {"--seed-minutes", ARG_NUMBER, offsetof(struct seed, seed_minutes), 5270400, NULL},
    {"--json", ARG_SET, offsetof(struct seed, json), 1, NULL},
};

static int
run(const struct seed *o, const struct source *source, const struct source_list *extra, sys_dir dir,
    const char *folder)
{
    const struct payload *p = &source->app.payload;
    struct engine_config engine_config = {.port = (uint16_t)o->port,
                                          .listen = true,
                                          .max_up = (uint64_t)o->max_up,
                                          .use_trackers = !o->no_trackers,
                                          .ca_pem = p->ca};
    struct swarm_config swarm_config = {
        .torrent = &source->torrent,
        .dir = dir,
        .read_only = true,
        .seed_ratio_milli = o->seed_ratio_milli,
        .seed_ms = o->seed_minutes < 0 ? SEED_FOREVER : o->seed_minutes * 60000,
        .sources = {.trackers = extra->trackers,
                    .tracker_tiers = extra->tracker_tier,
                    .tracker_count = extra->tracker_count,
                    .peers = extra->peers,
                    .peer_count = extra->peer_count},
    };
    struct face face;
    face_choose(&face, o->json ? UI_JSON : UI_AUTO, false, NULL);
    int error;
    struct engine *engine = engine_new(&engine_config, &error);
    if (!engine) {
        return complain(EXIT_INCOMPLETE, "cannot listen on port %d: %s", (int)o->port,
                        sys_error_text(error));
    }
    struct arena arena = {.size_max = sizeof(struct sys_wants) + 4096};
    struct session session = {
        .engine = engine,
        .swarm = engine_add(engine, &swarm_config, sys_now_ms()),
        .face = &face,
        .wants = arena_take(&arena, 1, sizeof *session.wants),
        .start = {.name = bytes_of_text(source->torrent.name),
                  .title = p->title,
                  .info_hash = source->torrent.info_hash,
                  .dir = folder,
                  .seed_ratio_milli = swarm_config.seed_ratio_milli,
                  .seed_ms = swarm_config.seed_ms,
                  .max_up = engine_config.max_up,
                  .will_share = true,
                  .is_there = true},
    };
    int code = session.swarm && session.wants ? session_run(&session)
                                              : complain(EXIT_INCOMPLETE, "not enough memory");
    engine_free(engine);
    arena_free(&arena);
    return code;
}

int
cmd_seed(int argc, char *argv[])
{
    struct seed o = {.seed_ratio_milli = SEED_FOREVER, .seed_minutes = -1};
    struct arg_list names = {0};
    struct source_list extra;
    struct source source;
    sys_dir dir = SYS_NONE;
    int code;
    if (!command_parse(args, sizeof args / sizeof *args, &o, &o.help, &names, argc, argv, help,
                       &code)) {
        return code;
    }
    if (names.count != 2) {
        return complain(EXIT_USAGE, "seed takes TORRENT and DIR; see samara seed --help");
    }
    code = source_list_read(&extra, &o.trackers, NULL, &o.peers);
    if (code) {
        return code;
    }
    code = source_open(&source, names.v[0]);
    if (!code && !source.has_torrent) {
        code = complain(EXIT_DAMAGED, "%s: there is no torrent in it", names.v[0]);
    }
    if (!code) {
        int error = sys_dir_open(names.v[1], false, &dir);
        if (!error) {
            raw_paths_find(&source.torrent, dir, &source.arena);
        }
        code = error ? complain(EXIT_DISK, "%s: %s", names.v[1], sys_error_text(error))
                     : run(&o, &source, &extra, dir, names.v[1]);
    }
    sys_dir_close(&dir);
    source_close(&source);
    return code;
}
