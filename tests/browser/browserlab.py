"""A script for Chromium, driven by Playwright, run to its end."""

import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))

import swarmlab
from swarmlab import check

MODULES = os.path.join(swarmlab.BUILD, "browser", "node_modules")
SCREENS = os.path.join(swarmlab.BUILD, "screens")


def drive(lab, script, *arguments, seconds):
    """Fails unless the script of this folder says "ok". It gets MODULES, SCREENS, arguments."""
    for program in ("node", "chromium"):
        if shutil.which(program) is None:
            raise swarmlab.Skip(f"{program} is not installed")
    if not os.path.isdir(MODULES):
        raise swarmlab.Skip("no Playwright: make build/browser/fetched")
    os.makedirs(SCREENS, exist_ok=True)
    # Chromium has sockets in its profile, whose paths must not be longer than 107 characters.
    with tempfile.TemporaryDirectory(prefix="samara-", dir="/tmp") as folder:
        run = lab.run(["node", os.path.join(HERE, script), os.path.abspath(MODULES), SCREENS,
                       *arguments], seconds=seconds, env={"HOME": folder, "TMPDIR": folder})
    said = run.stdout + run.stderr
    check(run.stdout.strip() == "ok", said[:300] + " ... " + said[-600:])
