"""gcov's JSON (one object a line) on the input → lines hit of the files given, as a table.

usage: table.py PERCENT FILE…   fails when all of them together, or a file without any line, are below
"""
import json
import sys
from collections import defaultdict

least = float(sys.argv[1])
wanted = sys.argv[2:]
hits = defaultdict(lambda: defaultdict(int))
for row in sys.stdin:
    if not row.startswith("{"):
        continue
    for file in json.loads(row)["files"]:
        name = next((w for w in wanted if file["file"].endswith(w)), None)
        if name:
            for line in file["lines"]:
                hits[name][line["line_number"]] += line["count"]

whole = hit = 0
for name in wanted:
    lines = hits[name]
    missed = sorted(n for n, count in lines.items() if count == 0)
    whole += len(lines)
    hit += len(lines) - len(missed)
    share = 100 * (len(lines) - len(missed)) / len(lines) if lines else 0
    print(f"{share:6.1f} %  {len(lines) - len(missed):5} of {len(lines):5}  {name}"
          + (f"  missed: {', '.join(map(str, missed))}" if missed else ""))
share = 100 * hit / whole if whole else 0
print(f"{share:6.1f} %  {hit:5} of {whole:5}  all")
sys.exit(0 if share >= least and all(hits[name] for name in wanted) else 1)
