"""The benchmark's own programs in C, each compiled when it is first needed."""
import atexit
import functools
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


@functools.lru_cache(maxsize=None)
def folder():
    path = tempfile.mkdtemp(prefix="bench-programs-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@functools.lru_cache(maxsize=None)
def path_of(name):
    """Where the program made of NAME.c lies until this process ends."""
    path = os.path.join(folder(), name)
    subprocess.run([os.environ.get("CC", "gcc"), "-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall",
                    "-o", path, os.path.join(HERE, name + ".c")], check=True)
    return path
