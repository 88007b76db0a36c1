"""Set everything up, with nothing but the standard library: `python tools/setup.py run|dev`.

Makes .venv, installs the pinned requirements, builds the Rust engine and installs commonbook in place. A second run
finds that nothing has changed and is done at once. What is missing is named in one line with its fix.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
OLDEST_PYTHON = (3, 11)
OLDEST_CARGO = (1, 88)
OLDEST_NODE = (20, 19)


def main():
    kind = sys.argv[1] if len(sys.argv) == 2 else ""
    if kind not in ("run", "dev"):
        stop("usage: python tools/setup.py run|dev")
    os.chdir(ROOT)
    check_python()
    if "PYTHONPATH" in os.environ:
        del os.environ["PYTHONPATH"]
    engine = engine_stamp()
    if not engine.fresh():
        check_cargo()
    web = web_stamp()
    if not web_is_built(web):
        check_node()
    make_venv()
    install(kind)
    build(engine)
    build_web(web)
    compile_modules()


def check_python():
    if sys.version_info < OLDEST_PYTHON:
        have = "%d.%d" % sys.version_info[:2]
        stop("Python 3.11 or newer is needed, this is %s: install it and run `make PYTHON=python3.11 ...`" % have)


def check_cargo():
    """Before anything is installed: it is annoying to be told this after a minute."""
    cargo = shutil.which("cargo")
    if cargo is None:
        stop("cargo is needed to build the engine: install Rust from rustup.rs, then run this again")
    asked = subprocess.Popen([cargo, "--version"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    answer, complaint = asked.communicate()
    if asked.returncode:
        why = (complaint.decode().strip().splitlines() or ["no answer"])[0]
        stop("cargo does not work (%s): run `rustup default stable`, then run this again" % why)
    words = answer.decode().split()
    version = tuple(int(part) for part in words[1].split("-")[0].split(".")[:2])
    if version < OLDEST_CARGO:
        stop("cargo %s is too old, 1.88 or newer is needed: run `rustup update`" % words[1])


def check_node():
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        fix = "install Node 20.19 or newer from nodejs.org, then run this again"
        stop("Node and npm are needed to build the web app: " + fix)
    asked = subprocess.Popen([node, "--version"], stdout=subprocess.PIPE)
    answer = asked.communicate()[0].decode().strip()
    version = tuple(int(part) for part in answer.lstrip("v").split(".")[:2])
    if version < OLDEST_NODE:
        stop("Node %s is too old, 20.19 or newer is needed: install it from nodejs.org" % answer)


def make_venv():
    python = os.path.join(VENV, "bin", "python")
    if os.path.exists(python) and subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", VENV]
    step("making .venv", command, "install the venv module of your Python (Debian: python3-venv)")


def install(kind):
    """The pinned packages, checked by hash."""
    wanted = os.path.join("requirements", kind + ".txt")
    stamp = Stamp("requirements-" + kind, [wanted])
    dev = Stamp("requirements-dev", [os.path.join("requirements", "dev.txt")])
    if stamp.fresh() or (kind == "run" and dev.fresh()):
        return
    command = [os.path.join(VENV, "bin", "python"), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    command += ["--require-hashes", "-r", wanted]
    step("installing the pinned packages", command, "check the way to the package registry, then run this again")
    stamp.set()


def build(stamp):
    """The Rust engine, and commonbook in place."""
    if stamp.fresh():
        return
    command = [os.path.join(VENV, "bin", "maturin"), "develop", "--release", "--quiet", "--locked"]
    step("building the engine (a minute or two the first time)", command, "see the compiler's words above")
    stamp.set()


def build_web(stamp):
    """The web app, into the package; its tools are those of the lock file, and none of their scripts runs."""
    if web_is_built(stamp):
        return
    folder = os.path.join(ROOT, "web")
    tools = Stamp("web-tools", [os.path.join("web", "package.json"), os.path.join("web", "package-lock.json")])
    if not tools.fresh() or not os.path.exists(os.path.join("web", "node_modules")):
        command = ["npm", "ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"]
        step("fetching the web app's tools", command, "check the way to npm's registry, then run this again")
        tools.set()
    step("building the web app", ["npm", "run", "--prefix", folder, "build"], "see the compiler's words above")
    stamp.set()


def web_is_built(stamp):
    return stamp.fresh() and os.path.exists(os.path.join("src", "commonbook", "web", "index.html"))


def compile_modules():
    """As pip does for what it installs: else each process of an exchange may compile them anew at its start."""
    source = os.path.join("src", "commonbook")
    stamp = Stamp("modules", files_in(source, ".py"))
    if stamp.fresh():
        return
    command = [os.path.join(VENV, "bin", "python"), "-m", "compileall", "-q", "-j", "0", source]
    subprocess.call(command)  # where it cannot write, Python does as well without
    stamp.set()


def engine_stamp():
    sources = ["Cargo.toml", "Cargo.lock", "pyproject.toml"]
    return Stamp("engine", sorted(sources + files_in("crates", ".rs", ".toml")))


def web_stamp():
    top = [os.path.join("web", name) for name in ("index.html", "package.json", "package-lock.json", "vite.config.ts")]
    return Stamp("web", sorted(top + files_in(os.path.join("web", "src"), ".ts", ".svelte", ".css", ".svg")))


def files_in(top, *endings):
    found = []
    for folder, _, files in os.walk(top):
        found += [os.path.join(folder, name) for name in files if name.endswith(endings)]
    return sorted(found)


class Stamp:
    """Remembers the contents a step was done for."""

    def __init__(self, name, files):
        self.path = os.path.join(VENV, "." + name + ".stamp")
        digest = hashlib.sha256()
        for name in files:
            digest.update(name.encode())
            with open(name, "rb") as file:
                digest.update(file.read())
        self.wanted = digest.hexdigest()

    def fresh(self):
        if not os.path.exists(self.path):
            return False
        with open(self.path) as file:
            return file.read() == self.wanted

    def set(self):
        with open(self.path, "w") as file:
            file.write(self.wanted)


def step(title, command, fix):
    """Run a command, saying that it is alive; its own words are shown when it fails."""
    began = time.time()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
    shown = sys.stdout.isatty()
    words = []
    reader = threading.Thread(target=lambda: words.append(process.stdout.read()))
    reader.start()
    print("  %s ..." % title, flush=True)
    while reader.is_alive():
        reader.join(1 if shown else 15)
        if reader.is_alive():
            print("\r    %d s" % (time.time() - began), end="" if shown else "\n", flush=True)
    if process.wait():
        sys.stdout.buffer.write(words[0])
        stop("%s failed: %s" % (title, fix))
    print("%s    done in %.0f s" % ("\r" if shown else "", time.time() - began), flush=True)


def environment():
    """The venv's own tools first, so that maturin installs into it."""
    changed = dict(os.environ)
    changed["VIRTUAL_ENV"] = VENV
    changed["PATH"] = os.path.join(VENV, "bin") + os.pathsep + changed.get("PATH", "")
    return changed


def stop(why):
    sys.stderr.write("setup: %s\n" % why)
    sys.exit(1)


if __name__ == "__main__":
    main()
