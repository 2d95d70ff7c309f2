"""signalboxd and simulated providers as processes on folders of their own, for scripts."""
import http.client
import json
import os
import signal
import subprocess
import tempfile
import time

KEY = "sbx-process-kit-key-0001"
PATIENCE = 30.0  # s; a busy machine is slow, never wrong


class Broken(Exception):
    """A promise that was not kept."""


def require(holds, sentence):
    if not holds:
        raise Broken(sentence)


class Process:
    """A program of ours that says on its first line where it listens."""

    def __init__(self, program, arguments, folder, word, more=None):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Built from nothing: neither the real configuration nor a keychain is ever touched.
        environment = {"LC_ALL": "C.UTF-8", "HOME": folder, "PATH": os.environ.get("PATH", "")}
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
            environment[name] = folder
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        environment.update(more or {})
        self.log = f"{folder}/errors-{int(time.monotonic() * 1e3)}.log"
        with open(self.log, "wb") as errors:
            self.process = subprocess.Popen(
                [program, *arguments],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self.port = 0
        while not self.port:
            line = self.process.stdout.readline().decode()
            if not line:
                with open(self.log) as errors:
                    raise Broken(f"{program} did not start: {errors.read()}")
            if word in line:
                self.port = int(line.split(word)[1].split(":")[-1].split()[0].strip("/"))

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def stop(self, number=signal.SIGTERM):
        if self.is_running():
            self.process.send_signal(number)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def memory_kib(self):
        with open(f"/proc/{self.pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        return int(fields["VmRSS"].split()[0])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Provider(Process):
    """One simulated provider, steered over its own port."""

    def __init__(self, program, folder, script="quick"):
        super().__init__(program, ["sim", "--script", script], folder, "simulating on ")

        self._link = None

    def _ask(self, path, body=None):
        """Over one connection that stays open whatever fault is in force."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if not self._link:
                    self._link = http.client.HTTPConnection(
                        "127.0.0.1", self.port, timeout=PATIENCE
                    )
                self._link.request(
                    "GET" if body is None else "POST",
                    f"/_sim/{path}",
                    None if body is None else json.dumps(body),
                    {"content-type": "application/json"},
                )
                return json.loads(self._link.getresponse().read() or b"null")
            except (OSError, http.client.HTTPException):
                self._link = None  # idle for too long, or refusing right now
                require(time.monotonic() < end, f"The provider at {self.port} does not answer.")
                time.sleep(0.1)

    def set_faults(self, faults):
        self._ask("faults", faults)

    def heads_read(self):
        return self._ask("seen")["heads_read"]


class Gateway(Process):
    """`signalboxd serve` with a configuration and a data folder of its own."""

    def __init__(self, program, folder, config, more=None):
        self.program = program
        self.folder = folder
        self.config = f"{folder}/config.json"
        self.more = more or {}
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if config is not None:
            self.write(config)
        self.places = ["--config", self.config, "--data-dir", f"{folder}/data"]
        super().__init__(program, ["serve", *self.places], folder, "listening on ", more)

    def write(self, config):
        """As editors do it: a new file moved over the old one."""
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False) as file:
            json.dump(config, file)
        os.replace(file.name, self.config)

    def command(self, *arguments):
        done = subprocess.run(
            [self.program, *arguments, *self.places],
            env={"HOME": self.folder, "XDG_RUNTIME_DIR": self.folder, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=600,
        )
        require(done.returncode == 0, f"{arguments} ended with {done.returncode}: {done.stderr!r}")
        return done.stdout

    def status(self):
        return json.loads(self.command("status", "--json"))
