"""Runs Debian's Swift without installing it: unpacks its packages in the cache and runs commands with that root.

apt resolves and verifies the packages against lists of its own, apart from the system's; no maintainer script runs.
"""

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.files import atomic_directory
from sdkgen.toolchain.cache import cache_root, exclusive
from sdkgen.toolchain.pins import load_pins
from sdkgen.toolchain.progress import Step, step

ISOLATE = Path(__file__).parent / "isolate.sh"
REMEDY = (
    "Install Swift 5.9 or newer yourself (swift.org has it for every platform) and put `swift` on PATH, "
    "or set SDKGEN_SWIFT=off to build without executing the Swift package."
)
# Debugger, language servers and manuals: a quarter of the whole, unused here.
_UNUSED = (
    "usr/libexec/swift/bin/lldb*",
    "usr/libexec/swift/bin/clangd",
    "usr/libexec/swift/bin/sourcekit-lsp",
    "usr/libexec/swift/lib/liblldb*",
    "usr/libexec/swift/lib/libsourcekitdInProc.so",
    "usr/share/doc",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
)
# The system's own settings (such as proxies) still apply; its hooks must not run, they would change the system.
_APT_CONF = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Pre-Invoke;
APT::Sandbox::User "";
Debug::NoLocking "1";
Dir::Cache "{folder}/cache";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "{folder}/state";
Dir::State::Status "{folder}/status";
"""


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """The source of this machine's apt; `keyring` is the file with its signing keys, or ""."""

    uri: str
    keyring: str


def swift_root() -> Path:
    """Return the folder of the unpacked packages, once provided. The name changes with the pins."""
    pin = load_pins().swift
    digest = hashlib.sha256(" ".join((pin.release, *pin.packages)).encode()).hexdigest()[:8]
    return cache_root() / "swift" / f"{pin.version}-{platform.machine()}-{digest}"


def run_isolated(
    command: Sequence[str],
    *,
    root: Path,
    folder: Path,
    writable: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """Run `command` in `folder` with `root` as its root; it can read and write `folder` and `writable`, nothing else.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout` seconds; every process it started is gone.
    """
    home = cache_root() / "swift" / "home"
    home.mkdir(parents=True, exist_ok=True)
    visible = [str(path.absolute()) for path in (home, folder, *writable)]
    variables = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": "/usr/libexec/swift/bin:/usr/bin",
        **(environment or {}),
    }
    settings = [f"{name}={value}" for name, value in sorted(variables.items())]
    return subprocess.run(
        [*_namespace(), "sh", str(ISOLATE), str(root), *visible, "--", "env", "-i", *settings, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
    )


def obstacle() -> str:
    """Return the reason why Swift cannot be provided on this machine, or "" if it can."""
    if _mirror() is None:
        return "it comes from Debian's packages, and this machine's apt has no Debian mirror"
    missing = [name for name in ("apt-get", "dpkg-deb", "mount", "unshare", "chroot") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} would be needed"
    command = [*_namespace(), "mount", "-t", "proc", "proc", "/proc"]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"no mount namespace may be made here ({probe.stderr.strip()})" if probe.returncode != 0 else ""


def provide() -> None:
    """Fetch and unpack Swift into the cache, unless it is there: 0.5 GB over the network, 2 GB on disk, a minute.

    Raises:
        ToolchainError: this machine cannot have it, or a package could not be fetched; nothing half-made is left.
    """
    target = swift_root()
    with exclusive(target.parent / ".lock", lambda: print("sdkgen: another process fetches Swift", file=sys.stderr)):
        if target.is_dir():
            return
        if reason := obstacle():
            raise ToolchainError(f"Swift cannot be provided: {reason}.", remedy=REMEDY)
        for abandoned in target.parent.glob(f".{target.name}.*"):
            shutil.rmtree(abandoned)  # left by a killed attempt
        pin = load_pins().swift
        title = f"fetching Swift {pin.version} (compiles and runs the Swift package)"
        with step(title) as current, atomic_directory(target) as folder:
            _fill(folder, current)
            _check(folder, pin.version)


def _namespace() -> list[str]:
    """Return the prefix of a command line that runs it in its own mount and process namespaces."""
    own = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    return own if os.geteuid() == 0 else [*own, "--user", "--map-root-user"]


def _mirror() -> Mirror | None:
    """Return the mirror that this machine, if it runs Debian, already uses."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return None
    if release.get("ID") != "debian" or shutil.which("apt-get") is None:
        return None
    fields = "$(CREATED_BY)\t$(COMPONENT)\t$(RELEASE)\t$(REPO_URI)\t$(SIGNED_BY)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", fields], capture_output=True, text=True, check=False
    )
    wanted = {release.get("VERSION_CODENAME", ""), "stable", "testing", "unstable", "sid", load_pins().swift.release}
    for line in listed.stdout.splitlines():
        kind, component, name, uri, *keyring = line.split("\t")
        # Other vendors name their releases differently; security updates have a suffix.
        if kind == "Packages" and component == "main" and name in wanted:
            return Mirror(uri=uri, keyring=keyring[0] if keyring and keyring[0].startswith("/") else "")
    return None


def _fill(folder: Path, current: Step) -> None:
    """Unpack Swift and all it depends on into `folder`."""
    pin = load_pins().swift
    mirror = _mirror()
    assert mirror is not None  # else there is an obstacle
    own = folder / "apt"
    for name in ("cache/archives/partial", "state/lists/partial"):
        (own / name).mkdir(parents=True)
    (own / "status").touch()
    (own / "apt.conf").write_text(_APT_CONF.format(folder=own))
    signed = f"[signed-by={mirror.keyring}] " if mirror.keyring else ""
    (own / "sources.list").write_text(f"deb {signed}{mirror.uri} {pin.release} main\n")
    apt = ["apt-get", "-c", str(own / "apt.conf"), "-qq"]
    current.update("asking apt")
    _run([*apt, "update"])
    install = [*apt, "install", "--yes", "--no-install-recommends", *pin.packages]
    planned = _run([*install, "--print-uris"]).splitlines()
    total = sum(int(shlex.split(line)[2]) for line in planned if line.startswith("'"))
    _download([*install, "--download-only"], own / "cache" / "archives", total, current)
    packages = sorted((own / "cache" / "archives").glob("*.deb"))
    # base-files first: it has the links such as /lib -> usr/lib, through which the others are unpacked.
    packages.sort(key=lambda path: not path.name.startswith("base-files_"))
    for number, package in enumerate(packages):
        current.update(f"unpacking {100 * number // len(packages)}%")
        _run(["dpkg-deb", "--extract", str(package), str(folder)])
        package.unlink()
    shutil.rmtree(own)
    for pattern in _UNUSED:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _download(command: Sequence[str], archives: Path, total: int, current: Step) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        while process.poll() is None:
            done = sum(path.stat().st_size for path in archives.rglob("*.deb") if path.exists())
            current.update(f"downloading {100 * done // max(total, 1)}%")
            time.sleep(0.5)
        output = process.stdout.read()
    if process.returncode != 0:
        raise _failure(command, output)


def _check(folder: Path, version: str) -> None:
    """Run the unpacked Swift and compare its version with the pinned one."""
    (folder / "mnt").mkdir(exist_ok=True)
    answer = run_isolated(["swift", "--version"], root=folder, folder=folder / "mnt", timeout=60)
    if f"Swift version {version}" not in answer.stdout:
        raise ToolchainError(
            f"Debian's Swift does not run here: {(answer.stdout + answer.stderr).strip()}", remedy=REMEDY
        )


def _run(command: Sequence[str]) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode != 0:
        raise _failure(command, answer.stdout + answer.stderr)
    return answer.stdout


def _failure(command: Sequence[str], output: str) -> ToolchainError:
    lines = "\n  ".join(output.strip().splitlines()[-6:])
    return ToolchainError(f"{command[0]} could not fetch Swift: {lines}", remedy=f"Is there a network? {REMEDY}")
