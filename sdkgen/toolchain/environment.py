"""Makes .venv from python.lock: pinned wheels, kept in the cache, installed without contacting an index again."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.files import write_bytes
from sdkgen.toolchain.progress import step
from sdkgen.toolchain.registries import cached_wheel, run_pip, wheel_folder

LOCK = Path(__file__).parent / "python.lock"


@dataclass(frozen=True)
class Requirement:
    """One line `name==version` of the lock."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


def read_lock(path: Path = LOCK) -> dict[str, tuple[Requirement, ...]]:
    """Read the groups of the lock: `[build]` runs the product, `[test]` adds what only the tests need.

    Raises:
        ToolchainError: a line is not `name==version`.
    """
    groups: dict[str, list[Requirement]] = {}
    current: list[Requirement] = []
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        line = raw.split("#")[0].strip()
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            current = groups.setdefault(heading.group(1), [])
        elif pin := re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)", line):
            current.append(Requirement(pin.group(1), pin.group(2)))
        elif line:
            raise ToolchainError(f"{path.name}, line {number}: {line!r} is not name==version.")
    return {name: tuple(pins) for name, pins in groups.items()}


class Environment:
    """The virtual environment of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self._stamp = self.folder / "sdkgen.json"

    def is_ready(self, groups: Sequence[str]) -> bool:
        """Return whether its stamp names this Python and the lock's packages of these groups."""
        return self.python.exists() and _identity(self.root, groups) == self._read_stamp(groups)

    def _read_stamp(self, groups: Sequence[str]) -> dict[str, str] | None:
        try:
            stamp = json.loads(self._stamp.read_text())
        except (OSError, ValueError):
            return None
        return {key: stamp.get(key, "") for key in ("python", "root", *groups)} if isinstance(stamp, dict) else None

    def provide(self, groups: Sequence[str]) -> None:
        """Install the packages of the lock; start afresh if a former attempt did not end.

        Raises:
            ToolchainError: venv or pip failed.
        """
        stamp = self._read_stamp(groups) or {}
        wanted = _identity(self.root, groups)
        afresh = not self.python.exists() or any(stamp.get(key) != wanted[key] for key in ("python", "root"))
        # Without the stamp, the next run starts afresh if this one is interrupted before its end.
        self._stamp.unlink(missing_ok=True)
        if afresh:
            self._create()
        lock = read_lock()
        requirements = [pin for group in groups for pin in lock[group]]
        self._download(requirements)
        with step(f"installing {len(requirements)} Python packages into .venv"):
            options = ["--no-index", f"--find-links={wheel_folder()}", "--no-compile", "--progress-bar=off"]
            self._pip(["install", *options, "--no-deps"], requirements)
            self._complete_torch(options)
        write_bytes(self._site_packages() / "sdkgen.pth", f"{self.root}\n".encode())
        write_bytes(self._stamp, json.dumps(wanted, indent=1).encode())

    def _create(self) -> None:
        if self.folder.is_symlink():
            self.folder.unlink()  # `venv --clear` would empty the environment of another checkout
        with step("making .venv"):
            command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            if made.returncode != 0:
                raise ToolchainError(
                    f"python -m venv failed: {(made.stdout + made.stderr).strip()}",
                    remedy="On Debian and Ubuntu: apt-get install python3-venv.",
                )

    def _download(self, requirements: Sequence[Requirement]) -> None:
        missing = [pin for pin in requirements if cached_wheel(pin.name, pin.version) is None]
        if not missing:
            return
        wheel_folder().mkdir(parents=True, exist_ok=True)
        with (
            step(f"downloading {len(missing)} Python packages") as current,
            tempfile.TemporaryDirectory(dir=wheel_folder()) as temporary,
        ):
            begun = 0

            def count(line: str) -> None:
                nonlocal begun
                if line.startswith("Collecting "):
                    begun += 1
                    current.update(f"{100 * begun // len(missing)}% {line.split()[1]}")

            options = ["--no-deps", "--only-binary=:all:", "--progress-bar=off", "-d", temporary]
            self._pip(["download", *options], missing, count)
            for wheel in sorted(Path(temporary).glob("*.whl")):
                wheel.replace(wheel_folder() / wheel.name)

    def _complete_torch(self, options: Sequence[str]) -> None:
        """Add accelerator libraries, which some builds of torch for Linux need even to be imported.

        A CPU build needs none; nothing is added.
        """
        torch = next(pin for pin in read_lock()["build"] if pin.name == "torch")
        wheel = cached_wheel(torch.name, torch.version)
        if sys.platform != "linux" or wheel is None or "+cpu" in wheel.name:
            return
        constraints = [pin for group in read_lock().values() for pin in group]
        with tempfile.TemporaryDirectory() as temporary:
            file = Path(temporary) / "constraints.txt"
            file.write_text("".join(f"{pin}\n" for pin in constraints))
            common = ["-c", str(file), str(torch)]
            try:
                run_pip(self.python, ["install", *options, *common])
            except ToolchainError:
                download = ["download", "--only-binary=:all:", "--progress-bar=off", "-d", str(wheel_folder())]
                run_pip(self.python, [*download, *common])
                run_pip(self.python, ["install", *options, *common])

    def _pip(
        self,
        arguments: Sequence[str],
        requirements: Sequence[Requirement],
        on_line: Callable[[str], None] = lambda _: None,
    ) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            file = Path(temporary) / "requirements.txt"
            file.write_text("".join(f"{pin}\n" for pin in requirements))
            run_pip(self.python, [*arguments, "-r", str(file)], on_line)

    def _site_packages(self) -> Path:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / "lib" / version / "site-packages"


def _identity(root: Path, groups: Sequence[str]) -> dict[str, str]:
    """Return the stamp: the Python that made it, its path (scripts contain it), the digest of each group."""
    lock = read_lock()
    digests = {group: sha256(" ".join(map(str, lock[group])).encode()).hexdigest()[:16] for group in groups}
    python = f"{sys.version.split()[0]} {os.path.realpath(sys.base_prefix)}"
    return {"python": python, "root": str(root), **digests}
