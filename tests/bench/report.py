"""What the benchmark says: medians and ratios, the table, the limits, the README's table."""
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

# Of the issue that set them. Ratios are of medians, ours over nginx's.
CPU_LIMITS = {  # limit, aim
    "json1": (1.7, 1.35),
    "json16": (1.7, 1.35),
    "b100k": (1.5, 1.2),
    "b1m": (1.3, 1.0),
    "sse": (1.2, 0.9),
    "streams2000": (1.3, 1.05),
}
ADDED_LIMIT = (1.3, 1.0)  # added p50 at 1,000/s
BESIDE_LIMIT = 1.10  # CPU with 5,000 idle connections over CPU without, ours alone
IDLE_MB, GROWN_MB, STREAM_KIB, FIRST_ANSWER_MS = 40, 5, (32, 12), 100

BEGIN = "<!-- figures: written by tests/bench/run --readme -->"
END = "<!-- end of figures -->"


def command_output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True,
                              cwd=os.path.dirname(os.path.abspath(__file__))).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def circumstances():
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    system = ""
    try:
        with open("/etc/os-release") as file:
            system = dict(line.rstrip().split("=", 1) for line in file if "=" in line).get(
                "PRETTY_NAME", "").strip('"')
    except OSError:
        pass
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": command_output("git", "rev-parse", "--short", "HEAD"),
        "machine": f"{os.cpu_count()} × {model}, Linux {platform.release().split('-')[0]},"
                   f" {system}",
        "load_before": os.getloadavg()[0],
    }


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def summary(name, title, unit, runs):
    """The medians of a scenario's runs and what follows from them."""
    row = {"name": name, "title": title, "unit": unit, "servers": {}}
    for server, taken in runs.items():
        threads = {
            thread: round(statistics.median(run["threads_us"].get(thread, 0) for run in taken), 2)
            for thread in taken[0]["threads_us"]
        }
        medians = {
            "cpu_us": round(median(taken, "cpu_us"), 2),
            "p50_us": median(taken, "p50_us"),
            "rps": median(taken, "rps"),
            "threads_us": {key: spent for key, spent in threads.items() if spent >= 0.05},
            "all_cpu_us": [round(run["cpu_us"], 2) for run in taken],
            "all_p50_us": [run["p50_us"] for run in taken],
        }
        if taken[0]["stamped_events"]:
            medians["events"] = [run["stamped_events"] for run in taken]
            medians["event_p50_us"] = median(taken, "event_p50_us")
            medians["event_p99_us"] = median(taken, "event_p99_us")
        if "beside" in taken[0]:
            medians["beside_cpu_us"] = round(
                statistics.median(run["beside"]["cpu_us"] for run in taken), 2)
            medians["beside_ratio"] = round(medians["beside_cpu_us"] / medians["cpu_us"], 3)
            medians["all_beside_cpu_us"] = [round(run["beside"]["cpu_us"], 2) for run in taken]
        row["servers"][server] = medians
    ours, theirs = row["servers"]["signalboxd"], row["servers"].get("nginx")
    if theirs and theirs["cpu_us"] > 0:
        row["cpu_ratio"] = round(ours["cpu_us"] / theirs["cpu_us"], 3)
    if "direct" in row["servers"] and "events" not in ours:
        direct = row["servers"]["direct"]["p50_us"]
        ours["added_p50_us"] = round(ours["p50_us"] - direct, 1)
        if theirs:
            theirs["added_p50_us"] = round(theirs["p50_us"] - direct, 1)
            if theirs["added_p50_us"] > 0:
                row["added_ratio"] = round(ours["added_p50_us"] / theirs["added_p50_us"], 3)
    return row


def judged(figures):
    """Every measure as (title, nginx, ours, value, limit, aim): texts, and numbers or None."""
    lines = []

    def us(value):
        return "–" if value is None else f"{value:.1f} µs" if value < 1000 else f"{value / 1000:.2f} ms"

    for row in figures["scenarios"]:
        ours, theirs = row["servers"]["signalboxd"], row["servers"].get("nginx", {})
        limit, aim = CPU_LIMITS.get(row["name"], (None, None))
        if "beside_ratio" in ours:
            nginx = (f"{us(theirs['cpu_us'])} → {us(theirs['beside_cpu_us'])}" if theirs else "–")
            lines.append((f"{row['title']}: CPU without → with", nginx,
                          f"{us(ours['cpu_us'])} → {us(ours['beside_cpu_us'])}",
                          ours["beside_ratio"], BESIDE_LIMIT, None))
            continue
        lines.append((f"{row['title']}: CPU", us(theirs.get("cpu_us")), us(ours["cpu_us"]),
                      row.get("cpu_ratio"), limit, aim))
        if row["name"] == "fixed1000":
            lines.append((f"{row['title']}: added to the median time",
                          us(theirs.get("added_p50_us")), us(ours["added_p50_us"]),
                          row.get("added_ratio"), *ADDED_LIMIT))
        if "events" in ours:
            ratio = (round(ours["event_p50_us"] / theirs["event_p50_us"], 3) if theirs else None)
            lines.append((f"{row['title'].removesuffix(', per event')}: median delay of an event",
                          us(theirs.get("event_p50_us")), us(ours["event_p50_us"]), ratio, None,
                          None))
    if memory := figures.get("memory"):
        lines.append(("resident memory, idle", "–", f"{memory['idle_mb']:.1f} MB",
                      memory["idle_mb"], IDLE_MB, None))
        lines.append((f"… more after {memory['requests']:,} requests", "–",
                      f"{memory['grown_mb']:.1f} MB", memory["grown_mb"], GROWN_MB, None))
        lines.append((f"… per stream, {memory['streams']:,} open", "–",
                      f"{memory['kib_per_stream']:.1f} KiB", memory["kib_per_stream"],
                      *STREAM_KIB))
    if start := figures.get("start"):
        lines.append(("from exec to the first answer", "–", f"{start['median_ms']:.0f} ms",
                      start["median_ms"], FIRST_ANSWER_MS, None))
    if token := figures.get("first_token"):
        short = token["short_lived"]
        lines.append((f"first token of a short-lived client, TLS provider {token['delay_ms']} ms"
                      " away: direct, through Signalbox", "–",
                      f"{short['direct_us'] / 1000:.1f} ms, {short['gateway_us'] / 1000:.1f} ms",
                      round(short["gateway_us"] / short["direct_us"], 3), 1.0, None))
    return lines


def is_ratio(ours):
    return "MB" not in ours and "KiB" not in ours and not re.fullmatch(r"\d+ ms", ours)


def is_over(figures):
    return any(limit is not None and value is not None and value > limit
               for _, _, _, value, limit, _ in judged(figures))


def texts(line):
    """The cells of one measure; the ratio is empty where the figure itself is what is limited."""
    title, nginx, ours, value, limit, aim = line
    ratio = f"{value:.2f}" if value is not None and is_ratio(ours) else ""
    bound = "" if limit is None else f"{limit:g}" + (f" ({aim:g})" if aim is not None else "")
    return title, nginx, ours, ratio, bound


def table(figures):
    text = [
        f"{figures['machine']}; {figures['date']}; {figures['commit']}; load average"
        f" {figures['load_before']:.1f} at the start, {figures['load_after']:.1f} at the end.",
        f"CPU of the whole process tree, recording on; medians of {figures['repetitions']}"
        f" interleaved repetitions of {figures['seconds']:g} s.",
        "",
        f"{'measure':<66} {'nginx':>19} {'signalbox':>19} {'ratio':>6} {'limit (aim)':>11}",
    ]
    for line in judged(figures):
        title, nginx, ours, ratio, bound = texts(line)
        over = line[4] is not None and line[3] is not None and line[3] > line[4]
        text.append(f"{title:<66} {nginx:>19} {ours:>19} {ratio:>6} {bound:>11}"
                    f"{'  OVER' if over else ''}")
    for row in figures["scenarios"]:
        threads = row["servers"]["signalboxd"]["threads_us"]
        rates = ", ".join(f"{name} {of['rps']:.0f}/s p50 {of['p50_us']:.0f} µs"
                          for name, of in row["servers"].items())
        text.append(f"{row['name']:<12} {rates}; our threads: "
                    + ", ".join(f"{name} {spent:.1f}" for name, spent in threads.items())
                    + " µs")
    return "\n".join(text)


def readme_table(figures):
    # Of the load average before, the benchmark has no part: whoever reads on should know.
    crowd = ("" if figures["load_before"] < 0.5 else
             f" while other work kept it at a load average of {figures['load_before']:.1f}")
    text = [
        BEGIN,
        f"Measured {figures['date']} on {figures['machine']}{crowd}, everything on loopback and"
        " recording on. CPU is user and system time of the whole process tree, per request unless"
        f" said; each figure is the median of {figures['repetitions']} repetitions in which nginx"
        " (`proxy_pass`, kept-alive upstream) and Signalbox took turns, and the ratio is of those"
        " medians.",
        "",
        "| measure | nginx | Signalbox | ratio | limit (aim) |",
        "|---|---|---|---|---|",
    ]
    text += ["| " + " | ".join(texts(line)) + " |" for line in judged(figures)]
    text.append(END)
    return "\n".join(text)


def write_readme(readme, path, is_check):
    """Puts the table between its marks; 1 when it cannot, or (check) when it is another one."""
    with open(readme) as file:
        text = file.read()
    begin, end = text.find(BEGIN), text.find(END)
    if is_check and not os.path.exists(path):
        return 0 if text[begin + len(BEGIN):end].strip() == "" else 1
    with open(path) as file:
        figures = json.load(file)
    if begin < 0 or end < begin:
        print(f"{readme} has no place for the figures: {BEGIN} … {END}", file=sys.stderr)
        return 1
    whole = text[:begin] + readme_table(figures) + text[end + len(END):]
    if is_check:
        if whole != text:
            print("The README's table is not the one of these figures; write it with"
                  " tests/bench/run --readme FILE.", file=sys.stderr)
        return 0 if whole == text else 1
    with open(readme, "w") as file:
        file.write(whole)
    return 0
