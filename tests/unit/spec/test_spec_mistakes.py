"""Every kind of mistake in an sdk.toml names file, line, key, what is allowed, and the nearest word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sdkgen import spec
from sdkgen.errors import SpecError

IOS = "[targets.android]"  # what [targets.ios] is put before

# (text of the specimen, what replaces it, parts that the message must have)
MISTAKES = {
    "unknown key": (
        "size = [96",
        "sise = [96",
        ["sdk.toml:12:", "[input] sise", "unknown key", 'did you mean "size"?'],
    ),
    "unknown key lists the allowed": ("version =", "zzz = 1\nversion =", [":3:", "allowed keys", '"vendor"']),
    "unknown table": ("[budgets]", "[budget]", [":36:", "[budget]", 'did you mean "budgets"?', '"compress"']),
    "unknown target": ("[targets.android]", "[targets.andriod]", [":40:", 'did you mean "android"?']),
    "missing key": ('version = "1.2.3"\n', "", [":1:", '[sdk]: the key "version" is missing', "semantic version"]),
    "missing kind": ('kind = "image"\n', "", [":10:", '"kind" is missing', '"image", "tensor"']),
    "missing target": (
        '[targets.android]\npackage = "com.example.pets"\nabis = ["x86_64", "arm64-v8a"]\n',
        "[targets]\n",
        [":40:", "[targets.android] or [targets.ios] is missing"],
    ),
    "missing table": ("[model]", "[budgets.model]", ["sdk.toml:1:", "the table [model] is missing", "[budgets] model"]),
    "wrong type": ('"pet_finder"', "5", [":2:", "[sdk] name", "snake_case", "not 5"]),
    "table instead of a value": ('"pet_finder"', "{a = 1}", [":2:", "not a table"]),
    "value instead of a table": ("[targets.android]", "[targets]\nandroid = 1\n[other]", [":41:", "must be a table"]),
    "boolean is no number": ("download_bytes = 4_000_000", "download_bytes = true", ["download_bytes", "not true"]),
    "bad name": ('"pet_finder"', '"PetFinder"', [":2:", "snake_case", '"PetFinder"']),
    "bad version": ('"1.2.3"', '"1.2"', [":3:", "semantic version", '"1.2"']),
    "bad choice": (
        '"shorter_side"',
        '"shorterside"',
        [":13:", "[input] resize", 'did you mean "shorter_side"?', '"stretch"'],
    ),
    "bad kind": ('kind = "image"', 'kind = "imag"', [":11:", "[input] kind", 'did you mean "image"?']),
    "bad colour order": ('"bgr"', '"gbr"', ["colour_order", '"rgb", "bgr"']),
    "size of three": ("size = [96, 128]", "size = [3, 96, 128]", [":12:", "[height, width]"]),
    "size of nothing": ("size = [96, 128]", "size = [96, 0]", [":12:", "[input] size[1]", "not 0"]),
    "crop larger than the image": ("resize_to = 144", "resize_to = 127", [":14:", "127 is below 128"]),
    "shorter_side alone": ("resize_to = 144\n", "", [":13:", 'needs the key "resize_to"']),
    "stretch with resize_to": ('"shorter_side"', '"stretch"', [":14:", "no meaning"]),
    "deviation of zero": ("std = [1, 0.5, 0.25]", "std = [1, 0, 0.25]", [":17:", "std[1]", "above 0"]),
    "mean in bytes": ("mean = [0, 0.5,", "mean = [0, 123.675,", [":16:", "mean[1]", "0…255", "0.485"]),
    "mean is nan": ("mean = [0,", "mean = [nan,", [":16:", "finite"]),
    "factory without function": ('"network:build"', '"network.build"', [":6:", '"module:function"']),
    "argument that is no JSON": ("width = 0.5", "width = inf", [":7:", "arguments.width", "finite"]),
    "argument that is a date": ("width = 0.5", "width = 1979-05-27", [":7:", "arguments"]),
    "weights that are not there": ('"weights.pth"', '"other.pth"', [":8:", "[model] weights", "no file other.pth"]),
    "weights that are a folder": ('"weights.pth"', '"photos"', [":8:", "folder"]),
    "hash without weights": ('weights = "weights.pth"', f'weights_sha256 = "{"0" * 64}"', [":8:", '"weights"']),
    "hash of other length": ('"weights.pth"', '"weights.pth"\nweights_sha256 = "abc"', [":9:", "64 lower-case"]),
    "labels that are not there": ('"labels.txt"', '"label.txt"', [":21:", "no file label.txt"]),
    "labels that are numbers": ('"labels.txt"', "[1, 2]", [":21:", "[task] labels", "one label per line"]),
    "no calibration data": ('["photos/a*.png", "photos/b.png"]', "[]", [":25:", "non-empty list"]),
    "pattern without a match": ('"photos/b.png"', '"photos/z*.png"', [":25:", "calibration[1]", '"photos/z*.png"']),
    "pattern that is a folder": ('"photos/b.png"', '"photos"', [":25:", 'write "photos/*"']),
    "unknown asset": ('"photos/c.png"', '"asset:photographs/nobody.png"', [":26:", "nobody.png"]),
    "data for both": (
        '["photos/c.png"]',
        '["photos/*.png"]',
        [":26:", "photos/a1.png and 2 more are used for calibration too"],
    ),
    "too many crops": ("evaluation_crops = 20", "evaluation_crops = 25", [":27:", "1…24", "not 25"]),
    "unknown pass": (
        '"fold_batch_norm"',
        '"fold_batchnorm"',
        [":30:", "[[compress]] 1", 'did you mean "fold_batch_norm"?'],
    ),
    "unknown option": ("weight_range =", "wieght_range =", [":34:", "[[compress]] 2", 'did you mean "weight_range"?']),
    "option of another pass": ('"fold_batch_norm"', '"fold_batch_norm"\nweight_range = "mse"', [":31:", "unknown key"]),
    "bad option": ('weight_range = "min_max"', 'weight_range = "max"', [":34:", '"mse", "min_max"']),
    "pass without a name": ('pass = "fold_batch_norm"', "", [":29:", '"pass" is missing', '"int8_ptq"']),
    "pass twice": ('"fold_batch_norm"', '"int8_ptq"', ["listed twice"]),
    "no int8 pass": (
        '[[compress]]\npass = "int8_ptq"\nweight_range = "min_max"\n',
        "",
        ['the last pass must be "int8_ptq"', "int8 networks only"],
    ),
    "budget of nothing": ("4_000_000", "0", [":37:", "above 0"]),
    "agreement in percent": ("0.85", "85", [":38:", "fraction between 0 and 1"]),
    "package of one segment": ('"com.example.pets"', '"pets"', [":41:", "at least two segments"]),
    "package with a keyword": ('"com.example.pets"', '"com.new.pets"', [":41:", '"new" is a keyword']),
    "package with a Kotlin keyword": ('"com.example.pets"', '"com.fun.pets"', [":41:", '"fun" is a keyword']),
    "package of the platform": ('"com.example.pets"', '"java.pets"', [":41:", "reserved"]),
    "Android too old": ('"com.example.pets"', '"com.example.pets"\nmin_sdk = 21', [":42:", "at least 26"]),
    "unknown ABI": ('"x86_64", ', '"armeabi-v7a", ', [":42:", "abis[0]", '"arm64-v8a", "x86_64"']),
    "no ABI": ('["x86_64", "arm64-v8a"]', "[]", [":42:", "non-empty"]),
    "iOS version as a number": (IOS, "[targets.ios]\nmin_ios = 16.0\n" + IOS, [":41:", "in quotes", "not 16.0"]),
    "iOS version without a point": (IOS, '[targets.ios]\nmin_ios = "17"\n' + IOS, [":41:", '"16.0"', 'not "17"']),
    "iOS too old": (IOS, '[targets.ios]\nmin_ios = "15.0"\n' + IOS, [":41:", "at least 16.0"]),
    "iOS that never was": (IOS, '[targets.ios]\nmin_ios = "19.0"\n' + IOS, [":41:", "after 18 came 26"]),
    "macOS too old": (IOS, '[targets.ios]\nmin_macos = "12.3"\n' + IOS, [":41:", "at least 13.0"]),
    "unknown engine": (IOS, '[targets.ios]\nengines = ["core_ml"]\n' + IOS, [":41:", 'mean "coreml"', '"neon"']),
    "no engine": (IOS, "[targets.ios]\nengines = []\n" + IOS, [":41:", "non-empty"]),
    "engine twice": (IOS, '[targets.ios]\nengines = ["neon", "neon"]\n' + IOS, [":41:", "more than once"]),
    "unknown precision": (IOS, '[targets.ios]\ncoreml = "int4"\n' + IOS, [":41:", '"float16"', '"int8_weights"']),
    "precision without Core ML": (
        IOS,
        '[targets.ios]\nengines = ["neon"]\ncoreml = "float16"\n' + IOS,
        [":42:", "[targets.ios] coreml", "no meaning"],
    ),
    "int8 activations on old systems": (
        IOS,
        '[targets.ios]\nmin_ios = "16.4"\ncoreml = "int8"\n' + IOS,
        [":41:", "[targets.ios] min_ios", 'min_ios = "17.0" or later', ":42:", 'min_macos = "14.0" or later'],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, write: Callable[..., Path]) -> None:
    old, new, parts = MISTAKES[name]
    path = write((old, new))
    with pytest.raises(SpecError) as caught:
        spec.load(path)
    for part in parts:
        assert part in str(caught.value)
    assert caught.value.exit_code == 2


def test_all_mistakes_at_once_in_the_order_of_the_file(write: Callable[..., Path]) -> None:
    with pytest.raises(SpecError) as caught:
        spec.load(
            write(("4_000_000", "0"), ("1.2.3", "x"), ('"photos/c.png"', '"nothing.png"'), ("size = [96", "sise = [96"))
        )
    lines = str(caught.value).splitlines()
    assert lines[0] == "sdk.toml has 4 mistakes:"
    assert [line.split(":")[1] for line in lines[1:]] == ["3", "12", "26", "37"]


def test_blank_label_names_its_line(write: Callable[..., Path], folder: Path) -> None:
    (folder / "labels.txt").write_text("cat\n\ndog\n\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"labels\.txt:2 is blank"):
        spec.load(write())


def test_empty_or_binary_labels(write: Callable[..., Path], folder: Path) -> None:
    (folder / "labels.txt").write_bytes(b"\n")
    with pytest.raises(SpecError, match=r"labels\.txt is empty"):
        spec.load(write())
    (folder / "labels.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="UTF-8"):
        spec.load(write())


def test_empty_calibration_folder(write: Callable[..., Path], folder: Path) -> None:
    (folder / "none").mkdir()
    with pytest.raises(SpecError, match=r'calibration\[0\]: "none/\*" matches no file'):
        spec.load(write(('"photos/a*.png"', '"none/*"')))


def test_tensor_input_needs_tensor_files_and_no_crops_and_no_top1(write: Callable[..., Path]) -> None:
    path = write()
    text = path.read_text(encoding="utf-8")
    image, task = text[text.index("[input]") : text.index("[task]")], text[text.index("[task]") : text.index("[data]")]
    text = text.replace(image, '[input]\nkind = "tensor"\ntensors = [{name = "x", shape = [2, 3]}]\n')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"tensors\[0\].shape: expected \[1, features\]"):
        spec.load(path)
    text = text.replace("[2, 3]", "[1, 3]").replace(task, '[task]\nkind = "tensor"\noutputs = ["y", "y"]\n')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match='"y" stands more than once'):
        spec.load(path)
    path.write_text(text.replace('"y", "y"', '"y"'), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        spec.load(path)
    for part in (
        "photos/a1.png and 2 more are no .safetensors file",
        "evaluation_crops: only images",
        "no top-1 class",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b'[sdk]\nname = "x"\nversion 1\n', "sdk.toml:3: not TOML"),
        (b'[sdk]\nname = "x', "sdk.toml:2: not TOML"),
        (b"[sdk]\n[sdk]\n", "sdk.toml:2: not TOML"),
        (b"\xff\xfe[sdk]", "not UTF-8"),
        (b"\x00\x00\x00", "sdk.toml:1: not TOML"),
    ],
)
def test_not_a_spec(content: bytes, message: str, folder: Path) -> None:
    path = folder / "sdk.toml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=message):
        spec.load(path)


def test_unreadable(folder: Path) -> None:
    with pytest.raises(SpecError, match="there is no such file"):
        spec.load(folder / "none.toml")
    with pytest.raises(SpecError, match="this is a folder"):
        spec.load(folder / "photos")
    with pytest.raises(SpecError, match="cannot be read"):
        spec.load(folder / "labels.txt" / "sdk.toml")
