"""Binds the C API of native/include/sdkgen.h to Python: the phone's computation on this machine."""

import ctypes
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from sdkgen.errors import DataError, SdkgenError, ToolchainError
from sdkgen.spec.values import ImageInput

ABI_VERSION = 1
_RGB_888 = 3
_OK = 0

FloatArray = npt.NDArray[np.float32]
ByteImage = npt.NDArray[np.uint8]  # (height, width, 3), RGB


class _Options(ctypes.Structure):
    _fields_ = [("threads", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("fingerprint", ctypes.c_uint64)]


class _TensorInfo(ctypes.Structure):
    _fields_ = [
        ("rank", ctypes.c_uint32),
        ("dims", ctypes.c_uint32 * 4),
        ("elements", ctypes.c_size_t),
        ("scale", ctypes.c_float),
        ("zero_point", ctypes.c_int32),
    ]


class _Image(ctypes.Structure):
    _fields_ = [
        ("pixels", ctypes.c_void_p),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("row_bytes", ctypes.c_size_t),
        ("format", ctypes.c_int),
    ]


_RESIZE_FIELDS = ("resized_width", "resized_height", "left", "top", "width", "height")


class _Resize(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in _RESIZE_FIELDS]


class RuntimeStatusError(SdkgenError):
    """A function of the C API returned a status other than SG_OK; `status` is its number."""

    def __init__(self, call: str, status: int, text: str) -> None:
        super().__init__(f"{call}: {text}")
        self.status = status


@dataclass(frozen=True, kw_only=True)
class TensorInfo:
    """Shape in the caller's layout, and for an image input the parameters of its int8 NHWC form."""

    shape: tuple[int, ...]
    scale: float
    zero_point: int


@dataclass(frozen=True, kw_only=True)
class ResizeWindow:
    """Resize to `resized_*` pixels, then keep the window at (left, top) of width x height pixels."""

    resized_width: int
    resized_height: int
    left: int
    top: int
    width: int
    height: int


class Library:
    """A loaded libsdkgen: the whole runtime, or only its image part (then `open` is missing).

    Raises:
        ToolchainError: the file cannot be loaded or has another ABI version.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._c = ctypes.CDLL(str(path))
        except OSError as error:
            raise ToolchainError(f"cannot load {path}: {error}", remedy="Build it: scons.") from error
        self._c.sg_status_text.restype = ctypes.c_char_p
        self._c.sg_abi_version.restype = ctypes.c_uint32
        if self._c.sg_abi_version() != ABI_VERSION:
            raise ToolchainError(f"{path} has ABI version {self._c.sg_abi_version()}, expected {ABI_VERSION}")

    def _check(self, call: str, status: int) -> None:
        if status != _OK:
            raise RuntimeStatusError(call, status, self._c.sg_status_text(status).decode())

    def open(self, model: bytes | Path, *, threads: int = 1, fingerprint: int = 0) -> "Model":
        """Open a .pte or a bare plan, from bytes or mapped from a file."""
        return Model(self, self._c, model, threads, fingerprint)

    def shorter_side(self, image: ByteImage, shorter_side: int, height: int, width: int) -> ResizeWindow:
        """Return the window of Resize(shorter_side) followed by CenterCrop(height, width) for this image."""
        window = _Resize()
        status = self._c.sg_image_shorter_side(
            *(ctypes.c_uint32(v) for v in (image.shape[1], image.shape[0], shorter_side, width, height)),
            ctypes.byref(window),
        )
        self._check("sg_image_shorter_side", status)
        return ResizeWindow(**{name: int(getattr(window, name)) for name in _RESIZE_FIELDS})

    def resize(self, image: ByteImage, window: ResizeWindow) -> ByteImage:
        """Resize bilinearly with antialiasing; return uint8 RGB (window.height, window.width, 3)."""
        out = np.empty((window.height, window.width, 3), np.uint8)
        source, keep = _image(image)
        arguments = _Resize(**{name: getattr(window, name) for name in _RESIZE_FIELDS})
        status = self._c.sg_image_resize(
            ctypes.byref(source),
            ctypes.byref(arguments),
            out.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_size_t(out.size),
        )
        del keep
        self._check("sg_image_resize", status)
        return out

    def crop_to_input(self, spec: ImageInput, image: ByteImage) -> ByteImage:
        """Return the network's uint8 RGB picture (height, width, 3), by the spec's resize rule."""
        if spec.resize == "shorter_side":
            window = self.shorter_side(image, spec.resize_to, spec.height, spec.width)
        else:
            window = ResizeWindow(
                resized_width=spec.width,
                resized_height=spec.height,
                left=0,
                top=0,
                width=spec.width,
                height=spec.height,
            )
        return self.resize(image, window)


def _image(pixels: ByteImage) -> tuple[_Image, ByteImage]:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise DataError(f"an image must be uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}")
    pixels = np.ascontiguousarray(pixels)
    image = _Image(pixels.ctypes.data, pixels.shape[1], pixels.shape[0], pixels.shape[1] * 3, _RGB_888)
    return image, pixels


def normalise(spec: ImageInput, picture: ByteImage) -> FloatArray:
    """Compute (x / 255 - mean) / std in float32 like torchvision; NCHW, channels in the network's order."""
    channels = picture if spec.colour_order == "rgb" else picture[:, :, ::-1]
    scaled = channels.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
    mean = np.asarray(spec.mean, np.float32).reshape(1, 3, 1, 1)
    std = np.asarray(spec.std, np.float32).reshape(1, 3, 1, 1)
    return np.ascontiguousarray((scaled - mean) / std)


def preprocess_float(library: Library, spec: ImageInput, image: ByteImage) -> FloatArray:
    """Return the float32 NCHW tensor for the PyTorch module, resized and cropped by the phone's C code."""
    return normalise(spec, library.crop_to_input(spec, image))


class Model:
    """An open model; usable as a context manager. One thread at a time."""

    def __init__(self, library: Library, c: ctypes.CDLL, model: bytes | Path, threads: int, fingerprint: int) -> None:
        self._library, self._c = library, c
        self._handle = ctypes.c_void_p()
        c.sg_model_label.restype = ctypes.POINTER(ctypes.c_char)
        c.sg_model_arena_bytes.restype = ctypes.c_size_t
        c.sg_model_fingerprint.restype = ctypes.c_uint64
        c.sg_model_close.restype = None
        if isinstance(model, Path):
            with model.open("rb") as stream:
                self._bytes = np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
        else:
            # numpy allocates at a multiple of 16; a bytes object guarantees no alignment that C may rely on
            self._bytes = np.frombuffer(model, np.uint8).copy()
        options = _Options(threads, 0, fingerprint)
        status = c.sg_model_open(
            ctypes.c_void_p(self._bytes.ctypes.data),
            ctypes.c_size_t(self._bytes.size),
            ctypes.byref(options),
            ctypes.byref(self._handle),
        )
        library._check("sg_model_open", status)
        self.inputs = tuple(self._info(c.sg_model_input, i) for i in range(c.sg_model_input_count(self._handle)))
        self.outputs = tuple(self._info(c.sg_model_output, i) for i in range(c.sg_model_output_count(self._handle)))

    def __enter__(self) -> "Model":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the arena. Calling it twice is allowed."""
        self._c.sg_model_close(self._handle)
        self._handle = ctypes.c_void_p()

    def _info(self, call: "ctypes._NamedFuncPointer", index: int) -> TensorInfo:
        info = _TensorInfo()
        self._library._check("sg_model_tensor", call(self._handle, ctypes.c_uint32(index), ctypes.byref(info)))
        return TensorInfo(shape=tuple(info.dims[: info.rank]), scale=float(info.scale), zero_point=int(info.zero_point))

    @property
    def arena_bytes(self) -> int:
        """Memory allocated for activations and scratch."""
        return int(self._c.sg_model_arena_bytes(self._handle))

    @property
    def fingerprint(self) -> int:
        """Fingerprint of the SDK that the model belongs to."""
        return int(self._c.sg_model_fingerprint(self._handle))

    @property
    def label_count(self) -> int:
        """Number of labels; 0 for an SDK of plain tensors."""
        return int(self._c.sg_model_label_count(self._handle))

    def label(self, index: int) -> str:
        """Return the label of class `index`."""
        length = ctypes.c_size_t()
        text = self._c.sg_model_label(self._handle, ctypes.c_uint32(index), ctypes.byref(length))
        if not text:
            raise IndexError(f"the model has no label {index}")
        return ctypes.string_at(text, length.value).decode()

    def _outputs(self) -> tuple[list[FloatArray], ctypes.Array[ctypes.c_void_p]]:
        arrays = [np.empty(info.shape, np.float32) for info in self.outputs]
        return arrays, (ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays))

    def run(self, inputs: Sequence[FloatArray]) -> list[FloatArray]:
        """Run on float32 tensors of exactly the shapes in `inputs`."""
        arrays = [np.ascontiguousarray(a, np.float32) for a in inputs]
        if [a.shape for a in arrays] != [i.shape for i in self.inputs]:
            raise DataError(f"input shapes {[a.shape for a in arrays]} are not {[i.shape for i in self.inputs]}")
        pointers = (ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays))
        outputs, out_pointers = self._outputs()
        self._library._check("sg_model_run", self._c.sg_model_run(self._handle, pointers, out_pointers))
        return outputs

    def run_image(self, image: ByteImage) -> list[FloatArray]:
        """Run on a uint8 RGB picture of any size; resize, crop, normalisation and quantisation happen in C."""
        source, keep = _image(image)
        outputs, pointers = self._outputs()
        status = self._c.sg_model_run_image(self._handle, ctypes.byref(source), pointers)
        del keep
        self._library._check("sg_model_run_image", status)
        return outputs

    def preprocess(self, image: ByteImage) -> npt.NDArray[np.int8]:
        """Return the network's int8 NHWC input tensor."""
        source, keep = _image(image)
        _, channels, height, width = self.inputs[0].shape
        out = np.empty((1, height, width, channels), np.int8)
        status = self._c.sg_model_preprocess(
            self._handle, ctypes.byref(source), out.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(out.size)
        )
        del keep
        self._library._check("sg_model_preprocess", status)
        return out

    def run_quantized(self, tensor: npt.NDArray[np.int8]) -> list[FloatArray]:
        """Run on the int8 NHWC tensor that `preprocess` returns."""
        tensor = np.ascontiguousarray(tensor, np.int8)
        outputs, pointers = self._outputs()
        status = self._c.sg_model_run_quantized(
            self._handle, tensor.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(tensor.size), pointers
        )
        self._library._check("sg_model_run_quantized", status)
        return outputs

    def verify(self) -> None:
        """Recompute the checksum over the weights."""
        self._library._check("sg_model_verify", self._c.sg_model_verify(self._handle))
