"""
What Promgen's worker does for a push, without its database: the task write_config renders the targets, writes them with
mkstemp, fsync and rename in the same directory, and asks Prometheus to reload. The last thing is ours: it says that it is
done.

As a program it is the other side, which the web server is in Promgen: one line on stdin is one task.

    python3 celery_worker.py BROKER QUEUE
"""

import json
import os
import sys
import tempfile
import urllib.request

from celery import Celery

app = Celery("bench", broker=os.environ.get("BENCH_BROKER") or sys.argv[1])
app.conf.task_ignore_result = True


@app.task(name="write_config")
def write_config(generation, count, path, prometheus, done):
    groups = [
        {"labels": {"job": "node", "project": "bench"}, "targets": [f"127.1.{(at + generation) >> 8}.{(at + generation) & 255}:1" for at in range(count)]}
    ]
    fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(fd, "w") as file:
        os.chmod(temporary, 0o644)
        json.dump(groups, file, indent=2, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path)
    urllib.request.urlopen(urllib.request.Request(f"{prometheus}/-/reload", method="POST")).read()
    urllib.request.urlopen(done).read()


if __name__ == "__main__":
    for line in sys.stdin:
        write_config.apply_async(args=json.loads(line), queue=sys.argv[2])
