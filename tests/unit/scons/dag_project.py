"""A checkout in miniature: the real SConstruct, a small native tree, steps that only note that they ran."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NATIVE = {
    "native/include/sdkgen.h": "#ifndef SG_API\n#define SG_API\n#endif\nSG_API int sg_answer(int);\n",
    "native/kernels/panel.h": "#define PANEL 8\n",
    "native/kernels/add_s8/kernels.inc": '#include "../panel.h"\nROW(PANEL)\n',
    "native/kernels/add_s8/ref.c": '#include "../../include/sdkgen.h"\n'
    '#define ROW(n) enum { panel = n };\n#include "kernels.inc"\n'
    "int sg_answer(int x) { return x + panel; }\n",
    "native/runtime/run.c": "int sg_run(void);\nint sg_run(void) { return 1; }\n",
    "native/image/resize.c": '#include "../include/sdkgen.h"\nSG_API int sg_resize(void);\n'
    "int sg_resize(void) { return 2; }\n",
    "native/adapters/jni/jni.c": '#include "sdkgen.h"\nstatic const char name[] = SG_JNI_CLASS;\n'
    '__attribute__((visibility("default"))) int JNI_OnLoad(void *vm, void *r);\n'
    "int JNI_OnLoad(void *vm, void *r) { (void)vm, (void)r; return sg_answer(name[0]); }\n",
    "native/adapters/executorch/sdkgen_backend.cpp": '#include "sdkgen.h"\nstatic const int answer = 1;\n'
    "int sg_backend() { return answer; }\n",
    "native/tools/android_loader/main.c": "int main(void) { return 0; }\n",
}


class Project:
    """A checkout in miniature."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        skip = shutil.ignore_patterns("__pycache__")
        for name in ("sdkgen", "templates", "sample_apps"):
            shutil.copytree(ROOT / name, folder / name, ignore=skip)
        shutil.copy(ROOT / "SConstruct", folder)
        shutil.copy(Path(__file__).parent / "fake_main.py", folder / "sdkgen" / "__main__.py")
        for name, text in NATIVE.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    def scons(self, *arguments: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *python, "-m", "SCons", "-Q", *arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    def build(self, *arguments: str) -> set[str]:
        """Run it; the steps that ran."""
        log = self.folder / "ran.txt"
        log.unlink(missing_ok=True)
        result = self.scons(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return set(log.read_text().split()) if log.exists() else set()

    def append(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(path.read_text() + text)

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{name} holds no {old!r}"
        path.write_text(text.replace(old, new))
