"""An APK from the packaged AAR without Gradle: compile, dex, link, zip, sign; and a reader of what came out."""

import struct
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from sdkgen.package.kotlin import compile_program
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.pins import load_pins

HERE = Path(__file__).parent
STUBS = HERE / "stubs"
FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")
PAGE = 16384
TARGET_SDK = 36
_ALIGNMENT = 0xD935  # extra field in which apksigner reads what an entry must be aligned to
_LOCAL_HEADER = 30  # bytes before the name


def stub_sources(*packages: str) -> list[Path]:
    """The compile-only sources of these packages, such as "android"."""
    return sorted(path for package in packages for path in (STUBS / package).rglob("*.*"))


def classes_of(aar: Path, folder: Path) -> Path:
    """The AAR's classes.jar, as Gradle puts it on an app's class path."""
    with zipfile.ZipFile(aar) as archive:
        return Path(archive.extract("classes.jar", folder))


def run(command: Sequence[str | Path]) -> str:
    """What a tool printed; it must succeed."""
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=300)
    assert answer.returncode == 0, f"{command[0]}: {answer.stdout}{answer.stderr}"
    return answer.stdout


def build_apk(aar: Path, folder: Path) -> Path:
    """Compile apk/MainActivity.kt against the AAR and pack both into a signed APK in `folder`."""
    classes = classes_of(aar, folder)
    app = folder / "app.jar"
    compile_program([HERE / "apk" / "MainActivity.kt", *stub_sources("android")], [classes], app)
    dex = make_dex([classes, app], folder)
    linked = folder / "linked.apk"
    with zipfile.ZipFile(aar) as archive:
        manifest = ElementTree.fromstring(archive.read("AndroidManifest.xml"))
        entries = {name.replace("jni/", "lib/", 1): archive.read(name) for name in archive.namelist()}
    uses_sdk = manifest.find("uses-sdk")
    assert uses_sdk is not None
    min_sdk = uses_sdk.attrib["{http://schemas.android.com/apk/res/android}minSdkVersion"]
    sdk = ["--min-sdk-version", min_sdk, "--target-sdk-version", str(TARGET_SDK)]
    link = ["aapt2", "link", "-I", FRAMEWORK, "--manifest", HERE / "apk" / "AndroidManifest.xml", *sdk]
    run([*link, "--version-code", "1", "--version-name", "1.0", "-o", linked])
    with zipfile.ZipFile(linked) as archive:
        wanted = {name: archive.read(name) for name in archive.namelist()}
    wanted |= {name: data for name, data in entries.items() if name.startswith(("lib/", "assets/"))}
    wanted["classes.dex"] = dex.read_bytes()
    unsigned, signed = folder / "unsigned.apk", folder / "app.apk"
    write_aligned(unsigned, wanted)
    sign(unsigned, signed, folder)
    return signed


def make_dex(jars: Sequence[Path], folder: Path) -> Path:
    """classes.dex of the jars and of Kotlin's libraries, which Gradle would fetch as the POM says."""
    pin = load_pins().tool("d8")
    (d8,) = pin.folder.glob("*/*.jar")
    java, kotlinc = Java.require(), Kotlinc.require()
    options = ["--release", "--min-api", "26", "--output", folder]
    inputs = [*jars, kotlinc.stdlib, kotlinc.coroutines]
    run([java.java, *java.jvm_flags(), "-cp", d8, "com.android.tools.r8.D8", *options, *inputs])
    return folder / "classes.dex"


def write_aligned(path: Path, entries: dict[str, bytes]) -> None:
    """Zip in which libraries are stored at multiples of 16 KB and models at multiples of 4 bytes, the rest compressed.

    So does Gradle with an SDK's `noCompress`: Android maps both out of the APK.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in sorted(entries.items()):
            info = zipfile.ZipInfo(name, (1981, 1, 1, 1, 1, 2))
            alignment = PAGE if name.endswith(".so") else 4 if name.endswith((".pte", ".arsc")) else 0
            info.compress_type = zipfile.ZIP_STORED if alignment else zipfile.ZIP_DEFLATED
            if alignment:
                assert archive.fp is not None
                start = archive.fp.tell() + _LOCAL_HEADER + len(name.encode()) + 6
                padding = -start % alignment
                info.extra = struct.pack("<HHH", _ALIGNMENT, 2 + padding, alignment) + bytes(padding)
            archive.writestr(info, data)


def sign(unsigned: Path, signed: Path, folder: Path) -> None:
    """Sign with a key that is made for this once."""
    store = folder / "throwaway.p12"
    password = ["-storepass", "throwaway", "-keypass", "throwaway"]
    key = ["-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=test", "-validity", "1"]
    run(["keytool", "-keystore", store, "-storetype", "PKCS12", "-alias", "test", *password, *key])
    options = ["--ks", store, "--ks-pass", "pass:throwaway", "--min-sdk-version", "26", "--in", unsigned]
    run(["apksigner", "sign", *options, "--out", signed])


def data_offset(apk: Path, entry: zipfile.ZipInfo) -> int:
    """Where an entry's bytes begin in the file; only the local header knows how long its own extra field is."""
    with apk.open("rb") as stream:
        stream.seek(entry.header_offset)
        header = stream.read(_LOCAL_HEADER)
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    return int(entry.header_offset + _LOCAL_HEADER + name_length + extra_length)


def dex_classes(dex: bytes) -> set[str]:
    """Names of the classes that a dex file defines, as in "Lcom/example/A;" (Dalvik Executable format, header_item)."""
    strings, types, classes = (struct.unpack_from("<II", dex, offset) for offset in (0x38, 0x40, 0x60))

    def name(type_index: int) -> str:
        (string_index,) = struct.unpack_from("<I", dex, types[1] + 4 * type_index)
        (start,) = struct.unpack_from("<I", dex, strings[1] + 4 * string_index)
        while dex[start] & 0x80:  # its length in UTF-16 units, a ULEB128
            start += 1
        return dex[start + 1 : dex.index(0, start + 1)].decode("utf-8", "surrogatepass")

    return {name(struct.unpack_from("<I", dex, classes[1] + 32 * number)[0]) for number in range(classes[0])}
