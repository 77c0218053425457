"""ApiModel: the public API of an SDK, independent of the programming language; templates only print it."""

from dataclasses import dataclass

from sdkgen.coreml.features import features, package_name
from sdkgen.generate import naming
from sdkgen.spec.values import ImageInput, SdkSpec, TensorInput
from sdkgen.targets.android import Android, android_target
from sdkgen.targets.engine import selected
from sdkgen.targets.ios import Ios, ios_target
from sdkgen.tasks.base import Task

ABI_VERSION = 1  # SG_ABI_VERSION of native/include/sdkgen.h


@dataclass(frozen=True, kw_only=True)
class ApiTensor:
    """A float32 tensor by its name in the spec; `shape` is (N, C) or NCHW, or None if only the model holds it."""

    name: str
    shape: tuple[int, ...] | None


@dataclass(frozen=True, kw_only=True)
class ApiError:
    """One case of the SDK's error type: `name` in PascalCase, and a sentence about its cause."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ApiApple:
    """Parts of the API that only the SDK for Apple's systems has.

    Attributes:
        min_ios, min_macos: oldest system, "major.minor".
        engines: those that the API can run, the preferred one first.
        bundle: names of files and folders that the engines add to the package's bundle.
        coreml_inputs, coreml_outputs: names of the Core ML program's features, in the order of the API.
        mlpackage: file name of the Core ML package.
    """

    min_ios: str
    min_macos: str
    engines: tuple[str, ...]
    bundle: tuple[str, ...]
    coreml_inputs: tuple[str, ...]
    coreml_outputs: tuple[str, ...]
    mlpackage: str


@dataclass(frozen=True, kw_only=True)
class ApiModel:
    """The API of one SDK.

    Attributes:
        name: of the SDK, snake_case; also the name of the native library.
        title: the name in prose.
        description: of the spec, or "".
        package: of the Kotlin classes, dotted, unquoted; "" for another platform.
        asset: path of the model among the app's assets.
        fingerprint: of the spec; the model carries the same number.
        image: the image input, or None when `tensors` are the inputs.
        tensors: the inputs of an SDK of plain tensors.
        task: what a call computes; its own templates read its fields.
        errors: every case of the error type.
        apple: None for another platform.
    """

    name: str
    version: str
    title: str
    description: str
    package: str
    asset: str
    fingerprint: int
    image: ImageInput | None
    tensors: tuple[ApiTensor, ...]
    task: Task
    errors: tuple[ApiError, ...]
    apple: ApiApple | None


ERRORS = (
    ApiError(name="ModelNotFound", text="The model does not exist or cannot be read."),
    ApiError(name="InvalidModel", text="The model is corrupted or truncated, or the file is not a model."),
    ApiError(
        name="Incompatible",
        text="The model and the SDK are of different versions, or the device is not supported.",
    ),
    ApiError(name="Closed", text="The object is closed."),
    ApiError(name="InvalidInput", text="An argument is invalid."),
    ApiError(name="OutOfMemory", text="Memory for the model or the input cannot be allocated."),
)


def build_api(spec: SdkSpec, fingerprint: int, platform: str) -> ApiModel:
    """Translate a spec into the API that it describes.

    Args:
        fingerprint: of the spec, `sdkgen.spec.fingerprint`; not 0.
        platform: "android" or "ios": whose table of the spec is read, and must be there.

    Raises:
        SpecError: the spec has no table of that platform.
    """
    return ApiModel(
        name=spec.name,
        version=spec.version,
        title=naming.title(spec.name),
        description=spec.description,
        package=android_target(spec).package if platform == Android.name else "",
        asset=f"{spec.name}/{spec.name}.pte",
        fingerprint=fingerprint,
        image=spec.image,
        tensors=tuple(ApiTensor(name=i.name, shape=i.shape) for i in spec.inputs if isinstance(i, TensorInput)),
        task=spec.task,
        errors=ERRORS,
        apple=_apple(spec) if platform == Ios.name else None,
    )


def _apple(spec: SdkSpec) -> ApiApple:
    target, names = ios_target(spec), features(spec)
    engines = selected(target.engines)
    return ApiApple(
        min_ios=target.min_ios,
        min_macos=target.min_macos,
        engines=tuple(engine.name for engine in engines if engine.in_api),
        bundle=tuple(name for engine in engines for name in engine.bundle(spec.name)),
        coreml_inputs=names.inputs,
        coreml_outputs=names.outputs,
        mlpackage=package_name(spec.name),
    )
