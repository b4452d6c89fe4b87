#!/usr/bin/python3
"""libtorrent-rasterbar as a peer. Everything it needs comes as one JSON object in the arguments.

    {"torrents": [paths], "dir": folder, "listen": ["IP:PORT", ...one session each],
     "trusted": true: the content is there, do not hash it first,
     "up": bytes/s or 0, "down": bytes/s or 0, "peers": ["IP:PORT"], "settings": {...},
     "only": address that may connect, or nothing,
     "scrape": true: ask the tracker every second till it has answered}

Prints JSON lines: {"event": "ready"} when every torrent seeds, or at once for one that has to
download; {"event": "complete"}; {"event": "scrape", "complete": n, "incomplete": n}; and
{"event": "figures", "uploaded": n, "downloaded": n} (payload bytes of all sessions) whenever they
changed.
"""

import json
import os
import sys
import time

import libtorrent as lt

DEFAULTS = {
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "allow_multiple_connections_per_ip": True, "auto_manage_startup": 1,
    "stop_tracker_timeout": 1, "active_limit": -1, "active_seeds": -1, "active_downloads": -1,
    "unchoke_slots_limit": -1, "connections_limit": 500,
}


def say(**event):
    print(json.dumps(event), flush=True)


def open_session(listen, options):
    settings = dict(DEFAULTS, listen_interfaces=listen)
    if not listen.startswith("["):
        settings["outgoing_interfaces"] = listen.rsplit(":", 1)[0]
    settings["upload_rate_limit"] = options.get("up", 0)
    settings["download_rate_limit"] = options.get("down", 0)
    settings.update(options.get("settings", {}))
    if options.get("scrape"):
        settings["alert_mask"] = int(lt.alert.category_t.tracker_notification)
    session = lt.session(settings)
    # Limits hold for peers in private address ranges too.
    everyone = lt.ip_filter()
    everyone.add_rule("0.0.0.0", "255.255.255.255", 1 << int(lt.session.global_peer_class_id))
    session.set_peer_class_filter(everyone)
    return session


def add(session, path, options):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(path)
    params.save_path = options["dir"]
    params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
    if options.get("trusted"):
        params.flags |= lt.torrent_flags.seed_mode
    handle = session.add_torrent(params)
    for peer in options.get("peers", []):
        host, port = peer.rsplit(":", 1)
        handle.connect_peer((host.strip("[]"), int(port)))
    return handle


def main():
    options = json.loads(sys.argv[1])
    sessions, handles = [], []
    for listen in options["listen"]:
        session = open_session(listen, options)
        sessions.append(session)
        handles += [add(session, path, options) for path in options["torrents"]]
    ready = complete = False
    figures = None
    scraped_at = 0 if options.get("scrape") else float("inf")
    parent = os.getppid()
    while os.getppid() == parent:
        states = [handle.status() for handle in handles]
        seeding = all(state.is_seeding for state in states)
        checked = all(state.state not in (lt.torrent_status.checking_files,
                                          lt.torrent_status.checking_resume_data)
                      for state in states)
        if not ready and checked:
            ready = True
            say(event="ready")
        new = (sum(state.total_payload_upload for state in states),
               sum(state.total_payload_download for state in states))
        if new != figures:
            figures = new
            say(event="figures", uploaded=new[0], downloaded=new[1])
        if seeding and not complete:
            complete = True
            say(event="complete")
        if time.monotonic() - scraped_at > 1:
            scraped_at = time.monotonic()
            handles[0].scrape_tracker()
        for alert in [alert for session in sessions for alert in session.pop_alerts()]:
            if isinstance(alert, lt.scrape_reply_alert):
                scraped_at = float("inf")
                say(event="scrape", complete=alert.complete, incomplete=alert.incomplete)
        time.sleep(0.05 if len(handles) < 10 else 0.5)


main()
