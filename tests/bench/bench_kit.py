"""What the benchmark is made of: servers on their core, loads on the other, what /proc tells."""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

KEY = "sbx-benchmark-only"
SETTLE = 0.4  # s after a load: what the gateway writes later belongs to its requests


def family(pid):
    """A process and all below it."""
    found, waiting = [], [pid]
    while waiting:
        process = waiting.pop()
        found.append(process)
        for task in glob.glob(f"/proc/{process}/task/*"):
            try:
                with open(f"{task}/children") as file:
                    waiting += [int(child) for child in file.read().split()]
            except OSError:
                continue
    return found


def threads_cpu_ns(pid):
    """CPU time so far by thread name, of a process and its children."""
    totals = {}
    for process in family(pid):
        for task in glob.glob(f"/proc/{process}/task/*"):
            try:
                with open(f"{task}/comm") as file:
                    name = file.read().strip()
                with open(f"{task}/schedstat") as file:
                    spent = int(file.read().split()[0])
            except (OSError, IndexError):
                continue
            totals[name] = totals.get(name, 0) + spent
    return totals


def resident_kib(pid):
    pages = 0
    for process in family(pid):
        try:
            with open(f"/proc/{process}/statm") as file:
                pages += int(file.read().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process on its core, ended with the run. ports: by the kind of way through it."""

    def __init__(self, name, command, core, environment=None, log=None):
        self.name = name
        self.log = log
        self.ports = {}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=open(log, "wb") if log else None,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        self.pid = self.process.pid

    def wait_for_port(self):
        for _ in range(5000):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.ports["plain"]), 1).close()
                return
            except OSError:
                time.sleep(0.002)
        text = open(self.log).read() if self.log else ""
        sys.exit(f"{self.name} did not start.\n{text}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def make_certificate(folder):
    """Certificate and key for 127.0.0.1, or None without openssl."""
    program = shutil.which("openssl")
    if not program:
        return None
    paths = (f"{folder}/certificate.pem", f"{folder}/key.pem")
    subprocess.run(
        [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", paths[1], "-out", paths[0]],
        check=True, stderr=subprocess.DEVNULL)
    return paths


def start_mock(binaries, core, certificate=None):
    command = [f"{binaries}/bench_mock"]
    if certificate:
        command += ["--tls", *certificate]
    server = Server("direct", command, core)
    server.ports["plain"] = server.ports["unbuffered"] = int(server.process.stdout.readline())
    return server


def start_nginx(folder, mock, tls_mock, core):
    # Debian keeps it in a folder that is not on everybody's PATH.
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not program:
        return None
    home = f"{folder}/nginx"
    os.makedirs(f"{home}/tmp")
    ways = {"plain": ("mock", "on", ""), "unbuffered": ("mock", "off", "")}
    upstreams = {"mock": mock.ports["plain"]}
    if tls_mock:
        ways["tls"] = ("secure", "on", "proxy_ssl_session_reuse on;")
        upstreams["secure"] = tls_mock.ports["plain"]
    ports = {way: free_port() for way in ways}
    temporary = "\n".join(
        f"  {kind}_temp_path {home}/tmp/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = "\n".join(
        f"""  upstream {name} {{
    server 127.0.0.1:{port};
    keepalive 1024;
    keepalive_requests 1000000000;
  }}"""
        for name, port in upstreams.items()
    )
    for way, (upstream, buffering, more) in ways.items():
        text += f"""
  server {{
    listen 127.0.0.1:{ports[way]} backlog=4096;
    location / {{
      proxy_pass {"https" if way == "tls" else "http"}://{upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering {buffering};
      {more}
    }}
  }}"""
    with open(f"{home}/nginx.conf", "w") as file:
        file.write(
            f"""daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {home}/nginx.pid;
error_log {home}/error.log crit;
events {{ worker_connections 12288; }}
http {{
{temporary}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_max_body_size 0;
  client_body_buffer_size 2m;
{text}
}}
"""
        )
    command = [program, "-p", home, "-e", f"{home}/start.log", "-c", f"{home}/nginx.conf"]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]
    server = Server("nginx", command, core, log=f"{home}/output.log")
    server.ports = ports
    server.wait_for_port()
    return server


def gateway_config(port, mock, tls_mock=None, certificate=None):
    def provider(name, url, more):
        return {"id": name, "dialects": {"openai-chat": url}, "auth": {"type": "none"},
                "models": [{"id": "m", "price": {"input": "2.50", "output": "10.00"}}], **more}

    providers = [provider("mock", f"http://127.0.0.1:{mock.ports['plain']}/v1", {})]
    chains = [{"id": "c", "targets": [{"provider": "mock", "model": "m"}]}]
    if tls_mock:
        providers.append(provider("secure", f"https://127.0.0.1:{tls_mock.ports['plain']}/v1",
                                  {"ca_file": certificate[0]}))
        chains.append({"id": "t", "targets": [{"provider": "secure", "model": "m"}]})
    return {"version": 1, "listen": [{"host": "127.0.0.1", "port": port}], "providers": providers,
            "chains": chains,
            "clients": [{"id": "bench", "secret": "env:SIGNALBOX_BENCH_KEY", "chains": ["*"]}]}


def start_gateway(binaries, folder, mock, core, tls_mock=None, certificate=None, wait=True):
    """In `folder`, which may be one an earlier gateway left."""
    os.makedirs(folder, exist_ok=True)
    port = free_port()
    path = f"{folder}/config.json"
    with open(path, "w") as file:
        json.dump(gateway_config(port, mock, tls_mock, certificate), file)
    server = Server(
        "signalboxd",
        [f"{binaries}/signalboxd", "serve", "--config", path, "--data-dir", f"{folder}/data"],
        core,
        {"SIGNALBOX_BENCH_KEY": KEY, "XDG_RUNTIME_DIR": folder},
        f"{folder}/signalboxd.log",
    )
    server.ports = {"plain": port, "unbuffered": port, "tls": port}
    if wait:
        server.wait_for_port()
    return server


def load_command(binaries, server, way, arguments):
    return [f"{binaries}/bench_load", "--port", str(server.ports[way]), "--key", KEY, *arguments]


def load(binaries, server, core, arguments, seconds, way="plain"):
    done = subprocess.run(
        load_command(binaries, server, way, arguments) + ["--seconds", str(seconds)],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    if done.returncode != 0:
        text = open(server.log).read() if server.log else ""
        sys.exit(f"The load on {server.name} was not answered well: {done.stdout!r}\n{text}")
    return json.loads(done.stdout)


class Held:
    """Idle keep-alive connections beside a load; each has asked once."""

    def __init__(self, binaries, server, core, connections):
        self.process = subprocess.Popen(
            load_command(binaries, server, "plain", ["--connections", str(connections), "--hold"]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        if self.process.stdout.readline() != b"held\n":
            sys.exit(f"{server.name} did not keep {connections} connections.")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def measure(binaries, server, core, arguments, seconds, way="plain", unit="requests"):
    """CPU per request (or event) of the whole tree and of each thread, with what the load saw."""
    before = threads_cpu_ns(server.pid)
    result = load(binaries, server, core, arguments, seconds, way)
    time.sleep(SETTLE)
    after = threads_cpu_ns(server.pid)
    count = result[unit]
    result["cpu_us"] = (sum(after.values()) - sum(before.values())) / count / 1e3
    result["threads_us"] = {
        name: round((spent - before.get(name, 0)) / count / 1e3, 2)
        for name, spent in after.items()
    }
    return result


class PeakMemory:
    """The most a process tree occupied while this was open, KiB."""

    def __init__(self, pid):
        self.pid = pid
        self.peak = resident_kib(pid)
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.is_over.wait(0.1):
            self.peak = max(self.peak, resident_kib(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def seconds_to_first_answer(binaries, folder, mock, core):
    """From exec to the whole answer of a first request, by polling its port."""
    begun = time.monotonic()
    server = start_gateway(binaries, folder, mock, core, wait=False)
    body = b'{"model":"c","messages":[{"role":"user","content":"hello"}]}'
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{server.ports['plain']}\r\n"
            f"authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n")
    reply = b""
    while time.monotonic() - begun < 20:
        try:
            with socket.create_connection(("127.0.0.1", server.ports["plain"]), 5) as client:
                client.sendall(head.encode() + body)
                while piece := client.recv(65536):
                    reply += piece
            if reply.startswith(b"HTTP/1.1 200 "):
                return time.monotonic() - begun, server
            break
        except OSError:
            time.sleep(0.0005)
    server.stop()
    sys.exit(f"signalboxd did not answer a first request: {reply!r} {open(server.log).read()}")
