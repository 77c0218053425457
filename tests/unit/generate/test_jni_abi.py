"""What C and Kotlin must agree on: JNI slots, native methods, status codes, the ABI version."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sdkgen.generate.api_model import ABI_VERSION
from sdkgen.toolchain.zig import Zig

SLOTS = {
    "SG_JNI_FIND_CLASS": "FindClass",
    "SG_JNI_DELETE_LOCAL_REF": "DeleteLocalRef",
    "SG_JNI_NEW_STRING_UTF": "NewStringUTF",
    "SG_JNI_GET_ARRAY_LENGTH": "GetArrayLength",
    "SG_JNI_GET_OBJECT_ARRAY_ELEMENT": "GetObjectArrayElement",
    "SG_JNI_NEW_BYTE_ARRAY": "NewByteArray",
    "SG_JNI_SET_BYTE_ARRAY_REGION": "SetByteArrayRegion",
    "SG_JNI_SET_INT_ARRAY_REGION": "SetIntArrayRegion",
    "SG_JNI_SET_LONG_ARRAY_REGION": "SetLongArrayRegion",
    "SG_JNI_REGISTER_NATIVES": "RegisterNatives",
    "SG_JNI_GET_PRIMITIVE_ARRAY_CRITICAL": "GetPrimitiveArrayCritical",
    "SG_JNI_RELEASE_PRIMITIVE_ARRAY_CRITICAL": "ReleasePrimitiveArrayCritical",
    "SG_JNI_GET_DIRECT_BUFFER_ADDRESS": "GetDirectBufferAddress",
    "SG_JNI_GET_DIRECT_BUFFER_CAPACITY": "GetDirectBufferCapacity",
}
DESCRIPTORS = {
    "Int": "I",
    "Long": "J",
    "IntArray": "[I",
    "LongArray": "[J",
    "FloatArray": "[F",
    "ByteArray?": "[B",
    "ByteBuffer": "Ljava/nio/ByteBuffer;",
    "Array<ByteBuffer>": "[Ljava/nio/ByteBuffer;",
    "String": "Ljava/lang/String;",
    "Unit": "V",
}


def _jni_header_folder() -> Path | None:
    java = shutil.which("java")
    candidates = [Path(java).resolve().parent.parent / "include"] if java else []
    return next((path for path in candidates if (path / "jni.h").is_file()), None)


def test_slots_are_those_of_a_jdk(root: Path, tmp_path: Path) -> None:
    headers = _jni_header_folder()
    if headers is None or Zig.find() is None:
        pytest.skip("no JDK with jni.h, or no zig")
    text = (root / "native/adapters/jni/jni_abi.h").read_text()
    constants = set(re.findall(r"^  (SG_JNI_(?!OK|ERR|VERSION|ABORT|VM)\w+) = \d+", text, re.MULTILINE))
    assert constants == set(SLOTS)
    asserts = [
        f'_Static_assert(offsetof(struct JNINativeInterface_, {name}) == {slot} * sizeof(void *), "{name}");'
        for slot, name in SLOTS.items()
    ]
    asserts += [
        '_Static_assert(offsetof(struct JNIInvokeInterface_, GetEnv) == SG_JNI_VM_GET_ENV * sizeof(void *), "GetEnv");',
        '_Static_assert(JNI_VERSION_1_6 == SG_JNI_VERSION_1_6 && JNI_ABORT == SG_JNI_ABORT, "constants");',
        '_Static_assert(sizeof(JNINativeMethod) == sizeof(sg_jni_method), "JNINativeMethod");',
        '_Static_assert(sizeof(jint) == sizeof(sg_jint) && sizeof(jlong) == sizeof(sg_jlong), "integers");',
    ]
    source = tmp_path / "slots.c"
    source.write_text('#include <jni.h>\n#include <stddef.h>\n#include "jni_abi.h"\n' + "\n".join(asserts) + "\n")
    platform = next(path.parent for path in sorted(headers.glob("*/jni_md.h")))
    includes = [f"-I{path}" for path in (headers, platform, root / "native/adapters/jni")]
    zig = Zig.require()
    result = subprocess.run(
        [*zig.cc(zig.host_target()), "-std=c11", "-c", *includes, str(source), "-o", str(tmp_path / "slots.o")],
        capture_output=True,
        text=True,
        check=False,
        env={**zig.environment(), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert result.returncode == 0, result.stderr


def test_registered_methods_are_the_declared_ones(root: Path) -> None:
    kotlin = (root / "templates/kotlin/runtime/internal/NativeModel.kt").read_text()
    declared = {}
    for name, parameters, result in re.findall(r"external fun (\w+)\((.*?)\)(?:: ([\w?]+))?\n", kotlin, re.DOTALL):
        types = [entry.split(":")[1].strip() for entry in parameters.split(",") if entry.strip()]
        declared[name] = f"({''.join(DESCRIPTORS[t] for t in types)}){DESCRIPTORS[result or 'Unit']}"
    source = (root / "native/adapters/jni/jni.c").read_text()
    table = source[source.index("static const sg_jni_method methods[]") :]
    registered = {}
    for name, signature in re.findall(r'\{"(\w+)", ((?:"[^"]*"|BUFFER|\s)+),', table):
        joined = signature.replace("BUFFER", '"Ljava/nio/ByteBuffer;"')
        registered[name] = "".join(re.findall(r'"([^"]*)"', joined))
    assert registered == declared
    assert len(declared) == source.count("(sg_jni_slot)")


def test_status_codes_are_those_of_the_header(root: Path) -> None:
    header = (root / "native/include/sdkgen.h").read_text()
    kotlin = (root / "templates/kotlin/runtime/internal/Status.kt").read_text()
    in_c = {
        name: int(value) for name, value in re.findall(r"SG_(?:ERROR_)?(\w+) = (\d+)", header.split("} sg_status")[0])
    }
    in_kotlin = {name: int(value) for name, value in re.findall(r"const val (\w+): Int = (\d+)", kotlin)}
    assert in_kotlin == in_c


def test_abi_version_is_that_of_the_header(root: Path) -> None:
    header = (root / "native/include/sdkgen.h").read_text()
    session = (root / "templates/kotlin/runtime/internal/ModelSession.kt").read_text()
    (in_c,) = re.findall(r"#define SG_ABI_VERSION (\d+)", header)
    (in_kotlin,) = re.findall(r"const val ABI_VERSION = (\d+)", session)
    assert int(in_c) == int(in_kotlin) == ABI_VERSION
