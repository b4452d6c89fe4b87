"""The benchmark's own programs in C, each compiled when it is first needed."""
import atexit
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = {}


def path_of(name):
    """Where the program made of NAME.c lies until this process ends."""
    if not BUILT:
        BUILT["/"] = tempfile.mkdtemp(prefix="bench-programs-")
        atexit.register(shutil.rmtree, BUILT["/"], ignore_errors=True)
    if name not in BUILT:
        path = os.path.join(BUILT["/"], name)
        subprocess.run([os.environ.get("CC", "gcc"), "-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall",
                        "-o", path, os.path.join(HERE, name + ".c")], check=True)
        BUILT[name] = path
    return BUILT[name]
