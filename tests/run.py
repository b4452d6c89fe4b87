#!/usr/bin/env python3
"""Runs the test programs and says "N passed, N failed".

    tests/run.py [--build FOLDER] [--jobs N] [--seeds N] [--only WORD | --program NAME] [-v]
                 [SUITE...]

Suites: tidy unit replay sim interop browser (default: all). A test program prints one line a test:
"ok NAME", "not ok NAME: why" or "skip NAME: why" (cmocka's TAP lines count too). Crash, time-out, a
bad exit code without a "not ok", or no line at all is a failed test as well.

In a script under tests/interop or tests/browser a comment "# timeout: SECONDS" changes its time,
and "# run: alone" keeps other tests away from it.
"""

import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUITES = ["tidy", "unit", "replay", "sim", "interop", "browser"]
RESULT = re.compile(r"(ok|not ok|skip)\b[ :]*(?:\d+ - )?(.*)")


class Job:
    def __init__(self, name, command, timeout_s, alone=False):
        self.name = name
        self.command = command
        self.timeout_s = timeout_s
        self.alone = alone
        self.passed = []
        self.failed = []
        self.skipped = []
        self.output = ""
        self.seconds = 0.0


def name_of(path):
    return os.path.splitext(os.path.basename(path))[0]


def sources(pattern):
    return sorted(glob.glob(os.path.join(ROOT, pattern)))


def tidy_jobs(args):
    yield Job("tidy", ["sh", "tests/tidy.sh"], 60)
    yield Job("tidy_test", ["sh", "tests/tidy_test.sh"], 120)


def unit_jobs(args):
    for path in sources("tests/unit/test_*.c"):
        yield Job(name_of(path), [f"{args.build}/san/unit/{name_of(path)}"], 300)


def replay_jobs(args):
    for path in sources("tests/fuzz/fuzz_*.c"):
        what = name_of(path)[len("fuzz_"):]
        yield Job("replay_" + what, [f"{args.build}/san/replay/{what}", "replay_" + what,
                                     f"tests/fuzz/corpus/{what}"], 300)


def sim_jobs(args):
    if not sources("tests/sim/*.c"):
        return
    program = f"{args.build}/san/sim"
    listed = subprocess.run([program, "list"], cwd=ROOT, capture_output=True, text=True)
    scenarios = listed.stdout.split() if listed.returncode == 0 else []
    for scenario in scenarios or ["all"]:
        yield Job("sim_" + scenario, [program, scenario, "--seeds", str(args.seeds)], 1500)


def script_jobs(pattern):
    for path in sources(pattern):
        with open(path, encoding="utf-8") as script:
            text = script.read()
        timeout = re.search(r"^# timeout: (\d+)", text, re.M)
        alone = re.search(r"^# run: alone", text, re.M) is not None
        yield Job(name_of(path), [sys.executable, os.path.relpath(path, ROOT)],
                  int(timeout.group(1)) if timeout else 600, alone)


def interop_jobs(args):
    return script_jobs("tests/interop/test_*.py")


def browser_jobs(args):
    return script_jobs("tests/browser/test_*.py")


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def execute(job, args):
    """The output and what went wrong with the program itself, or None."""
    folder = os.path.join(args.build, "tmp", job.name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    environment = dict(os.environ, TMPDIR=folder, BUILD=args.build, PYTHONDONTWRITEBYTECODE="1",
                       LC_ALL="C.UTF-8",  # or libtorrent writes names in ASCII
                       CMOCKA_MESSAGE_OUTPUT="TAP", UBSAN_OPTIONS="print_stacktrace=1")
    environment.setdefault("SAMARA", f"{args.build}/samara")
    try:
        process = subprocess.Popen(job.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
    except OSError as error:
        return "", f"cannot be started: {error.strerror}"
    try:
        output, _ = process.communicate(timeout=job.timeout_s)
        wrong = None
    except subprocess.TimeoutExpired:
        kill_group(process)
        output, _ = process.communicate()
        wrong = f"no end after {job.timeout_s} s"
    kill_group(process)
    shutil.rmtree(folder, ignore_errors=True)
    if wrong is None and process.returncode < 0:
        wrong = f"ended by {signal.Signals(-process.returncode).name}"
    elif wrong is None and process.returncode > 0:
        wrong = f"exit code {process.returncode}"
    return output.decode("utf-8", "replace"), wrong


def read_results(job):
    """Fills the result lists from the output; returns the number of tests that were announced."""
    planned = 0
    for line in job.output.splitlines():
        plan = re.fullmatch(r"1\.\.(\d+)", line)
        planned += int(plan.group(1)) if plan else 0
        result = RESULT.match(line)
        if result is None:
            continue
        kind, text = result.groups()
        if kind == "not ok":
            job.failed.append(text)
        elif kind == "skip" or "# SKIP" in text.upper():
            job.skipped.append(text)
        else:
            job.passed.append(text)
    return planned


def run(job, args):
    start = time.monotonic()
    job.output, wrong = execute(job, args)
    job.seconds = time.monotonic() - start
    planned = read_results(job)
    count = len(job.passed) + len(job.failed) + len(job.skipped)
    if job.name == "tidy" and count == 0:
        (job.failed if wrong else job.passed).append("tidy")
    elif wrong and not (job.failed and wrong.startswith("exit code")):
        job.failed.append(f"{job.name}: {wrong}")
    elif count == 0:
        job.failed.append(f"{job.name}: printed no result")
    elif count < planned:
        job.failed.append(f"{job.name}: {planned} tests announced, {count} told")
    return job


def show(job, args):
    skipped = f", {len(job.skipped)} skipped" if job.skipped else ""
    print(f"{job.name}: {len(job.passed)} passed, {len(job.failed)} failed{skipped}"
          f" ({job.seconds:.1f} s)", flush=True)
    if job.failed or args.verbose:
        lines = job.output.splitlines()
        if not args.verbose and len(lines) > 80:
            lines = lines[:20] + [f"... {len(lines) - 80} lines ..."] + lines[-60:]
        for line in lines:
            print("    " + line)
    sys.stdout.flush()


def run_all(jobs, args):
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        together = [pool.submit(run, job, args) for job in jobs if not job.alone]
        for future in concurrent.futures.as_completed(together):
            show(future.result(), args)
    for job in jobs:
        if job.alone:
            show(run(job, args), args)


def main():
    parser = argparse.ArgumentParser(description="run the tests")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=" ".join(SUITES))
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2))
    parser.add_argument("--seeds", type=int, default=200, help="simulator seeds a scenario")
    parser.add_argument("--only", default="", help="only programs with this in their name")
    parser.add_argument("--program", help="only the program of this name")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    unknown = [suite for suite in args.suites if suite not in SUITES]
    if unknown:
        parser.error(f"no suite '{unknown[0]}'")

    jobs = []
    for suite in args.suites or SUITES:
        jobs += [j for j in globals()[suite + "_jobs"](args)
                 if args.only in j.name and args.program in (None, j.name)]
    # The long ones first, so that the two ends meet.
    jobs.sort(key=lambda job: -job.timeout_s)
    run_all(jobs, args)

    passed = sum(len(job.passed) for job in jobs)
    failed = [what for job in jobs for what in job.failed]
    skipped = [what for job in jobs for what in job.skipped]
    if failed or skipped:
        print()
    for what in skipped:
        print(f"skipped: {what}")
    for what in failed:
        print(f"failed: {what}")
    if passed + len(failed) == 0:
        print("no test was run")
    print(f"{passed} passed, {len(failed)} failed" +
          (f", {len(skipped)} skipped" if skipped else ""))
    return 0 if passed > 0 and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
