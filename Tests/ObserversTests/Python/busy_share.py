#!/usr/bin/env python3
"""Prints each worker's busy share of a trace as JSON, from the file alone: {"worker 0": 0.97, ...}.

busy_share.py TRACE            with Python's json module
busy_share.py TRACE --sql      with Perfetto's trace processor, by SQL: needs the package perfetto, and its program
                               trace_processor_shell, which ISOTHERM_TRACE_PROCESSOR names, so that nothing is fetched

Exit code 3 where the trace processor is not there.
"""

import json
import os
import sys

QUERY = """
select thread.name as worker, sum(iif(slice.category != 'waiting', slice.dur, 0)) as busy, sum(slice.dur) as whole
from slice join thread_track on slice.track_id = thread_track.id join thread using (utid)
where slice.depth = 0 and thread.name like 'worker %' group by utid
"""


def by_sql(path):
    try:
        from perfetto.trace_processor import TraceProcessor, TraceProcessorConfig

        config = TraceProcessorConfig(bin_path=os.environ["ISOTHERM_TRACE_PROCESSOR"])
        processor = TraceProcessor(trace=path, config=config)
    except Exception as error:  # No package, no such variable, or no program.
        print(f"no trace processor: {error}", file=sys.stderr)
        sys.exit(3)
    with processor:
        return {row.worker: (row.busy, row.whole) for row in processor.query(QUERY)}


def by_json(path):
    with open(path) as file:
        events = json.load(file)["traceEvents"]
    names = {e["tid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    sums = {}
    end = {}
    for event in events:
        if event["ph"] != "X" or not names[event["tid"]].startswith("worker "):
            continue
        # What begins before its predecessor on the thread has ended lies within it.
        if event["ts"] < end.get(event["tid"], 0) - 0.0005:
            continue
        end[event["tid"]] = event["ts"] + event["dur"]
        busy, whole = sums.get(event["tid"], (0, 0))
        sums[event["tid"]] = (busy + (event["dur"] if event["cat"] != "waiting" else 0), whole + event["dur"])
    return {names[thread]: both for thread, both in sums.items()}


def main():
    sums = by_sql(sys.argv[1]) if "--sql" in sys.argv[2:] else by_json(sys.argv[1])
    print(json.dumps({name: busy / whole for name, (busy, whole) in sums.items()}))


if __name__ == "__main__":
    main()
